"""One pass over one job: read, decide, act, commit, show, and look again until there is nothing to do now."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from gas import tracing
from gas.domain.absence import Absent, awaited
from gas.domain.admission import (
    Admission,
    CommitRecord,
    MakeRecord,
    RefuseResource,
    RemoveResource,
    SeenResource,
    admit,
    is_strange,
)
from gas.domain.decision import (
    CreateResource,
    Decision,
    Fact,
    Facts,
    FactValue,
    Lane,
    PublishRequest,
    Rules,
    View,
)
from gas.domain.errors import ConflictError, FatalError, GasError, NotTakenError, TransientError
from gas.domain.explanation import Reader, explain
from gas.domain.job import Job, JobStatus
from gas.domain.lifecycle import after_failure, after_unread, decide
from gas.domain.owed_mails import OwedMail, owed_mails
from gas.domain.plan import PlanStanding
from gas.domain.reasons import Reason
from gas.domain.record import ResourceState
from gas.domain.retrieval_policies import given_up as has_given_up
from gas.ports.clock import Clock
from gas.ports.stores import JobStore, UserStore
from gas_controllers import metrics
from gas_controllers.absences import Absences
from gas_controllers.effects import World
from gas_controllers.errors import NotServedError
from gas_controllers.items import LookAtJob, MailOwed
from gas_controllers.lanes import SETTLED, Again
from gas_controllers.status_writer import StatusWriter
from gas_controllers.stopwatch import Stopwatch
from gas_controllers.turns import Turns

log = logging.getLogger(__name__)

MAX_STEPS = 40
"""Steps a pass: a whole life has some twenty, so more means that two policies undo each other."""

NEAR_SECONDS = 120.0
"""A due time this near is waited for here; a later one is left to the sweep, so that the memory stays bounded."""


@dataclass
class _Pass:
    """What one pass remembers."""

    lane: Lane
    facts: Facts
    plan: PlanStanding | None = None
    plan_known: bool = False
    owed: tuple[OwedMail, ...] = ()
    untaken: bool | None = None
    """Whether the cluster refused the job's resource, or has no kind of it; None when nothing of that is known."""

    def read_anew(self) -> None:
        """Forget the facts: the world has changed. What the cluster does not take it takes no sooner in the same pass."""
        self.facts = Facts() if self.untaken is None else Facts({Fact.RESOURCE_REFUSED: self.untaken})


class Reconciler:
    """Takes jobs through their states. `look_at` is safe to call at any time, any number of times."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        users: UserStore,
        world: World,
        status: StatusWriter,
        absences: Absences,
        rules: Rules,
        clock: Clock,
        turns: Turns,
        start_mail: Callable[[MailOwed], None],
        seen: Callable[[Job], None] = lambda _: None,
    ) -> None:
        self._jobs = jobs
        self._users = users
        self._world = world
        self._status = status
        self._absences = absences
        self._rules = rules
        self._clock = clock
        self._turns = turns
        self._start_mail = start_mail
        self._seen_job = seen
        self._stopwatch = Stopwatch()

    def look_at(self, item: LookAtJob, lane: Lane) -> Again:
        """Make one pass; say when, and on which lane, the job is to be looked at again.

        Raises:
            GasError: something outside failed; the record says how far it came, and the pass is to be made again.
        """
        started = time.monotonic()
        this = _Pass(lane, Facts())
        for _ in range(MAX_STEPS):
            try:
                again = self._step(item.job_id, this)
            except ConflictError:
                metrics.RECONCILES.labels("conflict").inc()
                this = _Pass(lane, Facts())
                continue
            except GasError:
                self._start_mails(item.job_id, this)
                raise
            if again is not None:
                self._start_mails(item.job_id, this)
                metrics.RECONCILES.labels("settled" if again.delay_seconds else "handed-over").inc()
                metrics.RECONCILE_SECONDS.observe(time.monotonic() - started)
                return again
        raise TransientError(f"job {item.job_id} did not settle in {MAX_STEPS} steps")

    def _step(self, job_id: str, this: _Pass) -> Again | None:
        """Admit the resource, then take the job as far as it goes; None asks for another round."""
        job = self._jobs.get(job_id)
        if job is not None:
            tracing.join(job.traceparent)
        seen = self._seen(job_id, job)
        admission = admit(job, seen, self._clock.now(), self._rules)
        if isinstance(admission, RefuseResource) and isinstance(seen, SeenResource):
            self._status.refuse(seen, admission)
            admission = self._replaced(job, seen)
        if admission is not None:
            self._apply(admission, job, job_id)
            return None
        if job is None:
            return SETTLED
        return self._advance(job, this)

    def _advance(self, job: Job, this: _Pass) -> Again | None:
        self._seen_job(job)
        self._turns.note(job)
        self._stopwatch.note(job)
        if job.status is JobStatus.PENDING:
            # Before anything can fail: a job that cannot be accepted commits nothing that would tell of it.
            self._world.resources.note(job)
        for _ in range(MAX_STEPS):
            decision = self._decide(job, this)
            this.owed = owed_mails(job, this.plan)
            copies = any(effect.lane is Lane.COPY for effect in decision.effects)
            if copies or decision.after.status is not job.status:
                # Show where the job is before it moves on, so that people see every state.
                self._status.show(job)
            if this.lane is Lane.STATE and copies:
                return Again(Lane.COPY)
            before, job = job, self._act(job, decision, this)
            self._note(before, job, decision, this)
            if job.status is not before.status:
                this.plan_known = False
            if job.resource != before.resource or CreateResource() in decision.effects:
                # The resource was made or written off: what stands in the cluster is to be admitted, or removed.
                return None
            if job.due is None or job.due > self._clock.now():
                self._status.show(job)
                return self._again(job)
        raise TransientError(f"job {job.job_id} did not settle in {MAX_STEPS} steps")

    def _note(self, before: Job, after: Job, decision: Decision, this: _Pass) -> None:
        """Note what a committed step was, for those who look at the whole."""
        self._world.resources.note(after, premium=self._rules.in_premium_line(this.plan))
        self._turns.note(after)
        self._stopwatch.note(after)
        for effect in decision.effects:
            if isinstance(effect, PublishRequest) and after.reason is Reason.WAKING_ANNOTATOR:
                self._stopwatch.woke(after, self._clock.now(), premium=effect.premium)
        _count(before, after, decision)

    def _decide(self, job: Job, this: _Pass) -> Decision:
        while True:
            if not this.plan_known:
                this.plan, this.plan_known = self._plan_of(job), True
            decision = decide(job, this.plan, this.facts, self._clock.now(), self._rules)
            if decision.asks is None:
                return decision
            this.facts = this.facts.with_fact(decision.asks, self._read(decision.asks, job, this))

    def _read(self, fact: Fact, job: Job, this: _Pass) -> FactValue:
        """Read a fact; what the file store refuses is told to people before the pass ends for it."""
        try:
            return self._world.read(fact, job)
        except FatalError as error:
            view = View(job, this.plan, this.facts, self._clock.now(), self._rules)
            told = after_unread(fact, error, view)
            if told is not None:
                self._status.show(self._jobs.commit(job, told))
            raise

    def _act(self, job: Job, decision: Decision, this: _Pass) -> Job:
        for effect in decision.effects:
            try:
                self._world.run(effect, job)
            except NotTakenError as error:
                # That there is no kind is said once, by who waits for it, and not of every job every minute.
                level = logging.WARNING if error.refused else logging.DEBUG
                log.log(level, "job %s goes on without its resource: %s", job.job_id, error)
                this.untaken = error.refused
                this.read_anew()
                return job
            except GasError as error:
                view = View(job, this.plan, this.facts, self._clock.now(), self._rules)
                after = after_failure(effect, error, view)
                if after is None:
                    self._status.show(job)
                    raise
                log.warning("%s failed for job %s: %s", type(effect).__name__, job.job_id, error)
                this.read_anew()
                return self._jobs.commit(job, after)
            if effect.lane is Lane.COPY:
                decision = self._dated_now(job, decision, this)
        # What was read of an archived copy is not true of one that lies elsewhere.
        if decision.effects or decision.after.archive_id != job.archive_id:
            this.read_anew()
        return self._jobs.commit(job, decision.after)

    def _dated_now(self, job: Job, decision: Decision, this: _Pass) -> Decision:
        """The same decision after a copy, which takes its time: moves are dated, and links run out, from its end."""
        fresh = self._decide(job, this)
        return fresh if fresh.effects == decision.effects else decision

    def _apply(self, admission: Admission, job: Job | None, job_id: str) -> None:
        match admission:
            case MakeRecord():
                # By this door nobody has begun the trace of the job's life yet.
                tracing.begin()
                self._jobs.create(replace(admission.job, traceparent=tracing.traceparent()))
            case CommitRecord():
                assert job is not None
                self._note_decided(self._jobs.commit(job, admission.after))
            case RemoveResource():
                self._world.resources.expect_removal(job_id)
                self._world.cluster.remove(job_id, admission.uid)
                self._world.resources.forget(job_id)
            case _:
                pass

    def _note_decided(self, job: Job) -> None:
        """Note what a resource's sight or absence was taken for, now that the record knows it."""
        name, resources = job.job_id, self._world.resources
        # Another job's resource may have the name: then it is the cache's business, and not that it is gone.
        gone = resources.get(name) is None
        if job.resource.state is ResourceState.DELETED and awaited(job):
            (resources if gone else self._absences).unconfirmed(name)
        elif gone:
            resources.forget(name)
        elif job.resource.state is not ResourceState.PRESENT:
            self._absences.settled(name)

    def _seen(self, job_id: str, job: Job | None) -> SeenResource | Absent | None:
        """The resource as last seen; when it should be there and is not, ask the API server by name."""
        resources = self._world.resources
        cached = resources.get(job_id)
        missed = job is not None and awaited(job)
        if cached is None and (missed or self._absences.doubted(job_id)):
            try:
                found = self._world.cluster.get(job_id)
            except NotServedError as error:
                self._cannot_tell(error)
                return None
            if found is not None:
                resources.observe(found)
                cached = resources.get(job_id)
            elif job is None or not missed:
                resources.forget(job_id)
            else:
                return self._absent(job)
        return None if cached is None else resources.housed(cached.seen)

    def _replaced(self, job: Job | None, seen: SeenResource) -> Admission:
        """What it means for a job that another job's resource has its name: names are unique, so its own is absent."""
        if job is None or not is_strange(job, seen) or job.resource.uid == seen.uid or not awaited(job):
            return None
        return admit(job, self._absent(job), self._clock.now(), self._rules)

    def _absent(self, job: Job) -> Absent | None:
        """The absence of a job's resource, from the home that it was just found missing in; None while that is unknown."""
        try:
            # After the resource: one that was missing in an earlier home must not seem to be missing in this one.
            home = self._world.resources.home = self._world.cluster.home()
        except NotServedError as error:
            self._cannot_tell(error)
            return None
        # The second look is not counted again: it is of a resource whose absence was believed before.
        believed = job.resource.state is ResourceState.DELETED
        return Absent(home, self._absences.calm if believed else self._absences.believed(job.job_id))

    def _cannot_tell(self, error: NotServedError) -> None:
        """Go by the record alone: of resources nothing can be learned now."""
        self._world.resources.home = None
        log.debug("%s: the job goes on by its record", error)

    def _plan_of(self, job: Job) -> PlanStanding | None:
        user = self._users.get(job.user_id) if job.tombstone is None else None
        return None if user is None else user.standing

    def _start_mails(self, job_id: str, this: _Pass) -> None:
        """Ask for the mails that are owed. Only the end of a pass is quiet: a claim changes the record's version."""
        for mail in this.owed:
            self._start_mail(MailOwed(job_id, mail.kind, mail.claim))

    def _again(self, job: Job) -> Again:
        delay = math.inf
        if job.resource.state is ResourceState.PRESENT and self._absences.doubted(job.job_id):
            # The next comparison of everything looks at it in any case.
            delay = self._absences.look_again_seconds(job.job_id)
        if job.due is not None:
            delay = min(delay, (job.due - self._clock.now()).total_seconds())
        return Again(delay_seconds=max(delay, 0.01)) if delay < NEAR_SECONDS else SETTLED


def _count(before: Job, after: Job, decision: Decision) -> None:
    """Count what a committed step was, and say when it left something that only a person can put right."""
    if after.status is not before.status:
        metrics.TRANSITIONS.labels(before.status.value, after.status.value).inc()
    lost = after.look_for_result is not None and before.look_for_result is None
    # A rule of the bucket archived what the controllers were about to archive.
    archived_in_place = after.status is JobStatus.ARCHIVED and before.archive_id != after.archive_id is None
    if decision.drift or lost or archived_in_place:
        metrics.DRIFT.labels("bytes").inc()
    refused = after.refusal is not None and before.refusal is None
    for kind, given_up in (
        ("result", lost),
        ("storage", refused),
        ("retrieval", has_given_up(after) and not has_given_up(before)),
    ):
        if given_up:
            metrics.GAVE_UP.labels(kind).inc()
            log.error("job %s needs a person: %s", after.job_id, explain(after, reader=Reader.OPERATOR))
