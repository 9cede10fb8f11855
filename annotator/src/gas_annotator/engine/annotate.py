"""Annotates one file: survey, splice, index, reports; the results appear all together or not at all."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pysam

from gas_annotator.engine import reports
from gas_annotator.engine.header import added_lines, free_tag
from gas_annotator.engine.reading import Source
from gas_annotator.engine.reference import Reference
from gas_annotator.engine.splice import Splicer, preview_size
from gas_annotator.engine.survey import Survey, Surveyor
from gas_annotator.engine.task import Annotation, Task, planned

_SURVEY_PERCENT = 60
_SPLICE_PERCENT = 38
_DONE_PERCENT = 100


class _Progress:
    """Turns bytes read into rising percents, and reports each at most once."""

    def __init__(self, source: Source, report: Callable[[int], None]) -> None:
        self._source = source
        self._report = report
        self._last = -1

    def within(self, start: int, span: int) -> Callable[[], None]:
        """Tell a pass how to say how far it is."""
        return lambda: self.say(start + span * self._source.consumed // max(1, self._source.size))

    def say(self, percent: int) -> None:
        """Report a percent unless it was reported."""
        if percent > self._last:
            self._last = percent
            self._report(percent)


def annotate(task: Task, reference: Reference, report: Callable[[int], None]) -> Annotation:
    """Annotate a file into the output folder and say how far it is, from 0 to 100.

    Raises:
        InputRefusedError: the file is not a sound VCF file.
        LimitExceededError: it is larger than the task's limits.
    """
    scratch = task.output_dir / ".scratch"
    shutil.rmtree(scratch, ignore_errors=True)  # Left by a child that was killed in this folder.
    scratch.mkdir()
    try:
        return _annotate(task, reference, report, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _annotate(task: Task, reference: Reference, report: Callable[[int], None], scratch: Path) -> Annotation:
    source = Source(task.input_path, task.limits)
    progress = _Progress(source, report)
    progress.say(0)
    with (scratch / "values").open("w+b") as values:
        surveyor = Surveyor(reference, task.limits.max_records, scratch, values)
        survey = surveyor.survey(source, progress.within(0, _SURVEY_PERCENT))
        values.seek(0)
        tag = free_tag(set(survey.used_tags))
        sha256 = source.sha256
        lines = added_lines(
            tag, reports.header_provenance(reference, sha256), old_style=survey.header.old_style
        )
        splicer = Splicer(tag, lines, preview_size(survey.tally.records))
        result = scratch / "result.vcf.gz"
        splicer.splice(source, values, result, progress.within(_SURVEY_PERCENT, _SPLICE_PERCENT))
    index = _index(result, survey)
    tally = survey.tally
    annotation = planned(task, tally.records, tally.annotated_records, indexed=index is not None)
    facts = reports.Facts(task, reference, survey, tag, sha256, source.size)
    reports.write(annotation, facts, splicer.preview)
    if index is not None and annotation.index is not None:
        index.replace(annotation.index)
    result.replace(annotation.result)
    progress.say(_DONE_PERCENT)
    return replace(annotation, unannotated=tally.unannotated())


def _index(result: Path, survey: Survey) -> Path | None:
    """A tabix index beside a sorted result; None if the records cannot be indexed."""
    if not survey.sortable:
        return None
    try:
        pysam.tabix_index(str(result), preset="vcf", force=True)
    except OSError:  # For instance an END in the file's own INFO that lies beyond what an index can hold.
        return None
    index = result.with_name(result.name + ".tbi")
    return index if index.exists() else None
