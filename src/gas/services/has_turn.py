"""Telling whether it is a job's turn to stand in line, by its owner's other jobs."""

from dataclasses import dataclass

from gas.domain import turns
from gas.domain.job import Job
from gas.ports.quotas import QuotaStore
from gas.ports.stores import JobStore

READ_AT_ONCE = 25
"""Records a read: the youngest before a job are those that wait, so that one read nearly always says that it has to wait."""


@dataclass(frozen=True)
class HasTurn:
    """The use case with its ports. `in_line` is how many jobs of one user may stand in line at a time."""

    quotas: QuotaStore
    jobs: JobStore
    in_line: int

    def __call__(self, job: Job) -> bool:
        """True when fewer than that many of its owner's jobs, with older places, wait before it."""
        older = turns.older(self.quotas.active_jobs(job.user_id), job.job_id)
        if len(older) < self.in_line:
            return True
        waiting = 0
        for start in range(0, len(older), READ_AT_ONCE):
            batch = older[start : start + READ_AT_ONCE]
            # One whose record cannot be read waits for a person, and so is not in front of any.
            others = self.jobs.get_many(batch).values()
            waiting += sum(isinstance(other, Job) and turns.waits(other) for other in others)
            if waiting >= self.in_line:
                return False
        return True
