"""The annotator's loop: one message at a time until it is told to stop."""

import threading
import time

import structlog

from gas.domain.errors import GasError
from gas.ports.messaging import MessageQueue, ReceivedMessage
from gas.services.run_job import RunJob
from gas_annotator import metrics

log = structlog.get_logger()

PAUSE_SECONDS = 2.0
"""After the queue or a store did not answer."""


class Loop:
    """Receives and handles. One slot, so one message is asked for: a second would only wait, hidden from others."""

    def __init__(
        self,
        queue: MessageQueue,
        run_job: RunJob,
        stopping: threading.Event,
        *,
        wait_seconds: int,
        lease_seconds: float,
    ) -> None:
        self._queue = queue
        self._run_job = run_job
        self._stopping = stopping
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
        except GasError as error:
            ending = "failed"
            log.warning("message failed", job_id=job_id, error=str(error))
            self._stopping.wait(PAUSE_SECONDS)
        finally:
            metrics.BUSY.set(0)
            self._turned, self._busy = time.monotonic(), False
        duration = time.monotonic() - started
        metrics.MESSAGES.labels(ending).inc()
        metrics.JOB_SECONDS.labels(ending).observe(duration)
        log.info("message handled", job_id=job_id, outcome=ending, duration_ms=round(duration * 1000))
