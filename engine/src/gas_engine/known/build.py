"""Maps one source of known variants: its files in, one file of a bundle and what the manifest says of it out."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gas_engine.errors import SourceError
from gas_engine.known import reading, reading_vcf
from gas_engine.known.assembly import FEWEST_JUDGED, Assembly
from gas_engine.known.fields import (
    IDENTIFIERS,
    MOST_OWN,
    Chosen,
    listed,
    own_fields,
    region_field,
    table_fields,
    vcf_fields,
    whose_fields,
)
from gas_engine.known.known_file import KnownWriter
from gas_engine.known.lookup import AlleleKeys
from gas_engine.known.reading import Lines, TooLargeError
from gas_engine.known.request import Form, SourceRequest, Tally
from gas_engine.known.rows import MOST_PENDING, Row, Sorter, UnsortedError
from gas_engine.known.source import Kind, KnownSource
from gas_engine.known.values import Column, UnfitValueError

_BETWEEN_ROWS = 1 << 14
_BETWEEN_SECONDS = 10.0
_NO_VALUE = "no chosen field has a value"
_RELEASE = re.compile(r"[._-]v?(\d+(?:\.\d+)+|\d{6,8})(?=[._-])")


@dataclass(frozen=True)
class Ground:
    """What sources are placed on: contigs by all their names, each with its number and length, and the core's keys."""

    reference: str
    contigs: Mapping[bytes, tuple[int, int]]
    contig_count: int
    keys: AlleleKeys


def build_source(
    request: SourceRequest,
    ground: Ground,
    target: Path,
    files: tuple[Mapping[str, str], ...],
    say: Callable[[str], None],
) -> KnownSource:
    """Map a source into a file; what comes back tells of it.

    Raises:
        SourceError: it cannot be used; the message names file and line.
    """
    return _Mapping(request, ground, target, say).run(files)


class _Mapping:
    """One source on its way into a file."""

    def __init__(
        self, request: SourceRequest, ground: Ground, target: Path, say: Callable[[str], None]
    ) -> None:
        self._request, self._ground, self._target, self._say = request, ground, target, say
        self._tally = Tally()
        self._assembly = Assembly(request, ground.reference)
        self._told_at = time.monotonic()
        self._chosen: tuple[Chosen, ...] = ()
        self._columns: list[Column] = []
        self._encoders: list[Callable[[bytes], int]] = []
        self._writer: KnownWriter | None = None
        self._sorter: Sorter | None = None
        self._file = 0
        """The number of the file in hand."""
        self._first_in: dict[int, int] = {}
        """In which file each contig came first, by the rows that are kept: what is left out needs no order."""
        self._told: dict[str, str] = {}
        self._there: tuple[str, ...] = ()
        """Names of all fields that the source has."""

    def run(self, files: tuple[Mapping[str, str], ...]) -> KnownSource:
        """Read all files, then write the index."""
        request = self._request
        try:
            for self._file, path in enumerate(request.paths):
                lines = Lines(path, request.shown, request.most_bytes, request.again, request.most_line_bytes)
                try:
                    self._take_file(lines)
                    self._check_rows(lines)
                finally:
                    lines.close()
            self._assembly.judge(FEWEST_JUDGED)
            assert self._sorter is not None
            assert self._writer is not None
            self._sorter.finish()
            self._writer.finish()
        finally:
            if self._writer is not None:
                self._writer.close()
        if not self._writer.rows and not request.own:
            raise SourceError(
                f"{request.name}: none of its {self._tally.read:,} rows can be used on {self._ground.reference}: "
                + "; ".join(f"{count:,}: {why}" for why, count in self._tally.left_out.items())
                + self._advice()
            )
        return KnownSource(
            name=request.name,
            kind=request.form.kind,
            release=request.release or self._release() or f"file {files[0]['sha256'][:12]}",
            date=request.date or self._told.get("fileDate", ""),
            licence=request.licence,
            fields=tuple(one.told for one in self._chosen),
            files=files,
            rows=self._writer.rows,
            checks=self._tally.to_manifest(self._writer.rows),
            data=self._target.name,
        )

    def _advice(self) -> str:
        """What helps where the chosen fields are empty."""
        if _NO_VALUE not in self._tally.left_out or self._request.form is Form.REGIONS:
            return ""
        chosen = ", ".join(one.told.field for one in self._chosen)
        return (
            f". The chosen fields are {chosen}; choose others with --fields {self._request.name}=FIELD,... from"
            f" {listed(self._there)}"
        )

    def _release(self) -> str:
        """The release, as header or file name tell it."""
        named = _RELEASE.search(self._request.file_name or self._request.paths[0].name)
        return (
            self._told.get("dbSNP_BUILD_ID") or (named[1] if named else "") or self._told.get("fileDate", "")
        )

    # ---- the files -----------------------------------------------------------------------------------------------------

    def _take_file(self, lines: Lines) -> None:
        form = self._request.form
        if form is Form.REGIONS:
            self._begin((region_field(self._request.name),))
            self._take_regions(lines)
        elif form is Form.SCORES:
            table = reading.table_head(lines)
            self._there = tuple(table.columns)
            self._begin(table_fields(self._request.name, table.columns, table.numeric, self._request.fields))
            self._take_alleles(lines, reading.table_alleles(lines, table, self._chosen), {})
        else:
            head = reading_vcf.vcf_head(lines)
            if self._file == 0:
                self._told, self._there = head.told, (IDENTIFIERS, *head.declared)
                self._begin(self._vcf_fields(head))
            rows = reading_vcf.vcf_alleles(
                lines, self._chosen, self._tally.leave, self._request.most_alternatives
            )
            self._take_alleles(lines, rows, head.lengths)

    def _vcf_fields(self, head: reading_vcf.VcfHead) -> tuple[Chosen, ...]:
        request, whose = self._request, whose_fields(head.told.get("source", ""))
        if request.form is Form.OWN:
            self._tally.fields_left_out = list(head.declared)[MOST_OWN:]
            return own_fields(request.name, head.declared, whose)
        frequencies = request.form is Form.FREQUENCIES
        return vcf_fields(request.name, head.declared, request.fields, whose=whose, frequencies=frequencies)

    def _begin(self, chosen: tuple[Chosen, ...]) -> None:
        """Open the file, once it is known what its columns are."""
        if self._writer is not None:
            return
        self._chosen = chosen
        self._columns = [one.column() for one in chosen]
        self._encoders = [column.encode for column in self._columns]
        kind = self._request.form.kind
        writer = KnownWriter(self._target, kind, self._columns, self._ground.contig_count)
        self._writer = writer
        most = self._request.most_rows + 2 * _BETWEEN_ROWS if self._request.own else MOST_PENDING
        if kind is Kind.REGIONS:
            self._sorter = Sorter(writer.add_regions, scale=1, most_pending=most, settled=0)
        else:
            self._sorter = Sorter(self._put_alleles, scale=256, most_pending=most)

    def _put_alleles(self, contig: int, rows: list[Row]) -> None:
        """Write rows, of those of the same allele the first."""
        assert self._writer is not None
        last: tuple[int, bytes] | None = None
        kept = []
        for row in rows:
            if (row[0], row[1]) == last:
                self._tally.leave(
                    "the same allele stands before it: the first is used", f"position {(row[0] >> 8) + 1}"
                )
                continue
            last = (row[0], row[1])
            kept.append(row)
        self._writer.add_alleles(contig, kept)

    # ---- rows -------------------------------------------------------------------------------------------------------------

    def _contig(self, name: bytes, lengths: Mapping[bytes, int]) -> int | str:
        """The number of a contig, or why rows on it are left out."""
        found = self._ground.contigs.get(name)
        if found is None:
            return "its contig is none of the bundle's"
        number, length = found
        if lengths.get(name, length) != length:
            return "its contig has another length in the bundle"
        return number

    def _take_alleles(
        self, lines: Lines, rows: Iterator[reading.AlleleText], lengths: Mapping[bytes, int]
    ) -> None:
        assert self._sorter is not None
        contigs: dict[bytes, int | str] = {}
        key_of, add = self._ground.keys.key, self._sorter.add
        tally, assembly, first_in = self._tally, self._assembly, self._first_in
        for line, contig, place, ref, alt, texts in rows:
            tally.read += 1
            if not tally.read % _BETWEEN_ROWS:
                self._tell(lines)
            number = contigs.get(contig)
            if number is None:
                number = contigs[contig] = self._contig(contig, lengths)
            if isinstance(number, str):
                tally.leave(number, _example(line, contig, place))
                continue
            key = key_of(number, place, ref, alt)
            if isinstance(key, str):
                tally.leave(key, _example(line, contig, place))
                assembly.note(key, line)
                continue
            assembly.fitting += 1
            values = self._values(texts, line)
            if not any(values):
                tally.leave(_NO_VALUE, _example(line, contig, place))
                continue
            try:
                in_time = add(number, place, (key[0] << 8 | key[1], key[2], tally.read, values))
            except UnsortedError as error:
                raise self._unsorted(lines, line, contig, number) from error
            if in_time:
                first_in.setdefault(number, self._file)
            else:
                tally.leave("it moves too far to the left in a repeat", _example(line, contig, place))

    def _take_regions(self, lines: Lines) -> None:
        assert self._sorter is not None
        for line, contig, start, end, name in reading.bed_regions(lines):
            self._tally.read += 1
            if not self._tally.read % _BETWEEN_ROWS:
                self._tell(lines)
            found = self._ground.contigs.get(contig)
            example = _example(line, contig, start)
            if found is None:
                self._tally.leave("its contig is none of the bundle's", example)
            elif not start < end <= found[1]:
                self._tally.leave("it is empty or lies outside its contig", example)
            else:
                values = self._values((name,), line)
                if not any(values):
                    self._tally.leave(_NO_VALUE, example)
                    continue
                try:
                    self._sorter.add(found[0], start, (start, end, self._tally.read, values))
                except UnsortedError as error:
                    raise self._unsorted(lines, line, contig, found[0]) from error
                self._first_in.setdefault(found[0], self._file)

    def _values(self, texts: reading.Texts, line: int) -> tuple[int, ...]:
        try:
            return tuple([encode(text) for encode, text in zip(self._encoders, texts, strict=True)])
        except UnfitValueError:
            return tuple(self._value(number, text, line) for number, text in enumerate(texts))

    def _value(self, number: int, text: bytes, line: int) -> int:
        try:
            return self._columns[number].encode(text)
        except UnfitValueError as error:
            self._tally.leave(f"a value of {self._chosen[number].told.field}: {error}", f"line {line}")
            return 0

    def _unsorted(self, lines: Lines, line: int, contig: bytes, number: int) -> SourceError:
        request, first = self._request, self._first_in.get(number, self._file)
        if first != self._file:
            return SourceError(
                f"{lines.shown}, line {line}: contig {contig.decode(errors='replace')} came in {request.paths[first]} already, and"
                " large files that share a contig are not put in order together; name this file as a source of its own"
                f" (--{request.form.value} OTHER={lines.path}), or merge both into one sorted file first, as"
                " `bcftools concat -a` does"
            )
        return SourceError(
            f"{lines.shown}, line {line}: a file of this size must be sorted by contig and position; sort it with"
            " `bcftools sort`, or a table with `sort -k1,1 -k2,2n`"
        )

    def _check_rows(self, lines: Lines) -> None:
        if self._request.own and self._tally.read > self._request.most_rows:
            raise TooLargeError(
                f"{lines.shown} holds more than {self._request.most_rows:,} rows, the most that are taken"
            )

    def _tell(self, lines: Lines) -> None:
        """Say how far it is, now and then."""
        self._check_rows(lines)
        now = time.monotonic()
        if now - self._told_at >= _BETWEEN_SECONDS:
            self._told_at = now
            self._say(
                f"{self._request.name}: {self._tally.read:,} rows, {lines.share:.0%} of {lines.path.name}"
            )


def _example(line: int, contig: bytes, place: int) -> str:
    return f"line {line}, {contig[:40].decode('utf-8', errors='replace')}:{place + 1}"
