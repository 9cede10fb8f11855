"""Bases of the reference that are not known, or only partly: which REF fits there, and what alleles beside them do."""

from functools import cache
from pathlib import Path

import pytest

from gas_engine import Bundle
from gas_engine.known.request import Form
from tests.engine.known.shelf import folder, shelf, source, values_of, vcf_source
from tests.engine.workbench import run
from tests.support.vcf_files import vcf

STAND_FOR = dict(
    pair.split("=")
    for pair in ["R=AG", "Y=CT", "S=CG", "W=AT", "K=GT", "M=AC", "B=CGT", "D=AGT", "H=ACT", "V=ACG"]
)
"""IUPAC's codes, each with its bases in the order of the alphabet (VCF writes a code as the first of them)."""

_CODES = "".join(f"{code}T" for code in STAND_FOR)
_SEQUENCE = "GATTACAGAT" + _CODES + "NNNNN" + "CAGCAGCAGT" * 12 + "NN" + "GATTACA"
_GAP = _SEQUENCE.index("NNNNN") + 1
_BEHIND_GAP = _GAP + 5


@cache
def _bundle() -> Bundle:
    """A contig with every code, and with gaps."""
    return shelf({"1": _SEQUENCE})


def _place(code: str) -> int:
    return 11 + _CODES.index(code)


_FITTING = [
    f"1 {place} . {_SEQUENCE[place - 1]} {{}} . . .".format("C" if _SEQUENCE[place - 1] != "C" else "G")
    for place in range(60, 110)
]
"""So many rows that fit that a file of them is taken, whatever else is in it."""


def _mismatches(tmp_path: Path, rows: list[str]) -> dict[str, str]:
    """By REF and POS, which rows contradict the reference, and what is said of them."""
    outcome = run(vcf(*rows, *_FITTING), tmp_path, bundle=_bundle())
    return {f"{row[5]} at {row[4]}": row[7] for row in outcome.problems if row[2] == "reference_mismatch"}


def test_what_fits_a_code(tmp_path: Path) -> None:
    """The code itself, each base that it stands for, and N, which callers write for every code; in either case of letters."""
    rows = [
        f"1 {_place(code)} . {ref} {alt} . . ."
        for code, bases in STAND_FOR.items()
        for ref in (code, code.lower(), *bases, "N")
        for alt in [next(base for base in "ACGT" if base not in bases[:1] and base != ref)]
    ]

    assert _mismatches(tmp_path, rows) == {}


def test_what_does_not_fit_a_code(tmp_path: Path) -> None:
    """A base that the code does not stand for contradicts the reference, and so does another code; the reference's is told."""
    wrong = {
        (ref, code) for code, bases in STAND_FOR.items() for ref in {*"ACGT", *STAND_FOR} - {code, *bases}
    }
    rows = [f"1 {_place(code)} . {ref} {'A' if ref != 'A' else 'C'} . . ." for ref, code in sorted(wrong)]

    told: dict[str, str] = {}
    for first in range(0, len(rows), len(_FITTING)):
        told |= _mismatches(tmp_path, rows[first : first + len(_FITTING)])

    assert told == {f"{ref} at {_place(code)}": f"the reference has {code}" for ref, code in wrong}


def test_an_unknown_base_of_the_reference_is_n(tmp_path: Path) -> None:
    """N stays N: a base that a file knows better contradicts it, and so does a code."""
    rows = [f"1 {_GAP} . {ref} {'A' if ref != 'A' else 'C'} . . ." for ref in ("A", "G", "R", "N")]

    assert set(_mismatches(tmp_path, rows)) == {f"{ref} at {_GAP}" for ref in "AGR"}


def _known(*rows: str) -> Bundle:
    """A bundle whose source has these rows."""
    path = vcf_source(folder() / "s.vcf", [f"{row} . . AF=0.5" for row in rows])
    return shelf({"1": _SEQUENCE}, source("S", Form.FREQUENCIES, path))


_WRITTEN = {
    "a code as its first base": ("1 11 . A C", "1 11 . A C"),
    "a code as itself": ("1 11 . R C", "1 11 . A C"),
    "a code as another base of it": ("1 11 . G C", "1 11 . R C"),
    "a code beside a deletion": ("1 11 . AT A", "1 11 . RT R"),
    "bases behind a gap": (f"1 {_BEHIND_GAP - 1} . NCAG N", f"1 {_BEHIND_GAP - 2} . NNCAG NN"),
    "an insertion behind a gap": (f"1 {_BEHIND_GAP - 1} . N NTT", f"1 {_BEHIND_GAP} . C TTC"),
    "a base behind a gap": (f"1 {_BEHIND_GAP - 1} . NC NG", f"1 {_BEHIND_GAP} . C G"),
}


@pytest.mark.parametrize(("row", "asked"), _WRITTEN.values(), ids=_WRITTEN)
def test_sources_go_by_the_same_rule(tmp_path: Path, row: str, asked: str) -> None:
    """A row of a source is found by a record that writes the same change, whatever stands for what is not known."""
    for one, other in ((row, asked), (asked, row)):
        outcome = run(vcf(f"{one} . . ."), tmp_path, bundle=_known(other))

        assert values_of(outcome.records[0][7]).get("S_AF") == "0.5"


def test_a_source_that_contradicts_a_code_is_told() -> None:
    """As a record's REF would be."""
    rows = ("1 11 . C A", "1 11 . T A", f"1 {_GAP} . A C", f"1 {_GAP} . N NRA", "1 11 . A G")
    fitting = [" ".join(row.split()[:5]) for row in _FITTING]

    bundle = _known(*rows, *fitting)

    assert bundle.manifest["known"][0]["checks"]["left_out"] == {
        "REF contradicts the sequence": 3,
        "REF or ALT is no plain bases": 1,
    }


@pytest.mark.parametrize(
    ("row", "named", "shown", "kind"),
    [
        (f"1 {_GAP + 4} . NCAG N", "g.42_44del", "-", "deletion"),
        (f"1 {_GAP + 4} . N NTT", "g.35_36insTT", "TT", "insertion"),
        (f"1 {_GAP + 4} . n nTt", "g.35_36insTT", "Tt", "insertion"),
        (f"1 {_GAP + 3} . NNCA NNTT", "g.36_37delinsTT", "NNTT", "substitution of several bases"),
        (f"1 {_GAP + 4} . NC NG", "g.36C>G", "NG", "substitution of several bases"),
        ("1 153 . AGTN AN", "g.154_155del", "N", "deletion"),
        ("1 154 . GTN GTTN", "g.155dup", "TTN", "insertion"),
        (f"1 {_GAP + 1} . NNN N", "g.33_34del", "-", "other"),
        (f"1 {_GAP} . N C", "g.31N>C", "C", "other"),
    ],
)
def test_what_alleles_share_needs_no_known_bases(
    tmp_path: Path, row: str, named: str, shown: str, kind: str
) -> None:
    """An anchor in a gap, and N on either side, are no part of the change: it is named, shown and counted as any other."""
    outcome = run(vcf(f"{row} . . ."), tmp_path, bundle=_bundle())

    assert outcome.problems == []
    [entry, *_] = outcome.entries()[0]
    assert (entry["HGVSg"].partition(":")[2], entry["Allele"]) == (named, shown)
    assert outcome.statistics["classes"] == {kind: 1}


@pytest.mark.parametrize("alt", ["NNAG", "NN", "NCNAG", "NCAGN", "R", "NCAR", "NTTTTTN"])
def test_an_unknown_base_in_a_change_is_no_answer(tmp_path: Path, alt: str) -> None:
    """What an allele brings has to be known."""
    outcome = run(vcf(f"1 {_GAP + 4} . NCAG {alt} . . ."), tmp_path, bundle=_bundle())

    assert [row[1:3] for row in outcome.problems] == [["record", "ambiguous_bases"]]


def test_alleles_of_one_record_are_judged_alone(tmp_path: Path) -> None:
    """One that brings N stands beside others that do not."""
    row = f"1 {_GAP + 4} . NCAG N,NCNAG,NCAGN,NTAG,NCAG . . ."

    outcome = run(vcf(row), tmp_path, bundle=_bundle())

    assert [(row[2], row[6]) for row in outcome.problems] == [
        ("ambiguous_bases", "NCNAG"),
        ("ambiguous_bases", "NCAGN"),
        ("no_change", "NCAG"),
    ]
    assert {entry["ALLELE_NUM"]: entry["Allele"] for entry in outcome.entries()[0]} == {"1": "-", "4": "TAG"}
