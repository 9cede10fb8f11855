"""Sources in several files, and large ones: what is not in order is refused with what to do about it."""

from pathlib import Path

import pytest

from gas_engine import SourceError
from gas_engine.known import build
from gas_engine.known.request import Form
from tests.engine.known.shelf import shelf, source, vcf_source, write

CONTIGS = {"1": "ACGTACGTTT" * 40_000, "2": "ACGTACGTTT" * 40_000}
SPACING = 10_000


@pytest.fixture(autouse=True)
def _large_is_twenty_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "MOST_PENDING", 20)


def _rows(contig: str, alt: str = "C", places: range = range(30)) -> list[str]:
    return [f"{contig} {place * SPACING + 1} . A {alt} . . AF=0.5" for place in places]


def test_large_files_of_other_contigs_are_one_source(tmp_path: Path) -> None:
    """As gnomAD's are, a file for each chromosome; small ones may share theirs."""
    one = vcf_source(tmp_path / "one.vcf", _rows("1"))
    two = vcf_source(tmp_path / "two.vcf", _rows("2"))
    few = [
        vcf_source(tmp_path / f"{alt}.vcf", _rows("1", alt, range(at, at + 5)))
        for alt, at in (("C", 5), ("G", 0))
    ]

    bundle = shelf(CONTIGS, source("All", Form.FREQUENCIES, one, two), source("Few", Form.FREQUENCIES, *few))

    assert [known.source.rows for known in bundle.known] == [60, 10]


@pytest.mark.parametrize("first", [range(30), range(16)], ids=["handed-on", "in-memory"])
def test_a_contig_that_comes_again_in_a_second_file(tmp_path: Path, first: range) -> None:
    """Both are sorted, so the sentence names the files, and what each could be."""
    exomes = vcf_source(tmp_path / "exomes.vcf", _rows("2", places=range(3)) + _rows("1", places=first))
    genomes = vcf_source(tmp_path / "genomes.vcf", _rows("1", "G"))

    with pytest.raises(SourceError) as refused:
        shelf(CONTIGS, source("gnomAD", Form.FREQUENCIES, exomes, genomes))

    told = str(refused.value)
    assert told.startswith(f"{genomes}, line ")
    assert f": contig 1 came in {exomes} already, and" in told
    assert f"name this file as a source of its own (--frequencies OTHER={genomes})" in told
    assert "must be sorted" not in told


def test_regions_that_come_again(tmp_path: Path) -> None:
    """Of BED files the same holds."""
    paths = [
        write(
            tmp_path / f"{name}.bed",
            "".join(f"1\t{at * SPACING}\t{at * SPACING + 9}\t{name}\n" for at in range(30)),
        )
        for name in ("one", "two")
    ]

    with pytest.raises(SourceError, match=r"two\.bed, line 1: contig 1 came in .*one\.bed already"):
        shelf(CONTIGS, source("R", Form.REGIONS, *paths))


@pytest.mark.parametrize("again", [_rows("1", "G", range(9, 8, -1)), [*_rows("2"), *_rows("1", "G")]])
def test_a_large_file_must_be_sorted(tmp_path: Path, again: list[str]) -> None:
    """Where there is no second file, the one is not in order."""
    path = vcf_source(tmp_path / "s.vcf", [*_rows("1"), *again])

    with pytest.raises(SourceError, match="a file of this size must be sorted by contig and position"):
        shelf(CONTIGS, source("S", Form.FREQUENCIES, path))


def test_what_is_left_out_came_in_no_file(tmp_path: Path) -> None:
    """A second file that is not in order is told so, where all that the first had of the contig was left out."""
    first = vcf_source(tmp_path / "first.vcf", ["1 1 . A C . . AF=.", "2 1 . A C . . AF=0.5"])
    second = vcf_source(tmp_path / "second.vcf", [*_rows("1", places=range(1, 30)), *_rows("1")[:1]])

    with pytest.raises(SourceError, match=r"second\.vcf, line \d+: a file of this size must be sorted"):
        shelf(CONTIGS, source("S", Form.FREQUENCIES, first, second))
