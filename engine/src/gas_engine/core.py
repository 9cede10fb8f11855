"""The compiled core, as Python calls it. While it works, other threads run: ctypes lets go of the interpreter."""

import ctypes
from collections.abc import Iterator, Mapping
from ctypes import (
    POINTER,
    Structure,
    byref,
    c_bool,
    c_char_p,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

from gas_engine.errors import BundleError, EngineError

LIBRARY = Path(__file__).with_name("_core.so")
IMPACTS = ("HIGH", "MODERATE", "LOW", "MODIFIER")
ALLELE_CLASSES = (
    "SNV",
    "insertion",
    "deletion",
    "substitution of several bases",
    "symbolic",
    "breakend",
    "spanning deletion",
    "no change",
    "other",
)
PLACES = (
    "interGenic",
    "CDS",
    "'3 UTR",
    "'5 UTR",
    "Intronic",
    "Non_coding_intronic",
    "Exonic",
    "Non_coding_exonic",
)
_TERMS, _REASONS, _REMARKS = 33, 15, 3


class Fault(Enum):
    """Why a block could not be annotated; the values are the core's."""

    NO_MEMORY = 1
    NOT_A_RECORD = 2
    SECOND_HEADER = 3
    NO_CONTIG = 4
    BAD_POSITION = 5
    ZERO_BYTE = 6
    LONG_LINE = 7
    OWN_TAG = 8
    UNREADABLE = 9
    LATE = 10


class _Options(Structure):
    _fields_ = (
        ("max_alternatives", c_int32),
        ("max_line_bytes", c_int64),
        ("max_growth_bytes", c_int64),
        ("distance", c_int32),
        ("columns", c_int32),
        ("csq", c_bool),
        ("ann", c_bool),
        ("table", c_bool),
        ("end_first", c_bool),
        ("general", c_bool),
        ("last_cpu_nanosecond", c_int64),
    )


class _Block(Structure):
    _fields_ = (
        ("output", c_void_p),
        ("output_length", c_int64),
        ("problems", c_void_p),
        ("problems_length", c_int64),
        ("rows", c_void_p),
        ("rows_length", c_int64),
        ("positions", c_void_p),
        ("position_count", c_int64),
        ("contigs", c_void_p),
        ("contig_count", c_int64),
        ("lines", c_int64),
        ("records", c_int64),
        ("error", c_int32),
        ("error_line", c_int64),
        ("error_offset", c_int64),
        ("error_length", c_int64),
    )


class _SeenName(Structure):
    _fields_ = (
        ("offset", c_uint32),
        ("length", c_uint32),
        ("contig", c_int32),
        ("records", c_int64),
        ("fitting", c_int64),
        ("contradicting", c_int64),
        ("silent", c_int64),
    )


class _Tally(Structure):
    _fields_ = (
        ("records", c_int64),
        ("annotated_records", c_int64),
        ("alleles", c_int64),
        ("annotated_alleles", c_int64),
        ("blank_lines", c_int64),
        ("windows_ends", c_int64),
        ("transitions", c_int64),
        ("transversions", c_int64),
        ("terms", c_int64 * _TERMS),
        ("impacts", c_int64 * len(IMPACTS)),
        ("classes", c_int64 * len(ALLELE_CLASSES)),
        ("places", c_int64 * len(PLACES)),
        ("record_reasons", c_int64 * _REASONS),
        ("allele_reasons", c_int64 * _REASONS),
        ("remarks", c_int64 * _REMARKS),
        ("first_lines", c_int64 * _REASONS),
    )


class _Position(Structure):
    _fields_ = (("start", c_uint64), ("contig", c_int32), ("begin", c_int64), ("end", c_int64))


POSITION_BYTES = ctypes.sizeof(_Position)
"""Size of one entry of a block's positions."""


@cache
def library() -> ctypes.CDLL:
    """The compiled core, loaded once."""
    try:
        found = ctypes.CDLL(str(LIBRARY))
    except OSError as error:
        raise EngineError(
            f"the compiled core cannot be loaded ({error}); install gas-engine again"
        ) from error
    found.gas_model_open.restype = c_void_p
    found.gas_model_open.argtypes = (c_char_p,)
    found.gas_model_close.argtypes = (c_void_p,)
    found.gas_model_contigs.argtypes = (c_void_p,)
    found.gas_model_contigs.restype = c_uint32
    found.gas_model_genes.argtypes = (c_void_p,)
    found.gas_model_genes.restype = c_uint32
    found.gas_model_gene.argtypes = (c_void_p, c_uint32, POINTER(c_uint32))
    found.gas_model_gene.restype = c_void_p
    found.gas_worker_new.restype = c_void_p
    found.gas_worker_new.argtypes = (c_void_p, POINTER(_Options), c_char_p, c_char_p)
    found.gas_worker_free.argtypes = (c_void_p,)
    found.gas_worker_names.argtypes = (c_void_p, c_char_p, c_size_t, POINTER(c_int32), c_uint32)
    found.gas_worker_block.argtypes = (c_void_p, c_void_p, c_size_t, c_int64, POINTER(_Block))
    found.gas_worker_block.restype = c_int
    found.gas_worker_tally.argtypes = (c_void_p,)
    found.gas_worker_tally.restype = POINTER(_Tally)
    found.gas_worker_genes.argtypes = (c_void_p,)
    found.gas_worker_genes.restype = POINTER(c_int64)
    for name in ("gas_term_name", "gas_reason_name", "gas_remark_name"):
        getattr(found, name).restype = c_char_p
        getattr(found, name).argtypes = (c_int,)
    return found


def _named(function: str) -> Iterator[str]:
    name, number = getattr(library(), function), 0
    while (found := name(number)) is not None:
        yield found.decode("ascii")
        number += 1


@cache
def terms() -> dict[str, str]:
    """Every term that is ever written, most severe first, with its impact."""
    return {
        name: IMPACTS[library().gas_term_impact(number)]
        for number, name in enumerate(_named("gas_term_name"))
    }


@cache
def reasons() -> tuple[str, ...]:
    """Why a record or an allele may have no consequence; the first is for none."""
    return tuple(_named("gas_reason_name"))


@cache
def remarks() -> tuple[str, ...]:
    """What may be odd about a record that is annotated all the same."""
    return tuple(_named("gas_remark_name"))


@dataclass(frozen=True)
class Options:
    """How records are annotated, and how much one of them may take.

    `general` is for tests: it sends single bases, which have a faster path, through the one for everything else.
    """

    max_alternatives: int = 1000
    max_line_bytes: int = 64 * 1024 * 1024
    max_growth_bytes: int = 2 * 1024 * 1024
    distance: int = 5000
    columns: int = 0
    csq: bool = True
    ann: bool = False
    table: bool = True
    end_first: bool = False
    """Whether END says how far a symbolic allele reaches, and SVLEN where it does not; else the other way round."""
    last_cpu_nanosecond: int = 0
    """Of the process, as its clock of processor time counts; 0 for no limit."""
    general: bool = False


@dataclass(frozen=True)
class Seen:
    """A contig's name in a block: what it is, and how often REF fitted it, contradicted it, or said nothing of it."""

    name: bytes
    contig: int
    records: int
    fitting: int
    contradicting: int
    silent: int


@dataclass(frozen=True)
class Refused:
    """Where and why the core stopped."""

    fault: Fault
    line: int
    text: bytes


@dataclass(frozen=True)
class Annotated:
    """An annotated block. The views stay valid until the worker's next block."""

    output: memoryview
    problems: memoryview
    rows: memoryview
    positions: memoryview
    seen: tuple[Seen, ...]
    lines: int
    records: int
    refused: Refused | None


class Model:
    """A bundle's model, mapped into memory."""

    def __init__(self, folder: Path) -> None:
        self.handle = library().gas_model_open(str(folder.resolve()).encode())
        if not self.handle:
            raise BundleError(
                f"{folder} is no reference bundle that this version can read; build or fetch it again"
            )

    def close(self) -> None:
        """Let go of it."""
        if self.handle:
            library().gas_model_close(self.handle)
            self.handle = None

    @property
    def contig_count(self) -> int:
        """How many contigs it has; they are numbered from 0, as the manifest lists them."""
        return int(library().gas_model_contigs(self.handle))

    @property
    def gene_count(self) -> int:
        """How many genes it has; they are numbered from 0."""
        return int(library().gas_model_genes(self.handle))

    def gene(self, number: int) -> str:
        """The symbol of a gene."""
        length = c_uint32()
        start = library().gas_model_gene(self.handle, number, byref(length))
        return ctypes.string_at(start, length.value).decode()


@dataclass
class Counts:
    """Sums over all workers."""

    numbers: dict[str, int]
    lists: dict[str, list[int]]
    genes: dict[int, int]


_NUMBERS = (
    "records",
    "annotated_records",
    "alleles",
    "annotated_alleles",
    "blank_lines",
    "windows_ends",
    "transitions",
    "transversions",
)
_LISTS = ("terms", "impacts", "classes", "places", "record_reasons", "allele_reasons", "remarks")


class Worker:
    """What one thread annotates with."""

    def __init__(
        self, model: Model, options: Options, tag: str, ann_tag: str, names: Mapping[bytes, int]
    ) -> None:
        self._model = model
        own = _Options(
            options.max_alternatives,
            options.max_line_bytes,
            options.max_growth_bytes,
            options.distance,
            options.columns,
            options.csq,
            options.ann,
            options.table,
            options.end_first,
            options.general,
            options.last_cpu_nanosecond,
        )
        self._handle = library().gas_worker_new(model.handle, byref(own), tag.encode(), ann_tag.encode())
        if not self._handle:
            raise MemoryError
        text = b"\n".join(names)
        contigs = (c_int32 * len(names))(*names.values())
        if library().gas_worker_names(self._handle, text, len(text), contigs, len(names)) != 0:
            self.close()
            raise MemoryError

    @property
    def handle(self) -> int:
        """What the core knows it by."""
        return int(self._handle)

    def close(self) -> None:
        """Let go of its memory."""
        if self._handle:
            library().gas_worker_free(self._handle)
            self._handle = None

    def annotate(self, text: bytes, first_line: int) -> Annotated:
        """Annotate whole lines.

        Raises:
            MemoryError: there is not enough of it.
            BundleError: the reference's sequence cannot be read.
        """
        block = _Block()
        library().gas_worker_block(self._handle, text, len(text), first_line, byref(block))
        refused = None
        if block.error:
            fault = Fault(block.error)
            if fault is Fault.NO_MEMORY:
                raise MemoryError
            if fault is Fault.UNREADABLE:
                raise BundleError("a file of the reference cannot be read; fetch or build the bundle again")
            start = block.error_offset
            shown = block.error_length if fault is Fault.OWN_TAG else min(block.error_length, 4096)
            refused = Refused(fault, block.error_line, text[start : start + shown])
        return Annotated(
            output=_view(block.output, block.output_length),
            problems=_view(block.problems, block.problems_length),
            rows=_view(block.rows, block.rows_length),
            positions=_view(block.positions, block.position_count * POSITION_BYTES),
            seen=tuple(_seen(block, text)),
            lines=block.lines,
            records=block.records,
            refused=refused,
        )

    def add_to(self, counts: Counts) -> None:
        """Add what this worker counted."""
        tally = library().gas_worker_tally(self._handle).contents
        for name in _NUMBERS:
            counts.numbers[name] = counts.numbers.get(name, 0) + getattr(tally, name)
        for name in _LISTS:
            own = list(getattr(tally, name))
            known = counts.lists.get(name, [0] * len(own))
            counts.lists[name] = [a + b for a, b in zip(known, own, strict=True)]
        lines = list(tally.first_lines)
        known = counts.lists.get("first_lines", lines)
        counts.lists["first_lines"] = [min(a or b, b or a) for a, b in zip(known, lines, strict=True)]
        genes = library().gas_worker_genes(self._handle)
        for number, count in enumerate(genes[: self._model.gene_count]):
            if count:
                counts.genes[number] = counts.genes.get(number, 0) + count


def _view(start: int | None, length: int) -> memoryview:
    if not start or length == 0:
        return memoryview(b"")
    return memoryview((ctypes.c_char * length).from_address(start)).cast("B")


def _seen(block: _Block, text: bytes) -> Iterator[Seen]:
    if not block.contig_count:
        return
    for one in (_SeenName * block.contig_count).from_address(block.contigs):
        name = text[one.offset : one.offset + one.length]
        yield Seen(name, one.contig, one.records, one.fitting, one.contradicting, one.silent)
