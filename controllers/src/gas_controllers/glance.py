"""A glance at many resources at once: which of them need a pass, by one read of a hundred records and not a hundred.

After a restart every resource is news, and nearly all are at rest. A pass over each would take minutes with thousands.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from gas.domain.admission import admit
from gas.domain.decision import Facts, Rules
from gas.domain.errors import GasError
from gas.domain.job import Job, JobStatus
from gas.domain.lifecycle import decide
from gas.domain.owed_mails import owed_mails
from gas.domain.plan import PlanStanding
from gas.domain.record import ResourceState
from gas.ports.clock import Clock
from gas.ports.stores import JobStore, UserStore
from gas_controllers.projection import project, same_status
from gas_controllers.resource_cache import CachedResource, ResourceCache

log = logging.getLogger(__name__)

BATCH = 100
"""Records that one call of DynamoDB reads."""

NEAR = timedelta(minutes=2)
"""What is due so soon gets its pass, which waits for the time: the sweep would come up to its own period later."""

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
                log.warning("glance: %s", error)
            except Exception:
                # One job that cannot be judged must not cost all others their look: its own pass will tell of it.
                log.exception("glance failed unexpectedly")
            yield from wanted

    def _rests(self, name: str, job: Job | None, plans: dict[str, PlanStanding | None]) -> bool:
        cached = self._resources.get(name)
        if job is None or cached is None or job.status in NOTED:
            return False
        if job.user_id not in plans:
            user = self._users.get(job.user_id) if job.tombstone is None else None
            plans[job.user_id] = None if user is None else user.standing
        housed = replace(cached, seen=self._resources.housed(cached.seen))
        return at_rest(job, housed, plans[job.user_id], self._clock.now(), self._rules)


def at_rest(job: Job, cached: CachedResource, plan: PlanStanding | None, now: datetime, rules: Rules) -> bool:
    """True when a pass would change neither record nor status, and send no mail: pure, by what a pass asks."""
    if job.resource.state is not ResourceState.PRESENT or job.resource.uid != cached.seen.uid:
        return False
    if admit(job, cached.seen, now, rules) is not None or owed_mails(job, plan):
        return False
    if job.due is not None and job.due < now + NEAR:
        return False
    decision = decide(job, plan, Facts(), now, rules)
    same = decision.asks is None and not decision.effects and replace(decision.after, due=job.due) == job
    # A look that comes sooner than it need costs little; one that is not noted in the record would never come.
    in_time = decision.due is None or (job.due is not None and job.due <= decision.due)
    return same and in_time and same_status(cached.status, project(job))


def _batches(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    left = iter(names)
    while batch := tuple(islice(left, BATCH)):
        yield batch
