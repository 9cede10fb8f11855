"""Puts the rows of a source into their order, in bounded memory: small files may be in any, large ones must be sorted."""

from bisect import bisect_left
from collections.abc import Callable
from typing import Any

Row = tuple[Any, ...]
"""What is sorted; the first value is a number, its place."""

MOST_PENDING = 500_000
"""Rows in memory. A file of fewer rows may be in any order."""

SETTLED_BASES = 1 << 16
"""How far behind the row in hand others are still awaited: a change in a repeat moves to the left by less, but for oddities."""


class UnsortedError(ValueError):
    """A large source is not sorted by contig and position."""


class Sorter:
    """Takes rows as a source has them, and hands them on contig by contig in their order.

    `put` is called with a contig and rows that lie behind all that were handed on before.
    """

    def __init__(
        self,
        put: Callable[[int, list[Row]], None],
        scale: int,
        most_pending: int = MOST_PENDING,
        settled: int = SETTLED_BASES,
    ) -> None:
        self._put, self._scale = put, scale
        self._most, self._settled = most_pending, settled
        self._pending: dict[int, list[Row]] = {}
        self._count = 0
        self._done: dict[int, int] = {}

    def add(self, contig: int, place: int, row: Row) -> bool:
        """Take a row that the source has at a place; its first value is its own start times the scale, or more.

        False where it belongs before rows that were handed on: it moved too far to the left.

        Raises:
            UnsortedError: the source is large, and this row lies before those that it had before.
        """
        done = self._done.get(contig)
        if done is not None and done > row[0]:
            if place * self._scale < done:
                raise UnsortedError
            return False
        rows = self._pending.get(contig)
        if rows is None:
            rows = self._pending[contig] = []
        rows.append(row)
        self._count += 1
        if self._count >= self._most:
            self._hand_on(contig, place)
        return True

    def finish(self) -> None:
        """Hand on the rest."""
        for contig in list(self._pending):
            self._whole(contig)

    def _whole(self, contig: int) -> None:
        rows = self._pending.pop(contig)
        rows.sort()
        self._put(contig, rows)
        self._count -= len(rows)
        self._done[contig] = 1 << 62

    def _hand_on(self, contig: int, place: int) -> None:
        """Hand on what is settled: other contigs, of which nothing may follow, and what lies far behind the row in hand."""
        for other in list(self._pending):
            if other != contig:
                self._whole(other)
        rows = self._pending[contig]
        rows.sort()
        limit = max(0, place - self._settled) * self._scale
        settled = bisect_left(rows, (limit,))
        self._put(contig, rows[:settled])
        del rows[:settled]
        self._count -= settled
        self._done[contig] = limit
        if 4 * self._count > 3 * self._most:
            raise UnsortedError  # Else each further row would sort them all again.
