"""The index of a result: made while the result is written, block by block."""

import ctypes
from collections.abc import Mapping
from ctypes import POINTER, byref, c_char_p, c_int, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from enum import Enum
from functools import cache
from typing import Self

from gas_engine.bgzf import END, Packed
from gas_engine.bundle import Bundle
from gas_engine.core import POSITION_BYTES, library
from gas_engine.header import Header

_TBI_DEPTH, _MIN_SHIFT, _BITS = 5, 14, 3
_TBI_REACH = 1 << (_MIN_SHIFT + _BITS * _TBI_DEPTH)
_LONGEST = 10**10
"""What POS can tell of; a header that gives a contig more bases would have an index of bins that nobody can number."""

_MOST_CONTIGS = 10_000
"""Contigs of an indexed result; beyond it the index would grow larger than the records."""


class IndexState(Enum):
    """Whether a result can be indexed; the values are the core's."""

    FINE = 0
    NOT_SORTED = 1
    TOO_LONG = 2
    NO_MEMORY = 3
    TOO_MANY_CONTIGS = 4


@cache
def _functions() -> ctypes.CDLL:
    found = library()
    found.gas_index_new.restype = c_void_p
    found.gas_index_new.argtypes = (c_int,)
    found.gas_index_free.argtypes = (c_void_p,)
    found.gas_index_add.argtypes = (
        *(c_void_p, c_char_p, c_int64, POINTER(c_int32), POINTER(c_int64), POINTER(c_uint64)),
        *(c_uint64, c_uint64, c_uint64),
    )
    found.gas_index_add.restype = None
    found.gas_index_state.argtypes = (c_void_p,)
    found.gas_index_bytes.restype = c_void_p
    found.gas_index_bytes.argtypes = (c_void_p, c_char_p, c_size_t, c_uint32, POINTER(c_size_t))
    return found


class Index:
    """Grows with the result. TBI where it can tell all positions of the longest contig, else CSI."""

    def __init__(self, longest_contig: int, lengths: Mapping[bytes, int]) -> None:
        """`lengths` are those of contigs by their names, in bases; of others it is not known."""
        depth = _TBI_DEPTH
        while min(longest_contig, _LONGEST) > 1 << (_MIN_SHIFT + _BITS * depth):
            depth += 1
        self.long = depth > _TBI_DEPTH
        self._handle = _functions().gas_index_new(depth)
        if not self._handle:
            raise MemoryError
        self._names: dict[bytes, int] = {}
        self._lengths = lengths

    @classmethod
    def of(cls, bundle: Bundle, header: Header) -> Self:
        """For a file on a reference; where both know a contig, its length is what the file's header says."""
        lengths = {name: contig.length for name, contig in bundle.names().items()} | header.contig_lengths
        return cls(max([bundle.longest, *header.contig_lengths.values()]), lengths)

    def close(self) -> None:
        """Let go of its memory."""
        if self._handle:
            _functions().gas_index_free(self._handle)
            self._handle = None

    def add(self, names: list[bytes], positions: bytes, packed: Packed, written_before: int) -> None:
        """Add the records of a block; `names` are those of the contigs as the block numbers them."""
        numbers = [self._names.setdefault(name, len(self._names)) for name in names]
        if len(self._names) > _MOST_CONTIGS:
            self.close()  # There will be none: what it holds is let go of, and nothing is added.
            return
        lengths = [min(self._lengths.get(name, _LONGEST), _LONGEST) for name in names]
        _functions().gas_index_add(
            self._handle,
            positions,
            len(positions) // POSITION_BYTES,
            (c_int32 * len(numbers))(*numbers),
            (c_int64 * len(lengths))(*lengths),
            (c_uint64 * len(packed.starts))(*packed.starts),
            written_before,
            packed.text_bytes,
            packed.size,
        )

    @property
    def state(self) -> IndexState:
        """Whether it can be written."""
        if len(self._names) > _MOST_CONTIGS:
            return IndexState.TOO_MANY_CONTIGS
        return IndexState(_functions().gas_index_state(self._handle))

    def to_bytes(self) -> bytes:
        """The index file, packed."""
        names = b"".join(name + b"\0" for name in self._names)
        length = c_size_t()
        start = _functions().gas_index_bytes(self._handle, names, len(names), len(self._names), byref(length))
        if not start:
            raise MemoryError
        return b"".join(Packed.of(ctypes.string_at(start, length.value)).parts) + END
