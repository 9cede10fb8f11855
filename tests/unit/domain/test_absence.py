"""What it means that a resource is not there, which a record says is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gas.domain.absence import Absent, Meaning, SeenHome, after_absence, awaited, meaning
from gas.domain.admission import CommitRecord, admit
from gas.domain.decision import Facts
from gas.domain.job import UNFINISHED, Job, JobStatus
from gas.domain.lifecycle import decide
from gas.domain.record import Home, ResourceRef, ResourceState
from gas.domain.spec import DeletionPolicy, JobPolicy
from tests.support.jobs import BEFORE, NOW, PREMIUM, PRESENT, RULES, decided, job_in, pending

HOME = Home("crd-1", "namespace-1")
OLD = SeenHome(HOME, BEFORE - timedelta(days=1))
HOUSED = replace(PRESENT, home=HOME)
COUNTED = Absent(OLD, counted=True)
TO_DELETE = JobPolicy(deletion_policy=DeletionPolicy.DELETE)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("known", "seen", "told"),
    [
        (HOUSED, OLD, Meaning.DELETED),
        (HOUSED, replace(OLD, home=Home("crd-2", "namespace-1")), Meaning.HOME_ANEW),
        (HOUSED, replace(OLD, home=Home("crd-1", "namespace-2")), Meaning.HOME_ANEW),
        (HOUSED, replace(OLD, home=Home("crd-2", "namespace-2")), Meaning.HOME_ANEW),
        (HOUSED, replace(OLD, terminating=True), Meaning.NOTHING),
        (HOUSED, SeenHome(Home("crd-2", "namespace-1"), BEFORE, terminating=True), Meaning.NOTHING),
        (PRESENT, OLD, Meaning.DELETED),
        (PRESENT, replace(OLD, created=BEFORE - SECOND), Meaning.DELETED),
        (PRESENT, replace(OLD, created=BEFORE), Meaning.HOME_ANEW),
        (PRESENT, replace(OLD, created=BEFORE + SECOND), Meaning.HOME_ANEW),
        (replace(PRESENT, created=None), OLD, Meaning.HOME_ANEW),
    ],
    ids=[
        "same-home",
        "crd-anew",
        "namespace-anew",
        "cluster-anew",
        "going",
        "anew-and-going",
        "older-by-age",
        "a-second-older",
        "as-old",
        "younger",
        "of-unknown-age",
    ],
)
def test_meaning(known: ResourceRef, seen: SeenHome, told: Meaning) -> None:
    """Only an absence from the home that the resource stood in is a deletion; where none is known, its age decides."""
    assert meaning(known, seen) is told


@pytest.mark.parametrize("status", JobStatus, ids=lambda s: s.value)
def test_a_home_made_anew_deletes_nothing(status: JobStatus) -> None:
    """The job goes on as it was, and its resource is made again, with the spec that the record has."""
    job = job_in(status, resource=HOUSED, policy=TO_DELETE)

    after = after_absence(job, Absent(SeenHome(Home("crd-2", "namespace-1"), NOW), counted=True), NOW, RULES)

    assert after == replace(job, resource=ResourceRef(), due=NOW)


@pytest.mark.parametrize(
    "status", [s for s in JobStatus if s is not JobStatus.DELETED], ids=lambda s: s.value
)
def test_a_resource_that_went_with_its_home_is_made_again(status: JobStatus) -> None:
    """Whatever state its job is in, the next decisions make a resource for it."""
    job = replace(job_in(status, resource=HOUSED), resource=ResourceRef(), due=NOW)

    decision = decide(job, PREMIUM, Facts(), NOW, RULES)

    assert [type(effect).__name__ for effect in decision.effects] == ["CreateResource"]


@pytest.mark.parametrize("status", JobStatus, ids=lambda s: s.value)
def test_a_deletion(status: JobStatus) -> None:
    """A deleted resource cancels an unfinished job and leaves a finished one as it is."""
    after = after_absence(job_in(status, resource=HOUSED), COUNTED, NOW, RULES)

    assert after is not None
    assert after.status is (JobStatus.CANCELLED if status in UNFINISHED else status)
    assert (after.resource.state, after.resource.believed, after.due) == (ResourceState.DELETED, NOW, NOW)
    assert after.lease is None


def test_nothing_is_believed_before_it_is_counted() -> None:
    """While too few seconds have passed, or too many others are missing, nothing follows."""
    assert after_absence(pending(resource=HOUSED), Absent(OLD, counted=False), NOW, RULES) is None


def test_what_an_operator_says_was_meant_is_believed() -> None:
    """However many others are missing."""
    job = pending(resource=replace(HOUSED, meant=BEFORE))

    after = after_absence(job, Absent(OLD, counted=False), NOW, RULES)

    assert after is not None
    assert after.status is JobStatus.CANCELLED


def test_what_was_meant_does_not_outlive_a_home() -> None:
    """An operator spoke of the resources of the home that there was."""
    job = pending(resource=replace(HOUSED, meant=BEFORE))

    after = after_absence(job, Absent(SeenHome(Home("crd-2", "namespace-1"), NOW), counted=False), NOW, RULES)

    assert after == replace(job, resource=ResourceRef(), due=NOW)


def believed() -> Job:
    """A finished job whose data is to go with its resource, which was just taken for deleted."""
    job = after_absence(job_in(JobStatus.COMPLETED, resource=HOUSED, policy=TO_DELETE), COUNTED, NOW, RULES)
    assert job is not None
    return job


def test_data_waits_for_a_second_look() -> None:
    """Until the second look nothing is deleted, and the job is due for it."""
    job = believed()
    early = NOW + RULES.second_look - SECOND

    decision = decide(job, PREMIUM, Facts(), NOW, RULES)

    assert decision.effects == ()
    assert decision.after.status is JobStatus.COMPLETED
    assert decision.due == NOW + RULES.second_look
    assert after_absence(job, COUNTED, early, RULES) is None


def test_data_goes_after_the_second_look() -> None:
    """When the resource is still absent minutes later, the data goes with it."""
    later = NOW + RULES.second_look

    confirmed = after_absence(believed(), COUNTED, later, RULES)

    assert confirmed is not None
    decision = decided(confirmed, PREMIUM, now=later)
    assert decision.after.status is JobStatus.DELETED
    assert "DeleteResultObjects" in [type(effect).__name__ for effect in decision.effects]
    assert not awaited(confirmed)


@pytest.mark.parametrize(
    "absent",
    [
        Absent(OLD, counted=False),
        Absent(replace(OLD, terminating=True), counted=True),
        Absent(SeenHome(Home("crd-2", "namespace-1"), NOW), counted=True),
    ],
    ids=["too-many-missing", "home-going", "home-anew"],
)
def test_second_look_may_save_the_data(absent: Absent) -> None:
    """What would not have been believed at first does not confirm it either; the job is looked at again later."""
    later = NOW + RULES.second_look

    after = after_absence(believed(), absent, later, RULES) or believed()

    assert after.resource.confirmed is None
    decision = decide(after, PREMIUM, Facts(), later, RULES)
    assert decision.after.status is JobStatus.COMPLETED
    assert decision.due is not None
    assert decision.due > later or decision.effects


def test_a_record_of_an_older_release_gets_its_second_look() -> None:
    """A deletion that an older GAS had believed, and not carried out, is looked at twice from now on."""
    job = job_in(
        JobStatus.COMPLETED, resource=replace(PRESENT, state=ResourceState.DELETED), policy=TO_DELETE
    )

    after = after_absence(job, COUNTED, NOW, RULES)

    assert awaited(job)
    assert after == replace(job, resource=replace(job.resource, believed=NOW), due=NOW)


@pytest.mark.parametrize(
    "state", [s for s in ResourceState if s is not ResourceState.PRESENT], ids=lambda s: s.value
)
def test_absence_of_what_was_not_there(state: ResourceState) -> None:
    """Only a resource that the record believes to be present can be missed."""
    assert after_absence(pending(resource=replace(HOUSED, state=state)), COUNTED, NOW, RULES) is None


def test_absence_without_a_record() -> None:
    """Nobody misses a resource of which there is no record."""
    assert admit(None, COUNTED, NOW, RULES) is None


def test_absence_by_the_door() -> None:
    """What an absence means for a record is committed."""
    job = pending(resource=HOUSED)

    answer = admit(job, COUNTED, NOW, RULES)

    assert isinstance(answer, CommitRecord)
    assert answer.after == after_absence(job, COUNTED, NOW, RULES)
