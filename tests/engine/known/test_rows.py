"""Rows come out in their order, all of them, with few in memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gas_engine.known.rows import Row, Sorter, UnsortedError


class _Shelf:
    def __init__(self) -> None:
        self.rows: list[tuple[int, Row]] = []

    def put(self, contig: int, rows: list[Row]) -> None:
        self.rows += [(contig, row) for row in rows]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 500), st.integers(0, 30)), max_size=200),
    st.sampled_from([20, 1000]),
)
def test_order_of_nearly_sorted_rows(rows: list[tuple[int, int, int]], most: int) -> None:
    """Rows of sorted places that move to the left a little come out sorted, contig by contig, none lost."""
    shelf, rows = _Shelf(), sorted(rows)
    sorter = Sorter(shelf.put, scale=10, most_pending=most, settled=30)
    crowded = any(
        sum(place - 31 <= other[1] <= place and other[0] == contig for other in rows) > 10
        for contig, place, _ in rows
    )

    try:
        for number, (contig, place, moved) in enumerate(rows):
            assert sorter.add(contig, place, (10 * max(0, place - moved), number))
    except UnsortedError:
        assert crowded  # More rows in one place than are kept.
        return
    sorter.finish()

    expected = sorted(
        (contig, (10 * max(0, place - moved), number)) for number, (contig, place, moved) in enumerate(rows)
    )
    assert shelf.rows == expected


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 100)), max_size=50))
def test_small_files_may_be_in_any_order(rows: list[tuple[int, int]]) -> None:
    """As long as all rows fit into memory, their order does not matter."""
    shelf = _Shelf()
    sorter = Sorter(shelf.put, scale=1, most_pending=1000)

    for contig, place in rows:
        assert sorter.add(contig, place, (place,))
    sorter.finish()

    by_contig = {contig: [row[0] for other, row in shelf.rows if other == contig] for contig, _ in rows}
    assert by_contig == {
        contig: sorted(place for other, place in rows if other == contig) for contig, _ in rows
    }


def test_large_files_must_be_sorted() -> None:
    """A row that lies before what was handed on is refused, on the same contig and on one that was left."""
    for contig, place in ((0, 5), (1, 990)):
        sorter = Sorter(_Shelf().put, scale=1, most_pending=100, settled=10)
        sorter.add(1, 1, (1,))
        for number in range(150):
            sorter.add(0, 10 * number, (10 * number,))

        with pytest.raises(UnsortedError):
            sorter.add(contig, place, (place,))


def test_a_row_that_moves_too_far_is_told() -> None:
    """Its place is sorted, but its own start lies before what was handed on."""
    sorter = Sorter(_Shelf().put, scale=1, most_pending=100, settled=10)
    for number in range(150):
        sorter.add(0, 10 * number, (10 * number,))

    assert not sorter.add(0, 1500, (3,))
