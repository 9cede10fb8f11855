"""BGZF: gzip in blocks that can be found again. The core packs them, so that the same text always becomes the same bytes."""

import ctypes
import threading
import weakref
from ctypes import POINTER, byref, c_size_t, c_uint32, c_uint64, c_void_p
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

from isal import isal_zlib

from gas_engine.core import library

BLOCK_BYTES = 0xFF00
"""Text of a block, as bgzip cuts it."""

END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block that ends a file."""

_PART_BYTES = 16 * BLOCK_BYTES
"""Text that is packed at once: what comes of it is small, and threads wait long enough for it to be worth their change."""


@cache
def _functions() -> ctypes.CDLL:
    found = library()
    found.gas_packer_new.restype = c_void_p
    found.gas_packer_free.argtypes = (c_void_p,)
    found.gas_packer_pack.restype = c_void_p
    found.gas_packer_pack.argtypes = (
        *(c_void_p, c_void_p, c_size_t, POINTER(c_uint32)),
        *(POINTER(c_size_t), POINTER(POINTER(c_uint64)), POINTER(c_size_t)),
    )
    return found


class _Packer:
    """What one thread packs with."""

    def __init__(self) -> None:
        self._handle = _functions().gas_packer_new()
        if not self._handle:
            raise MemoryError
        ending = weakref.finalize(self, _functions().gas_packer_free, self._handle)
        ending.atexit = False  # The process's end frees it as well.

    def pack(self, text: memoryview) -> tuple[bytes, list[int]]:
        """Pack a text, and say where each block starts in what comes of it."""
        starts = range(0, len(text), BLOCK_BYTES)
        sums = (c_uint32 * len(starts))(
            *(isal_zlib.crc32(text[start : start + BLOCK_BYTES]) for start in starts)
        )
        size, places, count = c_size_t(), POINTER(c_uint64)(), c_size_t()
        data = bytes(text) if text.readonly else (ctypes.c_char * len(text)).from_buffer(text)
        made = _functions().gas_packer_pack(
            self._handle, data, len(text), sums, byref(size), byref(places), byref(count)
        )
        if not made:
            raise MemoryError
        return ctypes.string_at(made, size.value), places[: count.value]


_here = threading.local()


def _packer() -> _Packer:
    found = getattr(_here, "packer", None)
    if found is None:
        found = _here.packer = _Packer()
    return found


@dataclass(frozen=True)
class Packed:
    """A text in blocks: all but the last one hold BLOCK_BYTES of it."""

    parts: tuple[bytes, ...]
    starts: tuple[int, ...]
    """Where each block starts, counted from the first one."""
    text_bytes: int

    @classmethod
    def of(cls, text: bytes | memoryview) -> Self:
        """Pack a text. The interpreter is free for other threads meanwhile."""
        view, parts, starts, size = memoryview(text), list[bytes](), list[int](), 0
        for begin in range(0, len(view), _PART_BYTES):
            part, places = _packer().pack(view[begin : begin + _PART_BYTES])
            starts += [size + place for place in places]
            size += len(part)
            parts.append(part)
        return cls(tuple(parts), tuple(starts), len(view))

    @property
    def size(self) -> int:
        """Bytes of all blocks."""
        return sum(map(len, self.parts))


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
        for one in packed.parts:
            self.written += self._file.write(one)

    def add_text(self, text: bytes) -> None:
        """Pack and write a text."""
        self.add(Packed.of(text))

    def finish(self) -> None:
        """Write the end and close."""
        self.written += self._file.write(END)
        self._file.close()
