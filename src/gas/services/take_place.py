"""Giving an unfinished job one of its user's places: the quota, exact under any number of submissions at a time."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from gas.domain.errors import ConflictError, TooManyRequestsError, TransientError
from gas.domain.job import Job
from gas.domain.quota import ActiveJobs
from gas.domain.record import UnreadRecord
from gas.ports.quotas import QuotaStore
from gas.ports.stores import JobStore

TRIES = 20
"""Submissions of one user at one moment come one after the other here; this many in front is not a person's doing."""

RECORD_COMES_WITHIN = timedelta(minutes=1)
"""A place is taken before its job is recorded. One without a record after this was left by a web part that died."""

WISH_COMES_WITHIN = timedelta(minutes=1)
"""The same of a failed job's new place and the wish to retry it."""

TRY_AGAIN = timedelta(seconds=60)
"""When it is worth looking for a free place again: the order of magnitude of a small job."""


@dataclass(frozen=True)
class TakePlace:
    """The use case with its ports."""

    quotas: QuotaStore
    jobs: JobStore

    def __call__(self, user_id: str, job_id: str, limit: int, now: datetime, *, retry: bool = False) -> None:
        """Make sure that the job holds a place; again is no change. Places of finished jobs are free.

        For a retry the place is taken anew, from now: the one of the job's earlier run is as free as any other.

        Raises:
            TooManyRequestsError: all places are taken by unfinished jobs.
        """
        for _ in range(TRIES):
            active = self.quotas.active_jobs(user_id)
            if job_id in active and not retry:
                return
            kept = self._kept(active.without({job_id}), limit, now)
            with suppress(ConflictError):
                self.quotas.commit(user_id, active, kept.with_job(job_id, now))
                return
        raise TransientError("Too many of your submissions arrived at one moment: send this one again.")

    def check(self, user_id: str, job_id: str, limit: int, now: datetime) -> None:
        """Refuse now what a call would be refused for. Nothing is written.

        Raises:
            TooManyRequestsError: all places are taken by unfinished jobs.
        """
        active = self.quotas.active_jobs(user_id)
        if job_id not in active:
            self._kept(active, limit, now)

    def _kept(self, others: ActiveJobs, limit: int, now: datetime) -> ActiveJobs:
        """The places that other jobs keep, which leave one free."""
        # Who has finished is looked up only when it matters: most submissions read one record and write it.
        kept = others if len(others) < limit else others.without(self._free(others, now))
        if len(kept) >= limit:
            raise TooManyRequestsError(
                f"You have {len(kept)} unfinished jobs, and your plan allows {limit} at a time: wait for one to "
                "finish, or cancel one.",
                TRY_AGAIN,
            )
        return kept

    def _free(self, active: ActiveJobs, now: datetime) -> set[str]:
        jobs = self.jobs.get_many(active.since)
        return {job_id for job_id, since in active.since.items() if _is_free(jobs.get(job_id), since, now)}


def _is_free(job: Job | UnreadRecord | None, since: datetime, now: datetime) -> bool:
    if job is None:
        return now - since > RECORD_COMES_WITHIN
    if isinstance(job, UnreadRecord):
        # It goes on where it stood once its record is put right.
        return False
    if not job.finished or job.retry_wanted:
        return False
    # A place that is younger than the job's rest was taken for a retry whose wish is about to be noted.
    return since <= job.last_move or now - since > WISH_COMES_WITHIN
