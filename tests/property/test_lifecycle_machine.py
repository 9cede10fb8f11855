"""Whatever happens to a job, in whatever order, nothing is lost and it ends where it should.

A machine plays people, annotators, clocks, crashes, faults and a message service that loses and repeats. Most rules do
not tell the controllers anything: only `hint` and `sweep` make them look. What must hold at every moment is checked in
`World.check`; what must hold in the end is checked here, after nothing but sweeps.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from gas.domain.absence import awaited
from gas.domain.decision import BringBack, CreateResource, DeleteArchived, RequestRetrieval, StoreInArchive
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
from gas.domain.owed_mails import owed_mails
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from gas.domain.record import ResourceState
from gas.domain.spec import ArchivePolicy, DeletionPolicy, JobPolicy, RestoreRequest
from gas.services.claim import ComeBack, Drop, verdict
from tests.support.attempts import LEASE, Annotator
from tests.support.jobs import FREE, INPUT, JOB_ID, NOW, USER
from tests.support.lifecycle_world import WINDOW, CrashError, World

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


class LifecycleMachine(RuleBasedStateMachine):
    """One job, from its first record to quiescence."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.annotators: list[Annotator] = []

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
    )
    def submitted(self, policy: JobPolicy, *, applied: bool, plan: Plan) -> None:
        """A job comes in by one of the two doors."""
        self.world.job = created(Job(JOB_ID, USER, INPUT, "grch38", NOW, policy))
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

    @rule(call=st.integers(1, 14))
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
        match verdict(job, world.now):
            case Drop():
                world.messages -= 1
            case ComeBack():
                pass
            case _:
                held = world.write(job, job.claimed("annotator", world.now, LEASE))
                self.annotators.append(Annotator(held, world.now + LEASE))
                world.messages -= 0 if repeated else 1

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

    @rule(plan=st.sampled_from(Plan), amid=st.booleans())
    def plan_change(self, plan: Plan, *, amid: bool) -> None:
        """The owner changes plan, maybe in the middle of a pass."""
        self._do(lambda: self.world.change_plan(plan), amid=amid)

    @rule(amid=st.booleans(), ahead=st.sampled_from([timedelta(0), timedelta(minutes=3)]))
    def restore(self, ahead: timedelta, *, amid: bool) -> None:
        """Somebody asks for the result back, by a clock that may be fast."""
        self._do(lambda: self._intend(restore_requested=RestoreRequest(self.world.now + ahead)), amid=amid)

    @rule(
        amid=st.booleans(), what=st.sampled_from(["cancel_requested", "delete_requested", "retry_requested"])
    )
    @precondition(lambda self: self.world.job.version > 8)
    def intend(self, what: str, *, amid: bool) -> None:
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

    def _intend(self, **wanted: Any) -> None:
        job = self.world.job
        self.world.job = replace(
            job, intents=replace(job.intents, **wanted), due=self.world.now, version=job.version + 1
        )

    def _do(self, what: Callable[[], None], *, amid: bool) -> None:
        if amid:
            self.world.meanwhile = what
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
        if world.resource is not None:
            world.edit(suspend=False)
        # The watch tells of resources; a sweep does not, but for the looks that are due anyway.
        world.look()
        for _ in range(400):
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
        assert owed_mails(job, world.plan) == (), "a mail is owed for ever"
        kept: set[str] = set()
        if job.result is not None:
            kept = set(job.result.all_keys)
            kept -= {job.result.key} if job.status is JobStatus.ARCHIVED else set()
        assert set(world.hot) - {job.input.key} == kept, "leftovers, or lost reports"
        assert set(world.archive) == ({job.archive_id} if job.status is JobStatus.ARCHIVED else set())
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
        premium = self.world.plan.plan is Plan.PREMIUM
        return policy is ArchivePolicy.NEVER or (policy is ArchivePolicy.FOLLOW_PLAN and premium)


TestLifecycle = LifecycleMachine.TestCase
