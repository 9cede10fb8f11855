"""Names by HGVS of alleles that are told by a symbol and an interval: those of the same change in bases, and none that says more."""

from functools import cache
from pathlib import Path

import pytest

from gas_engine import Bundle
from tests.engine.workbench import Outcome, rcrs_bases, run, small
from tests.support.vcf_files import vcf

_REPEATS = "GATTACCA" + "CAG" * 6 + "TTTTTTTT" + "ACACACAC" + "GCTAGC" * 3 + "NNNN" + "CAG" * 4 + "GATTACA"
_LONG = "T" * 200
_BASES = (_REPEATS + _LONG + "GATC") * 2
_GENE = ("1 t gene 1 40 . + . ID=gene1;Name=P", "1 t lnc_RNA 1 40 . + . ID=rna1;Parent=gene1")


@cache
def _bundle(*, circular: bool = False) -> Bundle:
    """Rows of repeats, some of them beside bases that nobody knows."""
    rows = (*_GENE, "1 t exon 1 40 . + . ID=e1;Parent=rna1")
    return small(_BASES, rows, circular=frozenset("1") if circular else frozenset())


def _names(outcome: Outcome) -> list[str]:
    return [entries[0]["HGVSg"].partition(":")[2] for entries in outcome.entries()]


@pytest.mark.parametrize("circular", [False, True])
def test_a_symbol_has_the_name_of_the_change_in_bases(tmp_path: Path, *, circular: bool) -> None:
    """Every deletion and duplication of one to seven bases, wherever a file puts it in a repeat."""
    places = [
        (start, length)
        for start in range(2, len(_REPEATS))
        for length in range(1, 8)
        if "N" not in _BASES[start - 2 : start - 1 + length]
    ]
    symbols, spelled = [], []
    for start, length in places:
        anchor, bases = _BASES[start - 2], _BASES[start - 1 : start - 1 + length]
        last = start - 1 + length
        symbols += [f"1 {start - 1} . {anchor} {alt} . . END={last}" for alt in ("<DEL>", "<DUP>")]
        spelled += [
            f"1 {start - 1} . {anchor}{bases} {anchor} . . .",
            f"1 {start - 1} . {anchor} {anchor}{bases} . . .",
        ]
    bundle = _bundle(circular=circular)

    told, expected = (_names(run(vcf(*rows), tmp_path, bundle=bundle)) for rows in (symbols, spelled))

    assert told == expected
    assert len(set(told)) < len(told)


_DEL = "1 8 . A <DEL> . . "
_MOVED = "g.24_26del"


@pytest.mark.parametrize(
    ("info", "name"),
    [
        ("END=11", _MOVED),
        ("SVLEN=-3", _MOVED),
        ("SVLEN=3;CIPOS=0,0;CIEND=0,0", _MOVED),
        ("SVLEN=3;CIPOS=.,.;CIEND=.", _MOVED),
        ("SVLEN=3;CIPOS=0,15;HOMLEN=15", _MOVED),
        ("SVLEN=3;CIPOS=-2,13;CIEND=-2,13;HOMLEN=15;HOMSEQ=CAGCAGCAGCAGCAG", _MOVED),
        ("SVLEN=3;XIMPRECISE;XCIPOS=-5,5", _MOVED),
        ("SVLEN=3;IMPRECISE", ""),
        ("IMPRECISE;END=11;CIPOS=0,0", ""),
        ("SVLEN=3;CIPOS=-5,5", ""),
        ("SVLEN=3;CIPOS=0,9", ""),
        ("SVLEN=3;CIPOS=0,15;HOMLEN=3", ""),
        ("SVLEN=3;CIEND=-1,0", ""),
        ("SVLEN=3;CILEN=-1,1", ""),
    ],
)
def test_an_edge_that_is_not_known_has_no_name(tmp_path: Path, info: str, name: str) -> None:
    """The caller says so by IMPRECISE, or by an interval that is more than the homology of the two edges."""
    outcome = run(vcf(_DEL + info), tmp_path, bundle=_bundle())

    assert _names(outcome) == [name]


def test_each_allele_has_its_own_intervals(tmp_path: Path) -> None:
    """Two numbers for each, or two for all of them, as older files have it."""
    rows = [
        f"1 8 . A <DEL>,<DUP> . . SVLEN=3,3;CIPOS={told}" for told in ("-5,5,0,0", "0,0,-5,5", "-5,5", "0,0")
    ]

    outcome = run(vcf(*rows), tmp_path, bundle=_bundle())

    names = [
        [entry["HGVSg"].partition(":")[2] for entry in sorted(entries, key=lambda one: one["ALLELE_NUM"])]
        for entries in outcome.entries()
    ]
    deleted, copied = "g.24_26del", "g.24_26dup"
    assert names == [["", copied], [deleted, ""], ["", ""], [deleted, copied]]


def test_unknown_bases_stop_the_move(tmp_path: Path) -> None:
    """Where the reference has N, nobody can say that the bases are the same ones."""
    place = _BASES.index("GCTAGC" * 3 + "N")

    outcome = run(vcf(f"1 {place} . N <DEL> . . SVLEN=6"), tmp_path, bundle=_bundle())

    assert _names(outcome) == [f"g.{place + 13}_{place + 18}del"]


@pytest.mark.parametrize(
    ("alt", "name"),
    [
        ("<DEL>", "g.24_26del"),
        ("<DEL:ME>", "g.24_26del"),
        ("<CN0>", "g.24_26del"),
        ("<CN=0>", "g.24_26del"),
        ("<DUP>", "g.24_26dup"),
        ("<DUP:TANDEM>", "g.24_26dup"),
        ("<DUP:DISPERSED>", ""),
        ("<DUP:INT>", ""),
        ("<DUP:ME>", ""),
        ("<DUP:TANDEM:X>", ""),
        ("<CN2>", ""),
        ("<CN=2>", ""),
        ("<CNV>", ""),
        ("<INV>", "g.9_11inv"),
        ("<INVDUP>", ""),
        ("<DELINS>", ""),
    ],
)
def test_a_symbol_that_does_not_say_it_all_has_no_name(tmp_path: Path, alt: str, name: str) -> None:
    """Only copies in tandem are HGVS's dup; what is turned around stays where it is, since a base of a repeat is another one then."""
    outcome = run(vcf(f"1 8 . A {alt} . . END=11"), tmp_path, bundle=_bundle())

    assert _names(outcome) == [name]


def test_one_base_is_not_turned_around(tmp_path: Path) -> None:
    """HGVS has an inversion of two bases and more; one of one base is its complement."""
    outcome = run(vcf("1 8 . A <INV> . . END=9", "1 8 . A <INV> . . END=10"), tmp_path, bundle=_bundle())

    assert _names(outcome) == ["", "g.9_10inv"]


def test_around_the_origin(tmp_path: Path) -> None:
    """On a circle the move goes on behind the last base; all of the circle stays where the record cuts it."""
    last, first, beside = rcrs_bases(16569, 1), rcrs_bases(1, 1), rcrs_bases(100, 2)
    rows = (
        f"MT 16568 . {rcrs_bases(16568, 1)} <DEL> . . SVLEN=1",
        "MT 100 . N <DEL> . . SVLEN=16569",
        "MT 100 . N <DEL> . . SVLEN=16568",
    )

    outcome = run(vcf(*rows, head=("##fileformat=VCFv4.4",)), tmp_path)

    assert last == first == "G"
    assert beside == "GG"
    assert _names(outcome) == ["m.1del", "m.101_100del", "m.102_100del"]
