"""Values come back as they went in: numbers with six digits, identifiers and texts whole."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gas_engine.known.request import Form
from gas_engine.known.values import (
    IdentifierColumn,
    IntegerColumn,
    NumberColumn,
    TextColumn,
    UnfitValueError,
    safe,
)
from tests.engine.known.shelf import folder, shelf, source, values_of, vcf_source
from tests.engine.workbench import run
from tests.support.vcf_files import vcf

BASES = "ACGTACGTTT" * 40
_OTHER = {"A": "C", "C": "G", "G": "T", "T": "A"}


def _back(values: list[str], kind: str) -> list[str | None]:
    """Values of a field, by a source and the core."""
    rows = [
        f"1 {at} . {BASES[at - 1]} {_OTHER[BASES[at - 1]]} . . V={value}"
        for at, value in enumerate(values, 1)
    ]
    path = vcf_source(folder() / "s.vcf", rows, [f"V,Number=A,Type={kind}"])
    bundle = shelf({"1": BASES}, source("S", Form.KNOWN, path, fields="V"))
    with TemporaryDirectory() as scratch:
        outcome = run(vcf(*(row.replace("V=", "X=") for row in rows)), Path(scratch), bundle=bundle)
    return [values_of(record[7]).get("S_V") for record in outcome.records]


_NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e60, max_value=1e60).filter(
        lambda number: number == 0 or abs(number) > 1e-50
    ),
    st.integers(-(10**7), 10**7).map(float),
    st.floats(0, 1).filter(lambda number: number == 0 or number > 1e-50),
)


@settings(deadline=None, max_examples=25)
@given(st.lists(_NUMBERS, min_size=1, max_size=60))
@example([0.0, -0.0, 1.0, 6.57938e-06, 1e-4, 0.00012345649, 999999.5, 1e6, 123456.0, -2.5, 100.0, 0.1])
def test_numbers_keep_six_digits(numbers: list[float]) -> None:
    """As %g writes them."""
    expected = [f"{0.0 if number == 0 else number:.6g}" for number in numbers]

    assert _back([repr(number) for number in numbers], "Float") == expected


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(-(2**59), 2**59), min_size=1, max_size=60))
def test_whole_numbers_stay_whole(numbers: list[int]) -> None:
    """Of any size that there is."""
    assert _back([str(number) for number in numbers], "Integer") == [str(number) for number in numbers]


@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        st.text("abcXYZ019_|&:/%.-", min_size=1, max_size=40).filter(lambda text: text != "."),
        min_size=1,
        max_size=60,
    )
)
def test_texts_stay_whole(texts: list[str]) -> None:
    """Whatever signs they hold that VCF allows."""
    assert _back(texts, "String") == texts


@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        st.one_of(
            st.integers(0, 2**33).map(lambda number: f"rs{number}"),
            st.sampled_from(["rs007", "COSM12", "12", "rs", "x-1", "rs1a"]),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_identifiers_stay_whole(names: list[str]) -> None:
    """Numbers behind the usual letters and all others."""
    rows = [
        f"1 {at} {name} {BASES[at - 1]} {_OTHER[BASES[at - 1]]} . . ." for at, name in enumerate(names, 1)
    ]
    bundle = shelf({"1": BASES}, source("S", Form.KNOWN, vcf_source(folder() / "s.vcf", rows), fields="ID"))

    with TemporaryDirectory() as scratch:
        outcome = run(
            vcf(*(" ".join([*row.split(" ")[:2], ".", *row.split(" ")[3:]]) for row in rows)),
            Path(scratch),
            bundle=bundle,
        )

    assert [record[2] for record in outcome.records] == names
    assert [values_of(record[7])["S_ID"] for record in outcome.records] == names


@pytest.mark.parametrize(
    ("column", "text", "why"),
    [
        (NumberColumn(), b"much", "no number"),
        (NumberColumn(), b"nan", "no number"),
        (NumberColumn(), b"inf", "no number"),
        (NumberColumn(), b"1e-300", "too close to 0"),
        (IntegerColumn(), b"1.5", "no whole number"),
        (IntegerColumn(), b"9" * 30, "too large"),
        (TextColumn(), b"x" * 1001, "longer than"),
    ],
)
def test_values_that_do_not_fit(
    column: NumberColumn | IntegerColumn | TextColumn, text: bytes, why: str
) -> None:
    """They are refused with a reason."""
    with pytest.raises(UnfitValueError, match=why):
        column.encode(text)


@pytest.mark.parametrize("column", [NumberColumn(), IntegerColumn(), TextColumn(), IdentifierColumn(b"rs")])
def test_no_value_is_nothing(column: NumberColumn | IntegerColumn | TextColumn | IdentifierColumn) -> None:
    """A dot or nothing is stored as 0."""
    assert column.encode(b".") == column.encode(b"") == 0


@given(st.binary(max_size=300))
def test_safe_texts_part_nothing(text: bytes) -> None:
    """No sign that parts values, keys, columns or lines is left, and what is left is UTF-8."""
    found = safe(text)

    assert not set(found) & set(b",;= \t\n\r\x00\x7f")
    found.decode()
