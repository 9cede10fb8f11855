"""Listing a user's jobs, newest first, page by page along the index."""

from dataclasses import dataclass

from gas.domain.job import Job, JobStatus
from gas.domain.record import UnreadRecord
from gas.ports.stores import JobPage, JobStore

MAX_LOOKS = 5
"""How many pages of the index are read for one page of a filtered list. A filter that finds little gives short pages
quickly rather than full ones late."""

LONG_LOOK = 200
"""How many jobs are read at a time once the first look was not enough: about half of what DynamoDB gives in one answer."""


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

    What cannot be read of all that was looked at passes any filter, for nobody knows its state; it does not count.

    Raises:
        UsageError: the cursor is none of this user's.
    """
    found: list[Job] = []
    unread: list[UnreadRecord] = []
    look = limit
    for _ in range(MAX_LOOKS):
        page = jobs.jobs_of_user(user_id, cursor, look)
        unread += page.unread
        for job in filter(wanted.passes, page.jobs):
            found.append(job)
            if len(found) == limit:
                rest = page.cursor if job is page.jobs[-1] else jobs.cursor_after(job)
                return JobPage(tuple(found), rest, tuple(unread))
        cursor, look = page.cursor, LONG_LOOK
        if cursor is None:
            break
    return JobPage(tuple(found), cursor, tuple(unread))
