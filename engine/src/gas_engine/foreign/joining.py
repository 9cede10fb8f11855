"""Joins what a command says with the file that it says it of: every line as it came, with the command's tags in INFO."""

import gzip
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from heapq import merge
from pathlib import Path

from gas_engine import reports
from gas_engine.bgzf import BgzfFile, Packed
from gas_engine.bundle import Bundle
from gas_engine.core import Options, Worker
from gas_engine.foreign.command import Command
from gas_engine.foreign.findings import ForeignFindings, Heard, by_allele, entries, in_known_words, table_row
from gas_engine.foreign.output import Answer, Declared, Output
from gas_engine.foreign.running import Running
from gas_engine.foreign.sites import Given
from gas_engine.header import Header, free_tag, kept_note, provenance_line
from gas_engine.index import Index, IndexState
from gas_engine.reading import Block, Source
from gas_engine.statistics import LISTED_PROBLEMS, Problem
from gas_engine.task import Result, Task

SURVEYED_PERCENT = 10
"""How much of a run is done when our engine has surveyed the file: a tenth at most, for commands are slower than reading."""

_DONE_PERCENT = 100
_INFO = 7
_SHOWN_BASES = 40
_MOST_LINE_BYTES = 2**40
"""Lines are as long as they were found to be, and a command adds no more than `max_growth_bytes`."""

TOO_LARGE, NOT_PREDICTED = "too_large", "not_predicted"
"""Why a record that a command was given has no tag: it was too long, or there was none."""


@dataclass(frozen=True)
class Survey:
    """What our engine found in a file before a command sees it."""

    header: Header
    given: Given
    contigs: dict[bytes, int]
    table_columns: Sequence[str]
    facts: reports.Facts


class Join:
    """The run of a command on one file; what it leaves in the scratch folder is the result."""

    def __init__(self, task: Task, bundle: Bundle, survey: Survey, scratch: Path) -> None:
        assert bundle.command is not None
        self._task, self._bundle, self._survey, self._scratch = task, bundle, survey, scratch
        self._command: Command = bundle.command
        self._shown: tuple[str, tuple[str, ...]] = (self._command.tags[0], ())
        used = survey.header.used_keys | survey.given.keys
        self._names = {tag: free_tag(tag, used) for tag in self._command.tags}
        self._index = Index.of(bundle, survey.header)
        self._index_state = IndexState.NOT_SORTED
        self.index_result: Result | None = None
        """Which index the result has."""
        self.first_lines: list[bytes] = []
        self._rows: list[str] = []
        found = survey.facts.findings
        self.findings = ForeignFindings(
            found.counts, found.symbols, [], found.header_remarks, found.blank_lines, heard=Heard()
        )

    # ---- the whole file ------------------------------------------------------------------------------------------------

    def run(self, report: Callable[[int], None]) -> None:
        """Run the command, and write its result into the scratch folder.

        Raises:
            CommandFailedError: it did not do its work.
        """
        with ExitStack() as held:
            self._vcf = held.enter_context(BgzfFile(self._scratch / Result.VCF.value))
            self._table = held.enter_context(BgzfFile(self._scratch / Result.TABLE.value))
            self._more = held.enter_context((self._scratch / "more").open("w+b"))
            held.callback(self._index.close)
            worker = Worker(
                self._bundle.model,
                Options(max_line_bytes=_MOST_LINE_BYTES, csq=False, table=False),
                *("CSQ", "ANN"),
                self._survey.contigs,
            )
            held.callback(worker.close)
            self._table.add_text(("#" + "\t".join(self._survey.table_columns) + "\n").encode())
            if self._survey.given.count:
                self._hear(worker, report)
            else:
                self._write_header([])
                self._write_records(iter(()), worker, report)
            self._conclude()

    def _hear(self, worker: Worker, report: Callable[[int], None]) -> None:
        """Have the command annotate, and write what it says."""
        limits, given = self._task.limits, self._survey.given
        argv = self._command.started_as(self._task.command_folders, self._bundle.folder)
        running = Running(
            self._command.words,
            argv,
            given.path,
            self._scratch / "command",
            cpu_seconds=self._task.max_cpu_seconds,
        )
        with running:
            output = Output(running, self._command.tags, limits.max_line_bytes + 2 * limits.max_growth_bytes)
            self._write_header(output.declared())
            answers = output.answers()
            disorder = not self._write_records(answers, worker, report)
            written = output.count_rest()
            running.finish()
            if written != given.count:
                raise running.failed(_miscounted(given.count, written))
            if disorder:
                raise running.failed(
                    "wrote its records in another order, or with other IDs, than it was given them"
                )

    def facts(self) -> reports.Facts:
        """What the reports tell of."""
        notes = [
            f"Annotated by {self._command.words}, which the reference names; its tags are as it wrote them"
        ]
        notes += [kept_note(tag, name, "the command's") for tag, name in self._names.items() if name != tag]
        return replace(
            self._survey.facts,
            findings=self.findings,
            tags=dict(self._names),
            index=self._index_state,
            notes=tuple(notes),
            shown=self._shown,
        )

    # ---- header and records --------------------------------------------------------------------------------------------

    def _write_header(self, declared: Sequence[Declared]) -> None:
        header = self._survey.header
        with_consequence = [one for one in declared if "Consequence" in in_known_words(one.fields)]
        for one in [*with_consequence, *declared][:1]:
            self._shown = (one.tag, in_known_words(one.fields))
        lines = [
            *header.lines,
            *(one.renamed(self._names[one.tag], old_style=header.old_style) for one in declared),
            provenance_line(reports.header_provenance(self._bundle, self._survey.facts.input_sha256)),
            header.columns,
        ]
        self._vcf.add_text(b"\n".join(lines) + b"\n")

    def _write_records(
        self, answers: Iterator[Answer], worker: Worker, report: Callable[[int], None]
    ) -> bool:
        """Write all records of the file; whether each answer came at its turn."""
        source = Source(self._task.input_path, self._task.limits, self._scratch)
        waiting, last, in_header = next(answers, None), 0, True
        for block in source.blocks():
            written = list[bytes]()
            for number, line in _numbered(block):
                if in_header:
                    in_header = not line.startswith(b"#CHROM")
                elif line:
                    mine = waiting is not None and waiting.line == number
                    written.append(self._spliced(line, waiting) if mine and waiting else line)
                    if mine:
                        waiting = next(answers, None)
                    if waiting is not None and waiting.line <= number:
                        return False
            self._write_block(written, worker)
            percent = SURVEYED_PERCENT + (_DONE_PERCENT - 1 - SURVEYED_PERCENT) * source.consumed // max(
                1, source.size
            )
            if percent > last:
                report(last := percent)
        return waiting is None

    def _write_block(self, lines: list[bytes], worker: Worker) -> None:
        """Pack and index some lines. Where they stand the core knows best."""
        if not lines:
            return
        found = worker.annotate(b"\n".join([*lines, b""]), 1)
        packed = Packed.of(found.output)
        self._index.add([one.name for one in found.seen], bytes(found.positions), packed, self._vcf.written)
        self._vcf.add(packed)
        self._table.add_text("".join(self._rows).encode())
        self._rows.clear()
        wanted = reports.PREVIEW_RECORDS - len(self.first_lines)
        self.first_lines += [line[: reports.FIRST_LINE_BYTES] for line in lines[: max(0, wanted)]]

    def _spliced(self, line: bytes, answer: Answer) -> bytes:
        """The line with the command's tags added and nothing else changed."""
        columns = line.split(b"\t", _INFO + 1)
        tags = answer.tags
        if not tags or sum(map(len, tags.values())) > self._task.limits.max_growth_bytes:
            self._leave(TOO_LARGE if tags else NOT_PREDICTED, answer.line, columns)
            return line
        self._count(columns, tags)
        added = b";".join(
            self._names[tag].encode() + (b"=" + value if value else b"") for tag, value in tags.items()
        )
        own = columns[_INFO].removesuffix(b";")
        columns[_INFO] = added if own in {b"", b"."} else own + b";" + added
        return b"\t".join(columns)

    def _count(self, columns: Sequence[bytes], tags: dict[str, bytes]) -> None:
        """Count what a record's shown tag says, and write its rows of the table."""
        tag, fields = self._shown
        texts = [column.decode("utf-8", errors="replace") for column in columns[:_INFO]]
        found = entries(tags.get(tag, b""), fields) if fields else []
        groups = by_allele(found, texts[3], texts[4].split(","))
        self.findings.heard.take(groups)
        self._rows += [table_row(texts, alt, own[0], fields) for alt, own in groups]

    def _leave(self, reason: str, line: int, columns: Sequence[bytes]) -> None:
        """Note a record of which the command says nothing that could be kept."""
        self.findings.heard.leave(reason, line)
        contig, position, _, ref, alt, *_ = columns
        shown = (one if len(one) <= _SHOWN_BASES else one[:_SHOWN_BASES] + b"..." for one in (ref, alt))
        row = (b"%d" % line, b"record", reason.encode(), contig[:_SHOWN_BASES], position, *shown, b"")
        self._more.write(b"\t".join(row) + b"\n")

    # ---- the end -------------------------------------------------------------------------------------------------------

    def _conclude(self) -> None:
        """Finish the files."""
        for file in (self._vcf, self._table):
            file.finish()
        self._merge_problems()
        self._index_state = self._index.state
        if self._index_state is IndexState.FINE:
            self.index_result = Result.LONG_INDEX if self._index.long else Result.INDEX
            (self._scratch / self.index_result.value).write_bytes(self._index.to_bytes())

    def _merge_problems(self) -> None:
        """Put the rows of the command's silent records between those of the survey, by their lines."""
        path, surveyed = self._scratch / Result.PROBLEMS.value, self._scratch / "surveyed"
        path.replace(surveyed)
        self._more.seek(0)
        with gzip.open(surveyed) as rows, BgzfFile(path) as target:
            target.add_text(next(rows))
            for rows_at_once in _batches(merge(rows, self._more, key=_line_of_row)):
                wanted = LISTED_PROBLEMS - len(self.findings.listed)
                self.findings.listed += [
                    Problem.from_row(row.decode("utf-8", errors="replace").removesuffix("\n"))
                    for row in rows_at_once[: max(0, wanted)]
                ]
                target.add_text(b"".join(rows_at_once))
            target.finish()


def _numbered(block: Block) -> Iterator[tuple[int, bytes]]:
    """The lines of a block with their numbers, without their ends."""
    for number, line in enumerate(block.text.split(b"\n"), block.first_line):
        yield number, line.removesuffix(b"\r")


def _line_of_row(row: bytes) -> int:
    return int(row.partition(b"\t")[0])


def _batches(rows: Iterator[bytes], most: int = 10_000) -> Iterator[list[bytes]]:
    batch = list[bytes]()
    for row in rows:
        batch.append(row)
        if len(batch) == most:
            yield batch
            batch = []
    if batch:
        yield batch


def _miscounted(given: int, written: int) -> str:
    change = f"{given - written:,} are missing" if written < given else f"{written - given:,} were added"
    return f"was given {given:,} records and wrote {written:,}: {change}"
