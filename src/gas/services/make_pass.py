"""One pass over one job: read, decide, act, commit, show, and look again until there is nothing to do now."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from gas.domain.absence import after_absence, awaited
from gas.domain.admission import (
    CommitRecord,
    MakeRecord,
    RefuseResource,
    RemoveResource,
    SeenResource,
    admit,
    is_replaced,
)
from gas.domain.copies import stored_as
from gas.domain.decision import (
    AnyFact,
    CreateResource,
    Decision,
    Fact,
    Facts,
    FactValue,
    Lane,
    Rules,
    StoreInArchive,
    View,
)
from gas.domain.errors import ConflictError, FatalError, GasError, NotTakenError, TransientError
from gas.domain.job import Job
from gas.domain.lifecycle import after_failure, after_unread, decide
from gas.domain.outputs import Output
from gas.domain.owed_mails import OwedMail, owed_mails
from gas.domain.plan import PlanStanding
from gas.domain.record import ResourceState
from gas.ports.clock import Clock
from gas.ports.onlooker import Nobody, PassOnlooker
from gas.ports.stores import JobStore, UserStore
from gas.ports.world import World
from gas.services.find_owner import find_standing

MAX_STEPS = 40
"""Steps a pass: a whole life has some twenty, so more means that two policies undo each other."""

NEAR = timedelta(minutes=2)
"""A due time this near is waited for by whoever makes passes, as the sweep would come up to its own period later; a later one is
left to the sweep, so that the memory stays bounded."""


@dataclass(frozen=True)
class Again:
    """What a pass may ask for at its end: the same item on another lane, or later, or both."""

    lane: Lane = Lane.STATE
    delay_seconds: float = 0.0


SETTLED = Again(delay_seconds=math.inf)
"""Nothing more to do until somebody asks."""


@dataclass
class _Pass:
    """What one pass remembers."""

    lane: Lane
    facts: Facts = field(default_factory=Facts)
    plan: PlanStanding | None = None
    plan_known: bool = False
    owed: tuple[OwedMail, ...] = ()
    untaken: bool | None = None
    """Whether the cluster refused the job's resource, or has no kind of it; None when nothing of that is known."""

    def read_anew(self) -> None:
        """Forget the facts: the world has changed. What the cluster does not take it takes no sooner in the same pass."""
        self.facts = Facts() if self.untaken is None else Facts({Fact.RESOURCE_REFUSED: self.untaken})


class MakePass:
    """Takes jobs through their states. A pass may be made at any time, any number of times.

    `start_mail` asks for a mail that a job owes. `begin_trace` begins the trace of a job that came by its resource, and
    tells what its record is to carry of it.
    """

    def __init__(
        self,
        *,
        jobs: JobStore,
        users: UserStore,
        world: World,
        rules: Rules,
        clock: Clock,
        start_mail: Callable[[str, OwedMail], None],
        begin_trace: Callable[[], str | None] = lambda: None,
        onlooker: PassOnlooker | None = None,
    ) -> None:
        self._jobs = jobs
        self._users = users
        self._world = world
        self._rules = rules
        self._clock = clock
        self._start_mail = start_mail
        self._begin_trace = begin_trace
        self._onlooker: PassOnlooker = onlooker or Nobody()

    def __call__(self, job_id: str, lane: Lane) -> Again:
        """Make one pass; say when, and on which lane, the job is to be looked at again.

        Raises:
            GasError: something outside failed; the record says how far it came, and the pass is to be made again.
        """
        this = _Pass(lane)
        for _ in range(MAX_STEPS):
            try:
                again = self._round(job_id, this)
            except ConflictError:
                self._onlooker.overtaken()
                this = _Pass(lane)
                continue
            except GasError:
                self._start_mails(job_id, this)
                raise
            if again is not None:
                self._start_mails(job_id, this)
                return again
        raise _unsettled(job_id)

    def _round(self, job_id: str, this: _Pass) -> Again | None:
        """Admit the resource, then take the job as far as it goes; None asks for another round."""
        job = self._jobs.get(job_id)
        if job is not None:
            self._onlooker.found(job)
        seen = self._world.resource(job_id, job)
        admission = admit(job, seen, self._clock.now(), self._rules)
        if isinstance(admission, RefuseResource):
            assert isinstance(seen, SeenResource)
            self._world.refuse(seen, admission)
            admission = self._replaced(job, seen)
        if admission is not None:
            self._apply(admission, job, job_id)
            return None
        if job is None:
            return SETTLED
        self._onlooker.taken_up(job)
        return self._advance(job, this)

    def _replaced(self, job: Job | None, seen: SeenResource) -> CommitRecord | None:
        """What it means for a job that another job's resource has its name."""
        if job is None or not is_replaced(job, seen) or not awaited(job):
            return None
        absent = self._world.absence(job)
        after = None if absent is None else after_absence(job, absent, self._clock.now(), self._rules)
        return None if after is None else CommitRecord(after)

    def _apply(
        self, admission: MakeRecord | CommitRecord | RemoveResource, job: Job | None, job_id: str
    ) -> None:
        match admission:
            case MakeRecord():
                # By this door nobody has begun the trace of the job's life yet.
                self._jobs.create(replace(admission.job, traceparent=self._begin_trace()))
            case CommitRecord():
                assert job is not None
                self._world.recorded(self._jobs.commit(job, admission.after))
            case RemoveResource():
                self._world.remove(job_id, admission.uid)
            case _:
                assert_never(admission)

    def _advance(self, job: Job, this: _Pass) -> Again | None:
        for _ in range(MAX_STEPS):
            decision = self._decide(job, this)
            this.owed = owed_mails(job, self._rules.plans.known(this.plan))
            copies = any(effect.lane is Lane.COPY for effect in decision.effects)
            if copies or decision.after.status is not job.status:
                # Show where the job is before it moves on, so that people see every state.
                self._world.show(job)
            if this.lane is Lane.STATE and copies:
                return Again(Lane.COPY)
            before, job = job, self._act(job, decision, this)
            self._onlooker.stepped(before, job, decision, self._rules.line_of(this.plan))
            if job.status is not before.status:
                this.plan_known = False
            if job.resource != before.resource or CreateResource() in decision.effects:
                # The resource was made or written off: what stands in the cluster is to be admitted, or removed.
                return None
            if job.due is None or job.due > self._clock.now():
                self._world.show(job)
                return self._again(job)
        raise _unsettled(job.job_id)

    def _decide(self, job: Job, this: _Pass) -> Decision:
        while True:
            if not this.plan_known:
                this.plan, this.plan_known = find_standing(self._users, job), True
            decision = decide(job, this.plan, this.facts, self._clock.now(), self._rules)
            if decision.asks is None:
                return decision
            this.facts = this.facts.with_fact(decision.asks, self._read(decision.asks, job, this))

    def _read(self, fact: AnyFact, job: Job, this: _Pass) -> FactValue:
        """Read a fact; what the file store refuses is told to people before the pass ends for it."""
        try:
            return self._world.read(fact, job)
        except FatalError as error:
            told = after_unread(fact, error, self._view(job, this))
            if told is not None:
                self._world.show(self._jobs.commit(job, told))
            raise

    def _act(self, job: Job, decision: Decision, this: _Pass) -> Job:
        archive_ids: dict[Output, str] = {}
        for effect in decision.effects:
            try:
                answer = self._world.run(effect, job)
            except NotTakenError as error:
                self._onlooker.without_resource(job, error)
                this.untaken = error.refused
                this.read_anew()
                return job
            except GasError as error:
                after = after_failure(effect, error, self._view(job, this))
                if after is None:
                    self._world.show(job)
                    raise
                self._onlooker.effect_failed(effect, job, error)
                this.read_anew()
                # What the archive has answered is known nowhere else.
                return self._jobs.commit(job, stored_as(after, archive_ids))
            if isinstance(effect, StoreInArchive) and answer is not None:
                archive_ids[effect.output] = answer
            if effect.lane is Lane.COPY:
                decision = self._dated_now(job, decision, this)
        # What was read of an archived copy is not true of one that lies elsewhere, or is looked for elsewhere in another state.
        elsewhere = decision.after.result != job.result or decision.after.status is not job.status
        if decision.effects or elsewhere:
            this.read_anew()
        return self._jobs.commit(job, stored_as(decision.after, archive_ids))

    def _dated_now(self, job: Job, decision: Decision, this: _Pass) -> Decision:
        """The same decision after a copy, which takes its time: moves are dated, and links run out, from its end."""
        fresh = self._decide(job, this)
        return fresh if fresh.effects == decision.effects else decision

    def _view(self, job: Job, this: _Pass) -> View:
        return View(job, this.plan, this.facts, self._clock.now(), self._rules)

    def _start_mails(self, job_id: str, this: _Pass) -> None:
        """Ask for the mails that are owed. Only the end of a pass is quiet: a claim changes the record's version."""
        for mail in this.owed:
            self._start_mail(job_id, mail)

    def _again(self, job: Job) -> Again:
        delay = math.inf
        if job.resource.state is ResourceState.PRESENT:
            # The next comparison of everything looks for it in any case.
            delay = self._world.look_again_seconds(job)
        if job.due is not None:
            delay = min(delay, (job.due - self._clock.now()).total_seconds())
        return Again(delay_seconds=max(delay, 0.01)) if delay < NEAR.total_seconds() else SETTLED


def at_rest(job: Job, seen: SeenResource, plan: PlanStanding | None, now: datetime, rules: Rules) -> bool:
    """True when a pass would change nothing of the record but its due time, run no effect and owe no mail.

    Pure, by what a pass asks. Whether the resource shows the record is for whoever sees the resource to say.
    """
    if job.resource.state is not ResourceState.PRESENT or job.resource.uid != seen.uid:
        return False
    if admit(job, seen, now, rules) is not None or owed_mails(job, rules.plans.known(plan)):
        return False
    if job.due is not None and job.due < now + NEAR:
        return False
    decision = decide(job, plan, Facts(), now, rules)
    same = decision.asks is None and not decision.effects and replace(decision.after, due=job.due) == job
    # A look that comes sooner than it need costs little; one that is not noted in the record would never come.
    in_time = decision.due is None or (job.due is not None and job.due <= decision.due)
    return same and in_time


def _unsettled(job_id: str) -> TransientError:
    return TransientError(f"job {job_id} did not settle in {MAX_STEPS} steps")
