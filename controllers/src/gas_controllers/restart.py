"""The first look after a start, at every resource at once: most jobs rest, and need no pass of their own."""

from collections.abc import Callable, Iterable, Iterator

from gas.domain.errors import GasError
from gas.domain.job import Job
from gas.domain.plan import PlanStanding
from gas.ports.stores import JobStore, UserStore

BATCH = 100
"""Records that one call reads. A pass reads its record and its owner's row alone: 20,000 calls for 10,000 jobs."""


def not_at_rest(
    names: Iterable[str], jobs: JobStore, users: UserStore, rests: Callable[[Job, PlanStanding | None], bool]
) -> Iterator[str]:
    """The names of those that need a pass: whatever cannot be read, has no record, or does not rest."""
    waiting, plans = list(names), _Plans(users)
    for start in range(0, len(waiting), BATCH):
        batch = waiting[start : start + BATCH]
        try:
            found = jobs.get_many(batch)
            resting = {job_id for job_id, job in found.items() if rests(job, plans.of(job.user_id))}
        except GasError:
            resting = set()
        yield from (name for name in batch if name not in resting)


class _Plans:
    """The plans of owners, each read once. One that changes meanwhile makes its jobs due, as at any time."""

    def __init__(self, users: UserStore) -> None:
        self._users = users
        self._known: dict[str, PlanStanding | None] = {}

    def of(self, user_id: str) -> PlanStanding | None:
        if user_id not in self._known:
            user = self._users.get(user_id)
            self._known[user_id] = None if user is None else user.standing
        return self._known[user_id]
