"""Looks on while a message is worked on: counts, measures, traces, and keeps what the message's canonical line tells."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gas import tracing
from gas.domain.job import Job, JobStatus
from gas.ports.onlooker import Beat, Stage
from gas_annotator import metrics

OTHER = "other"
MOST_REFERENCES = 50
"""A label of a metric has few values, however many references were published and pruned while an annotator ran."""


class RunNotes:
    """Implements `RunOnlooker`. One message is worked on at a time."""

    def __init__(self) -> None:
        self._fields: dict[str, Any] = {}
        self._references: set[str] = set()
        self._reference = OTHER

    def take(self) -> dict[str, Any]:
        """What the line of the message tells beside how it ended; the next message begins anew."""
        fields, self._fields = self._fields, {}
        return fields

    def claimed(self, job: Job) -> None:
        """Note which claim this is, and of which trace if the message did not say so."""
        self._fields["fence"] = job.fence
        self._reference = self._label(job)
        self._fields["reference"] = job.reference
        queued = [entry.time for entry in job.history if entry.status is JobStatus.QUEUED]
        if queued:
            waited = (job.last_move - queued[-1]).total_seconds()
            metrics.REFERENCE_WAIT.labels(self._reference).observe(max(0.0, waited))
        tracing.join(job.traceparent)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Measure a stage, however it ends."""
        started = time.monotonic()
        try:
            with tracing.stage(stage.value):
                yield
        finally:
            seconds = time.monotonic() - started
            metrics.STAGE_SECONDS.labels(stage.value).observe(seconds)
            self._fields[f"{stage.value}_ms"] = round(seconds * 1000)

    def downloaded(self, size_bytes: int) -> None:
        """Count the input's bytes."""
        metrics.INPUT_BYTES.inc(size_bytes)
        self._fields["input_bytes"] = size_bytes

    def own_file_downloaded(self, size_bytes: int) -> None:
        """Count its bytes with the input's, and tell them apart."""
        metrics.INPUT_BYTES.inc(size_bytes)
        self._fields["own_file_bytes"] = size_bytes

    def annotated(self, records: int) -> None:
        """Count the records."""
        metrics.RECORDS.inc(records)
        metrics.REFERENCE_RECORDS.labels(self._reference).inc(records)
        self._fields["records"] = records

    def ran(self, processor_seconds: float) -> None:
        """Count its processor time."""
        metrics.REFERENCE_SECONDS.labels(self._reference).inc(processor_seconds)
        self._fields["processor_ms"] = round(processor_seconds * 1000)

    def beat(self, beat: Beat) -> None:
        """Count a heartbeat."""
        metrics.EXTENSIONS.labels(beat.value).inc()

    def handed_back(self) -> None:
        """Count it."""
        metrics.HAND_BACKS.inc()

    def crashed(self, detail: str) -> None:
        """Keep what is known of the crash."""
        self._fields["crash"] = detail

    def _label(self, job: Job) -> str:
        """The job's reference, unless there have been too many; what is no reference here has no digest."""
        if job.reference_digest is None:
            return OTHER
        if len(self._references) < MOST_REFERENCES:
            self._references.add(job.reference)
        return job.reference if job.reference in self._references else OTHER
