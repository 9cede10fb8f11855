"""Annotates one file: its lines in, the same lines with consequences out, and reports beside them.

Blocks of whole lines go through the core, on several threads if there are, and are written in their order. The file is
read once; again only if it turns out on the way that the tag is the file's own, or that a contig is another sequence.
Where the bundle names a command, this is the survey of the file, and what is written comes from `foreign.joining`.
"""

import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from gas_engine import reports
from gas_engine.bgzf import BgzfFile, Packed
from gas_engine.bundle import Bundle, Known, digest_of
from gas_engine.core import Fault, Options, Refused, Seen, Worker
from gas_engine.errors import BundleError, InputRefusedError, LimitExceededError, ReferenceMismatchError
from gas_engine.foreign.joining import SURVEYED_PERCENT, Join, Survey
from gas_engine.foreign.sites import Given, GivenBlock
from gas_engine.header import Header, declaration, free_tag, kept_note, provenance_line
from gas_engine.index import Index, IndexState
from gas_engine.known.own import SHOWN, own_source
from gas_engine.known.run import KnownCount, RunSources
from gas_engine.placement import SeenContig, contig_numbers, is_placed, mismatch_sentence
from gas_engine.reading import Block, Source, long_line_sentence, zero_byte_sentence
from gas_engine.statistics import LISTED_PROBLEMS, Findings, Problem
from gas_engine.task import INDEXES, Annotation, Result, Task, planned

_DONE_PERCENT = 100
_INFO = 7
_MOST_PASSES = 8
"""Each pass but the last finds a tag or a contig that cannot be used; files hold one of these, not eight."""

_TABLE_COLUMNS = [
    "CHROM",
    "POS",
    "ID",
    "REF",
    "ALT",
    "FILTER",
    "CONSEQUENCE",
    "IMPACT",
    "SYMBOL",
    "GENE",
    "TRANSCRIPT",
    "BIOTYPE",
    "EXON",
    "INTRON",
    "HGVSG",
    "HGVSC",
    "HGVSP",
    "CDS_POSITION",
    "PROTEIN_POSITION",
    "AMINO_ACIDS",
    "CODONS",
]
_PROBLEM_COLUMNS = ["LINE", "KIND", "REASON", "CHROM", "POS", "REF", "ALT", "DETAIL"]


class _AgainError(Exception):
    """The pass cannot be used: the file is read anew with what was learnt."""


@dataclass(frozen=True)
class _Run:
    """What is known before the first pass, and the same for all."""

    task: Task
    bundle: Bundle
    known: tuple[Known, ...]
    scratch: Path
    input_sha256: str
    last_cpu_nanosecond: int

    @classmethod
    def of(cls, task: Task, bundle: Bundle, scratch: Path) -> "_Run":
        """Map what its owner brought, and look at the file and at the clock."""
        seconds, now = task.max_cpu_seconds, time.process_time_ns()
        own = (
            ()
            if task.own_path is None
            else (own_source(task.own_path, task.own_name, bundle, scratch, task.limits),)
        )
        digest = digest_of(task.input_path)
        last = 0 if seconds is None else now + int(seconds * 1e9)
        return cls(task, bundle, (*bundle.known, *own), scratch, digest, last)

    def close(self) -> None:
        """Let go of what its owner brought."""
        for one in self.known[len(self.bundle.known) :]:
            one.file.close()


@dataclass
class _Learnt:
    """What a pass teaches the next one."""

    used_tags: set[str] = field(default_factory=set)
    excluded: frozenset[bytes] = frozenset()


@dataclass(frozen=True)
class _Written:
    """What one block becomes."""

    output: Packed
    table: Packed
    problems: Packed
    first_lines: tuple[bytes, ...]
    first_problems: tuple[Problem, ...]
    positions: bytes
    seen: tuple[Seen, ...]
    records: int
    refused: Refused | None
    given: GivenBlock | None


def annotate(task: Task, bundle: Bundle, report: Callable[[int], None]) -> Annotation:
    """Annotate a file into the output folder and say how far it is, from 0 to 100; nothing before what its owner brought is read.

    Raises:
        InputRefusedError: the file is not a sound VCF file.
        ReferenceMismatchError: no record of it lies on the reference.
        LimitExceededError: it needs more than the task's limits allow.
        BundleError: the bundle names a command that may not be run here.
        CommandFailedError: that command did not do its work.
    """
    refusal = bundle.command.refusal(task.command_folders) if bundle.command else None
    if refusal is not None:
        raise BundleError(refusal)
    if bundle.command is not None and task.own_path is not None:
        raise InputRefusedError(
            f"{SHOWN}: the reference {bundle.name} is annotated by a command of its own, which knows no variants of yours; leave"
            " the file out"
        )
    scratch = task.output_dir / ".scratch"
    shutil.rmtree(scratch, ignore_errors=True)  # Left by a run that was killed in this folder.
    scratch.mkdir(parents=True)
    try:
        return _annotate(task, bundle, report, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _annotate(task: Task, bundle: Bundle, report: Callable[[int], None], scratch: Path) -> Annotation:
    run = _Run.of(task, bundle, scratch)
    report(0)
    try:
        if bundle.command is None:
            made: _Pass | Join = _last_pass(run, report)
        else:
            survey = _last_pass(
                run, lambda percent: report(percent * SURVEYED_PERCENT // _DONE_PERCENT)
            ).survey()
            made = Join(task, bundle, survey, scratch)
            made.run(report)
    finally:
        run.close()
    files = _move(task, made, scratch)
    report(_DONE_PERCENT)
    findings = made.findings
    counts = findings.number("records"), findings.number("annotated_records")
    return Annotation(*counts, files, findings.unannotated, reports.INDEX_NOTES.get(made.facts().index))


def _last_pass(run: _Run, report: Callable[[int], None]) -> "_Pass":
    """Read the file until nothing new is learnt of it."""
    learnt = _Learnt()
    for _ in range(_MOST_PASSES):
        one = _Pass(run, learnt)
        try:
            one.read(report)
        except _AgainError:
            continue
        else:
            return one
        finally:
            one.close()
    raise InputRefusedError(
        "the file uses all names that the tag of the consequences could have; remove them from INFO"
    )


def _move(task: Task, run: "_Pass | Join", scratch: Path) -> dict[Result, Path]:
    """Put all results into their places, the one that others point to last."""
    index = run.index_result
    wanted = tuple(result for result in Result if result not in INDEXES or result is index)
    places = planned(task, wanted)
    made = {result: scratch / result.value for result in wanted}
    reports.write(made, run.facts(), run.first_lines)
    for result in sorted(wanted, key=lambda one: one is Result.VCF):
        made[result].replace(places[result])
    return places


class _Pass:
    """One reading of the file."""

    def __init__(self, run: _Run, learnt: _Learnt) -> None:
        self._task, self._bundle, self._run, self._learnt = run.task, run.bundle, run, learnt
        self._sources = RunSources(run.known)
        self._known_counts: tuple[KnownCount, ...] = ()
        scratch = self._scratch = run.scratch
        self._source = Source(run.task.input_path, run.task.limits, scratch)
        self._header = Header()
        self._tags: dict[str, str] = {}
        self._workers: list[Worker] = []
        self._free: SimpleQueue[Worker] = SimpleQueue()
        self._seen: dict[bytes, SeenContig] = {}
        self._records = 0
        self._index: Index | None = None
        self._index_state = IndexState.NOT_SORTED
        self.findings = Findings()
        self.first_lines: list[bytes] = []
        self._files = {
            result: BgzfFile(scratch / result.value) for result in (Result.VCF, Result.TABLE, Result.PROBLEMS)
        }
        self._numbers: dict[bytes, int] = {}
        command = run.bundle.command
        self._given = Given(scratch / "sites.vcf", run.bundle, command.tags) if command else None

    # ---- the whole file ------------------------------------------------------------------------------------------------

    def read(self, report: Callable[[int], None]) -> None:
        """Annotate the file into the scratch folder."""
        blocks = self._source.blocks()
        rest = self._read_header(blocks)
        self._begin()
        last = 0
        for written in self._annotated(_before(rest, blocks)):
            self._take(written)
            percent = min(
                _DONE_PERCENT - 1, _DONE_PERCENT * self._source.consumed // max(1, self._source.size)
            )
            if percent > last:
                last = percent
                report(percent)
        self._conclude()

    def close(self) -> None:
        """Let go of files and memory."""
        for file in self._files.values():
            file.__exit__()
        for worker in self._workers:
            worker.close()
        if self._index is not None:
            self._index.close()
        if self._given is not None:
            self._given.close()

    def survey(self) -> Survey:
        """What is known of the file before the command of the bundle sees it."""
        assert self._given is not None
        return Survey(self._header, self._given, self._numbers, _TABLE_COLUMNS, self.facts())

    def facts(self) -> reports.Facts:
        """What the reports tell of."""
        notes = [kept_note(form, tag) for form, tag in self._tags.items() if tag != form]
        return reports.Facts(
            task=self._task,
            bundle=self._bundle,
            findings=self.findings,
            tags=self._tags,
            input_sha256=self._run.input_sha256,
            input_bytes=self._source.size,
            index=self._index_state,
            notes=(*notes, *self._sources.notes()),
            sources=self._sources,
            known=self._known_counts,
        )

    @property
    def index_result(self) -> Result | None:
        """Which index the result has."""
        if self._index_state is not IndexState.FINE or self._index is None:
            return None
        return Result.LONG_INDEX if self._index.long else Result.INDEX

    # ---- the header ----------------------------------------------------------------------------------------------------

    def _read_header(self, blocks: Iterator[Block]) -> Block:
        """Take the lines up to the column names; what remains of their block comes back."""
        block = Block(1, b"", last=True)
        for block in blocks:
            at, number = 0, block.first_line
            while not self._header.complete and at < len(block.text):
                newline = block.text.find(b"\n", at)
                end = len(block.text) if newline < 0 else newline
                line = block.text[at:end].removesuffix(b"\r")
                self._check_line(line, number)
                self._header.take(line, number)
                at, number = end + 1, number + 1
            if self._header.complete:
                return Block(number, block.text[at:], block.last)
        lines = block.first_line + block.text.count(b"\n")
        if not self._header.started:
            raise InputRefusedError(
                "line 1: the file is empty; export the variants as VCF and submit that file"
            )
        raise InputRefusedError(
            f"line {lines}: the file ends before the line of column names, which starts with #CHROM;"
            " it is cut off or empty, export it as VCF again"
        )

    def _check_line(self, line: bytes, number: int) -> None:
        if b"\0" in line:
            raise InputRefusedError(zero_byte_sentence(number))
        if len(line) > self._task.limits.max_line_bytes:
            raise LimitExceededError(long_line_sentence(number, self._task.limits))

    def _begin(self) -> None:
        """Write the header, and make workers that know the file's contigs."""
        header, choices, limits = self._header, self._task.choices, self._task.limits
        used = self._learnt.used_tags | header.used_keys
        wanted = {"CSQ": choices.tag.csq, "ANN": choices.tag.ann} if self._given is None else {}
        forms = [form for form, is_wanted in wanted.items() if is_wanted]
        self._tags = {form: free_tag(form, used) for form in forms}
        sources = self._sources = RunSources.of(self._sources.known, used | set(self._tags.values()))
        lines = [
            *header.lines,
            *(declaration(tag, form, old_style=header.old_style) for form, tag in self._tags.items()),
            *sources.declarations(old_style=header.old_style),
            provenance_line(reports.header_provenance(self._bundle, self._run.input_sha256, sources.words)),
            header.columns,
        ]
        self._files[Result.VCF].add_text(b"\n".join(lines) + b"\n")
        self._files[Result.TABLE].add_text(
            ("#" + "\t".join([*_TABLE_COLUMNS, *sources.columns]) + "\n").encode()
        )
        self._files[Result.PROBLEMS].add_text(("#" + "\t".join(_PROBLEM_COLUMNS) + "\n").encode())
        options = Options(
            max_alternatives=limits.max_alternatives,
            max_line_bytes=limits.max_line_bytes,
            max_growth_bytes=limits.max_growth_bytes,
            distance=choices.distance,
            columns=header.column_count,
            csq="CSQ" in forms,
            ann="ANN" in forms,
            table=self._given is None,
            end_first=header.end_first,
            last_cpu_nanosecond=self._run.last_cpu_nanosecond,
        )
        self._numbers = contig_numbers(self._bundle, header, self._learnt.excluded)
        csq, ann = self._tags.get("CSQ", "CSQ"), self._tags.get("ANN", "ANN")
        for _ in range(max(1, self._task.threads)):
            worker = Worker(self._bundle.model, options, csq, ann, self._numbers)
            self._workers.append(worker)
            sources.give(worker)
            self._free.put(worker)
        if self._given is None:
            self._index = Index.of(self._bundle, header)

    # ---- blocks --------------------------------------------------------------------------------------------------------

    def _annotated(self, blocks: Iterator[Block]) -> Iterator[_Written]:
        """Blocks as they are written, in their order; some are under way at a time."""
        if self._task.threads <= 1:
            yield from map(self._annotate, blocks)
            return
        waiting: deque[Future[_Written]] = deque()
        with ThreadPoolExecutor(self._task.threads) as pool:
            try:
                for block in blocks:
                    waiting.append(pool.submit(self._annotate, block))
                    if len(waiting) > self._task.threads + 1:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def _annotate(self, block: Block) -> _Written:
        """Annotate and pack one block."""
        if block.last:
            self._check_cut_off(block)
        worker = self._free.get()
        try:
            found = worker.annotate(block.text, block.first_line)
            wants_lines = block.first_line <= self._first_lines_end
            given = self._given
            return _Written(
                # Of a file that a command annotates, these are the lines without its tags: nobody needs them.
                output=Packed.of(found.output if given is None else b""),
                table=Packed.of(found.rows),
                problems=Packed.of(found.problems),
                first_lines=tuple(_first_lines(found.output, reports.PREVIEW_RECORDS)) if wants_lines else (),
                first_problems=tuple(_first_problems(found.problems)),
                positions=bytes(found.positions),
                seen=found.seen,
                records=found.records,
                refused=found.refused,
                given=None if given is None else given.block(block.text, block.first_line, found.problems),
            )
        finally:
            self._free.put(worker)

    @property
    def _first_lines_end(self) -> int:
        """Blocks that start behind this line have no record of the preview."""
        return len(self._header.lines) + 10 * reports.PREVIEW_RECORDS

    def _check_cut_off(self, block: Block) -> None:
        """A last line without its end is fine if all its columns are there."""
        line = block.text[block.text.rfind(b"\n") + 1 :]
        found = line.count(b"\t") + 1
        if line.strip() and not line.startswith(b"#") and found < self._header.column_count:
            number = block.first_line + block.text.count(b"\n")
            raise InputRefusedError(
                f"line {number}: the file is cut off here: {found} of {self._header.column_count} columns are there;"
                " upload it again"
            )

    def _take(self, written: _Written) -> None:
        """Write one block and add up what it found."""
        if written.refused is not None:
            self._refuse(written.refused)
        self._records += written.records
        if self._records > self._task.limits.max_records:
            raise LimitExceededError(
                f"the file holds more than {self._task.limits.max_records:,} records, the most that is accepted;"
                " split it and submit the parts"
            )
        for one in written.seen:
            self._seen.setdefault(one.name, SeenContig(one.contig)).add(one)
        if self._index is not None:
            names = [one.name for one in written.seen]
            self._index.add(names, written.positions, written.output, self._files[Result.VCF].written)
        self._files[Result.VCF].add(written.output)
        self._files[Result.TABLE].add(written.table)
        self._files[Result.PROBLEMS].add(written.problems)
        if self._given is not None and written.given is not None:
            self._given.add(written.given)
        self.first_lines += written.first_lines[: reports.PREVIEW_RECORDS - len(self.first_lines)]
        self.findings.listed += written.first_problems[: LISTED_PROBLEMS - len(self.findings.listed)]

    def _refuse(self, refused: Refused) -> None:
        """Say what the core stopped at."""
        number, text = refused.line, refused.text
        columns = text.split(b"\t")
        match refused.fault:
            case Fault.OWN_TAG:
                self._learnt.used_tags |= self._own_names(columns)
                raise _AgainError
            case Fault.LONG_LINE:
                raise LimitExceededError(long_line_sentence(number, self._task.limits))
            case Fault.LATE:
                raise LimitExceededError(
                    f"line {number}: annotating took more than {self._task.max_cpu_seconds:g} processor seconds, the most"
                    " that were allowed; split the file, or allow more"
                )
            case Fault.ZERO_BYTE:
                raise InputRefusedError(zero_byte_sentence(number))
            case Fault.SECOND_HEADER:
                raise InputRefusedError(
                    f"line {number}: a header line stands among the records; if two files were joined, join them with"
                    " `bcftools concat` instead"
                )
            case Fault.NO_CONTIG:
                raise InputRefusedError(
                    f"line {number}: the column CHROM is empty; export the file as VCF again"
                )
            case Fault.BAD_POSITION:
                raise InputRefusedError(
                    f"line {number}: the column POS must be a whole number, and is none;"
                    " correct the line or export the file as VCF again"
                )
            case _:
                tabs = "" if len(columns) > 1 else ", since no tab separates them"
                raise InputRefusedError(
                    f"line {number}: this is not a VCF record: it has {len(columns)} of the 8"
                    f" columns that a record must have{tabs}; correct the line, or export"
                    " the file as VCF again"
                )

    def _own_names(self, columns: list[bytes]) -> set[str]:
        """Which of our names a record has already: those of INFO that are there, or all tags."""
        there = {part.partition(b"=")[0].decode(errors="replace") for part in columns[_INFO].split(b";")}
        ours = {*self._tags.values(), *self._sources.keys}
        return there & ours or ours

    # ---- the end -------------------------------------------------------------------------------------------------------

    def _conclude(self) -> None:
        """Judge whether the file lies on the reference, add up the workers, and finish the files."""
        others = frozenset(name for name, one in self._seen.items() if one.is_another and one.contig >= 0)
        if self._records and not is_placed(self._seen):
            raise ReferenceMismatchError(
                mismatch_sentence(self._bundle, self._header, self._seen, self._records)
            )
        if others:
            self._learnt.excluded |= others
            raise _AgainError
        for worker in self._workers:
            worker.add_to(self.findings.counts)
        self._known_counts = self._sources.counted(self._workers)
        gene = self._bundle.model.gene
        self.findings.symbols = {number: gene(number) for number in self.findings.counts.genes}
        for file in self._files.values():
            file.finish()
        if self._index is not None:
            self._index_state = self._index.state
            result = self.index_result
            if result is not None:
                (self._scratch / result.value).write_bytes(self._index.to_bytes())


def _before(first: Block, rest: Iterator[Block]) -> Iterator[Block]:
    yield first
    if not first.last:
        yield from rest


def _first_lines(output: memoryview, count: int) -> Iterator[bytes]:
    """The first lines of a text, each cut where a preview would not show it."""
    longest, at = reports.FIRST_LINE_BYTES, 0
    for _ in range(count):
        piece = bytes(output[at : at + longest])
        end = piece.find(b"\n")
        if end < 0:
            if piece:
                yield piece
            rest = bytes(output[at:]).find(b"\n")
            if rest < 0:
                return
            at += rest + 1
        else:
            yield piece[:end]
            at += end + 1


def _first_problems(problems: memoryview) -> Iterator[Problem]:
    rows = bytes(problems[: 4096 * LISTED_PROBLEMS]).split(b"\n")[:-1]
    for row in rows[:LISTED_PROBLEMS]:
        yield Problem.from_row(row.decode("utf-8", errors="replace"))
