"""Two doors, one room: what a resource means for the record of its name."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gas.domain.admission import (
    UNSHOWABLE,
    Admission,
    CommitRecord,
    MakeRecord,
    RefuseResource,
    RemoveResource,
    SeenResource,
    admit,
    is_strange,
)
from gas.domain.job import Job, JobStatus
from gas.domain.own_file import OwnFile, about_own_file
from gas.domain.reasons import Reason
from gas.domain.record import Home, ResourceRef, ResourceState
from gas.domain.spec import InputRef, JobPolicy
from gas.domain.tombstone import tombstone
from tests.support.jobs import (
    BEFORE,
    INPUT,
    INPUTS,
    JOB_ID,
    NOW,
    OWN,
    OWN_FILE,
    PREFIX,
    PRESENT,
    RULES,
    USER,
    job_in,
    pending,
)

SEEN = SeenResource(JOB_ID, "uid-1", 1, BEFORE, USER, INPUT, "rCRS", JobPolicy())
HOME = Home("crd-1", "namespace-1")
NAME_TAKEN = RefuseResource(Reason.NAME_TAKEN)
EXPIRED = replace(PRESENT, state=ResourceState.EXPIRED)


def admitted(job: Job | None, seen: SeenResource | None) -> Admission:
    """The answer now."""
    return admit(job, seen, NOW, RULES)


def committed(job: Job, seen: SeenResource) -> Job:
    """The record that the answer wants committed."""
    answer = admitted(job, seen)
    assert isinstance(answer, CommitRecord)
    return answer.after


def test_resource_without_a_record() -> None:
    """By `kubectl apply` the record is made from the resource, due at once."""
    answer = admitted(None, replace(SEEN, policy=JobPolicy(suspend=True)))

    assert isinstance(answer, MakeRecord)
    job = answer.job
    assert (job.job_id, job.user_id, job.input, job.reference) == (JOB_ID, USER, INPUT, "rCRS")
    assert (job.status, job.due, job.submit_time, job.policy.suspend) == (JobStatus.PENDING, NOW, NOW, True)
    assert job.resource == ResourceRef(ResourceState.PRESENT, "uid-1", 1, BEFORE)


@pytest.mark.parametrize(
    "input_ref",
    [
        InputRef("another", INPUT.key, "a.vcf"),
        InputRef(INPUTS, f"{PREFIX}/{'v' * 26}/job-1~a.vcf", "a.vcf"),
        InputRef(INPUTS, "../a.vcf", "a.vcf"),
    ],
    ids=["bucket", "user", "malformed"],
)
@pytest.mark.parametrize("job", [None, pending()], ids=["no-record", "record"])
def test_somebody_elses_file(input_ref: InputRef, job: Job | None) -> None:
    """A resource that names a key outside its user's folder has no effect, whatever record there is."""
    assert admitted(job, replace(SEEN, input=input_ref)) == RefuseResource(Reason.INPUT_NOT_OWNED)


@pytest.mark.parametrize(
    "other",
    [
        replace(SEEN, user_id="v" * 26, input=replace(INPUT, key=f"{PREFIX}/{'v' * 26}/job-1~a.vcf")),
        replace(SEEN, input=replace(INPUT, key=f"{PREFIX}/{USER}/job-1~b.vcf")),
        replace(SEEN, reference="grch37"),
    ],
    ids=["user", "input", "reference"],
)
def test_name_of_another_job(other: SeenResource) -> None:
    """A resource that differs from the record of its name is told that the name is taken."""
    assert admitted(pending(resource=ResourceRef()), other) == NAME_TAKEN


WITH_OWN = replace(SEEN, own_place=OWN)


def test_an_own_file_comes_with_its_resource() -> None:
    """The record made of a resource has it, with nothing known of it yet."""
    answer = admitted(None, WITH_OWN)

    assert isinstance(answer, MakeRecord)
    assert answer.job.own_file == OwnFile(OWN)


@pytest.mark.parametrize(
    ("own", "refusal"),
    [
        (replace(OWN, bucket="another"), RefuseResource(Reason.INPUT_NOT_OWNED, about_own_file())),
        (
            replace(OWN, key=f"{PREFIX}/{'v' * 26}/upload-2~mine.bed"),
            RefuseResource(Reason.INPUT_NOT_OWNED, about_own_file()),
        ),
        (
            replace(OWN, file_name="a\u202eb.bed"),
            RefuseResource(Reason.INPUT_REFUSED, about_own_file(UNSHOWABLE)),
        ),
    ],
    ids=["bucket", "user", "name"],
)
@pytest.mark.parametrize("job", [None, pending(own_file=OWN_FILE)], ids=["no-record", "record"])
def test_an_own_file_that_cannot_be(own: InputRef, refusal: RefuseResource, job: Job | None) -> None:
    """It is judged as the input is, and the refusal says that it is this one."""
    assert admitted(job, replace(SEEN, own_place=own)) == refusal


@pytest.mark.parametrize(
    ("job", "seen"),
    [
        (pending(resource=ResourceRef()), WITH_OWN),
        (pending(resource=ResourceRef(), own_file=OWN_FILE), SEEN),
        (
            pending(resource=ResourceRef(), own_file=OWN_FILE),
            replace(SEEN, own_place=replace(OWN, key=INPUT.key)),
        ),
        (pending(own_file=OWN_FILE), replace(WITH_OWN, own_place=replace(OWN, key=INPUT.key))),
    ],
    ids=["one-more", "one-less", "another", "another-in-its-window"],
)
def test_another_own_file_is_another_job(job: Job, seen: SeenResource) -> None:
    """The same resource applied again is the same job; with another file beside the input it is not."""
    assert admitted(job, seen) == NAME_TAKEN
    assert not is_strange(pending(own_file=OWN_FILE), WITH_OWN)


UNADOPTED = [each for each in JobStatus if each is not JobStatus.DELETED]


@pytest.mark.parametrize("status", UNADOPTED, ids=lambda status: status.value)
def test_a_record_that_older_controllers_made(status: JobStatus) -> None:
    """They knew of no own file: the record of its window learns of it, whose result then says that it was not looked up."""
    long_ago = replace(WITH_OWN, created=NOW - timedelta(days=365))
    job = job_in(status)

    after = committed(job, long_ago)

    assert after == replace(job, own_file=OwnFile(OWN))
    assert admitted(after, long_ago) is None
    assert not is_strange(job, WITH_OWN)


def test_a_record_that_older_controllers_made_is_edited() -> None:
    """With a moved generation it learns of both at once."""
    after = committed(pending(), replace(WITH_OWN, generation=2, policy=JobPolicy(suspend=True)))

    assert (after.own_file, after.policy.suspend) == (OwnFile(OWN), True)


def test_a_deleted_job_learns_of_no_file() -> None:
    """Nothing of anybody comes back into its record; its window goes as any such does."""
    job = job_in(JobStatus.DELETED)
    left = tombstone(replace(job, resource=EXPIRED))

    assert admitted(job, WITH_OWN) is None
    assert admitted(left, WITH_OWN) == RemoveResource("uid-1")
    assert admitted(tombstone(job_in(JobStatus.DELETED, own_file=OWN_FILE, resource=EXPIRED)), SEEN) == (
        RemoveResource("uid-1")
    )


def test_a_window_that_older_controllers_made() -> None:
    """They knew of no own file: the resource that the record knows is its window all the same."""
    job = pending(own_file=OWN_FILE)

    assert admitted(job, SEEN) is None
    assert is_strange(job, replace(SEEN, uid="uid-2"))


def test_a_window_without_its_own_file_that_is_not_known_yet() -> None:
    """Older controllers made it, or ours where an old CRD takes no own file in: it came of this very record."""
    job = pending(own_file=OWN_FILE, resource=ResourceRef())
    made = replace(SEEN, made_here=True)

    assert committed(job, made).resource == PRESENT
    assert committed(job, made).own_file == OWN_FILE
    assert not is_strange(job, made)
    assert is_strange(pending(resource=ResourceRef()), replace(WITH_OWN, made_here=True))
    assert is_strange(job, replace(made, own_place=INPUT))


def test_replaced_window() -> None:
    """A resource that took the place of ours is refused; what became of ours is judged as any absence is."""
    other = replace(SEEN, uid="uid-2", reference="grch37")

    assert admitted(job_in(JobStatus.RUNNING), other) == NAME_TAKEN
    assert is_strange(job_in(JobStatus.RUNNING), other)
    assert not is_strange(job_in(JobStatus.RUNNING), replace(SEEN, uid="uid-2"))


def test_resource_made_for_a_web_job() -> None:
    """The resource that was made from a record becomes its window."""
    job = pending(resource=ResourceRef(), due=None)

    after = committed(job, SEEN)

    assert (after.resource, after.due) == (PRESENT, NOW)
    assert admitted(after, SEEN) is None


def test_newer_spec_is_copied() -> None:
    """A moved generation copies the policy into the record, and makes it due."""
    policy = JobPolicy(retention=timedelta(hours=1))
    newer = replace(SEEN, generation=2, policy=policy)

    after = committed(pending(due=None), newer)

    assert (after.policy, after.resource.generation, after.due) == (policy, 2, NOW)


def test_known_generation_means_nothing() -> None:
    """A repeated view of the resource changes nothing."""
    assert admitted(pending(), replace(SEEN, policy=JobPolicy(suspend=True))) is None


def test_lower_generation_is_copied() -> None:
    """A cluster that was set back to a backup counts on from there: what its resource says now is what is."""
    job, policy = pending(due=None), JobPolicy(suspend=True)
    known = replace(job, resource=replace(job.resource, generation=4))

    after = committed(known, replace(SEEN, generation=2, policy=policy))

    assert (after.policy, after.resource.generation, after.due) == (policy, 2, NOW)


def test_expired_resource_is_removed() -> None:
    """The resource that the record has written off is removed, and no other."""
    job = job_in(JobStatus.COMPLETED, resource=EXPIRED)

    assert admitted(job, SEEN) == RemoveResource("uid-1")
    assert committed(job, replace(SEEN, uid="uid-2")).resource.uid == "uid-2"


def test_expired_resource_is_kept_for_a_restore() -> None:
    """A resource that was written off but not removed yet becomes the window of a restore."""
    after = committed(job_in(JobStatus.RESTORING, resource=EXPIRED), SEEN)

    assert after.resource == PRESENT


def test_edit_of_an_expired_resource_is_not_lost() -> None:
    """A spec that moved after the resource was written off is copied, and the resource stays for now."""
    job = job_in(JobStatus.ARCHIVED, resource=EXPIRED)

    after = committed(job, replace(SEEN, generation=2, policy=JobPolicy(retention=timedelta(days=1))))

    assert after.resource.state is ResourceState.PRESENT
    assert after.policy.retention == timedelta(days=1)


@pytest.mark.parametrize("state", [ResourceState.DELETED, ResourceState.EXPIRED], ids=lambda s: s.value)
def test_applied_again(state: ResourceState) -> None:
    """A resource that is applied again becomes the window of the old record."""
    job = job_in(JobStatus.ARCHIVED, resource=replace(PRESENT, state=state))

    after = committed(job, replace(SEEN, uid="uid-2"))

    assert (after.status, after.resource.state, after.resource.uid) == (
        JobStatus.ARCHIVED,
        ResourceState.PRESENT,
        "uid-2",
    )


def test_resource_under_deletion_is_no_window() -> None:
    """A resource that is being deleted is not adopted."""
    job = pending(resource=ResourceRef())

    assert admitted(job, replace(SEEN, terminating=True)) is None


@pytest.mark.parametrize("seen", [SEEN, replace(SEEN, generation=5)], ids=["same", "edited"])
def test_window_of_a_tombstone_is_removed(seen: SeenResource) -> None:
    """The resource of a deleted job goes, even when somebody edits it."""
    assert admitted(job_in(JobStatus.DELETED, resource=EXPIRED), seen) == RemoveResource("uid-1")


def test_tombstone_is_not_revived() -> None:
    """The name of a deleted job stays taken, for the same manifest too."""
    job = job_in(JobStatus.DELETED, resource=replace(PRESENT, state=ResourceState.DELETED))

    assert admitted(job, replace(SEEN, uid="uid-2")) == NAME_TAKEN


def test_first_sight_notes_the_home() -> None:
    """A record that does not know where its resource stands is told so, once, and nothing else changes."""
    job = job_in(JobStatus.COMPLETED, due=None)
    housed = replace(SEEN, home=HOME)

    after = committed(job, housed)

    assert after == replace(job, resource=replace(PRESENT, home=HOME))
    assert admitted(after, housed) is None
    assert admitted(after, SEEN) is None


def test_edit_of_a_resource_whose_home_is_not_certain() -> None:
    """What the record knows of the home of this very resource stays; another resource's home is not taken over."""
    job = pending(resource=replace(PRESENT, home=HOME))

    edited = committed(job, replace(SEEN, generation=2))
    other = committed(job, replace(SEEN, uid="uid-2"))

    assert edited.resource.home == HOME
    assert other.resource.home is None


def test_what_was_meant_ends_when_it_is_seen() -> None:
    """A resource that is there was not deleted, whatever an operator said of its absence."""
    job = pending(resource=replace(PRESENT, meant=BEFORE))

    assert committed(job, SEEN).resource == PRESENT


@pytest.mark.parametrize("job", [None, pending()], ids=["no-record", "record"])
def test_nothing_known(job: Job | None) -> None:
    """When nothing is known of the resource, nothing follows."""
    assert admitted(job, None) is None


def test_file_name_that_cannot_be_shown() -> None:
    """A name with characters that turn or hide text is refused before it reaches a mail or a page."""
    turned = replace(SEEN, input=replace(SEEN.input, file_name="evil\u202efcv.exe"))

    assert admitted(None, turned) == RefuseResource(Reason.INPUT_REFUSED, UNSHOWABLE)


def test_refused_resource_ends_with_its_time_to_live() -> None:
    """A resource that is refused has no record, and goes all the same when its time to live is over."""
    stranger = replace(SEEN, input=replace(SEEN.input, bucket="another"))
    old = replace(stranger, created=NOW - stranger.policy.ttl_after_finished)

    assert admitted(None, stranger) == RefuseResource(Reason.INPUT_NOT_OWNED)
    assert admitted(None, old) == RemoveResource(SEEN.uid)
