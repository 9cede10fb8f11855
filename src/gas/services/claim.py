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
        return Drop() if job.cancel_wanted or job.policy.suspend else Take()
    if job.status is JobStatus.PENDING:
        # A suspended job is published anew when it goes on.
        return Drop() if job.policy.suspend else ComeBack(PENDING_SECONDS)
    left = (job.lease.expires - now).total_seconds() if job.lease else 0.0
    # The controllers take an expired lease away and publish again; until then there is nothing to claim.
    return ComeBack(min(max(math.ceil(left), 1), LONGEST_HIDE_SECONDS))
