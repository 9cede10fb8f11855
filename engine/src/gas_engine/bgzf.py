"""BGZF: gzip in blocks that can be found again. Blocks are packed by ISA-L, ten times as fast as zlib at level 6."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from isal import igzip_lib, isal_zlib

BLOCK_BYTES = 0xFF00
"""Text of a block, as bgzip cuts it."""

END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block that ends a file."""

_HEAD = struct.Struct("<4BI2BH2BHH")
_TAIL = struct.Struct("<II")
_LEVEL = 1
"""Higher levels of ISA-L pack these texts no smaller."""


def block(text: bytes | memoryview) -> bytes:
    """One block. The interpreter is free for other threads meanwhile."""
    packed = igzip_lib.compress(text, _LEVEL, igzip_lib.COMP_DEFLATE)
    size = _HEAD.size + len(packed) + _TAIL.size
    head = _HEAD.pack(0x1F, 0x8B, 8, 4, 0, 0, 0xFF, 6, 0x42, 0x43, 2, size - 1)
    return b"".join((head, packed, _TAIL.pack(isal_zlib.crc32(text), len(text))))


@dataclass(frozen=True)
class Packed:
    """A text in blocks: all but the last one hold BLOCK_BYTES of it."""

    blocks: tuple[bytes, ...]
    text_bytes: int

    @classmethod
    def of(cls, text: bytes | memoryview) -> Self:
        """Pack a text."""
        view = memoryview(text)
        starts = range(0, len(view), BLOCK_BYTES)
        return cls(tuple(block(view[start : start + BLOCK_BYTES]) for start in starts), len(view))


class BgzfFile:
    """A file of blocks that is written from its start to its end."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self.written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, packed: Packed) -> None:
        """Write blocks."""
        for one in packed.blocks:
            self.written += self._file.write(one)

    def add_text(self, text: bytes) -> None:
        """Pack and write a text."""
        self.add(Packed.of(text))

    def finish(self) -> None:
        """Write the end and close."""
        self.written += self._file.write(END)
        self._file.close()


def pack_file(path: Path, text: bytes) -> None:
    """Write a whole text as a file."""
    with BgzfFile(path) as file:
        file.add_text(text)
        file.finish()
