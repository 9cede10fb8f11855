"""What packs results: every text comes back, and the same text is always the same bytes."""

import gzip
import random
from collections.abc import Iterator

import pytest

from gas_engine.bgzf import BLOCK_BYTES, END, Packed

_SIZES = (
    0,
    1,
    2,
    3,
    4,
    5,
    258,
    259,
    4096,
    BLOCK_BYTES - 1,
    BLOCK_BYTES,
    BLOCK_BYTES + 1,
    3 * BLOCK_BYTES + 7,
)


def _texts(size: int) -> Iterator[bytes]:
    dice = random.Random(size)
    yield bytes(size)
    yield dice.randbytes(size)
    yield bytes(dice.choices(b"ACGT", k=size))
    yield bytes(dice.choices(range(256), weights=[2.0 ** -min(code, 40) for code in range(256)], k=size))
    line = dice.randbytes(dice.randrange(1, 400))
    yield (line * (size // len(line) + 1))[:size]
    yield b"".join(b"1\t%d\t.\tA\tC\n" % (number * 37) for number in range(size // 8 + 1))[:size]


def _packed(text: bytes) -> bytes:
    return b"".join(Packed.of(text).parts) + END


@pytest.mark.parametrize("size", _SIZES)
def test_every_text_comes_back(size: int) -> None:
    """Texts that pack well, texts that cannot be packed, and those whose codes would grow too long."""
    for text in _texts(size):
        assert gzip.decompress(_packed(text)) == text


@pytest.mark.parametrize("size", _SIZES)
def test_blocks_are_found_where_they_are_said_to_start(size: int) -> None:
    """Each start is that of a whole gzip member of at most 64 KiB with its part of the text."""
    for text in _texts(size):
        packed = Packed.of(text)
        together = b"".join(packed.parts)
        ends = [*packed.starts[1:], packed.size]
        members = [together[start:end] for start, end in zip(packed.starts, ends, strict=False)]
        assert packed.size == len(together)
        assert all(len(member) <= 2**16 for member in members)
        assert all(int.from_bytes(member[16:18], "little") + 1 == len(member) for member in members)
        assert [gzip.decompress(member) for member in members] == [
            text[start : start + BLOCK_BYTES] for start in range(0, size, BLOCK_BYTES)
        ]


def test_what_was_packed_before_changes_nothing() -> None:
    """A packer that has seen other texts, in any order, makes the bytes that it made first."""
    texts = [text for size in _SIZES for text in _texts(size)]
    first = [_packed(text) for text in texts]
    order = list(range(len(texts)))
    for seed in range(3):
        random.Random(seed).shuffle(order)
        assert all(_packed(texts[number]) == first[number] for number in order)


def test_results_pack_as_small_as_before() -> None:
    """Lines that resemble each other become a small part of themselves."""
    dice = random.Random(1)
    lines = (
        b"NC_1\t%d\t.\tA\tC\t50\tPASS\tDP=%d;CSQ=C|missense_variant|MODERATE|GENE|G1|Transcript|NM_1.1|protein_coding|%d/9|\n"
        % (number * 31 + dice.randrange(30), dice.randrange(900), dice.randrange(1, 10))
        for number in range(20_000)
    )
    text = b"".join(lines)

    assert len(_packed(text)) < 1.1 * len(gzip.compress(text, 1))
