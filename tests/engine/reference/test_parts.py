"""Transcripts whose parts do not lie one behind the other along one strand are left out, with the reason.

Rows are written for these tests, in the form in which NCBI tells of trans-splicing.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from gas_engine.reference.command import main
from gas_engine.reference.gff3 import Regions, features
from gas_engine.reference.transcripts import Left, Transcript, transcripts

BOTH_STRANDS = "its parts lie on both strands"
NOT_IN_ORDER = "its parts do not follow each other along their strand"
SPLICED = "exception=trans-splicing"


def _read(folder: Path, rows: Sequence[str]) -> tuple[list[Transcript], Left]:
    """The transcripts of some rows, and what was left out."""
    path, left = folder / "genes.gff3", Left()
    lines = ["\t".join(row.split(" ", 8)) for row in rows]
    path.write_text("##gff-version 3\n" + "\n".join(lines) + "\n", encoding="ascii")
    return transcripts(features(path, Regions({})), left), left


def _gene(parts: Sequence[tuple[int, int, str]], more: str = SPLICED, *, numbered: bool = False) -> list[str]:
    """A gene whose coding parts hang at it, in the order in which they are read; a row of its own for each of them."""
    rows, number = [], len(parts)
    for kind, attributes in (("gene", f"ID=gene-G;Name=G;{more}"), ("CDS", f"ID=cds-P;Parent=gene-G;{more}")):
        for index, (start, end, strand) in enumerate(parts, 1):
            part = f";part={index}/{number}" if numbered else ""
            phase = 0 if kind == "CDS" else "."
            rows.append(f"1 RefSeq {kind} {start} {end} . {strand} {phase} {attributes}{part}")
    return rows


def _spliced_rna(parts: Sequence[tuple[int, int, str]], strand: str, more: str = SPLICED) -> list[str]:
    """A transcript with exons and coding parts, in the order in which they are read."""
    low, high = min(start for start, _, _ in parts), max(end for _, end, _ in parts)
    rows = [
        f"1 RefSeq gene {low} {high} . {strand} . ID=gene-G;Name=G;{more}",
        f"1 RefSeq mRNA {low} {high} . {strand} . ID=rna-T;Parent=gene-G;{more}",
    ]
    for index, (start, end, side) in enumerate(parts, 1):
        rows.append(f"1 RefSeq exon {start} {end} . {side} . ID=exon-{index};Parent=rna-T;{more}")
    for start, end, side in parts:
        rows.append(f"1 RefSeq CDS {start} {end} . {side} 0 ID=cds-P;Parent=rna-T;{more}")
    return rows


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (_gene([(101, 160, "-"), (301, 360, "+"), (401, 430, "+")]), BOTH_STRANDS),
        (_gene([(101, 160, "-"), (301, 360, "+")], more="pseudo=false"), BOTH_STRANDS),
        (_spliced_rna([(101, 160, "+"), (301, 360, "-")], "?"), BOTH_STRANDS),
        (_spliced_rna([(101, 160, "+"), (301, 360, "-")], "+", more="note=unmarked"), BOTH_STRANDS),
        (_gene([(101, 160, "-"), (401, 460, "-"), (301, 330, "-")]), NOT_IN_ORDER),
        (_gene([(301, 360, "+"), (101, 160, "+")]), NOT_IN_ORDER),
        (_gene([(301, 360, "+"), (101, 160, "+")], more="note=x", numbered=True), NOT_IN_ORDER),
        (
            [*_gene([(301, 360, "+"), (101, 160, "+")], numbered=True)[:2], *_gene([(101, 160, "+")])[1:]],
            NOT_IN_ORDER,
        ),
        (_spliced_rna([(301, 360, "+"), (101, 160, "+")], "?"), NOT_IN_ORDER),
        (_spliced_rna([(301, 360, "+"), (101, 160, "+")], "+", more="trans_splicing="), NOT_IN_ORDER),
        (
            [
                row.replace("1 ", "2 ", 1) if " exon 301" in row else row
                for row in _spliced_rna([(101, 160, "+"), (301, 360, "+")], "+", more="note=PAR")
            ],
            "its parts lie on several contigs",
        ),
    ],
    ids=[
        *("on both strands", "so and not marked", "with a transcript of none", "with a transcript of one"),
        *("rows out of order", "two rows out of order", "numbers out of order", "numbers of the gene's rows"),
        *("exons out of order", "marked as GenBank does", "on two contigs"),
    ],
)
def test_what_cannot_be_read_along_one_strand(tmp_path: Path, rows: list[str], why: str) -> None:
    """It is left out with a reason, and never read in another order; its neighbours are read."""
    neighbour = ["1 RefSeq gene 901 930 . + . ID=gene-N;Name=N", "1 RefSeq CDS 901 930 . + 0 Parent=gene-N"]

    found, left = _read(tmp_path, [*rows, *neighbour])

    assert [one.symbol for one in found] == ["N"]
    assert left.counts == {why: 1}


@pytest.mark.parametrize(
    ("rows", "strand"),
    [
        (_gene([(101, 160, "+"), (301, 360, "+"), (401, 430, "+")]), "+"),
        (_gene([(401, 430, "-"), (301, 360, "-"), (101, 160, "-")]), "-"),
        (_gene([(401, 430, "-"), (301, 360, "-"), (101, 160, "-")], numbered=True)[::-1], "-"),
        (_gene([(101, 160, "-"), (301, 360, "-"), (401, 430, "-")], more="note=sorted"), "-"),
        (_spliced_rna([(401, 430, "-"), (301, 360, "-"), (101, 160, "-")], "?"), "-"),
    ],
    ids=["forward", "backward", "by numbers", "sorted, not marked", "with a transcript of none"],
)
def test_trans_spliced_parts_that_lie_in_order(tmp_path: Path, rows: list[str], strand: str) -> None:
    """What is spliced of several messages of one strand in its order reads as any other transcript."""
    found, left = _read(tmp_path, rows)

    assert left.counts == {}
    assert len(found) == 1
    assert found[0].strand == strand
    assert set(found[0].cds) <= {(100, 160), (300, 360), (400, 430)}
    assert len(found[0].cds) == 3


_FORWARD = [(101, 160, "+"), (301, 360, "+")]


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        (_gene(_FORWARD), True),
        (_spliced_rna(_FORWARD, "+"), True),
        (_gene(_FORWARD, numbered=True), False),
        (_gene(_FORWARD, more="note=x"), False),
        (_gene([(301, 360, "-"), (101, 160, "-")]), False),
        (_gene([(101, 160, "+")]), False),
    ],
    ids=["without part", "with a transcript", "with part", "not spliced so", "backward", "one part"],
)
def test_an_order_that_sorting_may_have_made_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: list[str], *, named: bool
) -> None:
    """Rows of the plus strand that ascend are read so; where only they say it of a trans-spliced gene, the build says that."""
    _read(tmp_path, rows)
    (tmp_path / "s.fa").write_text(f">1\n{'ACGT' * 200}\n", encoding="ascii")
    files = ["--fasta", str(tmp_path / "s.fa"), "--gff3", str(tmp_path / "genes.gff3")]

    assert main(["build", "test", *files, "-o", str(tmp_path / "test")]) == 0

    told = "  1: it is trans-spliced, and the order of its parts is told by that of rows, which may have been sorted, for instance"
    assert (told in capsys.readouterr().out) is named


def test_a_gene_of_several_rows_without_parts(tmp_path: Path) -> None:
    """A pseudogene that is told by two rows has both as its exons."""
    rows = [
        f"1 RefSeq pseudogene {place} . + . ID=gene-G;Name=G;part={part}"
        for part, place in ((1, "101 160"), (2, "301 360"))
    ]

    found, left = _read(tmp_path, rows)

    assert left.counts == {}
    assert [one.exons for one in found] == [[(100, 160), (300, 360)]]


def test_the_build_says_what_it_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever builds a plastid's bundle is told that rps12 is not in it, and why."""
    rna = ["1 . gene 501 520 . + . ID=gene-R", "1 . tRNA 501 520 . + . ID=rna-R;Parent=gene-R"]
    _read(tmp_path, [*_gene([(101, 160, "-"), (301, 360, "+")]), *rna])
    (tmp_path / "s.fa").write_text(f">1\n{'ACGT' * 200}\n", encoding="ascii")
    files = ["--fasta", str(tmp_path / "s.fa"), "--gff3", str(tmp_path / "genes.gff3")]

    assert main(["build", "test", *files, "-o", str(tmp_path / "test")]) == 0

    assert f"  1 left out: {BOTH_STRANDS}, for instance gene-G" in capsys.readouterr().out.splitlines()
