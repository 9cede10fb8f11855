"""The annotator's loop: one message at a time until it is told to stop."""

import threading
import time
from datetime import datetime

import structlog

from gas.domain.errors import GasError
from gas.ports.clock import Clock
from gas.ports.messaging import MessageQueue, ReceivedMessage
from gas.services.run_job import RunJob
from gas_annotator import metrics

log = structlog.get_logger()

PAUSE_SECONDS = 2.0
"""After the queue or a store did not answer."""


class StopRequest(threading.Event):
    """Set when the annotator is told to stop; it remembers since when."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._time: datetime | None = None

    def time(self) -> datetime | None:
        """When it was set; None before."""
        return self._time

    def set(self) -> None:
        """Ask for the stop; asking again changes nothing."""
        self._time = self._time or self._clock.now()
        super().set()


class LastCrash:
    """Why the last run died, kept until the canonical line of its message takes it."""

    def __init__(self) -> None:
        self._details: dict[str, str] = {}

    def note(self, job_id: str, detail: str) -> None:
        """Keep what is known of a crash."""
        self._details = {job_id: detail}

    def take(self, job_id: str | None) -> dict[str, str]:
        """The fields that a crash adds to the line about a job; empty when there was none."""
        detail, self._details = self._details.get(job_id or ""), {}
        return {} if detail is None else {"crash": detail}


class Loop:
    """Receives and handles. One slot, so one message is asked for: a second would only wait, hidden from others."""

    def __init__(
        self,
        queue: MessageQueue,
        run_job: RunJob,
        stopping: threading.Event,
        crash: LastCrash,
        *,
        wait_seconds: int,
        lease_seconds: float,
    ) -> None:
        self._queue = queue
        self._run_job = run_job
        self._stopping = stopping
        self._crash = crash
        self._wait_seconds = wait_seconds
        self._visibility_seconds = max(1, int(lease_seconds))
        self._turned = time.monotonic()
        self._busy = False

    @property
    def silence_seconds(self) -> float:
        """Time since the idle loop last turned; 0 while a job is under way, which has limits of its own."""
        return 0.0 if self._busy else time.monotonic() - self._turned

    def run(self) -> None:
        """Receive until stopped. A poll is never cut: a message that it brings after the stop is handed back."""
        while not self._stopping.is_set():
            self._turned = time.monotonic()
            try:
                messages = self._queue.receive(1, self._wait_seconds, self._visibility_seconds)
            except GasError as error:
                log.warning("receive failed", error=str(error))
                self._stopping.wait(PAUSE_SECONDS)
                continue
            for message in messages:
                self._handle(message)

    def _handle(self, message: ReceivedMessage) -> None:
        started = time.monotonic()
        job_id = getattr(message.hint, "job_id", None)
        self._busy = True
        metrics.BUSY.set(1)
        try:
            ending = self._run_job.handle(message).value
        except Exception as error:
            ending = "failed"
            expected = isinstance(error, GasError | OSError)
            log.warning("message failed", job_id=job_id, error=_said(error), exc_info=not expected)
            self._stopping.wait(PAUSE_SECONDS)
        finally:
            metrics.BUSY.set(0)
            self._turned, self._busy = time.monotonic(), False
        duration = time.monotonic() - started
        metrics.MESSAGES.labels(ending).inc()
        metrics.JOB_SECONDS.labels(ending).observe(duration)
        log.info(
            "message handled",
            job_id=job_id,
            outcome=ending,
            duration_ms=round(duration * 1000),
            **self._crash.take(job_id),
        )


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, GasError) else f"{type(error).__name__}: {error}"
