"""A glance at many resources at once: which of them need a pass, by one read of a hundred records and not a hundred.

After a restart every resource is news, and nearly all are at rest. A pass over each would take minutes with thousands.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

import structlog

from gas.domain.decision import Rules
from gas.domain.errors import GasError
from gas.domain.job import Job, JobStatus
from gas.domain.plan import PlanStanding
from gas.domain.record import UnreadRecord
from gas.ports.clock import Clock
from gas.ports.stores import JobStore, UserStore
from gas.services.find_owner import find_standing
from gas.services.make_pass import at_rest
from gas_controllers.cluster.resource_cache import ResourceCache
from gas_controllers.telling.projection import project, same_status

log = structlog.get_logger()

BATCH = 100
"""Records that one call of DynamoDB reads."""

NOTED = frozenset({JobStatus.QUEUED, JobStatus.RUNNING})
"""Passes over these also note who waits and who runs what, for the overview and the pods' costs."""


class Glance:
    """Finds what a pass would do nothing about. What could not be read is not among it."""

    def __init__(
        self, jobs: JobStore, users: UserStore, resources: ResourceCache, clock: Clock, rules: Rules
    ) -> None:
        self._jobs = jobs
        self._users = users
        self._resources = resources
        self._clock = clock
        self._rules = rules

    def unsettled(self, names: Iterable[str]) -> Iterator[str]:
        """Those of the names that need a pass."""
        plans: dict[str, PlanStanding | None] = {}
        for batch in _batches(names):
            wanted: Iterable[str] = batch
            try:
                found = self._jobs.get_many(batch)
                wanted = [name for name in batch if not self._rests(name, found.get(name), plans)]
            except GasError as error:
                log.warning("records cannot be glanced at", error=str(error))
            except Exception:
                # One job that cannot be judged must not cost all others their look: its own pass will tell of it.
                log.exception("glance failed unexpectedly")
            yield from wanted

    def _rests(
        self, name: str, job: Job | UnreadRecord | None, plans: dict[str, PlanStanding | None]
    ) -> bool:
        cached = self._resources.get(name)
        if not isinstance(job, Job) or cached is None or job.status in NOTED:
            return False
        if job.user_id not in plans:
            plans[job.user_id] = find_standing(self._users, job)
        seen = self._resources.housed(cached.seen)
        rests = at_rest(job, seen, plans[job.user_id], self._clock.now(), self._rules)
        return rests and same_status(cached.status, project(job, self._rules.plans))


def _batches(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    left = iter(names)
    while batch := tuple(islice(left, BATCH)):
        yield batch
