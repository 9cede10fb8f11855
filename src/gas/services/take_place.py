"""Giving an unfinished job one of its user's places: the quota, exact under any number of submissions at a time."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from gas.domain.errors import ConflictError, TooManyRequestsError, TransientError
from gas.domain.quota import ActiveJobs
from gas.ports.quotas import QuotaStore
from gas.ports.stores import JobStore

TRIES = 20
"""Submissions of one user at one moment come one after the other here; this many in front is not a person's doing."""

RECORD_COMES_WITHIN = timedelta(minutes=1)
"""A place is taken before its job is recorded. One without a record after this was left by a web part that died."""

TRY_AGAIN = timedelta(seconds=60)
"""When it is worth looking for a free place again: the order of magnitude of a small job."""


@dataclass(frozen=True)
class TakePlace:
    """The use case with its ports."""

    quotas: QuotaStore
    jobs: JobStore

    def __call__(self, user_id: str, job_id: str, limit: int, now: datetime) -> None:
        """Make sure that the job holds a place; again is no change. Places of finished jobs are free.

        Raises:
            TooManyRequestsError: all places are taken by unfinished jobs.
        """
        for _ in range(TRIES):
            active = self.quotas.active_jobs(user_id)
            if job_id in active:
                return
            # Who has finished is looked up only when it matters: most submissions read one record and write it.
            kept = active if len(active) < limit else active.without(self._free(active, now))
            if len(kept) >= limit:
                raise TooManyRequestsError(
                    f"You have {len(kept)} unfinished jobs, and your plan allows {limit} at a time: wait for one to "
                    "finish, or cancel one.",
                    TRY_AGAIN,
                )
            with suppress(ConflictError):
                self.quotas.commit(user_id, active, kept.with_job(job_id, now))
                return
        raise TransientError("Too many of your submissions arrived at one moment: send this one again.")

    def _free(self, active: ActiveJobs, now: datetime) -> set[str]:
        return {job_id for job_id, since in active.since.items() if self._is_free(job_id, since, now)}

    def _is_free(self, job_id: str, since: datetime, now: datetime) -> bool:
        job = self.jobs.get(job_id)
        return now - since > RECORD_COMES_WITHIN if job is None else job.finished
