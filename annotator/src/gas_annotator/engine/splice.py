"""Pass 2: copies the file byte for byte and adds our tag to INFO, nothing else."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import pysam

from gas_annotator.engine.consequence import FIELDS
from gas_annotator.engine.header import without_mark
from gas_annotator.engine.reading import Block, Source

PREVIEW_RECORDS = 100
"""Most records of a preview; it stays readable while the result is archived, so it must not replace the result."""

PREVIEW_SHARE = 10
"""A preview holds at most one of this many records."""

_INFO = 7
_LONGEST_VALUE = 200
_PREVIEW_ENTRIES = 20
_PREVIEW_COLUMNS = ("chrom", "pos", "id", "ref", "alt", "qual", "filter")


def preview_size(records: int) -> int:
    """How many records of a file may be shown while it is archived."""
    return min(PREVIEW_RECORDS, records // PREVIEW_SHARE)


class Splicer:
    """Writes the result of one file, and keeps its first records for the preview."""

    def __init__(self, tag: str, header_lines: list[bytes], preview_records: int) -> None:
        self._tag = tag.encode() + b"="
        self._header_lines = header_lines
        self._in_header = True
        self._wanted = preview_records
        self.preview: list[dict[str, Any]] = []

    def splice(self, source: Source, values: BinaryIO, result: Path, progress: Callable[[], None]) -> None:
        """Write the result, compressed as BGZF."""
        with pysam.BGZFile(str(result), "wb") as output:
            for block in source.blocks():
                lines = list(self._lines(block, values))
                if lines:
                    output.write(b"\n".join(lines) + b"\n")
                progress()

    def _lines(self, block: Block, values: BinaryIO) -> Iterator[bytes]:
        """The lines of the result that come from one block; blank lines are left out."""
        lines = block.lines
        start = 0
        if self._in_header:
            for line in lines:
                start += 1
                if line.startswith(b"#CHROM"):
                    self._in_header = False
                    yield from self._header_lines
                    yield line
                    break
                if line:
                    yield without_mark(line)
        for line in islice(lines, start, None):
            if line:
                yield self._record(line, values.readline().rstrip(b"\n"))

    def _record(self, line: bytes, value: bytes) -> bytes:
        """One record with its tag; a record without effects stays as it is."""
        if len(self.preview) < self._wanted:
            self.preview.append(preview_record(line, value))
        if not value:
            return line
        columns = line.split(b"\t", _INFO + 1)
        info = columns[_INFO]
        if info in {b".", b""}:
            columns[_INFO] = self._tag + value
        else:
            separator = b"" if info.endswith(b";") else b";"
            columns[_INFO] = info + separator + self._tag + value
        return b"\t".join(columns)


def _text(value: bytes) -> str:
    """A value as text, cut where it would only fill the page."""
    text = value[: _LONGEST_VALUE * 4].decode("utf-8", errors="replace")
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"


def preview_record(line: bytes, value: bytes) -> dict[str, Any]:
    """One record as plain values for a table on a page."""
    columns = line.split(b"\t", _INFO + 1)
    record: dict[str, Any] = {
        name: _text(column) for name, column in zip(_PREVIEW_COLUMNS, columns[:_INFO], strict=True)
    }
    names = [name.lower() for name in FIELDS]
    entries = value.split(b",", _PREVIEW_ENTRIES)[:_PREVIEW_ENTRIES] if value else []
    record["consequences"] = [
        dict(zip(names, map(_text, entry.split(b"|")), strict=True)) for entry in entries
    ]
    return record
