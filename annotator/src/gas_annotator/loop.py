"""The annotator's loop: one message at a time until it is told to stop."""

import threading
import time
from collections.abc import Callable
from datetime import datetime

import structlog

from gas import tracing
from gas.domain.errors import GasError
from gas.ports.clock import Clock
from gas.ports.messaging import MessageQueue, ReceivedMessage
from gas.services.await_reference import AwaitReference
from gas.services.run_job import Ending
from gas_annotator import metrics
from gas_annotator.run_notes import RunNotes

log = structlog.get_logger()

PAUSE_SECONDS = 2.0
"""After the queue or a store did not answer."""

CLOCK_SECONDS = 15.0
"""Until a machine's wrong clock is looked at again."""


AWAITING_SECONDS = 1
"""The long poll while jobs wait here for a bundle: so late at most is it noticed that one has come."""


class StopRequest(threading.Event):
    """Set when the annotator is told to stop; it remembers since when."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._time: datetime | None = None

    def time(self) -> datetime | None:
        """When it was set; None before."""
        return self._time

    def seconds_ago(self) -> float:
        """How long ago it was set; 0 before."""
        return 0.0 if self._time is None else max(0.0, (self._clock.now() - self._time).total_seconds())

    def set(self) -> None:
        """Ask for the stop; asking again changes nothing."""
        self._time = self._time or self._clock.now()
        super().set()


class Loop:
    """Receives and handles. One slot, so one message is asked for: a second would only wait, hidden from others."""

    def __init__(
        self,
        queue: MessageQueue,
        run_job: Callable[[ReceivedMessage], Ending],
        stopping: StopRequest,
        notes: RunNotes,
        *,
        clock: Clock,
        wait_seconds: int,
        lease_seconds: float,
        await_reference: AwaitReference | None = None,
    ) -> None:
        self._queue = queue
        self._run_job = run_job
        self._stopping = stopping
        self._notes = notes
        self._clock = clock
        self._awaiting = await_reference
        self._wait_seconds = wait_seconds
        self._visibility_seconds = max(1, int(lease_seconds))
        self._turned = time.monotonic()
        self._busy = False
        self._asked = False

    @property
    def silence_seconds(self) -> float:
        """Time since the idle loop last turned; 0 while a job is under way, which has limits of its own."""
        return 0.0 if self._busy else time.monotonic() - self._turned

    def run(self) -> None:
        """Receive until stopped. A poll is never cut: a message that it brings after the stop is handed back."""
        while not self._stopping.is_set():
            self._turned = time.monotonic()
            if self._clock_is_wrong():
                self._stopping.wait(CLOCK_SECONDS)
                continue
            try:
                messages = self._next()
            except GasError as error:
                log.warning("receive failed", error=str(error))
                self._stopping.wait(PAUSE_SECONDS)
                continue
            for message in messages:
                with tracing.Work("receive job-requests", tracing.SpanKind.CONSUMER):
                    tracing.join(message.traceparent)
                    self._handle(message)
                self._turned, self._busy = time.monotonic(), False
        if self._awaiting is not None:
            self._awaiting.let_go()
        metrics.DRAIN_SECONDS.observe(self._stopping.seconds_ago())

    def _next(self) -> list[ReceivedMessage]:
        """At most one message: of a job that waited here, or else a new one."""
        awaiting, seconds = self._awaiting, self._wait_seconds
        if awaiting is not None and awaiting.any:
            if (waited := awaiting.take()) is not None:
                return [waited]
            seconds = min(seconds, AWAITING_SECONDS)
        return self._queue.receive(1, seconds, self._visibility_seconds)

    def _clock_is_wrong(self) -> bool:
        """Whether nothing may be claimed by this machine: its leases would look over, or endless, to others."""
        if not self._asked or self._clock.trouble() is not None:
            # Before the first claim, and before each pause: nothing else of AWS may have told the time of late.
            self._clock.ask()
            self._asked = True
        return self._clock.trouble() is not None

    def _handle(self, message: ReceivedMessage) -> None:
        started = time.monotonic()
        job_id = getattr(message.hint, "job_id", None)
        self._busy = True
        metrics.BUSY.set(1)
        failure: Exception | None = None
        try:
            outcome = self._run_job(message).value
        except Exception as error:  # noqa: BLE001 - the loop outlives whatever a message does to it
            outcome, failure = metrics.FAILED, error
        finally:
            metrics.BUSY.set(0)
        seconds = time.monotonic() - started
        metrics.MESSAGES.labels(outcome).inc()
        metrics.JOB_SECONDS.labels(outcome).observe(seconds)
        self._tell(job_id, outcome, seconds, failure)
        tracing.note(job_id=job_id or "", outcome=outcome)
        if failure is not None:
            tracing.fail(type(failure).__name__)
            self._stopping.wait(PAUSE_SECONDS)

    def _tell(self, job_id: str | None, outcome: str, seconds: float, failure: Exception | None) -> None:
        """Write the one line of a message."""
        fields = {
            "job_id": job_id,
            "outcome": outcome,
            "duration_ms": round(seconds * 1000),
            **self._notes.take(),
        }
        if failure is None:
            log.info("message handled", **fields)
        else:
            expected = isinstance(failure, GasError | OSError)
            trace = {} if expected else {"exc_info": failure}
            log.warning("message handled", error=_said(failure), **fields, **trace)


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, GasError) else f"{type(error).__name__}: {error}"
