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
from tests.annotator.workbench import LIMITS, run, run_file
from tests.support.odd_inputs import REFUSED, SOUND
from tests.support.vcf_files import vcf

ROW = "MT 3460 . G A . . ."


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
