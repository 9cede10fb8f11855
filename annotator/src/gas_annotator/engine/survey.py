"""Pass 1: reads and checks the whole file, asks for the effects of its alleles, and keeps each record's tag value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from gas_annotator.engine.csq import Predictor
from gas_annotator.engine.effect import Effects
from gas_annotator.engine.errors import InputRefusedError, LimitExceededError
from gas_annotator.engine.header import Header, used_tags
from gas_annotator.engine.reading import Block, Source
from gas_annotator.engine.record import Problem, columns_of
from gas_annotator.engine.reference import Reference
from gas_annotator.engine.site import Checker, Site
from gas_annotator.engine.tally import Tally

_MAX_CONTIGS = 10_000
"""Contigs of an indexed result; beyond it the index would grow larger than the records."""

_MAX_TBI_POSITION = 2**29 - 1

_KEPT_WEIGHT = 16_000
"""Sites kept for repeats, by weight. Sorted files repeat sites in neighbouring lines, so few are enough."""

_BATCH_WEIGHT = 8_000
"""New sites looked up at once, by weight: bounds the memory that a record with many alleles can take."""

_NOT_PREDICTED = "bcftools csq failed on an allele of this record: only its place was looked up"


@dataclass
class Order:
    """Whether an index can be made: contigs in one piece each, positions rising."""

    sorted: bool = True
    _contig: bytes = b""
    _position: int = 0
    _seen: set[bytes] = field(default_factory=set)

    def take(self, sites: Sequence[Site]) -> None:
        """Follow the sites of records in the order of their lines."""
        for site in sites:
            if site.contig != self._contig:
                self._change(site.contig)
            elif site.position < self._position:
                self.sorted = False
            self._position = site.position
            if not 0 < site.position <= _MAX_TBI_POSITION:
                self.sorted = False

    def _change(self, contig: bytes) -> None:
        """Go on to another contig, which must be a new one."""
        if contig in self._seen or len(self._seen) >= _MAX_CONTIGS:
            self.sorted = False
        else:
            self._seen.add(contig)
        self._contig = contig


@dataclass(frozen=True)
class Survey:
    """What pass 1 found out."""

    tally: Tally
    header: Header
    sortable: bool
    used_tags: frozenset[bytes]


class Surveyor:
    """Takes a file block by block and writes one line per record: the value of its tag, or an empty line."""

    def __init__(self, reference: Reference, max_records: int, scratch: Path, values: BinaryIO) -> None:
        self._reference = reference
        self._max_records = max_records
        self._values = values
        self._effects = Effects(reference, Predictor(reference, scratch))
        self._header = Header()
        self._checker: Checker | None = None
        self._tally = Tally()
        self._order = Order()
        self._sites: dict[tuple[bytes, bytes, bytes, bytes], Site] = {}
        self._kept_weight = 0
        self._found: list[Site] = []
        self._new: list[Site] = []
        self._new_weight = 0
        self._used_tags: set[bytes] = set()
        self._last_line = 0

    def survey(self, source: Source, progress: Callable[[], None]) -> Survey:
        """Read the whole file.

        Raises:
            InputRefusedError: the file is not a sound VCF file.
            LimitExceededError: it has too many records, or text.
        """
        for block in source.blocks():
            self._take(block)
            progress()
        if self._last_line == 0:
            raise InputRefusedError(
                "line 1: the file is empty; export the variants as VCF and submit that file"
            )
        if not self._header.complete:
            raise InputRefusedError(
                f"line {self._last_line + 1}: the file ends before the line of column names, which starts with #CHROM;"
                " it is cut off or empty, export it as VCF again"
            )
        self._forget()
        return Survey(self._tally, self._header, self._order.sorted, frozenset(self._used_tags))

    def _take(self, block: Block) -> None:
        """Header lines first, then the records that remain."""
        self._tally.windows_ends |= block.windows_ends
        lines = block.lines
        start = 0
        while not self._header.complete and start < len(lines):
            self._header.take(lines[start], block.first_line + start)
            start += 1
        self._last_line = block.first_line + len(lines) - 1
        for line in lines:
            if b"GAS_CSQ" in line:
                self._used_tags |= used_tags(line)
        if self._header.complete:
            if not block.final_newline:
                self._check_cut_off(lines[-1])
            self._take_records(lines[start:], block.first_line + start)

    def _check_cut_off(self, line: bytes) -> None:
        """A last line without its end is fine if all its columns are there."""
        found = line.count(b"\t") + 1
        if line and not line.startswith(b"#") and found < self._header.column_count:
            raise InputRefusedError(
                f"line {self._last_line}: the file is cut off here: {found} of {self._header.column_count} columns are"
                " there; upload it again"
            )

    def _take_records(self, lines: Sequence[bytes], first_line: int) -> None:
        """Find the sites of a block's records; new ones are looked up in batches."""
        checker = self._checker = self._checker or Checker(self._reference, self._header)
        known = self._sites
        tabs = self._header.column_count - 1
        for number, line in enumerate(lines, first_line):
            if not line:
                self._tally.blank_lines += 1
                continue
            columns = columns_of(line, number)
            key = (columns[0], columns[1], columns[3], columns[4])
            site = known.get(key)
            if site is None:
                site = known[key] = checker.site(columns, number)
                self._new.append(site)
                self._new_weight += site.weight
            self._found.append(site)
            site.uses += 1
            if site.problem is not None:
                self._tally.add_problem(number, *site.problem)
            elif line.count(b"\t") != tabs:
                self._tally.add_problem(
                    number, Problem.COLUMN_COUNT, f"not {tabs + 1} columns, as #CHROM has"
                )
            if self._new_weight > _BATCH_WEIGHT:
                self._flush()
        self._flush()

    def _flush(self) -> None:
        """Look up the new sites, and write the values of the records that have been found since the last time."""
        self._count(self._found)
        self._look_up(self._new)
        if self._found:
            self._values.write(b"\n".join([site.value for site in self._found]) + b"\n")
        self._kept_weight += self._new_weight
        self._found, self._new, self._new_weight = [], [], 0
        if self._kept_weight > _KEPT_WEIGHT:
            self._forget()

    def _count(self, found: Sequence[Site]) -> None:
        """Count the records, within the limit, and follow their order."""
        self._tally.records += len(found)
        if self._tally.records > self._max_records:
            raise LimitExceededError(
                f"the file holds more than {self._max_records:,} records, the most that is accepted; split it and"
                " submit the parts"
            )
        self._order.take(found)

    def _look_up(self, sites: Sequence[Site]) -> None:
        """Find the effects of new sites and what is written for them."""
        effects = self._effects.of({allele for site in sites for _, allele in site.alleles})
        for site in sites:
            site.effects = [effects[allele] for _, allele in site.alleles]
            site.value = b",".join(
                [one + b"|" + entry for one, allele in site.alleles for entry in effects[allele].entries]
            )

    def _forget(self) -> None:
        """Count what the known sites did, and make room for others."""
        for site in self._sites.values():
            for after in site.alternatives:
                self._tally.add_change(site.before, after, site.uses)
            for effect in site.effects:
                self._tally.add_effect(effect, site.uses)
                if effect.failed:
                    self._tally.add_problem(site.line, Problem.NOT_PREDICTED, _NOT_PREDICTED, site.uses)
            if site.value:
                self._tally.annotated_records += site.uses
        self._sites.clear()
        self._kept_weight = 0
