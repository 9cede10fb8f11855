"""Whose turn it is among the jobs of one user: by the age of their places, so many at a time stand in line."""

from datetime import datetime

from gas.domain.job import Job, JobStatus
from gas.domain.quota import ActiveJobs


def older(active: ActiveJobs, job_id: str) -> tuple[str, ...]:
    """The jobs whose places are older than a job's, the youngest of them first; none for a job without a place.

    A job that operators apply by its resource has no place: whoever may do that decides whose turn it is.
    """
    mine = active.since.get(job_id)
    if mine is None:
        return ()
    ranked = sorted(((since, other) for other, since in active.since.items()), reverse=True)
    return tuple(other for since, other in ranked if (since, other) < (mine, job_id))


def place_taken(job: Job) -> datetime:
    """About when a job's place was taken, by its record alone: with its submission, or for a retry."""
    queued = [entry.time for entry in job.history if entry.status is JobStatus.QUEUED]
    failed = [entry.time for entry in job.history if entry.status is JobStatus.FAILED]
    return min((time for time in queued if failed and time > failed[-1]), default=job.submit_time)


def waits(job: Job) -> bool:
    """True while a job is in front of its owner's later ones: it is to be run, and nobody runs it yet.

    One that waits for a person is not in front of any: the others would wait for that person too.
    """
    if job.status not in {JobStatus.PENDING, JobStatus.QUEUED}:
        return False
    if job.reference_wait is not None and job.reference_wait.why is not None:
        return False
    return not job.policy.suspend and not job.cancel_wanted and job.refusal is None
