"""What the command reads of a local file before anything is sent."""

import gzip
from pathlib import Path

import pytest

from gas_cli.errors import CommandError
from gas_cli.header import LOOK_CHARACTERS, MOST_CONTIGS, header_facts
from tests.support.file_headers import COLUMNS, HEADER

EXPECTED = {
    "contigs": {"chr1": 248_956_422, "chrM": 16_569, "chrUn": None, "HLA-A*01:01:01:01": None},
    "texts": ["file:///ref/hg38.fa", "GRCh38"],
}


def bcf(header: str) -> bytes:
    """A BCF of that header, with something binary behind it."""
    return (
        b"BCF\x02\x02" + (len(header) + 1).to_bytes(4, "little") + header.encode() + b"\0" + bytes(range(256))
    )


def written(folder: Path, content: bytes) -> Path:
    """A file with that content."""
    path = folder / "a.vcf"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        HEADER.encode(),
        (HEADER + COLUMNS + "chr7\t1\t.\tA\tC\t.\t.\t.\n").encode(),
        HEADER.replace("\n", "\r\n").encode(),
        gzip.compress(HEADER.encode()),
        bcf(HEADER + COLUMNS),
        gzip.compress(bcf(HEADER + COLUMNS)),
        b"".join(gzip.compress(HEADER.encode()[at : at + 50]) for at in range(0, len(HEADER), 50)),
    ],
    ids=["plain", "with records", "of Windows", "gzip", "BCF", "packed BCF", "in parts, as bgzip makes them"],
)
def test_contigs_and_words_are_read(tmp_path: Path, content: bytes) -> None:
    """However the file is written."""
    assert header_facts(written(tmp_path, content)) == EXPECTED


def test_records_tell_contigs_where_the_header_does_not(tmp_path: Path) -> None:
    """Names without lengths, each once."""
    records = "".join(f"chr{n % 3}\t{n + 1}\t.\tA\tC\t.\t.\t.\n" for n in range(9))

    facts = header_facts(written(tmp_path, f"##fileformat=VCFv4.2\n{COLUMNS}{records}".encode()))

    assert facts == {"contigs": {"chr0": None, "chr1": None, "chr2": None}, "texts": []}


def test_a_damaged_file_tells_its_beginning(tmp_path: Path) -> None:
    """It is not for the command to judge it."""
    packed = gzip.compress(HEADER.encode()) + b"\x1f\x8b\x08\x00junk"

    assert header_facts(written(tmp_path, packed))["contigs"] == EXPECTED["contigs"]
    assert header_facts(written(tmp_path, b"\x1f\x8b\x08\x00junk")) == {"contigs": {}, "texts": []}
    assert header_facts(written(tmp_path, b"\xff\xfe##\n")) == {"contigs": {}, "texts": []}


def test_no_more_is_read_and_told_than_gas_takes(tmp_path: Path) -> None:
    """A header without an end is cut where the rest says nothing, and in no middle of a line."""
    many = "".join(f"##contig=<ID=c{n},length={n + 1}>\n" for n in range(MOST_CONTIGS * 2))
    long = "".join(f"##contig=<ID={n:0199},length=7>\n" for n in range(1000))

    assert len(header_facts(written(tmp_path, many.encode()))["contigs"]) <= MOST_CONTIGS
    assert len(str(header_facts(written(tmp_path, long.encode())))) < 120_000
    cut = f"##x={'x' * (LOOK_CHARACTERS - 30)}\n##contig=<ID=chr1,length=248956422>\n"
    assert header_facts(written(tmp_path, cut.encode()))["contigs"] == {}


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(CommandError, match=r"none\.vcf cannot be read"):
        header_facts(tmp_path / "none.vcf")
