"""Shapes of real files that other tools fail on; all are annotated."""

from pathlib import Path

import pysam
import pytest

from gas_annotator.engine import ReferenceMismatchError
from tests.annotator.workbench import LIMITS, bases, run, run_file
from tests.support.odd_inputs import SHAPES
from tests.support.vcf_files import COLUMNS, vcf

ROW = "MT 3460 . G A . . DP=1"


@pytest.mark.parametrize("content", SHAPES.values(), ids=SHAPES.keys())
def test_shapes(tmp_path: Path, content: bytes) -> None:
    """The record is annotated, and other tools' headers are no obstacle."""
    result = run(content, tmp_path)

    [entries] = result.consequences
    assert (entries[0][3], entries[0][11]) == ("MT-ND1", "MT-ND1-01:p.Ala52Thr")
    assert result.annotation.variants == 1


def test_many_samples(tmp_path: Path) -> None:
    """Genotypes of five hundred samples are copied as they are."""
    names = "\t".join(f"S{number}" for number in range(500))
    calls = " ".join(f"0/{number % 2}:{number}" for number in range(500))

    result = run(vcf(f"{ROW} GT:DP {calls}", columns=f"{COLUMNS}\tFORMAT\t{names}"), tmp_path)

    assert result.records[0][9:] == calls.split(" ")
    assert result.consequences[0][0][11] == "MT-ND1-01:p.Ala52Thr"


def test_bgzf(tmp_path: Path) -> None:
    """Files packed by bgzip are read over all their blocks."""
    rows = [
        f"MT {position} . {bases(position, 1).decode()} <X> . . {'N' * 90}" for position in range(1, 2001)
    ]
    source = tmp_path / "sample.vcf.gz"
    with pysam.BGZFile(str(source), "wb") as file:
        file.write(vcf(*rows))

    result = run_file(source, tmp_path, "sample.vcf.gz")

    assert result.annotation.variants == 2000
    assert result.annotation.result.name == "sample.annot.vcf.gz"


def test_old_style_declaration(tmp_path: Path) -> None:
    """A VCFv3 file gets a declaration in its own style."""
    result = run(SHAPES["VCFv3.3 with old-style headers"], tmp_path)

    assert any(line.startswith(b"##INFO=CSQ,-1,String,") for line in result.header)


def test_other_mitochondrion_is_told_from_rcrs(tmp_path: Path) -> None:
    """hg19's chrM has another length: the file is refused, and the sentence says why."""
    head = ("##fileformat=VCFv4.1", "##contig=<ID=chrM,length=16571>")

    with pytest.raises(ReferenceMismatchError, match=r'"chrM" has 16571 bases .* rCRS has MT \(16,569 bases'):
        run(vcf("chrM 3461 . G A . . .", head=head), tmp_path)


def test_header_only(tmp_path: Path) -> None:
    """A file without records is annotated: there is nothing to say."""
    result = run(vcf(), tmp_path)

    assert result.annotation.variants == 0
    assert "Total: 0" in result.log


def test_windows_line_ends_are_noted(tmp_path: Path) -> None:
    """The result has Unix line ends, and the log says that the input had others."""
    result = run(SHAPES["windows line ends"], tmp_path)

    assert b"\r" not in result.text
    assert "Line ends: CR LF in the input, LF in the result" in result.log


def test_block_borders(tmp_path: Path) -> None:
    """Lines that lie across the borders of blocks are read whole: every record is there, in its order."""
    rows = [
        f"MT {150 + number % 400} r{number} {bases(150 + number % 400, 1).decode()} <X> . . {'x' * (number % 997)}"
        for number in range(4000)
    ]

    result = run(vcf(*rows), tmp_path, limits=LIMITS)

    assert [record[2] for record in result.records] == [f"r{number}" for number in range(4000)]
