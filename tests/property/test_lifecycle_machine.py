"""Whatever happens to a job, in whatever order, nothing is lost and it ends where it should.

A machine plays people, annotators, clocks, crashes, faults and a message service that loses and repeats. Most rules do
not tell the controllers anything: only `hint` and `sweep` make them look. What must hold at every moment is checked in
`World.check`; what must hold in the end is checked here, after nothing but sweeps.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, assert_never

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gas.domain.absence import awaited
from gas.domain.built_in_references import BUILT_IN, RCRS
from gas.domain.catalogue import Catalogue
from gas.domain.decision import (
    BringBack,
    CreateResource,
    DeleteArchived,
    DeleteOwnFile,
    RequestRetrieval,
    StoreInArchive,
)
from gas.domain.errors import (
    ArchivedObjectError,
    GasError,
    NotTakenError,
    RetrievalRefusedError,
    TransientError,
    UsageError,
    VerificationError,
)
from gas.domain.job import HOT, Job, JobStatus, created
from gas.domain.outputs import Output
from gas.domain.owed_mails import owed_mails
from gas.domain.own_file import OwnFile
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from gas.domain.record import ResourceState
from gas.domain.releases import published, retired
from gas.domain.spec import ArchivePolicy, DeletionPolicy, JobPolicy, RestoreRequest
from gas.services.claim import ComeBack, Drop, Take, verdict
from tests.support.attempts import LEASE, Annotator
from tests.support.jobs import FREE, INPUT, JOB_ID, NOW, OWN, USER
from tests.support.lifecycle_world import WINDOW, CrashError, World
from tests.support.plans import PLANS
from tests.support.references import an_entry

FAULTS = [
    (StoreInArchive, TransientError("the store did not answer")),
    (StoreInArchive, VerificationError("the copy is another one")),
    (RequestRetrieval, RetrievalRefusedError("no capacity")),
    (RequestRetrieval, TransientError("the archive did not answer")),
    (RequestRetrieval, UsageError("the archive says no")),
    (BringBack, ArchivedObjectError("the temporary copy is gone")),
    (BringBack, VerificationError("the copy is another one")),
    (BringBack, TransientError("the store did not answer")),
    (DeleteArchived, TransientError("the archive did not answer")),
    (DeleteOwnFile, TransientError("the store did not answer")),
    (CreateResource, TransientError("the cluster did not answer")),
    (CreateResource, UsageError("the name is taken")),
    (CreateResource, NotTakenError("a policy refuses it", refused=True)),
]
SPANS = st.sampled_from(
    [
        timedelta(seconds=1),
        timedelta(seconds=20),
        timedelta(minutes=2),
        timedelta(minutes=6),
        timedelta(hours=2),
    ]
)

AMID = st.integers(0, 3)
"""After which call of a pass somebody does something; 0: between two passes."""


class LifecycleMachine(RuleBasedStateMachine):
    """One job, from its first record to quiescence."""

    own_ids = False
    """Whether the archive calls copies as it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(own_ids=self.own_ids)
        self.annotators: list[Annotator] = []
        self.digest: str | None = None
        """The release that the job had when it was last looked at."""

    @initialize(
        policy=st.builds(
            JobPolicy,
            archive_policy=st.sampled_from(ArchivePolicy),
            deletion_policy=st.sampled_from(DeletionPolicy),
            ttl_after_finished=st.sampled_from([timedelta(0), timedelta(minutes=10), timedelta(days=7)]),
            active_deadline=st.sampled_from([None, None, timedelta(hours=1)]),
            backoff_limit=st.sampled_from([0, 2]),
        ),
        applied=st.booleans(),
        plan=st.sampled_from([Plan.FREE, Plan.PREMIUM]),
        own_file=st.sampled_from([None, OwnFile(OWN)]),
    )
    def submitted(
        self, policy: JobPolicy, *, applied: bool, plan: Plan, own_file: OwnFile | None = None
    ) -> None:
        """A job comes in by one of the two doors, perhaps with a file of its owner's own."""
        # The web gives a job its release at once, a resource gets it when the job is looked at.
        digest = None if applied else RCRS.digest
        job = Job(JOB_ID, USER, INPUT, "rCRS", NOW, policy, reference_digest=digest, own_file=own_file)
        self.world.job = created(job)
        if own_file is not None:
            self.world.hot[OWN.key] = "own"
        self.world.plan = replace(FREE, plan=plan)
        if applied:
            self.world.apply()

    @rule()
    def hint(self) -> None:
        """A message arrives, late or twice or not even about anything: somebody looks."""
        self.world.look()

    @rule()
    def sweep(self) -> None:
        """The sweep comes round."""
        self.world.sweep()

    @rule(call=st.integers(1, 20))
    def crash(self, call: int) -> None:
        """The controllers die at one of their calls, before or after it worked."""
        self.world.crash_in = call
        with suppress(CrashError):
            self.world.look()
        self.world.crash_in = None

    @rule(fault=st.sampled_from(FAULTS))
    def fail_next(self, fault: tuple[type, GasError]) -> None:
        """The next effect of a kind fails."""
        kind, error = fault
        self.world.faults[kind] = error

    @precondition(lambda self: self.world.job.annotated)
    @rule()
    def deletion_hangs(self) -> None:
        """The next deletion of a copy hangs: whoever sent it gives up, or is killed, and it lands later."""
        self.world.slow = True

    @precondition(lambda self: self.world.late)
    @rule(data=st.data())
    def late_deletion_lands(self, data: st.DataObject) -> None:
        """A deletion that hung happens after all."""
        self.world.land(data.draw(st.sampled_from(self.world.late)))
        self.world.check()

    @rule(wait=st.booleans())
    def mail_service(self, *, wait: bool) -> None:
        """The mail service goes out of reach, or comes back."""
        self.world.mails_wait = wait

    @rule(span=SPANS)
    def time_passes(self, span: timedelta) -> None:
        """Nobody does anything for a while."""
        self.world.now += span

    @precondition(lambda self: self.world.messages > 0)
    @rule(repeated=st.booleans())
    def claim(self, *, repeated: bool) -> None:
        """An annotator takes a message, which may be delivered again."""
        world = self.world
        job = world.job
        taken = verdict(job, world.now)
        match taken:
            case Drop():
                world.messages -= 1
            case ComeBack():
                return
            case Take():
                held = world.write(job, job.claimed("annotator", world.now, LEASE))
                self.annotators.append(Annotator(held, world.now + LEASE))
                world.messages -= 0 if repeated else 1
            case _:
                assert_never(taken)

    @precondition(lambda self: self.annotators)
    @rule(data=st.data())
    def heartbeat(self, data: st.DataObject) -> None:
        """An annotator beats; one that lost its job stops."""
        annotator = data.draw(st.sampled_from(self.annotators))
        job = self.world.job
        if not self._holds(annotator):
            self.annotators.remove(annotator)
            return
        assert job.lease is not None
        lease = replace(job.lease, expires=self.world.now + LEASE)
        annotator.writes_until = lease.expires
        self.world.job = replace(job, lease=lease, progress_percent=50)

    @precondition(lambda self: self.annotators)
    @rule(data=st.data(), ends=st.sampled_from(["finishes", "is refused", "hands back", "writes", "dies"]))
    def attempt(self, data: st.DataObject, ends: str) -> None:
        """An annotator ends its work, or leaves half of it behind. It stops writing when its last lease has ended."""
        world = self.world
        annotator = data.draw(st.sampled_from(self.annotators))
        self.annotators.remove(annotator)
        if ends in {"finishes", "writes"} and world.now < annotator.writes_until:
            world.hot.update(annotator.files)
        elif ends == "finishes":
            return
        if not self._holds(annotator) or ends in {"dies", "writes"}:
            return
        world.job = replace(
            annotator.ended(world.job, ends, world.now),
            version=world.job.version + 1,
            claimed_mails=world.job.claimed_mails,
        )
        world.check()

    def _holds(self, annotator: Annotator) -> bool:
        job = self.world.job
        return job.status is JobStatus.RUNNING and job.fence == annotator.held.fence

    @precondition(lambda self: not self.world.job.finished)
    @rule()
    def runs_well(self) -> None:
        """For once nothing goes wrong: the job is taken, annotated and looked at."""
        self.world.look()
        if self.world.job.status is JobStatus.QUEUED:
            self.world.messages = max(1, self.world.messages)
            self.claim(repeated=False)
            self._finish_last()
            self.world.look()

    @precondition(lambda self: self.world.job.finished)
    @rule(spans=st.lists(SPANS, max_size=4))
    def days_pass(self, spans: list[timedelta]) -> None:
        """The job is left alone for a while, but for the sweep."""
        for span in spans:
            self.world.now += span
            self.world.sweep()

    @rule(plan=st.sampled_from([Plan.FREE, Plan.PREMIUM]), amid=AMID)
    def plan_change(self, plan: Plan, *, amid: int) -> None:
        """The owner changes plan, maybe in the middle of a pass."""
        self._do(lambda: self.world.change_plan(plan), amid=amid)

    @rule(amid=AMID, ahead=st.sampled_from([timedelta(0), timedelta(minutes=3)]))
    def restore(self, ahead: timedelta, *, amid: int) -> None:
        """Somebody asks for the result back, by a clock that may be fast."""
        self._do(lambda: self._intend(restore_requested=RestoreRequest(self.world.now + ahead)), amid=amid)

    @rule(amid=AMID, what=st.sampled_from(["cancel_requested", "delete_requested", "retry_requested"]))
    @precondition(lambda self: self.world.job.version > 8)
    def intend(self, what: str, *, amid: int) -> None:
        """Somebody asks for an end, or for another try, through the web."""
        self._do(lambda: self._intend(**{what: self.world.now}), amid=amid)

    @rule(suspend=st.booleans())
    def suspend(self, *, suspend: bool) -> None:
        """Operations suspend the job, or let it go on."""
        self.world.edit(suspend=suspend)

    @rule(policy=st.sampled_from(ArchivePolicy))
    def edit_policy(self, policy: ArchivePolicy) -> None:
        """Operations change the archive policy."""
        self.world.edit(archive_policy=policy)

    @precondition(lambda self: self.world.resource is not None)
    @rule(applied_again=st.booleans())
    def delete_resource(self, *, applied_again: bool) -> None:
        """Somebody deletes the resource, and may apply it again before anybody has looked."""
        self.world.delete_resource()
        if applied_again:
            self.world.apply()

    @rule(what=st.sampled_from([("crd",), ("namespace",), ("crd", "namespace")]))
    def made_anew(self, what: tuple[str, ...]) -> None:
        """The CRD, the namespace, or the whole cluster is made anew, without a resource."""
        self.world.make_anew(crd="crd" in what, namespace="namespace" in what)

    @rule(back=st.booleans())
    def kind(self, *, back: bool) -> None:
        """The CRD is deleted, and nobody applies it for a while."""
        if back:
            self.world.served = True
        else:
            self.world.lose_kind()

    @rule(paused=st.booleans())
    def many_are_missing(self, *, paused: bool) -> None:
        """So many other resources are missing that no absence is believed, or no longer."""
        self.world.paused = paused

    @rule(turn=st.booleans())
    def others_of_the_owner(self, *, turn: bool) -> None:
        """So many of the owner's other jobs wait before this one that it is not its turn, or no longer so many."""
        self.world.turn = turn

    @rule(what=st.sampled_from(["published", "retired", "pruned"]))
    def release(self, what: str) -> None:
        """A newer release of the job's reference is published, or all that were are retired, or removed."""
        world, catalogue = self.world, self.world.catalogue
        if what == "published":
            newer = an_entry("rCRS", f"{len(catalogue.entries):064x}", published=world.now)
            world.catalogue = published(catalogue, newer, default=False)
        elif what == "retired" and len(catalogue.entries) > len(BUILT_IN):
            world.catalogue = retired(catalogue, "rCRS", None, world.now)
        elif what == "pruned":
            world.catalogue = Catalogue(tuple(e for e in catalogue.entries if e.retired is None))

    @invariant()
    def keeps_its_release(self) -> None:
        """The release that a job was submitted with, or got first, stays; and no release that comes or goes fails a job."""
        digest = self.world.job.reference_digest
        assert self.digest is None or digest == self.digest or self.world.job.tombstone
        self.digest = digest
        assert self.world.job.reason is not Reason.REFERENCE_UNKNOWN

    def _intend(self, **wanted: Any) -> None:
        job = self.world.job
        self.world.job = replace(
            job, intents=replace(job.intents, **wanted), due=self.world.now, version=job.version + 1
        )

    def _do(self, what: Callable[[], None], *, amid: int) -> None:
        if amid:
            self.world.meanwhile, self.world.meanwhile_in = what, amid
            self.world.look()
            self.world.meanwhile = None
        else:
            what()

    def teardown(self) -> None:
        """From here on every message is lost: sweeps alone bring the job to where it belongs."""
        world = self.world
        world.faults.clear()
        world.mails_wait = world.slow = world.paused = False
        world.served = True
        world.turn = True
        # The watch tells of resources; a sweep does not, but for the looks that are due anyway.
        world.look()
        for _ in range(400):
            if world.job.policy.suspend and not awaited(world.job):
                # Its window went with the kind, or could not be made: whoever lets it go on applies it again.
                world.apply()
            if world.resource is not None and world.resource.policy.suspend:
                world.edit(suspend=False)
                world.look()
            world.sweep()
            if world.job.status is JobStatus.QUEUED and world.messages:
                self.claim(repeated=False)
            if world.job.status is JobStatus.RUNNING and self.annotators:
                self._finish_last()
            if world.job.due is None and not world.user_due:
                break
            if world.resource is None and awaited(world.job):
                # Whoever found it missing looks again after a window, without being told.
                world.now += WINDOW
                world.look()
            else:
                world.now = max(world.now, world.job.due or world.now)
        else:
            raise AssertionError(f"the job never comes to rest: {world.job}")
        world.land(*world.late)
        self._check_rest()

    def _finish_last(self) -> None:
        annotator = self.annotators.pop() if self.annotators else None
        if annotator is not None and self._holds(annotator):
            self.world.hot.update(annotator.files)
            self.world.job = replace(
                annotator.ended(self.world.job, "finishes", self.world.now),
                version=self.world.job.version + 1,
            )

    def _check_rest(self) -> None:
        world, job = self.world, self.world.job
        world.struck = False
        world.check()
        assert owed_mails(job, PLANS.known(world.plan)) == (), "a mail is owed for ever"
        kept: set[str] = set()
        copies: dict[Output, str] = {}
        if job.result is not None:
            copies = job.result.copies
            kept = set(job.result.all_keys)
            if job.status is JobStatus.ARCHIVED:
                assert set(copies) == set(job.result.archivable)
                kept -= {job.result.outputs[output].key for output in copies}
        assert set(world.hot) - {job.input.key, OWN.key} == kept, "leftovers, or lost reports"
        archived = set(copies.values()) if job.status is JobStatus.ARCHIVED else set()
        assert set(world.archive) == archived
        assert job.archiving is None
        if world.delete_wanted:
            assert job.status is JobStatus.DELETED
        if job.status is JobStatus.DELETED:
            assert not world.hot
        assert job.status in HOT | {
            JobStatus.ARCHIVED,
            JobStatus.FAILED,
            JobStatus.CANCELLED,
            JobStatus.DELETED,
        }
        gave_up = job.reason is Reason.RETRIEVAL_FAILED
        if job.annotated and not gave_up:
            assert (job.status in HOT) == self._hot_wanted(job)
        # What was deleted has no window to be made again.
        never = job.resource.state is ResourceState.NEVER and job.status is not JobStatus.DELETED
        assert not never or job.policy.ttl_after_finished == timedelta(0)

    def _hot_wanted(self, job: Job) -> bool:
        """Where a result belongs once every retention is over."""
        policy = job.policy.archive_policy
        assert self.world.plan is not None
        premium = self.world.plan.plan == Plan.PREMIUM
        return policy is ArchivePolicy.NEVER or (policy is ArchivePolicy.FOLLOW_PLAN and premium)


class VaultMachine(LifecycleMachine):
    """The same beside an archive whose ids nobody can make up: what is not recorded is found by the archive alone."""

    own_ids = True


TestLifecycle = LifecycleMachine.TestCase
TestLifecycleWithAVault = VaultMachine.TestCase


def test_suspended_while_the_kind_goes() -> None:
    """A job that is suspended when every resource goes with the kind is made one again, and goes on when that is let go on."""
    machine = LifecycleMachine()
    machine.submitted(policy=JobPolicy(), applied=False, plan=Plan.FREE)
    machine.hint()
    machine.suspend(suspend=True)
    machine.hint()
    machine.kind(back=False)

    machine.teardown()


def test_retried_after_the_leftovers_went() -> None:
    """A second run that ends well leaves nothing behind where what the first had left is gone already."""
    machine = LifecycleMachine()
    policy = JobPolicy(backoff_limit=0, ttl_after_finished=timedelta(0))
    machine.submitted(policy=policy, applied=False, plan=Plan.PREMIUM)
    machine.hint()
    machine.claim(repeated=False)
    for span in (timedelta(minutes=2), timedelta(minutes=6)):
        machine.time_passes(span=span)
        machine.hint()
    machine.intend(amid=0, what="retry_requested")
    machine.runs_well()
    machine.time_passes(span=timedelta(minutes=6))
    machine.hint()

    machine.teardown()
