"""Finding a job for somebody."""

from gas.domain.errors import NotFoundError
from gas.domain.job import Job
from gas.domain.names import job_id_is_valid
from gas.ports.stores import JobStore


def get_job(jobs: JobStore, user_id: str, job_id: str) -> Job:
    """The user's job.

    Raises:
        NotFoundError: there is none of that id, or it is another user's: nobody learns which.
    """
    job = jobs.get(job_id) if job_id_is_valid(job_id) else None
    if job is None or job.user_id != user_id:
        raise NotFoundError("You have no job of that id: look at the list of your jobs.")
    return job
