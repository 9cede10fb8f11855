"""Writes a file of known variants: blocks of rows, and the index that is mapped. Its layout is that of native/engine.h."""

import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from gas_engine.known.source import Kind
from gas_engine.known.values import Column

MAGIC = b"GASKNW1\n"
BLOCK_ROWS = 2048
"""Rows of a block, which is what one lookup reads: some 16 KB."""

KINDS = {Kind.ALLELES: 0, Kind.REGIONS: 1}
"""What a file holds, by the core's numbers."""

_BLOCK_REACH = 1 << 16
_PAGE = 1 << 16
"""The mapped part starts at a page of whatever machine reads it."""

_HEADER = struct.Struct("<8s4I5Q")
_CONTIG = struct.Struct("<2I")
_BLOCK = struct.Struct("<Q4I")
_COLUMN = struct.Struct("<2Q2I")
_CODES = 256

AlleleRow = tuple[int, bytes, int, tuple[int, ...]]
"""Start and code in one number (start * 256 + code), the text of a long allele, the row's number in its source, its values."""

RegionRow = tuple[int, int, int, tuple[int, ...]]
"""Start, end, the row's number in its source, its values."""


@dataclass
class _Index:
    """Where blocks lie."""

    offsets: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Body:
    """What a block holds; `texts` are those of long alleles, and `longs` says whose."""

    values: list[tuple[int, ...]]
    places: bytes
    longs: bytes = b""
    texts: bytes = b""

    def to_bytes(self) -> bytes:
        """Counts, widths, long alleles, places, columns, texts of long alleles."""
        narrow = [_narrow(column) for column in zip(*self.values, strict=True)]
        widths = bytes(width for width, _ in narrow)
        counts = struct.pack("<2I", len(self.values), len(self.longs) // 8)
        head = counts + widths + bytes(-len(widths) % 4)
        return b"".join((head, self.longs, self.places, *(content for _, content in narrow), self.texts))


class KnownWriter:
    """Takes the rows of one contig after the other, each contig's in their order, and becomes a file."""

    def __init__(self, path: Path, kind: Kind, columns: Sequence[Column], contigs: int) -> None:
        self._file: BinaryIO = path.open("wb")
        self._kind, self._columns = kind, columns
        self._index = _Index()
        self._of_contig: list[tuple[int, int]] = [(0, 0)] * contigs
        self._contig = -1
        self._pending_alleles: list[AlleleRow] = []
        self._pending_regions: list[RegionRow] = []
        self.rows = 0
        self._offset = self._file.write(bytes(_HEADER.size))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def add_alleles(self, contig: int, rows: Sequence[AlleleRow]) -> None:
        """Add rows of a contig, which lie behind those that were added before."""
        self._turn_to(contig)
        self._pending_alleles += rows
        pending, at = self._pending_alleles, 0
        while len(pending) - at > BLOCK_ROWS:
            end = _allele_block_end(pending, at)
            if end == len(pending):
                break  # More rows of the last place may follow.
            self._write_alleles(pending[at:end])
            at = end
        del pending[:at]

    def add_regions(self, contig: int, rows: Sequence[RegionRow]) -> None:
        """Add regions of a contig, which do not start before those that were added before."""
        self._turn_to(contig)
        self._pending_regions += rows
        whole = len(self._pending_regions) // BLOCK_ROWS * BLOCK_ROWS
        for at in range(0, whole, BLOCK_ROWS):
            self._write_regions(self._pending_regions[at : at + BLOCK_ROWS])
        del self._pending_regions[:whole]

    def _turn_to(self, contig: int) -> None:
        if contig == self._contig:
            return
        self._end_contig()
        self._contig = contig
        if contig >= 0:
            self._of_contig[contig] = (len(self._index.offsets), 0)

    def _end_contig(self) -> None:
        pending, at = self._pending_alleles, 0
        while at < len(pending):
            end = _allele_block_end(pending, at)
            self._write_alleles(pending[at:end])
            at = end
        pending.clear()
        if self._pending_regions:
            self._write_regions(self._pending_regions)
        self._pending_regions = []
        if self._contig >= 0:
            first, _ = self._of_contig[self._contig]
            self._of_contig[self._contig] = (first, len(self._index.offsets) - first)

    def _write_alleles(self, rows: list[AlleleRow]) -> None:
        start = rows[0][0] // _CODES
        longs, texts = array("I"), bytearray()
        for number, row in enumerate(rows):
            if row[1]:
                longs.extend((number, len(texts)))
                texts += row[1]
        places = array("H", [(row[0] >> 8) - start for row in rows]).tobytes()
        codes = bytes([row[0] & 255 for row in rows])
        body = _Body([row[3] for row in rows], places + codes, longs.tobytes(), bytes(texts))
        self._write(start, 0, body)

    def _write_regions(self, rows: list[RegionRow]) -> None:
        places = array("I", [place for row in rows for place in row[:2]]).tobytes()
        self._write(rows[0][0], max(row[1] for row in rows), _Body([row[3] for row in rows], places))

    def _write(self, start: int, end: int, body: "_Body") -> None:
        block = body.to_bytes()
        index = self._index
        index.offsets.append(self._offset)
        index.starts.append(start)
        index.sizes.append(len(block))
        index.rows.append(len(body.values))
        index.ends.append(end)
        self._offset += self._file.write(block)
        self.rows += len(body.values)

    def finish(self) -> None:
        """Write the index and the texts, and close."""
        self._turn_to(-1)
        self._pad(_PAGE)
        index_at = self._offset
        reaches = list(self._index.ends)
        for first, count in self._of_contig:
            _spread(reaches, first, first + count)
        contig_table = self._put(b"".join(_CONTIG.pack(*one) for one in self._of_contig))
        index = self._index
        block_table = self._put(
            b"".join(
                _BLOCK.pack(*one)
                for one in zip(index.offsets, index.starts, index.sizes, index.rows, reaches, strict=True)
            )
        )
        columns = bytearray()
        for column in self._columns:
            texts = column.texts()
            offsets = array("I", [0])
            for text in texts:
                offsets.append(offsets[-1] + len(text))
            columns += _COLUMN.pack(
                self._put(offsets.tobytes()), self._put(b"".join(texts)), column.kind, len(texts)
            )
        column_table = self._put(bytes(columns))
        self._file.seek(0)
        self._file.write(
            _HEADER.pack(
                MAGIC,
                KINDS[self._kind],
                len(self._columns),
                len(self._of_contig),
                len(index.offsets),
                self.rows,
                *(index_at, contig_table, block_table, column_table),
            )
        )
        self._file.close()

    def _put(self, content: bytes) -> int:
        at = self._offset
        self._offset += self._file.write(content)
        self._pad(8)
        return at

    def _pad(self, step: int) -> None:
        self._offset += self._file.write(bytes(-self._offset % step))


def _allele_block_end(rows: list[AlleleRow], at: int) -> int:
    """Where a block that starts at a row ends: rows of one place are never parted."""
    farthest = ((rows[at][0] >> 8) + _BLOCK_REACH) << 8
    end = min(at + BLOCK_ROWS, len(rows))
    while end < len(rows) and rows[end][0] >> 8 == rows[end - 1][0] >> 8:
        end += 1
    if rows[end - 1][0] < farthest:
        return end
    low, high = at, end
    while low < high:
        middle = (low + high) // 2
        if rows[middle][0] < farthest:
            low = middle + 1
        else:
            high = middle
    return low


_CODES_OF_WIDTH: tuple[tuple[int, str], ...] = ((1, "B"), (2, "H"), (4, "I"), (8, "Q"))


def _narrow(column: tuple[int, ...]) -> tuple[int, bytes]:
    """A column in as few bytes a value as its largest one needs, and how many these are."""
    needed = (max(column).bit_length() + 7) // 8
    if needed == 0:
        return 0, b""
    width, code = next(one for one in _CODES_OF_WIDTH if one[0] >= needed)
    wide = array(code, column).tobytes()
    if width == needed:
        return needed, wide
    content = bytearray(needed * len(column))
    for byte in range(needed):
        content[byte::needed] = wide[byte::width]
    return needed, bytes(content)


def _spread(reaches: list[int], low: int, high: int) -> int:
    """Make each block's end that of the whole branch below it, as the search of the core goes down."""
    if low >= high:
        return 0
    middle = low + (high - low) // 2
    reaches[middle] = max(reaches[middle], _spread(reaches, low, middle), _spread(reaches, middle + 1, high))
    return reaches[middle]
