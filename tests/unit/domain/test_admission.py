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
from gas.domain.reasons import Reason
from gas.domain.record import Home, ResourceRef, ResourceState
from gas.domain.spec import InputRef, JobPolicy
from tests.support.jobs import (
    BEFORE,
    INPUT,
    INPUTS,
    JOB_ID,
    NOW,
    PREFIX,
    PRESENT,
    RULES,
    USER,
    job_in,
    pending,
)

SEEN = SeenResource(JOB_ID, "uid-1", 1, BEFORE, USER, INPUT, "grch38", JobPolicy())
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
    assert (job.job_id, job.user_id, job.input, job.reference) == (JOB_ID, USER, INPUT, "grch38")
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


@pytest.mark.parametrize("generation", [0, 1], ids=["older", "same"])
def test_known_generation_means_nothing(generation: int) -> None:
    """A repeated or older view of the resource changes nothing."""
    assert admitted(pending(), replace(SEEN, generation=generation, policy=JobPolicy(suspend=True))) is None


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
