"""Listing a user's jobs, newest first, page by page along the index."""

from dataclasses import dataclass

from gas.domain.job import Job, JobStatus
from gas.ports.stores import JobPage, JobStore

MAX_LOOKS = 10
"""How many pages of the index are read for one page of a filtered list. A filter that finds little gives short pages
quickly rather than full ones late."""


@dataclass(frozen=True)
class JobFilter:
    """Which jobs to list. No states means all but Deleted, of which nothing is left to see."""

    states: frozenset[JobStatus] = frozenset()
    name: str = ""
    """A part of the file's name, whatever its case."""

    def passes(self, job: Job) -> bool:
        """True for a job to list."""
        if self.name.casefold() not in job.input.file_name.casefold():
            return False
        return job.status in self.states if self.states else job.status is not JobStatus.DELETED


def list_jobs(
    jobs: JobStore, user_id: str, wanted: JobFilter, cursor: str | None = None, limit: int = 50
) -> JobPage:
    """At most `limit` of the user's jobs that pass the filter; fewer do not mean that there are no more: a cursor does.

    Raises:
        UsageError: the cursor is none of this user's.
    """
    found: list[Job] = []
    for _ in range(MAX_LOOKS):
        # Never more than is still wanted, for a cursor exists only at the end of what was read.
        page = jobs.jobs_of_user(user_id, cursor, limit - len(found))
        found += filter(wanted.passes, page.jobs)
        cursor = page.cursor
        if cursor is None or len(found) >= limit:
            break
    return JobPage(tuple(found), cursor)
