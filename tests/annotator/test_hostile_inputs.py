"""Files that are no VCF files, cut off, or made to hurt: each is refused with a sentence, and soon."""

import gzip
import random
import tempfile
import tracemalloc
import zlib
from pathlib import Path

import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gas_annotator.engine import EngineLimits, InputRefusedError, LimitExceededError
from tests.annotator.workbench import COLUMNS, LIMITS, run, run_file, vcf

ROW = "MT 3460 . G A . . ."
SOUND = vcf(*[ROW] * 3)
NAMED = COLUMNS + "\tFORMAT\tA\tB"

REFUSED = {
    "empty": (b"", "line 1: the file is empty"),
    "CSV": (
        b"sample,pos\nx,1\n",
        "line 1: this is not a VCF file: it must start with ##fileformat=VCF, and does not",
    ),
    "HTML": (b"<script>alert(1)</script>", "it must start with ##fileformat=VCF, and does not"),
    "GFF": (b"##gff-version 3\n", "convert it to VCF"),
    "BCF": (gzip.compress(b"BCF\2\2rest"), "the BCF file is damaged"),
    "ZIP": (b"PK\x03\x04rest", "it is a ZIP archive"),
    "bzip2": (b"BZh91AY", "compressed with bzip2"),
    "PDF": (b"%PDF-1.7", "a PDF document"),
    "PNG": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "line 1: this is not a VCF file: it is a picture"),
    "JPEG": (b"\xff\xd8\xff\xe0\0\x10JFIF", "line 1: this is not a VCF file: it is a picture"),
    "packed twice": (gzip.compress(gzip.compress(SOUND)), "it is compressed twice"),
    "UTF-16": ("##fileformat=VCFv4.2\n".encode("utf-16"), "line 1: the text is in UTF-16"),
    "old Mac line ends": (SOUND.replace(b"\n", b"\r"), "line 1: the lines end in the old Mac way"),
    "zero byte": (SOUND + b"MT\t1\0\n", "line 6: holds a zero byte"),
    "no column names": (
        b"##fileformat=VCFv4.2\n##x=1\n",
        "line 3: the file ends before the line of column names",
    ),
    "record in the header": (b"##fileformat=VCFv4.2\nMT\t1\n", "line 2: a record stands before"),
    "column names with spaces": (SOUND.replace(b"\t", b" "), "line 2: the column names .* separated by tabs"),
    "spreadsheet rows": (
        SOUND + b"demo,MT,3243,A,G\n",
        "line 6: this is not a VCF record: it has 1 of the 8 columns .* no tab",
    ),
    "too few columns": (SOUND + b"MT\t1\t.\tG\n", "line 6: .* 4 of the 8 columns"),
    "position is text": (
        SOUND + vcf("MT 3e3 . G A . . .").split(b"\n", 2)[2],
        "line 6: the column POS must be a whole number",
    ),
    "negative position": (SOUND + vcf("MT -5 . G A . . .").split(b"\n", 2)[2], "line 6: the column POS"),
    "endless position": (
        SOUND + vcf(f"MT {'9' * 5000} . G A . . .").split(b"\n", 2)[2],
        "line 6: the column POS",
    ),
    "empty contig": (SOUND + b"\t1\t.\tG\tA\t.\t.\t.\n", "line 6: the column CHROM is empty"),
    "two files joined": (SOUND + SOUND, "line 6: .*join them with `bcftools concat`"),
    "second column names": (
        SOUND + COLUMNS.encode() + b"\n",
        "line 6: a header line stands among the records",
    ),
    "cut off in the last line": (
        vcf(f"{ROW} GT 0/1 0", columns=NAMED)[:-3],
        "line 3: the file is cut off here: 10 of 11",
    ),
    "gzip cut off": (gzip.compress(SOUND)[:-9], "the compressed file is cut off"),
    "gzip with a wrong sum": (gzip.compress(SOUND)[:-8] + bytes(8), "the compressed file is damaged"),
    "junk behind gzip": (gzip.compress(SOUND) + b"junk", "the compressed file is damaged"),
    "endless empty members": (gzip.compress(b"") * 3000, "it is made of empty parts"),
}


@pytest.mark.parametrize(("content", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    """The sentence says on which line what is wrong; it fits on a page, and is safe to print."""
    with pytest.raises(InputRefusedError, match=sentence) as caught:
        run(content, tmp_path)

    assert len(str(caught.value)) < 350
    assert str(caught.value).isprintable()


def test_bgzf_without_its_end(tmp_path: Path) -> None:
    """A BGZF file that lacks its end marker is cut off, even if its blocks are whole."""
    source = tmp_path / "sample.vcf.gz"
    with pysam.BGZFile(str(source), "wb") as file:
        file.write(SOUND)
    source.write_bytes(source.read_bytes()[:-28])

    with pytest.raises(InputRefusedError, match="cut off: its end marker is missing"):
        run_file(source, tmp_path)


def test_control_characters_are_not_repeated(tmp_path: Path) -> None:
    """A sentence holds none of the file's terminal codes."""
    with pytest.raises(InputRefusedError) as caught:
        run(SOUND + b"\x1b[2J\xe2\x80\xae evil\n", tmp_path)

    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "limits", "sentence"),
    [
        pytest.param(
            vcf(*[ROW] * 11), EngineLimits(10, 10_000, 10_000), "more than 10 records", id="records"
        ),
        pytest.param(
            vcf(ROW, ROW + "x" * 600),
            EngineLimits(10, 500, 10_000),
            "line 4: longer than 500 bytes",
            id="line",
        ),
        pytest.param(
            vcf(ROW, ROW + "x" * 9000),
            EngineLimits(10, 10**6, 5000),
            "more than 5,000 bytes of text",
            id="text",
        ),
    ],
)
def test_limits(tmp_path: Path, content: bytes, limits: EngineLimits, sentence: str) -> None:
    """Each limit ends the job with its own sentence."""
    with pytest.raises(LimitExceededError, match=sentence):
        run(content, tmp_path, limits=limits)


def peak_of(source: Path, folder: Path) -> int:
    """Python memory at its peak while a file is refused for its size."""
    tracemalloc.start()
    try:
        with pytest.raises(LimitExceededError):
            run_file(source, folder)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_endless_line_is_not_read(tmp_path: Path) -> None:
    """A line of a gibibyte is given up at the limit; it never stands in memory."""
    source = tmp_path / "line.vcf"
    with source.open("wb") as file:
        file.write(SOUND)
        file.truncate(2**30)

    assert peak_of(source, tmp_path) < 8 * 2**20


def test_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """A hundred kilobytes that unpack to a hundred megabytes are given up at the limit, in little memory."""
    source = tmp_path / "bomb.vcf.gz"
    packer = zlib.compressobj(9, wbits=31)
    line = vcf("MT 3460 . G <X> . . " + "x" * 60_000).split(b"\n")[2] + b"\n"
    source.write_bytes(
        packer.compress(vcf()) + b"".join(packer.compress(line) for _ in range(1700)) + packer.flush()
    )

    assert source.stat().st_size < 300_000
    assert peak_of(source, tmp_path) < 24 * 2**20


def test_many_alternatives_are_left_alone(tmp_path: Path) -> None:
    """A record with thousands of alleles is counted, not annotated: its entries would fill the result."""
    result = run(vcf(f"MT 3460 . G {','.join(['A'] * 5000)} . . ."), tmp_path)

    assert result.consequences == [[]]
    assert result.statistics["problems"] == {"too_many_alternatives": 1}


def test_many_keys_and_samples(tmp_path: Path) -> None:
    """Twenty thousand INFO keys and samples are copied, not parsed."""
    keys = ";".join(f"K{number}" for number in range(20_000))
    calls = " ".join(["0/1"] * 20_000)

    result = run(vcf(f"MT 3460 . G A . . {keys} GT {calls}"), tmp_path)

    assert result.records[0][7].startswith(keys + ";CSQ=A|missense")


def test_huge_positions_and_ends_are_not_indexed(tmp_path: Path) -> None:
    """Positions that no index holds cost the index, not the job; an end that is no number of this world is not believed."""
    for row in ("MT 4294967295 . G A . . .", f"MT 3460 . G <DEL> . . END={2**40}"):
        result = run(vcf("MT 3459 . C T . . .", row), tmp_path)

        assert result.annotation.variants == 2
        assert (result.annotation.index is None) == ("4294967295" in row)


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32))
def test_damaged_files_never_crash(seed: int) -> None:
    """A sound file with some of its bytes changed, cut or doubled is annotated or refused: nothing else happens."""
    dice = random.Random(seed)
    content = bytearray(
        vcf(ROW, "MT 3243 . A G,<X> 3 PASS DP=2;END=4000", "chrM 8993 rs1 T G . . AF=0.1,0.2")
    )
    for _ in range(dice.randrange(1, 6)):
        place, kind = dice.randrange(len(content)), dice.randrange(3)
        if kind == 0:
            content[place] = dice.choice(b"\0\t\n\r ,;=<>[]#|*.ACGTN019-\xff")
        elif kind == 1:
            del content[place : place + dice.randrange(1, 9)]
        else:
            content[place:place] = content[place : place + 9]
    packed = gzip.compress(bytes(content)) if dice.random() < 0.3 else bytes(content)

    with tempfile.TemporaryDirectory() as folder:
        try:
            result = run(packed, Path(folder), limits=LIMITS)
        except (InputRefusedError, LimitExceededError):
            return
    assert len(result.records) == result.annotation.variants
