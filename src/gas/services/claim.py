"""What an annotator does with a message about a job, by the job's record alone. Pure."""

import math
from dataclasses import dataclass
from datetime import datetime

from gas.domain.job import Job, JobStatus

PENDING_SECONDS = 5
"""A message that overtook its job's acceptance comes back after this."""

LONGEST_HIDE_SECONDS = 43_200
"""SQS hides a message for 12 hours at most."""


@dataclass(frozen=True)
class Take:
    """Claim the job."""


@dataclass(frozen=True)
class Drop:
    """Forget the message: there is nothing to do."""


@dataclass(frozen=True)
class ComeBack:
    """Let the message come back later."""

    seconds: int


def verdict(job: Job | None, now: datetime) -> Take | Drop | ComeBack:
    """Decide what to do with a message about this job."""
    if job is None or job.finished:
        return Drop()
    if job.status is JobStatus.QUEUED:
        if job.cancel_wanted or job.policy.suspend:
            return Drop()
        return _back_at(job.publication.next_time, now) if _pauses(job, now) else Take()
    if job.status is JobStatus.PENDING:
        # A suspended job is published anew when it goes on.
        return Drop() if job.policy.suspend else ComeBack(PENDING_SECONDS)
    # The controllers take an expired lease away and publish again; until then there is nothing to claim.
    return _back_at(job.lease.expires if job.lease else None, now)


def _pauses(job: Job, now: datetime) -> bool:
    """True while the job is not to be run: this message is one from before it was put back in the queue."""
    start = job.publication.next_time
    return job.publication.count == 0 and start is not None and now < start


def _back_at(time: datetime | None, now: datetime) -> ComeBack:
    left = (time - now).total_seconds() if time is not None else 0.0
    return ComeBack(min(max(math.ceil(left), 1), LONGEST_HIDE_SECONDS))
