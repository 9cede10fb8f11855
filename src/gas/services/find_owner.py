"""Whose a job is."""

from gas.domain.job import Job
from gas.domain.plan import PlanStanding, User
from gas.ports.stores import UserStore


def find_owner(users: UserStore, job: Job) -> User | None:
    """The owner of a job; None of one that has forgotten whose it was, and when the owner is forgotten."""
    return users.get(job.user_id) if job.tombstone is None else None


def find_standing(users: UserStore, job: Job) -> PlanStanding | None:
    """The plan that a job's owner is on, and since when; None when there is no owner."""
    owner = find_owner(users, job)
    return None if owner is None else owner.standing
