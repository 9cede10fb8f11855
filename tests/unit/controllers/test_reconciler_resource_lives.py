"""What becomes of a job when its resource comes, goes, or is not what it seems."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from gas.adapters.memory.objects import InMemoryArchive, InMemoryVault
from gas.config import LifecycleSettings
from gas.domain.admission import UNSHOWABLE
from gas.domain.explanation import remark
from gas.domain.job import JobStatus
from gas.domain.own_file import OwnFile
from gas.domain.plan import Plan
from gas.domain.record import ResourceState
from gas.domain.spec import DeletionPolicy, RestoreRequest
from gas.domain.uploads import LAST_LOOK
from tests.support.crashes import CrashError, Crashes
from tests.support.jobs import INPUT, JOB_ID, NOW, OWN, RESULTS, USER
from tests.support.platform import WINDOW, Platform, at


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


def test_an_old_crd_takes_an_own_file_out() -> None:
    """Where the CRD is of an older release, the resource lacks the file that its job brings, and is its window all the same."""
    platform = Platform()
    platform.cluster.unknown_fields = {"ownFile"}
    platform.submit()
    found = platform.objects.put(OWN.bucket, OWN.key, b"own")
    platform.jobs.commit(platform.job, replace(platform.job, own_file=OwnFile(OWN, found.etag, 3)))

    platform.look()
    platform.claim()
    platform.finish()
    platform.look()

    assert platform.job.status is JobStatus.COMPLETED
    assert platform.job.resource.state is ResourceState.PRESENT
    assert platform.status["phase"] == "Completed"


def test_older_controllers_make_the_record_of_a_resource_with_an_own_file() -> None:
    """Between two releases, they leave it out: nothing of the job is lost, however long ours look at it."""
    platform = Platform()
    platform.objects.put(OWN.bucket, OWN.key, b"own")
    platform.complete(ttl_after_finished=timedelta(days=1))
    platform.cluster.resources[JOB_ID]["spec"]["ownFile"] = {
        "bucket": OWN.bucket,
        "key": OWN.key,
        "fileName": OWN.file_name,
    }
    platform.cluster.edit(JOB_ID, deletionPolicy="Delete")
    platform.watch()

    platform.pass_time(timedelta(hours=47))

    assert platform.job.own_place == OWN
    assert platform.job.annotated
    assert platform.job.resource.state is ResourceState.EXPIRED
    assert "was not looked up" in (remark(platform.job) or "")


def delete_resource(platform: Platform) -> None:
    """Somebody deletes the resource, and the watch tells of it."""
    del platform.cluster.resources[JOB_ID]
    platform.watch()
    platform.look()


def pass_window(platform: Platform) -> None:
    """Let the resource be missing for a whole window, and look again."""
    platform.pass_time(timedelta(seconds=WINDOW))
    platform.look()


@pytest.mark.parametrize(
    ("policy", "state", "hot"),
    [(DeletionPolicy.RETAIN, JobStatus.COMPLETED, True), (DeletionPolicy.DELETE, JobStatus.DELETED, False)],
    ids=["retain", "delete"],
)
def test_deleting_the_resource_of_a_finished_job(
    policy: DeletionPolicy, state: JobStatus, *, hot: bool
) -> None:
    """The data of a finished job stays, unless its deletion policy says otherwise: then it goes after a second look."""
    platform = Platform(Plan.PREMIUM)
    platform.complete(deletion_policy=policy)

    delete_resource(platform)
    at_once = platform.job.resource.state
    pass_window(platform)
    believed, kept = platform.job, platform.hot
    platform.pass_time(platform.rules.second_look)

    assert at_once is ResourceState.PRESENT
    assert (believed.resource.state, believed.status, kept) == (
        ResourceState.DELETED,
        JobStatus.COMPLETED,
        True,
    )
    assert platform.job.status is state
    assert platform.hot is hot
    assert platform.cluster.get(JOB_ID) is None


def test_resource_that_is_applied_again_before_the_second_look_keeps_its_data() -> None:
    """Who deleted it by mistake has minutes to apply it again."""
    platform = Platform(Plan.PREMIUM)
    platform.complete(deletion_policy=DeletionPolicy.DELETE)
    delete_resource(platform)
    pass_window(platform)

    platform.apply(deletionPolicy="Delete")
    platform.look()
    platform.pass_time(timedelta(days=1))

    assert platform.job.status is JobStatus.COMPLETED
    assert platform.hot
    assert platform.ready[0] == "True"


def test_deleting_the_resource_of_an_unfinished_job_cancels_it() -> None:
    """A deleted resource cancels a running job."""
    platform = Platform()
    platform.apply()
    platform.look()
    platform.claim()

    delete_resource(platform)
    before = platform.job.status
    platform.clock.advance(timedelta(seconds=WINDOW))
    platform.look()

    assert before is JobStatus.RUNNING
    assert platform.job.status is JobStatus.CANCELLED
    assert platform.job.resource.state is ResourceState.DELETED


def test_absence_while_the_cluster_goes_is_not_believed() -> None:
    """A resource that is missing while its kind or namespace is terminating counts for nothing, however long it takes."""
    platform = Platform()
    platform.apply()
    platform.look()
    platform.cluster.terminating = True

    delete_resource(platform)
    pass_window(platform)

    assert platform.job.status is JobStatus.QUEUED
    assert platform.job.resource.state is ResourceState.PRESENT


def test_jobs_go_on_while_there_is_no_kind() -> None:
    """Without the CRD nothing is learned of resources, and a finished run is not held up by that."""
    platform = Platform(Plan.PREMIUM)
    platform.submit()
    platform.look()
    platform.claim()
    platform.look()
    platform.cluster.make_anew(crd=True)
    platform.cluster.served = False
    platform.restart()

    platform.finish()
    platform.look()

    assert platform.job.status is JobStatus.COMPLETED
    assert platform.job.resource.state is ResourceState.PRESENT


@pytest.mark.parametrize("restarted", [False, True], ids=["running", "restarted"])
def test_new_jobs_go_on_while_there_is_no_kind(*, restarted: bool) -> None:
    """Without the CRD a new job is accepted, run and told of; its resource is made when the kind is there again."""
    platform = Platform(Plan.PREMIUM)
    platform.cluster.served = False
    if restarted:
        platform.restart()

    platform.complete()
    without = platform.job
    platform.clock.advance(timedelta(minutes=10))
    platform.look()
    platform.cluster.served = True
    platform.pass_time(timedelta(minutes=2))

    assert (without.status, without.resource.state) == (JobStatus.COMPLETED, ResourceState.NEVER)
    assert len(platform.mailer.sent) == 1
    assert platform.job.resource.state is ResourceState.PRESENT
    assert platform.status["phase"] == "Completed"


def test_a_restore_goes_on_while_there_is_no_kind() -> None:
    """An archived job whose resource has expired comes back all the same, and its resource with the kind."""
    platform = Platform()
    platform.complete(ttl_after_finished=timedelta(hours=1))
    platform.pass_time(timedelta(days=2))
    expired = platform.job.resource.state
    platform.cluster.served = False

    platform.change_plan(Plan.PREMIUM)
    platform.pass_time(timedelta(days=1))
    restored = platform.job.status, platform.hot
    platform.cluster.served = True

    assert expired is ResourceState.EXPIRED
    assert restored == (JobStatus.RESTORED, True)


def test_a_status_that_cannot_be_shown_holds_up_no_job() -> None:
    """The kind goes while resources are still believed to be there."""
    platform = Platform(Plan.PREMIUM)
    platform.submit()
    platform.look()
    platform.cluster.served = False

    platform.claim()
    platform.look()
    platform.finish()
    platform.look()
    shown = platform.phases[-1]
    platform.cluster.served = True
    platform.watch()
    platform.look()

    assert platform.job.status is JobStatus.COMPLETED
    assert shown == "Queued"
    assert platform.status["phase"] == "Completed"


def test_a_restore_from_the_future_is_brought_back_with_its_resource() -> None:
    """An older GAS let the time in: the cluster would refuse a resource with it, and the restore is served all the same."""
    platform = Platform()
    platform.complete(ttl_after_finished=timedelta(hours=1))
    platform.pass_time(timedelta(days=2))
    expired = platform.job
    ahead = RestoreRequest(platform.clock.now() + timedelta(days=9))

    platform.jobs.commit(expired, replace(expired, policy=replace(expired.policy, restore=ahead)))
    platform.jobs.make_due(JOB_ID, platform.clock.now())
    platform.look()
    shown = platform.status["phase"]
    platform.pass_time(timedelta(minutes=30))

    assert expired.resource.state is ResourceState.EXPIRED
    assert (shown, platform.job.resource.state) == ("Restoring", ResourceState.PRESENT)
    assert "Restored" in platform.phases


def test_a_job_whose_resource_is_refused_goes_on() -> None:
    """A policy of the cluster refuses the resource: the job is run without one, and gets it when it is taken."""
    platform = Platform(Plan.PREMIUM)
    platform.cluster.refuses = True

    platform.complete()
    without = platform.job
    platform.cluster.refuses = False
    platform.pass_time(timedelta(hours=1))

    assert (without.status, without.resource.state) == (JobStatus.COMPLETED, ResourceState.NEVER)
    assert platform.job.resource.state is ResourceState.PRESENT


@pytest.mark.parametrize(
    "anew",
    [{"crd": True}, {"namespace": True}, {"crd": True, "namespace": True}],
    ids=["crd", "namespace", "cluster"],
)
@pytest.mark.parametrize("restarted", [False, True], ids=["running", "restarted"])
@pytest.mark.parametrize("policy", DeletionPolicy, ids=lambda policy: policy.value)
def test_resource_is_made_again_in_a_home_made_anew(
    anew: dict[str, bool], policy: DeletionPolicy, *, restarted: bool
) -> None:
    """The CRD, the namespace or the cluster is made anew: the job is what it was, and so is its resource, edits included."""
    platform = Platform(Plan.PREMIUM)
    platform.complete(deletion_policy=policy)
    platform.edit(retentionSeconds=77)
    platform.look()
    before = platform.job

    platform.clock.advance(timedelta(seconds=1))
    platform.cluster.make_anew(**anew)
    if restarted:
        platform.restart()
    platform.watch()
    platform.look()
    platform.pass_time(timedelta(minutes=30))

    made = platform.cluster.get(JOB_ID)
    assert made is not None
    assert made["spec"]["retentionSeconds"] == 77
    assert made["spec"]["deletionPolicy"] == policy.value
    assert (platform.job.status, platform.job.history) == (before.status, before.history)
    assert platform.job.resource.uid == made["metadata"]["uid"] != before.resource.uid
    assert platform.hot
    assert platform.ready == ("True", "Premium")


def test_a_resource_that_was_made_again_can_be_deleted() -> None:
    """In its new home a resource is deleted by people as in any."""
    platform = Platform(Plan.PREMIUM)
    platform.apply(suspend=True)
    platform.look()
    platform.clock.advance(timedelta(seconds=1))
    platform.cluster.make_anew(crd=True)
    platform.clock.advance(timedelta(seconds=1))
    platform.watch()
    platform.look()

    delete_resource(platform)
    pass_window(platform)

    assert platform.job.status is JobStatus.CANCELLED


def test_a_record_of_an_older_release_learns_its_home() -> None:
    """A record without a home gets it at the next sight; until then the age of the home decides."""
    platform = Platform(Plan.PREMIUM)
    platform.complete()
    old = platform.job
    platform.jobs.commit(old, replace(old, resource=replace(old.resource, home=None)))
    platform.restart()

    platform.look()

    assert platform.job.resource.home == platform.cluster.home().home


def test_another_jobs_resource_in_a_new_cluster_cancels_nothing() -> None:
    """In a cluster made anew somebody uses the name for another file: the old job goes on, without a resource."""
    platform = Platform()
    platform.apply(deletionPolicy="Delete")
    platform.look()
    platform.clock.advance(timedelta(seconds=1))
    platform.cluster.make_anew(crd=True, namespace=True)

    platform.apply(reference="grch37")
    platform.look()
    platform.clock.advance(timedelta(hours=1))
    platform.look()

    assert platform.job.status is JobStatus.QUEUED
    assert platform.job.resource.state is ResourceState.EXPIRED
    assert platform.ready == ("False", "NameTaken")


def test_too_many_absences_are_not_believed() -> None:
    """While the rule is paused, a missing resource changes nothing, and is looked at again within a minute."""
    platform = Platform(Plan.PREMIUM)
    platform.complete()
    platform.restart(absence_limit=0)
    del platform.cluster.resources[JOB_ID]

    platform.watch()
    platform.look()
    platform.clock.advance(timedelta(seconds=WINDOW))
    delay = platform.look()

    assert platform.job.resource.state is ResourceState.PRESENT
    assert delay <= WINDOW


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
    assert platform.copies == 0
    assert platform.cluster.get(JOB_ID) is None


@pytest.mark.parametrize("kind", [InMemoryArchive, InMemoryVault], ids=["keys", "own-ids"])
@pytest.mark.parametrize("place", ["archive", "hot"])
def test_copy_that_lands_after_the_deletion_is_removed(place: str, kind: type[InMemoryArchive]) -> None:
    """A copy that dead controllers had sent may still land when the data is deleted: nothing of it stays."""
    platform = Platform(archive=kind)
    platform.complete()
    result = platform.job.result
    assert result is not None
    bytes_of_result = platform.objects.objects[RESULTS, result.key]
    platform.intend(delete_requested=platform.clock.now())
    platform.look()

    platform.objects.objects[RESULTS, result.key] = bytes_of_result
    if place == "archive":
        platform.archive.store(RESULTS, result.key, result.size_bytes, result.sha256)
        platform.objects.delete(RESULTS, (result.key,))
    platform.pass_time(timedelta(days=1))

    assert platform.job.status is JobStatus.DELETED
    assert not platform.objects.objects
    assert platform.copies == 0


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
    assert not [word for word in (USER, INPUT.file_name, INPUT.key, "rCRS") if word in kept]
    assert platform.job.status is JobStatus.DELETED
    assert (platform.job, platform.job.due) == (forgotten, None)
    assert platform.ready == ("False", "NameTaken")
    assert platform.objects.objects == {}


def deleted_upload() -> Platform:
    """A platform with the usual time until jobs are forgotten, whose job was submitted and is deleted."""
    platform = Platform()
    platform.rules = platform.rules_with(form_lands=timedelta(seconds=LifecycleSettings().forget_seconds))
    platform.restart()
    platform.submit()
    platform.look()
    platform.intend(delete_requested=platform.clock.now())
    platform.look()
    return platform


def test_a_form_that_is_used_after_the_deletion() -> None:
    """What is sent with the form of a deleted job's upload does not stay, however long it was on its way."""
    platform = deleted_upload()
    platform.pass_time(LAST_LOOK)

    platform.objects.put(INPUT.bucket, INPUT.key, b"sent with the form once more")
    platform.pass_time(timedelta(minutes=20))

    assert platform.objects.objects == {}
    assert platform.job.tombstone is not None


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, 8))
def test_controllers_that_die_while_they_forget(call: int, *, after: bool) -> None:
    """Killed at any call, the next ones remove what came late and forget all the same."""
    platform = deleted_upload()
    platform.objects.put(INPUT.bucket, INPUT.key, b"sent with the form once more")
    platform.restart(Crashes(call, after=after))
    platform.clock.advance(LAST_LOOK + timedelta(minutes=20))
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
    assert platform.job.reference == "rCRS"


def test_replaced_resource_counts_as_deleted() -> None:
    """When a resource was deleted and its name given to another job, the first job is cancelled."""
    platform = Platform()
    platform.apply()
    platform.look()
    del platform.cluster.resources[JOB_ID]

    platform.apply(reference="grch37")
    platform.look()
    before = platform.job.status
    platform.clock.advance(timedelta(seconds=WINDOW))
    platform.look()

    assert before is JobStatus.QUEUED
    assert platform.job.status is JobStatus.CANCELLED
    assert platform.ready == ("False", "NameTaken")


def test_a_new_resource_is_at_home_although_the_kind_was_away_meanwhile() -> None:
    """What was not known while there was no kind is asked for again at the next sight, and not ten minutes later."""
    platform = Platform()
    platform.cluster.served = False
    platform.submit(suspend=True)
    platform.look()
    platform.resources.home = None

    platform.cluster.served = True
    platform.pass_time(timedelta(hours=2))
    platform.watch()
    platform.look()

    assert platform.job.resource.home == platform.cluster.home().home
