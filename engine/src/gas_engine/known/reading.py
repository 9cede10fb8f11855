"""Reads sources of known variants: tables of scores, and BED files of regions; reading_vcf.py reads VCF. Rows in, plain values out."""

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isal import igzip, isal_zlib

from gas_engine.errors import SourceError
from gas_engine.header import without_mark
from gas_engine.known.fields import Chosen

_GZIP = b"\x1f\x8b"
_BUFFER = 1 << 20
_LONGEST_LINE = 64 << 20
_LEADING = 4
_LONGEST_NUMBER = 18
"""Digits of a place: no sequence is as long, and Python refuses to read numbers of thousands."""
_PEEKED_ROWS = 1000

Texts = tuple[bytes, ...]
"""The values of the chosen fields for one allele, as the source writes them; empty where there is none."""

AlleleText = tuple[int, bytes, int, bytes, bytes, Texts]
"""Line, contig, position from 0, REF, ALT, values."""


class TooLargeError(SourceError):
    """A source holds more than is taken of one such."""


class Lines:
    """The lines of a file, plain or gzipped, and how far the reading is; `most_bytes` bounds their text, 0 does not.

    `longest` bounds one of them: by default it is what no table of variants has. `again` is what sentences advise where the
    file is damaged.
    """

    def __init__(
        self,
        path: Path,
        shown: str = "",
        most_bytes: int = 0,
        again: str = "fetch it again",
        longest: int = 0,
    ) -> None:
        self.path, self.again, self._longest = path, again, longest
        self._left = most_bytes or 1 << 62
        self.shown = shown or str(path)
        self.size = max(1, path.stat().st_size)
        self._raw = path.open("rb")
        packed = self._raw.read(2) == _GZIP
        self._raw.seek(0)
        unpacked: Any = igzip.IGzipFile(fileobj=self._raw, mode="rb") if packed else self._raw  # type: ignore[no-untyped-call]  # isal tells no types of it
        self._lines = io.BufferedReader(unpacked, _BUFFER)
        self.number = 0

    @property
    def share(self) -> float:
        """How much of the file has been read."""
        return self._raw.tell() / self.size

    def close(self) -> None:
        """Let go of the file."""
        self._raw.close()

    def __iter__(self) -> Iterator[bytes]:
        """Each line without its end.

        Raises:
            SourceError: the file is cut off or damaged.
            TooLargeError: a line, or all of them, is longer than was told.
        """
        longest = self._longest or _LONGEST_LINE
        try:
            while line := self._lines.readline(longest + 1):
                self.number += 1
                self.spend(len(line))
                if len(line) > longest:
                    raise self._too_long(longest)
                yield line.rstrip(b"\r\n")
        except (EOFError, OSError, zlib.error, gzip.BadGzipFile, isal_zlib.error) as error:  # type: ignore[misc]  # isal's types take the class for an instance
            raise SourceError(
                f"{self.shown}, behind line {self.number}: the file is cut off or damaged ({error}); {self.again}"
            ) from error

    def spend(self, size_bytes: int) -> None:
        """Count text that is read, or read again.

        Raises:
            TooLargeError: it is more than was told.
        """
        self._left -= size_bytes
        if self._left < 0:
            raise TooLargeError(f"{self.shown} holds more text than is taken of one such file")

    def _too_long(self, longest: int) -> SourceError:
        said = f"{self.shown}, line {self.number}: longer than {longest:,} bytes"
        if self._longest:
            return TooLargeError(f"{said}, the longest line that is accepted")
        return SourceError(f"{said}; this is no table of variants")


def is_place(text: bytes) -> bool:
    """Whether a text is a position that a sequence may have."""
    return text.isdigit() and len(text) <= _LONGEST_NUMBER


# ---- tables of scores ---------------------------------------------------------------------------------------------------


@dataclass
class TableHead:
    """The columns of a table behind CHROM, POS, REF and ALT, which of them hold numbers alone, and the first rows."""

    columns: list[str]
    numeric: dict[str, bool]
    first: list[tuple[int, bytes]]


def table_head(lines: Lines) -> TableHead:
    """Read the line of column names of a table of scores, and look at its first rows.

    Raises:
        SourceError: it has none.
    """
    names: list[str] = []
    first: list[tuple[int, bytes]] = []
    for line in lines:
        if line.startswith(b"#") or not (names or line.count(b"\t") < _LEADING):
            names = line.lstrip(b"#").decode("utf-8", errors="replace").split("\t")
            if not line.startswith(b"#"):
                break
        elif line:
            first.append((lines.number, line))
            break
    known = [name.strip().upper() for name in names[:_LEADING]]
    if len(names) <= _LEADING or known[0] not in {"CHROM", "CHR", "CONTIG"} or known[2:] != ["REF", "ALT"]:
        raise SourceError(
            f"{lines.shown}: a table of scores begins with a line of column names: #CHROM, POS, REF, ALT, then the scores,"
            " with tabs between them"
        )
    for line in lines:
        first.append((lines.number, line))
        if len(first) >= _PEEKED_ROWS:
            break
    columns = names[_LEADING:]
    return TableHead(columns, _numeric(columns, first), first)


def _numeric(columns: list[str], rows: list[tuple[int, bytes]]) -> dict[str, bool]:
    found = dict.fromkeys(columns, True)
    for _, line in rows:
        for name, value in zip(columns, line.split(b"\t")[_LEADING:], strict=False):
            if value not in (b"", b".", b"NA"):
                try:
                    float(value)
                except ValueError:
                    found[name] = False
    return found


def table_alleles(lines: Lines, head: TableHead, chosen: tuple[Chosen, ...]) -> Iterator[AlleleText]:
    """The rows of a table of scores."""
    places = [_LEADING + head.columns.index(one.told.field) for one in chosen]
    longest = max(places)
    for number, line in _numbered(lines, head.first):
        if not line:
            continue
        columns = line.split(b"\t")
        if len(columns) <= longest or not is_place(columns[1]):
            raise SourceError(
                f"{lines.shown}, line {number}: this row has not the columns that the first line names"
            )
        values = tuple([b"" if columns[place] == b"NA" else columns[place] for place in places])
        yield number, columns[0], int(columns[1]) - 1, columns[2], columns[3], values


def _numbered(lines: Lines, first: list[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    yield from first
    for line in lines:
        yield lines.number, line


# ---- BED --------------------------------------------------------------------------------------------------------------------

PRESENT = b"yes"
"""What is said of a region without a name, and of every allele of a file of one's own."""

RegionText = tuple[int, bytes, int, int, bytes]
"""Line, contig, start from 0, end, name."""


def is_beside(line: bytes) -> bool:
    """Whether a line of a BED file is no region, but stands beside them: a comment, how to show them, or nothing."""
    return not line.strip() or line.startswith((b"#", b"track", b"browser"))


def bed_regions(lines: Lines) -> Iterator[RegionText]:
    """The regions of a BED file; one without a name is called `yes`.

    Raises:
        SourceError: a line is no region.
    """
    for line in lines:
        if lines.number == 1:
            line = without_mark(line)  # noqa: PLW2901 - what is left of it is the line
        if is_beside(line):
            continue
        columns = line.split(b"\t", 4)
        if len(columns) < 3 or not (is_place(columns[1]) and is_place(columns[2])):  # noqa: PLR2004 - BED's least
            raise SourceError(
                f"{lines.shown}, line {lines.number}: this is no region: BED has a contig, a start and an end, with tabs"
                " between them"
            )
        name = columns[3] if len(columns) > 3 and columns[3] else PRESENT  # noqa: PLR2004 - BED's fourth
        yield lines.number, columns[0], int(columns[1]), int(columns[2]), name
