"""Keeps jobs that wait for a bundle: their records say so, and their messages are taken up here as soon as it is there."""

import math
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gas.domain.errors import ConflictError, GasError
from gas.domain.job import Job
from gas.domain.messages import MAX_RECEIVES, HintEvent, JobHint
from gas.domain.names import Channel
from gas.domain.record import ReferenceWait
from gas.ports.messaging import MessageQueue, Publisher, ReceivedMessage
from gas.ports.stores import JobStore
from gas.services.find_reference import FindReference

LONGEST_HIDE = timedelta(minutes=10)
"""An annotator that dies, or is busy with something long, keeps a job from others for so long at most."""
MARGIN = timedelta(seconds=15)
"""So long before a message would come back it is looked at again, and hidden for longer where its bundle takes longer."""


@dataclass(frozen=True)
class _Parked:
    """A message out of sight `until` then. `coming` says whether its bundle was on its way when it was last looked at."""

    message: ReceivedMessage
    digest: str
    until: datetime
    coming: bool


@dataclass
class AwaitReference:
    """The jobs that wait for a bundle in one annotator. What it forgets, by its end, comes back by itself."""

    find: FindReference
    jobs: JobStore
    queue: MessageQueue
    publisher: Publisher
    _parked: dict[str, _Parked] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """True while there are some."""
        return bool(self._parked)

    def __call__(self, job: Job, wait: ReferenceWait, message: ReceivedMessage) -> None:
        """Note what a job waits for, and keep its message out of sight meanwhile: the next job need not wait.

        Raises:
            GasError: a store or the queue did not answer; the message comes back.
        """
        if wait != job.reference_wait:
            self._tell(job, wait)
        if message.receive_count >= MAX_RECEIVES - 1:
            # Once more, and it would be taken for unreadable. The controllers publish another when the wait is over.
            self.queue.delete(message)
            return
        now = self.find.clock.now()
        hidden = min(max(wait.until - now, MARGIN) + MARGIN, LONGEST_HIDE)
        self.queue.hide(message, math.ceil(hidden.total_seconds()))
        self._parked[job.job_id] = _Parked(
            message,
            wait.digest,
            now + hidden,
            # What cannot be had is under way only when it is tried again. What comes may have come meanwhile.
            coming=wait.why is None or self.find.shelf.under_way(wait.digest),
        )

    def _tell(self, job: Job, wait: ReferenceWait) -> None:
        with suppress(ConflictError):  # Somebody else has it by now: the next look says so.
            self.jobs.await_reference(job.job_id, wait)
            with suppress(GasError):
                self.publisher.publish(
                    Channel.JOB_RESULTS, JobHint(job.job_id, job.version, HintEvent.INTENT)
                )

    def take(self) -> ReceivedMessage | None:
        """The message of a job that it is time to look at: its fetch is over, is to be tried again, or lasts too long."""
        now = self.find.clock.now()
        for job_id, parked in self._parked.items():
            over = parked.coming and not self.find.shelf.under_way(parked.digest)
            if over or now >= parked.until - MARGIN:
                return self._parked.pop(job_id).message
        return None

    def came(self, digest: str) -> None:
        """Let whoever has a free slot have the others of a bundle that is here: one slot works on one job."""
        self._let_go([job_id for job_id, parked in self._parked.items() if parked.digest == digest])

    def let_go(self) -> None:
        """Give up all: this annotator is to stop, and others need not wait for its sake."""
        self._let_go(list(self._parked))

    def _let_go(self, job_ids: list[str]) -> None:
        with suppress(GasError):  # Then they come back by themselves.
            for job_id in job_ids:
                self.queue.hide(self._parked.pop(job_id).message, 0)
