"""How the places of a user's unfinished jobs are written: one item beside the user's own, under a key of its own."""

from gas.adapters.wire_values import Item, from_epoch, to_epoch
from gas.domain.quota import ActiveJobs

VERSION = "quota_version"
JOBS = "active_jobs"


def quota_key(user_id: str) -> str:
    """The key in the users' table; no user id has a colon."""
    return f"active:{user_id}"


def quota_to_item(active: ActiveJobs) -> Item:
    """The attributes, without the key and with the next version."""
    return {
        VERSION: active.version + 1,
        JOBS: {job_id: to_epoch(time) for job_id, time in active.since.items()},
    }


def quota_from_item(item: Item) -> ActiveJobs:
    """What was written."""
    return ActiveJobs(
        {str(job_id): from_epoch(time) for job_id, time in item[JOBS].items()}, int(item[VERSION])
    )
