"""Keeps a claim alive: the lease on the record and the message out of sight."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from gas.domain.errors import ConflictError, GasError
from gas.domain.job import Job
from gas.ports.clock import Clock
from gas.ports.messaging import MessageQueue, ReceivedMessage
from gas.ports.onlooker import Beat
from gas.ports.stores import JobStore

BEATS_PER_LEASE = 3
"""Two beats may fail before a lease is lost."""


class Heart:
    """Beats three times a lease. `lost` says that the job is not ours any more: stop working on it.

    `told` is told what came of each beat. Any thread may beat; no two beat at a time.
    """

    def __init__(
        self,
        jobs: JobStore,
        queue: MessageQueue,
        clock: Clock,
        *,
        job: Job,
        message: ReceivedMessage,
        lease: timedelta,
        told: Callable[[Beat], None] = lambda _: None,
    ) -> None:
        self._jobs = jobs
        self._queue = queue
        self._clock = clock
        self._job = job
        self._message = message
        self._lease = lease
        self._told = told
        self.progress_percent = 0
        self._next = clock.now() + lease / BEATS_PER_LEASE
        self._expires = job.lease.expires if job.lease else clock.now()
        self.lost = False
        self._beating = threading.Lock()

    @property
    def period_seconds(self) -> float:
        """The time between two beats."""
        return (self._lease / BEATS_PER_LEASE).total_seconds()

    def seconds_to_next(self) -> float:
        """How long until the next beat is owed."""
        return max(0.0, (self._next - self._clock.now()).total_seconds())

    def beat_if_owed(self, progress_percent: int | None = None) -> None:
        """Beat when the time has come; a store that does not answer is tried again until the lease runs out."""
        if progress_percent is not None:
            self.progress_percent = progress_percent
        with self._beating:
            now = self._clock.now()
            if self.lost or now < self._next:
                return
            self._next = now + self._lease / BEATS_PER_LEASE
            self._beat(now)

    def let_go(self) -> None:
        """Let the lease end now, so that the job need not wait for it; the attempt counts as lost."""
        try:
            self._jobs.heartbeat(self._job.job_id, self._job.fence, self._clock.now(), 0)
        except GasError:
            return

    @contextmanager
    def in_background(self) -> Iterator[None]:
        """Beat from a thread while bytes move. The thread has ended when the block ends: one at a time beats."""
        done = threading.Event()

        def beat() -> None:
            while not done.wait(min(self.seconds_to_next() + 0.01, self.period_seconds)):
                self.beat_if_owed()

        thread = threading.Thread(target=beat, name="heart", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _beat(self, now: datetime) -> None:
        expires = now + self._lease
        try:
            self._jobs.heartbeat(self._job.job_id, self._job.fence, expires, self.progress_percent)
            self._expires = expires
            self._queue.hide(self._message, max(1, int(self._lease.total_seconds())))
        except ConflictError:
            self.lost = True
            self._told(Beat.LOST)
        except GasError:
            self.lost = now >= self._expires
            self._told(Beat.FAILED)
        else:
            self._told(Beat.EXTENDED)
