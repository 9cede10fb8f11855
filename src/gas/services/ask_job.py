"""Asking something of a job: cancel, retry, delete, restore. The wish is noted; the controllers fulfil it.

Each wish may be repeated: one that is fulfilled, or under way, is not noted again. What decides whether a wish still stands
is told by the clock of those who moved the job: that of the web may be another.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gas.domain.errors import NotAllowedError, NotNowError
from gas.domain.explanation import explain
from gas.domain.job import UNFINISHED, Job, JobStatus
from gas.domain.messages import HintEvent
from gas.domain.offer import Offer
from gas.domain.plan import Plans, User
from gas.domain.record import Intents
from gas.domain.spec import RestoreRequest, RetrievalTier
from gas.ports.clock import Clock
from gas.ports.messaging import Publisher
from gas.ports.stores import JobStore
from gas.services.get_job import get_job
from gas.services.hint import hint
from gas.services.take_place import TakePlace

MOMENT = timedelta(microseconds=1)
"""The shortest time that a record can tell apart."""


def after_move(job: Job) -> datetime:
    """The time of a wish about the state that a job is in: after its last move, and before any that is still to come."""
    return job.last_move + MOMENT


@dataclass(frozen=True)
class AskJob:
    """The use cases with their ports. All raise `NotFoundError` when the user has no such job."""

    jobs: JobStore
    publisher: Publisher
    take_place: TakePlace
    clock: Clock
    offer: Offer

    def cancel(self, user: User, job_id: str) -> Job:
        """Ask to stop an unfinished job. One that is finished stays as it is."""
        job = get_job(self.jobs, user.user_id, job_id)
        if job.status not in UNFINISHED or job.cancel_wanted:
            return job
        retry = job.intents.retry_requested
        asked = after_move(job)
        return self._note(job, Intents(cancel_requested=asked if retry is None else max(asked, retry)))

    def retry(self, user: User, job_id: str) -> Job:
        """Ask to run a failed job once more, with all its attempts. One that is being retried stays as it is.

        Raises:
            NotNowError: the job has not failed, or its input was never accepted.
            TooManyRequestsError: the user has too many unfinished jobs.
        """
        job = get_job(self.jobs, user.user_id, job_id)
        if job.retry_wanted or (not job.finished and job.intents.retry_requested is not None):
            return job
        if job.status is not JobStatus.FAILED:
            raise NotNowError(f"Only a failed job can be tried again. {explain(job, self.offer.plans)}")
        if not job.retryable:
            raise NotNowError(f"Trying again would change nothing. {explain(job, self.offer.plans)}")
        now = self.clock.now()
        self.take_place(user.user_id, job.job_id, self.offer.max_active_jobs(user), now, retry=True)
        return self._note(job, Intents(retry_requested=after_move(job)))

    def delete(self, user: User, job_id: str) -> Job:
        """Ask to delete all files of a job, in whatever state it is. Nothing brings them back."""
        job = get_job(self.jobs, user.user_id, job_id)
        if job.status is JobStatus.DELETED or job.intents.delete_requested is not None:
            return job
        return self._note(job, Intents(delete_requested=self.clock.now()))

    def restore(
        self,
        user: User,
        job_id: str,
        tier: RetrievalTier = RetrievalTier.EXPEDITED,
        *,
        operator: bool = False,
    ) -> Job:
        """Ask to have an archived result downloadable again.

        Raises:
            NotAllowedError: the user's plan restores nothing, and they are no operator.
            NotNowError: the job has no result.
        """
        job = get_job(self.jobs, user.user_id, job_id)
        if not job.annotated:
            raise NotNowError(f"There is no result to restore. {explain(job, self.offer.plans)}")
        plans = self.offer.plans
        if not operator and not plans.of(user.standing).restores:
            raise NotAllowedError(_restored_for(plans))
        if job.status is not JobStatus.ARCHIVED or job.restore_wanted:
            return job
        return self._note(job, Intents(restore_requested=RestoreRequest(self.clock.now(), tier)))

    def _note(self, job: Job, intents: Intents) -> Job:
        self.jobs.add_intents(job.job_id, intents, self.clock.now())
        hint(self.publisher, job, HintEvent.INTENT)
        return get_job(self.jobs, job.user_id, job.job_id)


def _restored_for(plans: Plans) -> str:
    """Who restores what, for somebody who does not."""
    said = f"Archived results are restored for {plans.restoring_users}"
    keeper = next((terms for terms in plans.terms if terms.keeps_results), None)
    return (
        f"{said}."
        if keeper is None
        else (f"{said}: subscribe to the {keeper.word} plan, and all of yours are, by themselves.")
    )
