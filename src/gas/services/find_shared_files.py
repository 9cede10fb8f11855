"""Finding which of a job's files another job of its owner names, too: such a file stays when the job is deleted.

Whoever runs GAS may name one file in several jobs, by `kubectl`; on the pages each job has files of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gas.domain.job import Job, JobStatus
from gas.domain.record import UnreadRecord
from gas.domain.uploads import named_keys
from gas.ports.stores import JobStore

PAGE = 100

EXPIRES_LATE = timedelta(days=2)
"""S3 rounds the time of an expiry up to a midnight, and removes some time after it."""


@dataclass(frozen=True)
class FindSharedFiles:
    """The use case with its port. `kept` is how long the inputs bucket keeps a file."""

    jobs: JobStore
    kept: timedelta

    def __call__(self, job: Job) -> frozenset[str]:
        """The keys of those of its files that a job names which is not deleted.

        Raises:
            GasError: the jobs could not be read.
        """
        # Who names the same file came while it was there, so not long before this one, nor long after.
        kept = self.kept + EXPIRES_LATE
        latest = self.jobs.cursor_after(replace(job, submit_time=job.submit_time + kept))
        own, shared = named_keys([job]), set[str]()
        for other in jobs_since(self.jobs, job.user_id, job.submit_time - kept, latest):
            if other.job_id != job.job_id and not _is_deleted(other):
                shared |= own & named_keys([other])
            if shared == own:
                break
        return frozenset(shared)


def _is_deleted(job: Job | UnreadRecord) -> bool:
    return isinstance(job, Job) and job.status is JobStatus.DELETED


def jobs_since(
    jobs: JobStore, user_id: str, since: datetime, cursor: str | None = None
) -> Iterator[Job | UnreadRecord]:
    """A user's jobs from then on, newest first, and from a cursor on if there is one; and what cannot be read, of any time.

    Raises:
        GasError: they could not be read.
    """
    while True:
        page = jobs.jobs_of_user(user_id, cursor, PAGE)
        yield from page.unread
        for job in page.jobs:
            if job.submit_time < since:
                return
            yield job
        cursor = page.cursor
        if cursor is None:
            return
