"""The sentence that a person reads about a job: the same in the browser, the e-mail and `kubectl describe`."""

from datetime import datetime

from gas.domain.job import Job, JobStatus
from gas.domain.reasons import SENTENCES, Reason

_DEFAULT_REASONS = {
    JobStatus.PENDING: Reason.CHECKING_INPUT,
    JobStatus.QUEUED: Reason.WAITING_FOR_ANNOTATOR,
    JobStatus.RUNNING: Reason.ANNOTATING,
    JobStatus.COMPLETED: Reason.RETENTION_RUNNING,
    JobStatus.ARCHIVED: Reason.RETENTION_OVER,
    JobStatus.RESTORING: Reason.RETRIEVAL_EXPEDITED,
    JobStatus.RESTORED: Reason.RETENTION_RUNNING,
    JobStatus.FAILED: Reason.INPUT_REFUSED,
    JobStatus.CANCELLED: Reason.CANCELLED,
    JobStatus.DELETED: Reason.DELETED,
}


def standing(job: Job) -> Reason:
    """Why the job stands where it stands: the recorded reason, or its state's usual one before anyone has looked."""
    return job.reason or _DEFAULT_REASONS[job.status]


def explain(job: Job, reason: Reason | None = None) -> str:
    """The sentence for the job's reason, or for another one, with its times and names filled in."""
    reason = reason or standing(job)
    if reason is Reason.RETENTION_RUNNING and job.retain_until is None:
        return "The result can be downloaded."
    deadline = job.policy.active_deadline
    return SENTENCES[reason].format(
        attempts=job.attempts,
        retain_until=clock_time(job.retain_until),
        detail=job.detail or "no more is known.",
        expected=clock_time(job.retrieval.expected if job.retrieval else None),
        bucket=job.input.bucket,
        key=job.input.key,
        user_id=job.user_id,
        job_id=job.job_id,
        deadline=f" of {deadline.total_seconds():.0f} seconds" if deadline else "",
    )


def clock_time(moment: datetime | None) -> str:
    """A time as people read it, in UTC to the second; the browser turns it into local time."""
    return "an unknown time" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S UTC")
