"""Looks on while a message is worked on: counts, measures, traces, and keeps what the message's canonical line tells."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gas import tracing
from gas.domain.job import Job
from gas.ports.onlooker import Beat, Stage
from gas_annotator import metrics


class RunNotes:
    """Implements `Onlooker`. One message is worked on at a time."""

    def __init__(self) -> None:
        self._fields: dict[str, Any] = {}

    def take(self) -> dict[str, Any]:
        """What the line of the message tells beside how it ended; the next message begins anew."""
        fields, self._fields = self._fields, {}
        return fields

    def claimed(self, job: Job) -> None:
        """Note which claim this is, and of which trace if the message did not say so."""
        self._fields["fence"] = job.fence
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

    def annotated(self, records: int) -> None:
        """Count the records."""
        metrics.RECORDS.inc(records)
        self._fields["records"] = records

    def beat(self, beat: Beat) -> None:
        """Count a heartbeat."""
        metrics.EXTENSIONS.labels(beat.value).inc()

    def handed_back(self) -> None:
        """Count it."""
        metrics.HAND_BACKS.inc()

    def crashed(self, detail: str) -> None:
        """Keep what is known of the crash."""
        self._fields["crash"] = detail
