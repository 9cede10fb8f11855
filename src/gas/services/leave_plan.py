"""What becomes of a user's results when they leave their plan: counted before they are asked."""

from dataclasses import dataclass
from datetime import timedelta

from gas.domain.job import HOT, UNFINISHED, Job, JobStatus
from gas.domain.spec import ArchivePolicy
from gas.ports.stores import JobStore

MOST_LOOKED_AT = 2000
"""Jobs that are read for one page: of more, it says that there are more."""

_A_LOOK = 200


@dataclass(frozen=True)
class Leaving:
    """How many jobs leaving concerns: results that will be archived, and jobs whose results will be.

    `soonest` is how long after leaving the first of them goes; `whole` is False when there are more jobs than were
    looked at, or records among them that cannot be read.
    """

    results: int
    restoring: int
    unfinished: int
    soonest: timedelta
    whole: bool


def what_leaving_does(jobs: JobStore, user_id: str, retention: timedelta) -> Leaving:
    """Count what leaving now, for a plan of that retention, would do. Nothing is written."""
    found: list[Job] = []
    cursor, whole, read = None, False, True
    for _ in range(MOST_LOOKED_AT // _A_LOOK):
        page = jobs.jobs_of_user(user_id, cursor, _A_LOOK)
        read = read and not page.unread
        found += [job for job in page.jobs if job.policy.archive_policy is ArchivePolicy.FOLLOW_PLAN]
        cursor = page.cursor
        if cursor is None:
            whole = read
            break
    hot = [job for job in found if job.status in HOT]
    return Leaving(
        results=len(hot),
        restoring=sum(job.status is JobStatus.RESTORING for job in found),
        unfinished=sum(job.status in UNFINISHED for job in found),
        soonest=min((job.policy.retention or retention for job in hot), default=retention),
        whole=whole,
    )
