"""A whole installation as plain values: one record, one cluster, a store, an archive, a queue and a clock.

It drives the pure functions of the domain as the controllers do, and checks after every single effect and every
write that nothing is lost. A pass can be made to crash at any of its calls, before or after the call has worked.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from gas.domain.absence import Absent, SeenHome, awaited
from gas.domain.admission import (
    CommitRecord,
    MakeRecord,
    RemoveResource,
    SeenResource,
    admit,
)
from gas.domain.decision import (
    BringBack,
    CreateResource,
    Decision,
    Effect,
    Fact,
    Facts,
    FactValue,
    PublishRequest,
    RequestRetrieval,
    StoreInArchive,
    View,
)
from gas.domain.errors import GasError, NotTakenError
from gas.domain.job import HOT, Job, JobStatus
from gas.domain.lifecycle import after_failure, decide
from gas.domain.objects import ArchivedObject, HotObject
from gas.domain.owed_mails import owed_mails, with_claim
from gas.domain.plan import Plan, PlanStanding
from gas.domain.record import Home, ResourceState
from tests.support.jobs import FREE, NOW, pending
from tests.support.simulated_stores import SIZE, SimulatedStores

MAX_STEPS = 40
DAY = timedelta(days=1)
WINDOW = timedelta(minutes=1)


class CrashError(Exception):
    """The controllers died here."""


class ConflictInWorldError(Exception):
    """A conditional write found another version."""


@dataclass
class World(SimulatedStores):
    """See the module. `faults` fail the next effect of a kind; `meanwhile` runs in the middle of a pass, once."""

    job: Job = field(default_factory=lambda: pending(due=NOW))
    plan: PlanStanding | None = FREE
    user_due: bool = False
    messages: int = 0
    mails: list[str] = field(default_factory=list)
    mails_wait: bool = False
    resource: SeenResource | None = None
    uids: int = 0
    faults: dict[type, GasError] = field(default_factory=dict)
    meanwhile: Callable[[], None] | None = None
    crash_in: int | None = None
    calls: int = 0
    highest_fence: int = 0
    tombstone: bool = False
    home: SeenHome = field(default_factory=lambda: SeenHome(Home("crd-0", "namespace-0"), NOW - DAY))
    turn: bool = True
    """Whether few enough of the owner's other jobs wait before this one."""
    paused: bool = False
    """Whether so many resources are missing that no absence is believed."""
    missed_since: datetime | None = None
    served: bool = True
    """Whether the cluster has the kind of resource at all."""
    untaken: bool | None = None
    """Whether this pass learned that the cluster has no kind of resource (False), or refuses this one (True)."""
    deleted_by_people: bool = False
    """Whether the resource is gone because somebody deleted it, and nobody has applied it again."""

    def look(self) -> None:
        """One pass, as `Reconciler.look_at` makes it; an effect that fails ends it, as the next sweep finds it."""
        self.land_overdue()
        self.untaken = None
        for _ in range(MAX_STEPS):
            try:
                if self._pass():
                    self.send_mails()
                    return
            except ConflictInWorldError:
                continue
        raise AssertionError(f"the job did not settle in {MAX_STEPS} steps: {self.job}")

    def send_mails(self) -> None:
        """The mail lane: claim and send what is owed, unless the mail service is out of reach."""
        while not self.mails_wait and (owed := owed_mails(self.job, self.plan)):
            claim = owed[0].claim
            try:
                self._call(partial(self._claim, claim))
            except ConflictInWorldError:
                continue
            self._call(partial(self.mails.append, claim))

    def _claim(self, claim: str) -> Job:
        return self.write(self.job, with_claim(self.job, claim))

    def sweep(self) -> None:
        """Tell the job of a plan change, and look at it if it is due."""
        if self.user_due:
            self.job = replace(self.job, due=self.now)
            self.user_due = False
        if self.job.due is not None and self.job.due <= self.now:
            self.look()

    def change_plan(self, plan: Plan) -> None:
        """Put the owner on a plan: one write on the user's row."""
        if self.plan is None or self.plan.plan is not plan:
            self.plan, self.user_due = PlanStanding(plan, self.now), True

    def write(self, before: Job, after: Job) -> Job:
        """The conditional write of a record."""
        stored = self.job
        if (stored.version, stored.status, stored.lease, stored.due) != (
            before.version,
            before.status,
            before.lease,
            before.due,
        ):
            raise ConflictInWorldError
        if after.resource.state is ResourceState.DELETED is not before.resource.state:
            assert self.deleted_by_people, "nobody deleted the resource"
        if replace(after, version=before.version) != before:
            self.job = replace(after, version=before.version + 1)
        self.check()
        return self.job

    def check(self) -> None:
        """Nothing is lost and nothing goes backwards, at this very moment."""
        job = self.job
        assert job.archived == (job.status in {JobStatus.ARCHIVED, JobStatus.RESTORING})
        assert job.fence >= self.highest_fence
        self.highest_fence = job.fence
        assert not self.tombstone or job.status is JobStatus.DELETED
        self.tombstone = job.status is JobStatus.DELETED
        assert len(self.mails) == len(set(self.mails))
        assert (job.lease is not None) == (job.status is JobStatus.RUNNING)
        if job.annotated and not self.delete_wanted:
            self._check_bytes(job)

    @property
    def delete_wanted(self) -> bool:
        """True when somebody asked for the data to be deleted, and had minutes to think better of it."""
        ref = self.job.resource
        gone = ref.state is ResourceState.DELETED and self.deleted_by_people
        gone = gone and ref.believed is not None and self.now >= ref.believed + self.rules.second_look
        return self.job.intents.delete_requested is not None or (
            gone and self.job.policy.deletion_policy.value == "Delete"
        )

    def _check_bytes(self, job: Job) -> None:
        assert job.result is not None
        copy = self.archive.get(job.archive_id or "")
        cold = copy is not None and copy.content == job.result.sha256
        hot = self.hot.get(job.result.key) == job.result.sha256
        assert hot or cold, "both copies are lost"
        if not self.struck:
            assert hot if job.status in HOT else cold, "the copy that the state speaks of is lost"

    def _pass(self) -> bool:
        job = self.job
        seen = self._seen(job)
        match admit(job, seen, self.now, self.rules):
            case CommitRecord(after):
                self.write(job, after)
                return False
            case RemoveResource():
                self._call(self._remove_resource)
                return False
            case MakeRecord():
                raise AssertionError("a record is there already")
        return self._advance(job)

    def _advance(self, job: Job) -> bool:
        for _ in range(MAX_STEPS):
            decision = self._decide(job)
            before = job
            try:
                job = self._act(job, decision)
            except GasError:
                assert job.due is not None, "what failed is found by no sweep"
                return True
            made = any(isinstance(effect, CreateResource) for effect in decision.effects)
            if made or job.resource != before.resource:
                return False
            if job.due is None or job.due > self.now:
                self._check_settled(job)
                return True
        raise AssertionError(f"the job did not settle in {MAX_STEPS} steps: {job}")

    def _check_settled(self, job: Job) -> None:
        if self.user_due:
            return  # The plan changed in the middle: that is due by itself.
        if job.resource.state is ResourceState.PRESENT:
            assert job.due is not None, "no comparison would find that its resource is missing"
        again = self._decide(job)
        assert again.policy == "settled"
        assert again.after == job

    def _decide(self, job: Job) -> Decision:
        facts = Facts() if self.untaken is None else Facts({Fact.RESOURCE_REFUSED: self.untaken})
        while True:
            decision = decide(job, self.plan, facts, self.now, self.rules)
            if decision.asks is None:
                return decision
            facts = facts.with_fact(decision.asks, self._read(decision.asks, job))

    def _act(self, job: Job, decision: Decision) -> Job:
        if decision.effects:
            assert job.due is not None, f"{decision.policy} has work to do and no sweep would find it"
        for effect in decision.effects:
            try:
                self._call(partial(self._run, effect, job))
            except NotTakenError as error:
                self.untaken = error.refused
                return job
            except GasError as error:
                after = after_failure(effect, error, View(job, self.plan, Facts(), self.now, self.rules))
                if after is None:
                    raise
                return self.write(job, after)
        return self._call(lambda: self.write(job, decision.after))

    def _call(self, call: Callable[[], "Job | None"]) -> Job:
        """One call to the outside: it may be where the controllers die, or where the world moves on."""
        self.calls += 1
        if self.crash_in is not None:
            self.crash_in -= 1
            if self.crash_in == 0:
                raise CrashError
        answer = call()
        self.check()
        if self.meanwhile is not None:
            moves, self.meanwhile = self.meanwhile, None
            moves()
        if self.crash_in is not None:
            self.crash_in -= 1
            if self.crash_in == 0:
                raise CrashError
        return answer or self.job

    def _run(self, effect: Effect, job: Job) -> None:
        fault = self.faults.pop(type(effect), None)
        if fault is not None:
            raise fault
        match effect:
            case PublishRequest():
                assert self.turn or job.publication.count > 0, "it was not the job's turn"
                self.messages += 1
            case StoreInArchive(archive_id):
                self.store_in_archive(archive_id, job)
            case BringBack(archive_id):
                self.bring_back(archive_id, _key(job))
            case RequestRetrieval(archive_id):
                self.retrieve(archive_id)
            case CreateResource():
                if not self.served:
                    raise NotTakenError("there is no such kind")
                self._create_resource(job)
            case _:
                self.delete(effect, job)

    def apply(self) -> None:
        """Somebody applies the resource of the job, unless there is one."""
        if self.resource is None and self.served:
            self._create_resource(self.job)

    def delete_resource(self) -> None:
        """Somebody deletes the resource."""
        self.resource, self.deleted_by_people = None, True

    def make_anew(self, *, crd: bool, namespace: bool) -> None:
        """The CRD, the namespace, or with both the cluster is made anew, and every resource is gone."""
        self.uids += 1
        old = self.home.home
        home = Home(
            f"crd-{self.uids}" if crd else old.crd_uid,
            f"namespace-{self.uids}" if namespace else old.namespace_uid,
        )
        self.home, self.resource = SeenHome(home, self.now), None

    def lose_kind(self) -> None:
        """The CRD is deleted, and every resource with it; one that is applied later is another."""
        self.make_anew(crd=True, namespace=False)
        self.served = False

    def edit(self, **policy: Any) -> None:
        """Somebody edits the spec of the resource."""
        if self.resource is not None:
            edited = replace(self.resource.policy, **policy)
            self.resource = replace(self.resource, policy=edited, generation=self.resource.generation + 1)

    def _create_resource(self, job: Job) -> None:
        if self.resource is None:
            self.uids += 1
            self.deleted_by_people = False
            self.resource = SeenResource(
                job.job_id,
                f"made-{self.uids}",
                1,
                self.now,
                job.user_id,
                job.input,
                job.reference,
                job.policy,
            )

    def _remove_resource(self) -> None:
        self.resource = None

    def _seen(self, job: Job) -> SeenResource | Absent | None:
        if self.resource is not None:
            self.missed_since = None
            return replace(self.resource, home=self.home.of(self.resource.created))
        if not awaited(job) or not self.served:
            return None
        self.missed_since = self.missed_since or self.now
        second = job.resource.state is ResourceState.DELETED
        counted = not self.paused and (second or self.now >= self.missed_since + WINDOW)
        return Absent(self.home, counted)

    def _read(self, fact: Fact, job: Job) -> FactValue:
        match fact:
            case Fact.INPUT:
                return HotObject(100, "etag") if job.input.key in self.hot else None
            case Fact.HOT_RESULT:
                assert job.result is not None
                content = self.hot.get(job.result.key)
                return None if content is None else HotObject(SIZE, "etag", content)
            case Fact.ARCHIVED_RESULT:
                copy = self.archive.get(job.archive_id or "")
                return None if copy is None else ArchivedObject(SIZE, copy.content, self.retrieved(copy))
            case Fact.QUEUE_EMPTY:
                return self.messages == 0
            case Fact.TURN:
                return self.turn
            case (
                Fact.RESOURCE_REFUSED
                | Fact.PREMIUM_QUEUE_EMPTY
                | Fact.ANNOTATORS_UP
                | Fact.PREMIUM_ANNOTATORS_UP
            ):
                raise AssertionError(f"{fact} is asked for by other rules only")


def _key(job: Job) -> str:
    assert job.result is not None
    return job.result.key
