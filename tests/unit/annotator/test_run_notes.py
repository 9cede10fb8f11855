"""What is noted by reference: waits, records and processor time, under few names."""

from dataclasses import replace
from datetime import timedelta

from prometheus_client import REGISTRY

from gas.domain.job import HistoryEntry, Job, JobStatus
from gas_annotator.run_notes import MOST_REFERENCES, OTHER, RunNotes
from tests.support.jobs import NOW, job_in


def claimed(reference: str, *, known: bool = True, waited: float = 40) -> Job:
    """A job that was queued for so long when it was claimed."""
    times = (NOW - timedelta(hours=1), NOW - timedelta(seconds=waited), NOW)
    states = (JobStatus.PENDING, JobStatus.QUEUED, JobStatus.RUNNING)
    history = tuple(HistoryEntry(status, time) for status, time in zip(states, times, strict=True))
    digest = "d" * 64 if known else None
    return replace(job_in(JobStatus.RUNNING), reference=reference, reference_digest=digest, history=history)


def figure(name: str, reference: str) -> float:
    """A figure of a reference; 0 where there is none."""
    return REGISTRY.get_sample_value(f"gas_annotator_reference_{name}", {"reference": reference}) or 0.0


def test_each_reference_has_its_figures() -> None:
    """How long its jobs had waited, what they held and what they took."""
    notes = RunNotes()

    for waited, records, seconds in ((40, 350, 1.25), (20, 50, 0.75)):
        notes.claimed(claimed("toy-1", waited=waited))
        notes.annotated(records)
        notes.ran(seconds)
    line = notes.take()

    assert figure("queue_duration_seconds_sum", "toy-1") == 60
    assert figure("queue_duration_seconds_count", "toy-1") == 2
    assert figure("records_total", "toy-1") == 400
    assert figure("processor_seconds_total", "toy-1") == 2
    assert (line["reference"], line["processor_ms"]) == ("toy-1", 750)


def test_names_are_few() -> None:
    """What is no reference here, and what comes after fifty of them, is counted together."""
    notes = RunNotes()
    before = figure("records_total", OTHER)

    notes.claimed(claimed("made up", known=False))
    notes.annotated(1)
    for number in range(MOST_REFERENCES + 2):
        notes.claimed(claimed(f"many-{number}"))
        notes.annotated(1)

    assert figure("records_total", "made up") == 0
    assert figure("records_total", f"many-{MOST_REFERENCES - 1}") == 1
    assert figure("records_total", f"many-{MOST_REFERENCES}") == 0
    assert figure("records_total", OTHER) - before == 3
