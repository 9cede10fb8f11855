"""What becomes of a job when its resource comes, goes, or is not what it seems."""

from contextlib import suppress
from datetime import timedelta

import pytest

from gas.domain.admission import UNSHOWABLE
from gas.domain.job import JobStatus
from gas.domain.keys import archive_key
from gas.domain.plan import Plan
from gas.domain.record import ResourceState
from gas.domain.spec import DeletionPolicy, RestoreRequest
from tests.support.crashes import CrashError, Crashes
from tests.support.jobs import INPUT, JOB_ID, NOW, RESULTS, USER
from tests.support.platform import Platform, at


def test_resource_goes_after_its_time_and_comes_back_for_a_restore() -> None:
    """A finished job's resource is removed after its time to live, without its data; a restore makes it again."""
    platform = Platform()
    platform.complete(ttl_after_finished=timedelta(minutes=30))

    platform.pass_time(timedelta(hours=2))
    gone = platform.cluster.get(JOB_ID)
    platform.watch()
    platform.look()
    expired = platform.job
    platform.intend(restore_requested=RestoreRequest(platform.clock.now()))
    platform.look()

    assert gone is None
    assert (expired.status, expired.resource.state) == (JobStatus.ARCHIVED, ResourceState.EXPIRED)
    assert platform.status["phase"] == "Restoring"
    assert platform.job.resource.state is ResourceState.PRESENT


def test_restore_goes_on_when_the_name_is_taken() -> None:
    """A restore whose resource cannot be made, because the name is another's now, still brings the result back."""
    platform = Platform()
    platform.complete(ttl_after_finished=timedelta(minutes=30))
    platform.pass_time(timedelta(hours=2))
    platform.apply(reference="grch37")
    platform.look()

    platform.intend(restore_requested=RestoreRequest(platform.clock.now()))
    platform.look()
    platform.pass_time(timedelta(minutes=4))

    assert platform.job.status is JobStatus.RESTORED
    assert platform.ready == ("False", "NameTaken")


def test_resource_under_deletion_does_not_hold_up_a_job() -> None:
    """A job whose resource is only just being deleted by somebody's finalizer goes on without one."""
    platform = Platform()
    platform.apply()
    platform.cluster.resources[JOB_ID]["metadata"]["deletionTimestamp"] = at(NOW)
    platform.restart()
    platform.submit()

    platform.look()

    assert platform.job.status is JobStatus.QUEUED
    assert platform.job.resource.state is ResourceState.EXPIRED


@pytest.mark.parametrize(
    ("policy", "state", "hot"),
    [(DeletionPolicy.RETAIN, JobStatus.COMPLETED, True), (DeletionPolicy.DELETE, JobStatus.DELETED, False)],
    ids=["retain", "delete"],
)
def test_deleting_the_resource_of_a_finished_job(
    policy: DeletionPolicy, state: JobStatus, *, hot: bool
) -> None:
    """The data of a finished job stays, unless its deletion policy says otherwise."""
    platform = Platform(Plan.PREMIUM)
    platform.complete(deletion_policy=policy)

    del platform.cluster.resources[JOB_ID]
    platform.watch()
    platform.look()

    assert platform.job.status is state
    assert platform.hot is hot
    assert platform.cluster.get(JOB_ID) is None


def test_deleting_the_resource_of_an_unfinished_job_cancels_it() -> None:
    """A deleted resource cancels a running job."""
    platform = Platform()
    platform.apply()
    platform.look()
    platform.claim()

    del platform.cluster.resources[JOB_ID]
    platform.watch()
    platform.look()

    assert platform.job.status is JobStatus.CANCELLED
    assert platform.job.resource.state is ResourceState.DELETED


def test_absence_while_the_cluster_goes_is_not_believed() -> None:
    """A resource that is missing while its kind or namespace is terminating counts for nothing."""
    platform = Platform()
    platform.apply()
    platform.look()
    del platform.cluster.resources[JOB_ID]
    platform.cluster.terminating = True

    platform.watch()
    platform.look()

    assert platform.job.status is JobStatus.QUEUED


def test_too_many_absences_are_not_believed() -> None:
    """While the rule is paused, a missing resource changes nothing, and is looked at again within a minute."""
    platform = Platform(Plan.PREMIUM)
    platform.complete()
    platform.restart(absence_limit=0)
    del platform.cluster.resources[JOB_ID]

    platform.watch()
    delay = platform.look()

    assert platform.job.resource.state is ResourceState.PRESENT
    assert delay <= 60


def test_delete_intent_leaves_a_tombstone() -> None:
    """Deleting data removes the input, the result and the archived copy, the resource, and leaves a record."""
    platform = Platform()
    platform.complete()
    platform.pass_time(timedelta(hours=1))

    platform.intend(delete_requested=platform.clock.now())
    platform.look()
    platform.pass_time(timedelta(days=1))

    assert platform.job.status is JobStatus.DELETED
    assert not platform.objects.objects
    assert not platform.archive._archived
    assert platform.cluster.get(JOB_ID) is None


@pytest.mark.parametrize("place", ["archive", "hot"])
def test_copy_that_lands_after_the_deletion_is_removed(place: str) -> None:
    """A copy that dead controllers had sent may still land when the data is deleted: nothing of it stays."""
    platform = Platform()
    platform.complete()
    result = platform.job.result
    assert result is not None
    bytes_of_result = platform.objects.objects[RESULTS, result.key]
    platform.intend(delete_requested=platform.clock.now())
    platform.look()

    platform.objects.objects[RESULTS, result.key] = bytes_of_result
    if place == "archive":
        platform.archive.store(RESULTS, result.key, archive_key(result.key), result.size_bytes, result.sha256)
        platform.objects.delete(RESULTS, (result.key,))
    platform.pass_time(timedelta(days=1))

    assert platform.job.status is JobStatus.DELETED
    assert not platform.objects.objects
    assert not platform.archive._archived


def test_tombstone_is_not_revived_by_its_manifest() -> None:
    """Applying the manifest of a deleted job again is refused and changes nothing."""
    platform = Platform()
    platform.complete()
    platform.intend(delete_requested=platform.clock.now())
    platform.look()

    platform.apply()
    platform.look()

    assert platform.job.status is JobStatus.DELETED
    assert platform.ready == ("False", "NameTaken")


def test_a_deleted_job_is_forgotten() -> None:
    """A while after the deletion its record names nobody; its manifest, applied again, still has no effect, nor a file."""
    platform = Platform()
    platform.complete()
    platform.intend(delete_requested=platform.clock.now())
    platform.look()
    platform.pass_time(timedelta(hours=1))
    forgotten = platform.job

    platform.apply()
    platform.look()
    platform.pass_time(timedelta(hours=1))

    kept = repr(platform.jobs._table.all_items())
    assert not [word for word in (USER, INPUT.file_name, INPUT.key, "grch38") if word in kept]
    assert platform.job.status is JobStatus.DELETED
    assert (platform.job, platform.job.due) == (forgotten, None)
    assert platform.ready == ("False", "NameTaken")
    assert platform.objects.objects == {}


def test_a_form_that_is_used_after_the_deletion() -> None:
    """What is sent with the form of a deleted job's upload does not stay."""
    platform = Platform()
    platform.submit()
    platform.look()
    platform.intend(delete_requested=platform.clock.now())
    platform.look()

    platform.objects.put(INPUT.bucket, INPUT.key, b"sent with the form once more")
    platform.pass_time(timedelta(minutes=20))

    assert platform.objects.objects == {}
    assert platform.job.tombstone is not None


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, 8))
def test_controllers_that_die_while_they_forget(call: int, *, after: bool) -> None:
    """Killed at any call, the next ones remove what came late and forget all the same."""
    platform = Platform()
    platform.submit()
    platform.look()
    platform.intend(delete_requested=platform.clock.now())
    platform.look()
    platform.objects.put(INPUT.bucket, INPUT.key, b"sent with the form once more")
    platform.restart(Crashes(call, after=after))
    platform.clock.advance(timedelta(minutes=20))
    with suppress(CrashError):
        platform.look()

    platform.restart()
    platform.pass_time(timedelta(minutes=20))

    assert platform.objects.objects == {}
    assert platform.job.tombstone is not None


def test_resource_of_somebody_elses_file_has_no_effect() -> None:
    """A resource that names another user's key is refused once, and makes no record."""
    platform = Platform()
    platform.apply(userID="v" * 26)

    platform.look()
    platform.look()

    assert platform.jobs.get(JOB_ID) is None
    assert platform.ready == ("False", "InputNotOwned")
    assert platform.phases == ["Failed"]
    assert platform.resources.get(JOB_ID) is not None


def test_file_name_that_cannot_be_shown_is_refused_in_words() -> None:
    """A resource whose file name holds invisible characters is told what is wrong and what to do."""
    platform = Platform()
    name = "a\u202e.vcf"
    platform.apply(input={"bucket": INPUT.bucket, "key": INPUT.key, "fileName": name})

    platform.look()

    (ready,) = (c for c in platform.status["conditions"] if c["type"] == "Ready")
    assert platform.jobs.get(JOB_ID) is None
    assert ready["reason"] == "InputRefused"
    assert ready["message"] == f"The input file was refused: {UNSHOWABLE}"


def test_name_taken_leaves_the_record_alone() -> None:
    """A resource that takes the name of another job is told so; the record goes on without a window."""
    platform = Platform()
    platform.submit()
    platform.apply(reference="grch37")

    platform.look()

    assert platform.ready == ("False", "NameTaken")
    assert platform.job.status is JobStatus.QUEUED
    assert platform.job.reference == "grch38"


def test_replaced_resource_counts_as_deleted() -> None:
    """When a resource was deleted and its name given to another job, the first job is cancelled."""
    platform = Platform()
    platform.apply()
    platform.look()
    del platform.cluster.resources[JOB_ID]

    platform.apply(reference="grch37")
    platform.look()

    assert platform.job.status is JobStatus.CANCELLED
    assert platform.ready == ("False", "NameTaken")
