"""Exceptions to the genetic code: every location of INSDC's feature table is read, and what is not is told.

DDBJ/ENA/GenBank Feature Table Definition, /transl_except and "3.4 Location".
"""

from typing import Any

import pytest

from gas_engine.reference.transl_except import exceptions_in
from tests.engine.workbench import small
from tests.support.stopwatch import thread_seconds

_CODING = "ATGGCTTGACTTGATCATGGATGTTAA"
_SEQUENCE = "TTGAC" + _CODING[:8] + "GTAAGTCCTTCCTTTCAG" + _CODING[8:] + "CTTGA"
"""Third codon TGA; an intron lies behind its second base, which is base 13."""


def _checks(told: str, sequence: str = _SEQUENCE) -> dict[str, Any]:
    """What the build of a gene says whose coding parts have an attribute."""
    rows = (
        "1 . gene 6 50 . + . ID=gene-G;Name=G",
        *(f"1 . CDS {place} ID=cds-P;Parent=gene-G{told}" for place in ("6 13 . + 0", "32 50 . + 1")),
    )
    return dict(small(sequence, rows).manifest["checks"])


@pytest.mark.parametrize(
    ("text", "pieces", "residue"),
    [
        ("(pos:12,aa:Sec)", ((11, 12),), "U"),
        ("(pos:12..14,aa:Sec)", ((11, 14),), "U"),
        ("(pos:complement(12..14),aa:Pyl)", ((11, 14),), "O"),
        ("(pos:join(12..13,32),aa:Trp)", ((11, 13), (31, 32)), "W"),
        ("(pos:complement(join(12,31..32)),aa:OTHER)", ((11, 12), (30, 32)), "X"),
        ("(pos:join(complement(32),complement(12..13)),aa:Met)", ((31, 32), (11, 13)), "M"),
        ("(pos: <1..3, aa: TERM)", ((0, 3),), "*"),
        ("( pos: 12..14 , aa: Sec )", ((11, 14),), "U"),
        ("(pos: join( 12..13, 32 ) ,aa:Sec)", ((11, 13), (31, 32)), "U"),
    ],
)
def test_locations(text: str, pieces: tuple[tuple[int, int], ...], residue: str) -> None:
    """A position, a range, the other strand's, a join of these; some write blanks."""
    [found], whole = exceptions_in(text)

    assert whole
    assert (found.pieces, found.residue) == (pieces, residue)


def test_several_at_once() -> None:
    """One attribute may tell of many codons."""
    found, whole = exceptions_in("(pos:1..3,aa:Sec),(pos:join(7..8,20),aa:Sec)")

    assert whole
    assert sorted(one.pieces for one in found) == [((0, 3),), ((6, 8), (19, 20))]


@pytest.mark.parametrize(
    "text",
    [
        "(pos:J00194.1:12..14,aa:Sec)",
        "(pos:12^13,aa:Sec)",
        "(pos:12..14,aa:Nobody)",
        "(pos:bond(12,14),aa:Sec)",
        "(aa:Sec)",
        "pos",
        "(pos:" + "1" * 60 + "x,aa:Sec)",
        "(pos:" + "1" * 5000 + ",aa:Sec)",
        "(pos:1.." + "1" * 19 + ",aa:Sec)",
        "(pos: ,aa:Sec)",
    ],
)
def test_what_cannot_be_read_is_told(text: str) -> None:
    """What is read beside it is kept."""
    found, whole = exceptions_in(f"{text},(pos:1..3,aa:Sec)")

    assert not whole
    assert [one.pieces for one in found] == [((0, 3),)]


@pytest.mark.parametrize("sign", [" ", ",", "(", "( ", ", ", ")", "1", "(pos:", "(pos: ", ",aa:"])
def test_what_cannot_be_read_costs_no_more_the_longer_it_is(sign: str) -> None:
    """Four times the signs take no longer than some four times the time."""

    def seconds(count: int, rounds: int) -> float:
        return thread_seconds(lambda: exceptions_in("(pos:" + sign * count + "x"), rounds)

    short = seconds(500, rounds=5)

    assert seconds(2_000, rounds=3) < 10 * short + 1e-4


def test_nothing_to_read() -> None:
    """Most coding parts have no such attribute."""
    assert exceptions_in("") == (set(), True)


@pytest.mark.parametrize(
    ("told", "remarks"),
    [
        ("", {"a stop codon stands within its coding bases"}),
        (";transl_except=(pos:join(12..13%2C32)%2Caa:Sec)", set()),
        (
            ";transl_except=(pos:bond(12%2C13)%2Caa:Sec)",
            {
                "an exception to its genetic code (transl_except) cannot be read",
                "a stop codon stands within its coding bases",
            },
        ),
        *(
            (
                f";transl_except=(pos:{place}%2Caa:Sec)",
                {
                    "an exception to its genetic code lies in no codon of it",
                    "a stop codon stands within its coding bases",
                },
            )
            for place in ("12..14", "11..12", "20..22", "12..20000", "1..3", "join(12..13%2C33)")
        ),
    ],
)
def test_the_build_says_what_it_could_not_use(told: str, remarks: set[str]) -> None:
    """A codon that is split by an intron is read; what names no codon of the transcript is no silent loss."""
    checks = _checks(told)

    assert set(checks["not_fitting"]) == remarks
    assert checks["fitting"] == (not remarks)


@pytest.mark.parametrize(
    "place", ["58..60", "join(58..59%2C60)", "join(58..59%2C1)", "complement(join(58..59%2C1))"]
)
def test_a_codon_across_the_origin(place: str) -> None:
    """Its last base is told by the number that it has, or by the one that it would have if the contig went on."""
    coding = "ATGTGATAA"
    sequence = coding[5:] + "CACCTTGACC" * 5 + coding[:5]
    told = f"transl_except=(pos:{place}%2Caa:Sec)"
    rows = ("1 . gene 55 63 . + . ID=gene-G", f"1 . CDS 55 63 . + 0 ID=cds-P;Parent=gene-G;{told}")

    checks = small(sequence, rows, circular=frozenset("1")).manifest["checks"]

    assert checks["not_fitting"] == {}
