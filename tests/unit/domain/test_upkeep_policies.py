"""Order round a job: deletion, leftovers, e-mail and the custom resource."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gas.domain.decision import (
    CreateResource,
    DeleteArchived,
    DeleteInput,
    DeleteOwnFile,
    DeleteResultObjects,
    Fact,
    Facts,
    View,
)
from gas.domain.job import HistoryEntry, Job, JobStatus
from gas.domain.keys import attempt_keys
from gas.domain.lifecycle import decide
from gas.domain.objects import HotObject
from gas.domain.outputs import Output
from gas.domain.owed_mails import MailKind, OwedMail, owed_mails, with_claim, without_claim
from gas.domain.own_file import OwnFile
from gas.domain.plan import PlanStanding
from gas.domain.reasons import Reason
from gas.domain.record import Intents, ResourceRef, ResourceState, StoredOutput
from gas.domain.spec import DeletionPolicy, InputRef, JobPolicy
from gas.domain.tombstone import tombstone
from gas.domain.upkeep_policies import MAIL_LOOK, deletion_refused
from tests.support.jobs import (
    ATTEMPT_1,
    BEFORE,
    FREE,
    INPUT,
    JOB_ID,
    NOW,
    OWN,
    OWN_FILE,
    PREFIX,
    PREMIUM,
    PRESENT,
    RULES,
    SHA,
    USER,
    decided,
    job_in,
)
from tests.support.plans import PLANS

ALIVE = [status for status in JobStatus if status is not JobStatus.DELETED]
WANTED = Intents(delete_requested=NOW)
ATTEMPT_2 = tuple(attempt_keys(PREFIX, USER, JOB_ID, "a.vcf", 2).values())


@pytest.mark.parametrize("status", ALIVE, ids=lambda s: s.value)
def test_deleting_from_every_state(status: JobStatus) -> None:
    """Deleting works in every state, removes all data, and leaves a tombstone without pointers."""
    job = job_in(status, intents=WANTED)

    decision = decided(job)

    after = decision.after
    assert after.status is JobStatus.DELETED
    assert DeleteInput(for_good=True) in decision.effects
    assert (after.result, after.archive_id, after.lease, after.retrieval) == (None, None, None, None)
    if job.result is not None:
        copies = {
            DeleteArchived(each.key, each.archive_id, for_good=True)
            for each in job.result.archivable.values()
        }
        assert copies <= set(decision.effects)
        assert any(
            isinstance(effect, DeleteResultObjects) and set(effect.keys) == set(ATTEMPT_1.values())
            for effect in decision.effects
        )


@pytest.mark.parametrize(
    ("waited", "pause"),
    [
        (timedelta(0), timedelta(minutes=15)),
        (timedelta(hours=2), timedelta(minutes=15)),
        (timedelta(hours=8), timedelta(hours=1)),
        (timedelta(days=2), timedelta(hours=6)),
        (timedelta(days=4000), timedelta(hours=6)),
    ],
)
def test_a_deletion_that_is_refused_for_long_is_tried_less_often(waited: timedelta, pause: timedelta) -> None:
    """A right is granted within hours; a lock holds for years, and nobody has to be asked every quarter of an hour."""
    job = job_in(JobStatus.COMPLETED, intents=Intents(delete_requested=NOW - waited))

    after = deletion_refused(View(job, FREE, Facts(), NOW, RULES), "")

    assert after is not None
    assert after.refusal is not None
    assert after.refusal.next_try == after.due == NOW + pause


@pytest.mark.parametrize(
    "place",
    [
        InputRef("gas-inputs", f"gas/{'v' * 26}/job-1~a.vcf", "a.vcf"),
        InputRef("elsewhere", INPUT.key, "a.vcf"),
    ],
    ids=["another-user", "another-bucket"],
)
def test_deleting_leaves_what_is_not_the_users(place: InputRef) -> None:
    """A job that names a file of somebody else was refused for it; deleting the job leaves that file alone."""
    job = job_in(JobStatus.FAILED, input=place, reason=Reason.INPUT_NOT_OWNED, intents=WANTED)

    decision = decided(job)

    assert decision.after.status is JobStatus.DELETED
    assert decision.effects == ()


@pytest.mark.parametrize("status", ALIVE, ids=lambda s: s.value)
def test_an_own_file_goes_with_the_input(status: JobStatus) -> None:
    """In every state, and once more when its form has run out."""
    job = job_in(status, intents=WANTED, own_file=OWN_FILE)
    buried = job_in(
        JobStatus.DELETED, own_file=OWN_FILE, resource=ResourceRef(ResourceState.EXPIRED), fence=0
    )

    assert {DeleteInput(for_good=True), DeleteOwnFile(for_good=True)} <= set(decided(job).effects)
    forgotten = decided(buried)
    assert forgotten.effects == (DeleteInput(for_good=True), DeleteOwnFile(for_good=True))
    assert forgotten.after.own_file is None


@pytest.mark.parametrize(
    ("shared", "effects"),
    [
        ({OWN.key}, (DeleteInput(for_good=True),)),
        ({INPUT.key}, (DeleteOwnFile(for_good=True),)),
        ({INPUT.key, OWN.key}, ()),
    ],
    ids=["own", "input", "both"],
)
@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.DELETED], ids=["deleted", "forgotten"])
def test_deleting_leaves_what_another_job_names(
    status: JobStatus, shared: set[str], effects: tuple[object, ...]
) -> None:
    """It is looked for first, and looked for again when the job is forgotten: what nobody names any more goes then."""
    intents = Intents() if status is JobStatus.DELETED else WANTED
    job = job_in(
        status, intents=intents, own_file=OWN_FILE, resource=ResourceRef(ResourceState.EXPIRED), fence=0
    )

    asked = decide(job, FREE, Facts(), NOW, RULES)
    decision = decided(job, facts={Fact.SHARED_FILES: frozenset(shared)})

    assert asked.asks is Fact.SHARED_FILES
    assert decision.after.status is JobStatus.DELETED
    assert decision.effects == effects


def test_what_an_older_release_left_of_an_own_file_goes() -> None:
    """It buried the job and knew of no own file, whose name and owner stood in the record still: they go at the next look."""
    left = tombstone(job_in(JobStatus.DELETED, resource=ResourceRef(ResourceState.EXPIRED)))
    named = replace(left, own_file=OWN_FILE, own_sha256="0" * 64)

    decision = decided(named)

    assert (decision.effects, replace(decision.after, due=None)) == ((), left)
    assert decided(left).policy == "settled"


def test_deleting_leaves_an_own_file_that_is_not_the_users() -> None:
    """Each of the two files goes by itself: the input is the user's, and what they named beside it was another's."""
    theirs = OwnFile(replace(OWN, key=f"gas/{'v' * 26}/upload-2~mine.bed"))
    job = job_in(JobStatus.FAILED, own_file=theirs, reason=Reason.INPUT_NOT_OWNED, intents=WANTED)

    assert decided(job).effects == (DeleteInput(for_good=True),)


def test_deleting_removes_what_lost_attempts_wrote() -> None:
    """Files of every attempt go, the recorded and the others, and once more when none can be writing."""
    job = job_in(JobStatus.RUNNING, fence=2, swept_fence=1, intents=WANTED)

    decision = decided(job)
    again = decided(decision.after, now=NOW + RULES.leftover_delay)

    keys = (*ATTEMPT_1.values(), *ATTEMPT_2)
    assert decision.effects == (DeleteInput(for_good=True), DeleteResultObjects(keys, for_good=True))
    assert again.effects == (DeleteResultObjects(keys, for_good=True),)


@pytest.mark.parametrize(
    ("state", "policy", "deleted"),
    [
        (ResourceState.DELETED, DeletionPolicy.DELETE, True),
        (ResourceState.DELETED, DeletionPolicy.RETAIN, False),
        (ResourceState.EXPIRED, DeletionPolicy.DELETE, False),
        (ResourceState.PRESENT, DeletionPolicy.DELETE, False),
    ],
    ids=["delete", "retain", "expired", "present"],
)
def test_deletion_policy(state: ResourceState, policy: DeletionPolicy, *, deleted: bool) -> None:
    """Data goes with its resource only when a person deleted that, as two looks have shown, and the policy is Delete."""
    job = job_in(
        JobStatus.COMPLETED,
        resource=replace(PRESENT, state=state, believed=NOW, confirmed=NOW),
        policy=JobPolicy(deletion_policy=policy),
    )

    assert (decided(job, PREMIUM).after.status is JobStatus.DELETED) is deleted


def test_tombstone_rests() -> None:
    """A deleted job is not deleted again; its resource is removed, whose it was is forgotten, and then it rests."""
    deleted = job_in(JobStatus.DELETED, intents=WANTED)

    decision = decided(deleted)
    forgotten = decided(replace(decision.after, due=None))
    rest = decided(replace(forgotten.after, due=NOW))

    assert (decision.policy, decision.after.resource.state) == ("resource_expired", ResourceState.EXPIRED)
    assert decision.due == NOW
    assert (forgotten.policy, forgotten.effects, forgotten.due) == (
        "forgotten",
        (DeleteInput(for_good=True),),
        None,
    )
    assert (rest.policy, rest.effects, rest.due) == ("settled", (), None)
    assert rest.after.tombstone is not None


@pytest.mark.parametrize(
    ("submitted", "deleted", "ready"),
    [
        (NOW, NOW, NOW + RULES.form_lands),
        (NOW - timedelta(days=1), NOW, NOW + RULES.leftover_delay),
        (NOW - RULES.form_lands, NOW - RULES.leftover_delay, None),
    ],
    ids=["the-form-holds", "an-attempt-may-write", "nothing-can-come"],
)
def test_nothing_is_forgotten_that_must_be_found(
    submitted: datetime, deleted: datetime, ready: datetime | None
) -> None:
    """While its form may still bring the input back, or an attempt write, a deleted job knows its names."""
    job = job_in(JobStatus.DELETED, submit_time=submitted, resource=ResourceRef())
    job = replace(job, history=(HistoryEntry(JobStatus.DELETED, deleted),))

    decision = decided(job)

    assert decision.policy == ("forgotten" if ready is None else "settled")
    assert decision.due == ready


def test_a_stranger_s_input_stays() -> None:
    """A job that named another's file forgets itself and leaves that file alone."""
    job = job_in(JobStatus.DELETED, resource=ResourceRef(), input=replace(INPUT, bucket="else"))

    decision = decided(job)

    assert (decision.policy, decision.effects) == ("forgotten", ())


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"fence": 1, "swept_fence": 0}, None),
        ({"fence": 3, "swept_fence": 0}, ((2, 3))),
        ({"fence": 3, "swept_fence": 2}, ((3,))),
        ({"fence": 3, "swept_fence": 3}, None),
    ],
    ids=["only-attempt", "two-lost", "one-swept", "all-swept"],
)
def test_leftovers(changes: dict[str, Any], keys: tuple[int, ...] | None) -> None:
    """What other fences wrote is removed, and the result's own files never."""
    job = job_in(JobStatus.COMPLETED, **changes)

    decision = decided(job, PREMIUM)

    if keys is None:
        assert decision.policy == "settled"
    else:
        (effect,) = decision.effects
        assert isinstance(effect, DeleteResultObjects)
        assert {int(key.split("~f")[1].split("~")[0]) for key in effect.keys} == set(keys)
        assert decision.after.swept_fence == 3


def test_files_of_the_finishing_attempt_that_the_record_does_not_name_stay() -> None:
    """What another release noted of them, this one may not read: they are no leftovers."""
    job = job_in(JobStatus.COMPLETED, fence=2, swept_fence=0)
    assert job.result is not None
    second = {o: replace(s, key=s.key.replace("~f1~", "~f2~")) for o, s in job.result.outputs.items()}
    only_result: dict[Output | str, StoredOutput] = {Output.RESULT: second[Output.RESULT]}

    (effect,) = decided(replace(job, result=replace(job.result, outputs=only_result)), PREMIUM).effects

    assert isinstance(effect, DeleteResultObjects)
    assert {key.split("~f")[1].split("~")[0] for key in effect.keys} == {"1"}


def test_leftovers_wait_until_nobody_can_write() -> None:
    """A lost attempt may still be writing for a while after the last move."""
    job = job_in(JobStatus.CANCELLED, fence=1)

    decision = decided(job, now=BEFORE + RULES.leftover_delay - timedelta(seconds=1))

    assert (decision.policy, decision.due) == ("settled", BEFORE + RULES.leftover_delay)


def test_unfinished_jobs_are_not_swept() -> None:
    """While an annotator may hold the job, nothing of any attempt is removed."""
    assert decided(job_in(JobStatus.RUNNING, fence=2)).policy == "settled"


@pytest.mark.parametrize(
    ("job", "plan", "kind", "claim"),
    [
        (job_in(JobStatus.COMPLETED), FREE, MailKind.COMPLETED, "completed"),
        (job_in(JobStatus.FAILED), FREE, MailKind.FAILED, f"failed:{BEFORE.isoformat()}"),
        (
            job_in(JobStatus.RESTORED, restore_hold_from=BEFORE),
            FREE,
            MailKind.RESTORED,
            f"restored:{BEFORE.isoformat()}",
        ),
        (
            job_in(JobStatus.RESTORED, restore_hold_from=BEFORE),
            PREMIUM,
            MailKind.RESTORED,
            f"restored:{BEFORE.isoformat()}",
        ),
        (job_in(JobStatus.RESTORED), PREMIUM, MailKind.RESTORED_BY_PLAN, f"restored:{BEFORE.isoformat()}"),
        (job_in(JobStatus.RESTORED), FREE, MailKind.RESTORED, f"restored:{BEFORE.isoformat()}"),
        (job_in(JobStatus.RESTORED), None, MailKind.RESTORED, f"restored:{BEFORE.isoformat()}"),
        (
            job_in(JobStatus.ARCHIVED, restore_time=BEFORE),
            FREE,
            MailKind.RESTORED,
            f"restored:{BEFORE.isoformat()}",
        ),
    ],
    ids=["completed", "failed", "request", "request-of-premium", "plan", "policy", "unknown", "gone-again"],
)
def test_mails(job: Job, plan: PlanStanding | None, kind: MailKind, claim: str) -> None:
    """A mail is owed until it is claimed, again when the claim is taken back, and looked after every minute."""
    unclaimed = without_claim(job, claim)

    looked = decided(unclaimed, plan)
    claimed = with_claim(unclaimed, claim)

    assert owed_mails(unclaimed, PLANS.known(plan)) == (OwedMail(kind, claim),)
    assert (looked.policy, looked.due) != ("settled", None)
    assert looked.due is not None
    assert looked.due <= NOW + MAIL_LOOK
    assert owed_mails(claimed, PLANS.known(plan)) == ()


def test_owed_mail_holds_nothing_up() -> None:
    """A result whose mail waits is archived in its time all the same, and the mail is still owed."""
    waiting = job_in(JobStatus.COMPLETED, claimed_mails=frozenset(), archiving=NOW)

    after = decided(waiting, facts={Fact.HOT_RESULT: HotObject(10, "etag", SHA)}).after

    assert after.status is JobStatus.ARCHIVED
    assert owed_mails(after, PLANS.known(FREE)) == (OwedMail(MailKind.COMPLETED, "completed"),)


def test_claims_stay_few() -> None:
    """Of the restores, and of the failures, only the newest claim is kept."""
    job = job_in(JobStatus.RESTORED, claimed_mails=frozenset())

    for claim in ("completed", "failed:1", "restored:1", "restored:2", "failed:2", "restored:3"):
        job = with_claim(job, claim)

    assert job.claimed_mails == {"completed", "failed:2", "restored:3"}


@pytest.mark.parametrize(
    "status",
    [JobStatus.PENDING, JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.CANCELLED],
    ids=lambda s: s.value,
)
def test_no_mail(status: JobStatus) -> None:
    """People hear only of what they wait for."""
    assert owed_mails(job_in(status, claimed_mails=frozenset()), PLANS.known(PREMIUM)) == ()


@pytest.mark.parametrize(
    ("status", "resource", "ttl", "made"),
    [
        (JobStatus.PENDING, ResourceRef(), 7, True),
        (JobStatus.COMPLETED, ResourceRef(), 7, True),
        (JobStatus.COMPLETED, ResourceRef(), 0, False),
        (JobStatus.QUEUED, ResourceRef(), 0, True),
        (JobStatus.DELETED, ResourceRef(), 7, False),
        (JobStatus.QUEUED, PRESENT, 7, False),
        (JobStatus.ARCHIVED, ResourceRef(ResourceState.EXPIRED), 7, False),
        (JobStatus.RESTORING, ResourceRef(ResourceState.EXPIRED), 7, True),
        (JobStatus.RESTORING, ResourceRef(ResourceState.EXPIRED), 0, True),
        (JobStatus.RESTORING, ResourceRef(ResourceState.EXPIRED, created=BEFORE - timedelta(1)), 7, True),
        (JobStatus.RESTORING, ResourceRef(ResourceState.EXPIRED, created=NOW), 7, False),
        (JobStatus.RESTORING, ResourceRef(ResourceState.DELETED), 7, False),
    ],
    ids=[
        "new",
        "old-record",
        "would-expire-at-once",
        "unfinished",
        "tombstone",
        "present",
        "expired",
        "restoring",
        "restoring-no-ttl",
        "restoring-old-resource",
        "restoring-tried-in-vain",
        "deleted-by-a-person",
    ],
)
def test_resource_is_made(status: JobStatus, resource: ResourceRef, ttl: int, *, made: bool) -> None:
    """A job without a resource gets one early, and a restore gets an expired one back."""
    job = job_in(status, resource=resource, policy=JobPolicy(ttl_after_finished=timedelta(days=ttl)))

    decision = decided(job, PREMIUM)

    assert (decision.effects == (CreateResource(),)) is made


@pytest.mark.parametrize("status", JobStatus, ids=lambda s: s.value)
def test_resource_expires(status: JobStatus) -> None:
    """A resource is written off after its time, counted from the last move, but never while somebody waits."""
    policy = JobPolicy(ttl_after_finished=timedelta(minutes=30), archive_policy=_resting(status))
    job = job_in(status, policy=policy)
    waits = status in {JobStatus.PENDING, JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.RESTORING}

    decision = decided(job, PREMIUM)

    assert (decision.policy == "resource_expired") is not waits
    if not waits:
        assert decision.after.resource.state is ResourceState.EXPIRED
        assert decision.due == NOW


def _resting(status: JobStatus) -> Any:
    policy = JobPolicy().archive_policy
    return type(policy).IMMEDIATE if status is JobStatus.ARCHIVED else policy


def test_resource_lives_from_its_creation() -> None:
    """A resource made late, or applied again, lives its full time."""
    resource = replace(PRESENT, created=NOW - timedelta(minutes=1))
    job = job_in(
        JobStatus.CANCELLED, resource=resource, policy=JobPolicy(ttl_after_finished=timedelta(hours=1))
    )

    assert decided(job).due == NOW + timedelta(minutes=59)
