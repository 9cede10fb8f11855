"""A whole installation as plain values: one record, one cluster, a store, an archive, a queue and a clock.

The controllers' own passes and mails go over it, and after every single effect and every write it checks that nothing is
lost. A pass can be made to crash at any of its calls, before or after the call has worked.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from gas.adapters.memory.mail_budget import InMemoryMailBudget
from gas.adapters.memory.references import InMemoryReferences
from gas.domain.absence import SeenHome
from gas.domain.admission import SeenResource
from gas.domain.decision import Fact, Facts, Lane
from gas.domain.errors import ConflictError, GasError
from gas.domain.job import HOT, Job, JobStatus
from gas.domain.lifecycle import decide
from gas.domain.owed_mails import OwedMail, owed_mails
from gas.domain.plan import Plan, PlanStanding
from gas.domain.record import Home, ResourceState
from gas.services.make_pass import NEAR, MakePass, at_rest
from gas.services.send_mail import MailLimit, SendMail
from tests.support.jobs import FREE, JOB_ID, NOW, pending
from tests.support.plans import PLANS
from tests.support.simulated_ports import (
    SimulatedClock,
    SimulatedJobs,
    SimulatedMailer,
    SimulatedUsers,
    Surroundings,
)
from tests.support.simulated_stores import SimulatedStores

MANY = 1_000_000
DAY = timedelta(days=1)
WINDOW = timedelta(minutes=1)

T = TypeVar("T")


class CrashError(Exception):
    """The controllers died here."""


@dataclass
class World(SimulatedStores):
    """See the module. `faults` fail the next effect of a kind; `meanwhile` runs once, after a number of calls of a pass."""

    job: Job = field(default_factory=lambda: pending(due=NOW))
    plan: PlanStanding | None = FREE
    plan_version: int = 1
    mailed_plan_version: int = 0
    user_due: bool = False
    messages: int = 0
    mails: list[str] = field(default_factory=list)
    mails_asked: list[OwedMail] = field(default_factory=list)
    """What waits in the lane of e-mail."""
    mail_claim: str = ""
    """What the mail is for that is being sent."""
    mails_wait: bool = False
    shown: Job | None = None
    """The record that the resource was made to show last."""
    resource: SeenResource | None = None
    uids: int = 0
    faults: dict[type, GasError] = field(default_factory=dict)
    meanwhile: Callable[[], None] | None = None
    meanwhile_in: int = 1
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
    window: timedelta = WINDOW
    served: bool = True
    """Whether the cluster has the kind of resource at all."""
    untaken: bool | None = None
    """Whether this pass learned that the cluster has no kind of resource (False), or refuses this one (True)."""
    deleted_by_people: bool = False
    """Whether the resource is gone because somebody deleted it, and nobody has applied it again."""

    def __post_init__(self) -> None:
        self.surroundings = Surroundings(self)
        self.start_controllers()

    def start_controllers(self) -> None:
        """Fresh ones, which remember nothing."""
        self.mails_asked.clear()
        jobs, users, clock = SimulatedJobs(self), SimulatedUsers(self), SimulatedClock(self)
        self._make_pass = MakePass(
            jobs=jobs,  # type: ignore[arg-type]  # it has all that is asked of it, as the next ones have
            users=users,  # type: ignore[arg-type]
            world=self.surroundings,
            rules=self.rules,
            clock=clock,  # type: ignore[arg-type]
            start_mail=self._start_mail,
        )
        self._send_mail = SendMail(
            jobs=jobs,  # type: ignore[arg-type]
            users=users,  # type: ignore[arg-type]
            mailer=SimulatedMailer(self),
            limit=MailLimit(InMemoryMailBudget(), clock, MANY),  # type: ignore[arg-type]
            public_url="https://gas.example.org",
            plans=PLANS,
            references=InMemoryReferences(clock),  # type: ignore[arg-type]
        )

    def look(self) -> None:
        """One pass over all its lanes, that of the mails too; an effect that fails ends it, as the next sweep finds it."""
        self.land_overdue()
        self.untaken = None
        before, asked, rests = self.job, tuple(self.mails_asked), self.rests()
        lane = Lane.STATE
        while True:
            try:
                again = self._make_pass(JOB_ID, lane)
            except GasError as error:
                self._check_failed(error)
                break
            if again.delay_seconds > 0:
                self._check_settled()
                break
            lane = again.lane
        if rests:
            self._check_rested(before)
            assert tuple(self.mails_asked) == asked, "a mail was owed"
        self.send_mails()

    def rests(self) -> bool:
        """Whether a pass over the job is left out where many are glanced at."""
        seen = None if self.meanwhile is not None else self.surroundings.resource(JOB_ID, self.job)
        return isinstance(seen, SeenResource) and at_rest(self.job, seen, self.plan, self.now, self.rules)

    def _start_mail(self, job_id: str, mail: OwedMail) -> None:
        assert job_id == JOB_ID
        if mail not in self.mails_asked:
            self.mails_asked.append(mail)

    def send_mails(self) -> None:
        """The mail lane: claim and send what was asked for, unless the mail service is out of reach."""
        while not self.mails_wait and self.mails_asked:
            mail = self.mails_asked[0]
            self.mail_claim = mail.claim
            try:
                self._send_mail(JOB_ID, mail)
            except ConflictError:
                continue
            del self.mails_asked[0]

    def sweep(self) -> None:
        """Tell the job of a plan change, and look at it if it is due."""
        if self.user_due:
            self.job = replace(self.job, due=self.now)
            self.user_due = False
        if self.job.due is not None and self.job.due <= self.now:
            self.look()

    def change_plan(self, plan: Plan) -> None:
        """Put the owner on a plan: one write on the user's row."""
        if self.plan is None or self.plan.plan != plan:
            self.plan, self.user_due = PlanStanding(plan, self.now), True
            self.plan_version += 1

    def write(self, before: Job, after: Job) -> Job:
        """The conditional write of a record: on its state, its version, its lease and, where it is written, its due time."""
        stored = self.job
        if replace(after, version=before.version) == before:
            return before
        watched = [
            (stored.version, before.version),
            (stored.status, before.status),
            (stored.lease, before.lease),
        ]
        if after.due != before.due:
            watched.append((stored.due, before.due))
        if any(there != known for there, known in watched):
            raise ConflictError("the record has changed")
        if after.resource.state is ResourceState.DELETED is not before.resource.state:
            assert self.deleted_by_people, "nobody deleted the resource"
        due = stored.due if after.due == before.due else after.due
        self.job = replace(after, version=before.version + 1, due=due)
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
        for output, stored in job.result.archivable.items():
            copy = self.archive.get(stored.archive_id or "")
            cold = copy is not None and copy.content == stored.sha256
            hot = self.hot.get(stored.key) == stored.sha256
            unrecorded = [each for each in self.copies_of(stored.key) if each != stored.archive_id]
            assert hot or cold or unrecorded, f"both copies of the {output.value} are lost"
            assert job.archiving is not None or not unrecorded, "a copy that nobody would look for"
            if not self.struck:
                rests = cold or (stored.archive_id is None and hot)
                assert hot if job.status in HOT else rests, f"the {output.value} is not where the state says"

    def _check_rested(self, before: Job) -> None:
        """What was said to rest is as it was, and will be looked at in time."""
        assert replace(self.job, due=before.due, version=before.version) == before, "it was not at rest"
        due = self.job.due
        assert due is None or (before.due is not None and before.due <= due), "nobody would have come in time"

    def _check_failed(self, error: GasError) -> None:
        """What a pass left behind that did not come to its end."""
        assert "did not settle" not in str(error), self.job
        assert self.job.due is not None, "what failed is found by no sweep"

    def _check_settled(self) -> None:
        """What a pass left behind as settled: nothing is to be done, and what is to come is found."""
        job = self.shown
        assert job is not None
        if self.user_due:
            return  # The plan changed in the middle: that is due by itself.
        if job.resource.state is ResourceState.PRESENT:
            assert job.due is not None, "no comparison would find that its resource is missing"
        facts = Facts() if self.untaken is None else Facts({Fact.RESOURCE_REFUSED: self.untaken})
        while (again := decide(job, self.plan, facts, self.now, self.rules)).asks is not None:
            facts = facts.with_fact(again.asks, self.surroundings.read(again.asks, job))
        assert again.policy == "settled"
        assert again.after == job
        if facts == Facts() and self.job == job:
            self._check_rest(job)

    def _check_rest(self, job: Job) -> None:
        """What a pass settled without reading anything rests, unless it is due soon, owes a mail or has no resource."""
        seen = self.surroundings.resource(JOB_ID, job)
        present = isinstance(seen, SeenResource) and job.resource.uid == seen.uid
        soon = job.due is not None and job.due < self.now + NEAR
        if (
            present
            and job.resource.state is ResourceState.PRESENT
            and not soon
            and not owed_mails(job, PLANS.known(self.plan))
        ):
            assert isinstance(seen, SeenResource)
            assert at_rest(job, seen, self.plan, self.now, self.rules), "a glance would not leave it alone"

    def call(self, call: Callable[[], T]) -> T:
        """One call to the outside: it may be where the controllers die, or where the world moves on."""
        self.calls += 1
        self._crash()
        answer = call()
        self.check()
        if self.meanwhile is not None:
            self.meanwhile_in -= 1
            if self.meanwhile_in <= 0:
                moves, self.meanwhile = self.meanwhile, None
                moves()
        self._crash()
        return answer

    def _crash(self) -> None:
        if self.crash_in is None:
            return
        self.crash_in -= 1
        if self.crash_in == 0:
            self.start_controllers()
            raise CrashError

    def apply(self) -> None:
        """Somebody applies the resource of the job, unless there is one."""
        if self.resource is None and self.served:
            self.create_resource(self.job)

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

    def create_resource(self, job: Job) -> None:
        """Make a resource from the record, unless there is one."""
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
                job.own_place,
            )

    def remove_resource(self, uid: str) -> None:
        """The controllers remove the resource of that uid."""
        if self.resource is not None and self.resource.uid == uid:
            self.resource = None

    def show(self, job: Job) -> None:
        """The resource shows this record, or would if there were one."""
        self.shown = job
