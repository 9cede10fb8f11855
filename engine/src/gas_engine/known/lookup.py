"""Files of known variants as the core reads them: opened, given to workers, and asked for the key of an allele."""

import ctypes
import os
from collections.abc import Sequence
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_void_p
from functools import cache
from pathlib import Path

from gas_engine.core import Worker, library
from gas_engine.errors import BundleError
from gas_engine.known.fields import Chosen
from gas_engine.known.known_file import KINDS
from gas_engine.known.source import KnownSource

MOST_COLUMNS = 64
"""Fields of all sources of a run; the core's number."""

CONTRADICTS = "REF contradicts the sequence"
"""Of which assembly a file is, is judged by how often that is so."""

FAULTS = (
    "",
    "it lies outside its contig",
    "REF or ALT is no plain bases",
    CONTRADICTS,
    "REF and ALT are the same",
)
"""Why an allele of a source has no key; the order is the core's."""

_UNREADABLE = len(FAULTS)
_NO_MEMORY = -1


class _Key(Structure):
    _fields_ = (("start", c_uint32), ("code", c_uint32), ("text", c_void_p), ("text_length", c_uint32))


@cache
def _functions() -> ctypes.CDLL:
    found = library()
    found.gas_known_open.restype = c_void_p
    found.gas_known_open.argtypes = (c_char_p,)
    found.gas_known_columns.argtypes = (c_void_p, POINTER(c_uint32), POINTER(c_uint32))
    found.gas_known_columns.restype = c_uint32
    found.gas_known_close.argtypes = (c_void_p,)
    found.gas_known_close.restype = None
    found.gas_worker_known.argtypes = (c_void_p, POINTER(c_void_p), c_uint32, c_char_p, c_size_t, c_char_p)
    found.gas_worker_known.restype = c_int
    found.gas_worker_known_counts.argtypes = (c_void_p, c_uint32, POINTER(c_int64))
    found.gas_worker_known_counts.restype = None
    found.gas_known_key.argtypes = (
        *(c_void_p, c_uint32, c_int64, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(_Key)),
    )
    found.gas_known_key.restype = c_int
    return found


class KnownFile:
    """A file of known variants. Threads and forked processes share it.

    Each worker opens it by its path: it has to be absolute where somebody goes to another folder in between. It is taken
    as given, for a process may be in a folder to which no way leads from the root that it may go.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.handle = _functions().gas_known_open(os.fsencode(path))
        if not self.handle:
            raise BundleError(
                f"{path} is no file of known variants that this version can read; build or fetch the bundle again"
            )
        holds, kinds = c_uint32(), (c_uint32 * MOST_COLUMNS)()
        count = _functions().gas_known_columns(self.handle, byref(holds), kinds)
        self.columns = tuple(kinds[:count])
        self._holds = holds.value

    def require(self, source: KnownSource) -> None:
        """Make sure that it holds what a manifest tells of it: the core goes by the file, and all else by the manifest.

        Raises:
            BundleError: it has other columns.
        """
        told = tuple(Chosen(field, "1").column().kind for field in source.fields)
        if (self._holds, self.columns) != (KINDS[source.kind], told):
            raise BundleError(
                f"manifest.json tells of other columns than {self.path} has; build or fetch the bundle again"
            )

    def close(self) -> None:
        """Let go of it."""
        if self.handle:
            _functions().gas_known_close(self.handle)
            self.handle = None


def give(worker: Worker, files: Sequence[KnownFile], keys: Sequence[str], fills: Sequence[bool]) -> None:
    """Let a worker look up sources, given the INFO key of each of their fields, and which of these fill ID."""
    if sum(len(file.columns) for file in files) != len(keys) or len(keys) != len(fills):
        raise BundleError("a file of known variants has other columns than the manifest tells of")
    handles = (c_void_p * len(files))(*(file.handle for file in files))
    text = "\n".join(keys).encode()
    result = _functions().gas_worker_known(
        worker.handle, handles, len(files), text, len(text), bytes(map(int, fills))
    )
    if result == _NO_MEMORY:
        raise MemoryError
    if result:
        raise BundleError("a file of known variants is gone; fetch or build the bundle again")


def counts(worker: Worker, sources: int) -> list[tuple[int, int]]:
    """How many alleles and records of a worker each source knew."""
    found = []
    for number in range(sources):
        pair = (c_int64 * 2)()
        _functions().gas_worker_known_counts(worker.handle, number, pair)
        found.append((pair[0], pair[1]))
    return found


class AlleleKeys:
    """Keys of a source's alleles, by the core: a lookup for the same change finds the same key."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._key = _Key()
        self._find, self._reference = _functions().gas_known_key, byref(self._key)
        self._handle = worker.handle  # Asked for once: this is called for every row of a source.

    def key(self, contig: int, position: int, ref: bytes, alt: bytes) -> tuple[int, int, bytes] | str:
        """Start, code and, of a long allele, its text; or why there is none. The position counts from 0."""
        key = self._key
        fault = self._find(self._handle, contig, position, ref, len(ref), alt, len(alt), self._reference)
        if fault:
            if fault == _UNREADABLE:
                raise BundleError("the reference's sequence cannot be read; build the bundle again")
            return FAULTS[fault]
        text = ctypes.string_at(key.text, key.text_length) if key.text_length else b""
        return key.start, key.code, text
