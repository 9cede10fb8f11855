"""Finding which of a job's files another job of its owner names, too: such a file stays when the job is deleted.

Whoever runs GAS may name one file in several jobs, by `kubectl`; on the pages each job has files of its own. How long a file
stays is a matter of its bucket, whose owner may keep it longer than GAS would: so no job is too old, or too young, to share it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from gas.domain.job import Job, JobStatus
from gas.domain.record import UnreadRecord
from gas.domain.uploads import named_keys
from gas.ports.stores import JobStore

PAGE = 100


@dataclass(frozen=True)
class FindSharedFiles:
    """The use case with its port."""

    jobs: JobStore

    def __call__(self, job: Job) -> frozenset[str]:
        """The keys of those of its files that a job names which is not deleted.

        Raises:
            GasError: the jobs could not be read.
        """
        own, shared = named_keys([job]), set[str]()
        for other in jobs_since(self.jobs, job.user_id):
            if other.job_id != job.job_id and not _is_deleted(other):
                shared |= own & named_keys([other])
            if shared == own:
                break
        return frozenset(shared)


def _is_deleted(job: Job | UnreadRecord) -> bool:
    return isinstance(job, Job) and job.status is JobStatus.DELETED


def jobs_since(jobs: JobStore, user_id: str, since: datetime | None = None) -> Iterator[Job | UnreadRecord]:
    """A user's jobs, newest first: all of them, or those from then on; and what cannot be read, of any time.

    Raises:
        GasError: they could not be read.
    """
    cursor: str | None = None
    while True:
        page = jobs.jobs_of_user(user_id, cursor, PAGE)
        yield from page.unread
        for job in page.jobs:
            if since is not None and job.submit_time < since:
                return
            yield job
        cursor = page.cursor
        if cursor is None:
            return
