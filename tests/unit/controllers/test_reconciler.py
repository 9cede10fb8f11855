"""Whole lives of a job through the controllers, with everything outside in memory."""

from datetime import timedelta

import pytest

from gas.domain.errors import TransientError
from gas.domain.job import JobStatus
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from gas.domain.record import ResourceState
from gas.domain.spec import ArchivePolicy, DeletionPolicy, RestoreRequest
from gas_controllers.lanes import SETTLED
from tests.support.jobs import INPUT, JOB_ID, NOW, RESULTS, USER
from tests.support.platform import LEASE, Platform, at

DAY = timedelta(days=1)


def ready(platform: Platform) -> tuple[str, str]:
    """Status and reason of the Ready condition."""
    (condition,) = (c for c in platform.status["conditions"] if c["type"] == "Ready")
    return condition["status"], condition["reason"]


def test_free_life() -> None:
    """A free user's job is queued, run, completed, and archived when its retention is over; its links then run out."""
    platform = Platform()

    platform.complete()
    platform.pass_time(timedelta(minutes=5))
    archived_with_links = platform.hot
    platform.pass_time(timedelta(minutes=5))

    assert platform.phases == ["Pending", "Queued", "Running", "Completed", "Archived"]
    assert ready(platform) == ("False", "RetentionOver")
    assert archived_with_links
    assert (platform.hot, platform.cold) == (False, True)
    assert platform.status["archiveTime"] == at(NOW + timedelta(minutes=5))
    assert platform.send_mails() == ["a.vcf is annotated"]


def test_premium_life() -> None:
    """A premium user's result stays; nothing is due but the removal of its resource."""
    platform = Platform(Plan.PREMIUM)

    platform.complete()
    platform.pass_time(DAY)

    assert platform.phases == ["Pending", "Queued", "Running", "Completed"]
    assert ready(platform) == ("True", "Premium")
    assert platform.job.due == NOW + timedelta(days=7)
    assert (platform.hot, platform.cold) == (True, False)


def test_upgrade_brings_archived_results_back() -> None:
    """Becoming premium restores an archived result, shows the retrieval, sends one mail and removes the archived copy."""
    platform = Platform()
    platform.complete()
    platform.pass_time(timedelta(hours=1))
    written = len(platform.phases)

    platform.change_plan(Plan.PREMIUM)
    platform.look()
    restoring = platform.status
    platform.pass_time(timedelta(minutes=5))

    assert restoring["phase"] == "Restoring"
    assert restoring["restoreExpectedTime"] == at(NOW + timedelta(hours=1, minutes=5))
    assert platform.phases[written:] == ["Restoring", "Restored"]
    assert ready(platform) == ("True", "Premium")
    assert (platform.hot, platform.cold) == (True, False)
    assert platform.send_mails()[1:] == ["Your archived results are coming back"]


def test_upgrade_before_the_links_run_out_costs_no_retrieval() -> None:
    """Where the hot bytes are still there, an archived result is Restored at once."""
    platform = Platform()
    platform.complete()
    platform.pass_time(timedelta(minutes=6))

    platform.change_plan(Plan.PREMIUM)
    platform.look()

    assert platform.phases[-2:] == ["Archived", "Restored"]
    assert (platform.hot, platform.cold) == (True, False)


def test_restore_request_is_served_once() -> None:
    """A restore request brings a result back for one retention; then it is archived again, and stays there."""
    platform = Platform()
    platform.complete()
    platform.pass_time(timedelta(hours=1))

    platform.intend(restore_requested=RestoreRequest(platform.clock.now()))
    platform.look()
    platform.pass_time(timedelta(minutes=4))
    restored = platform.job.status
    platform.pass_time(DAY)

    assert restored is JobStatus.RESTORED
    assert platform.phases[-4:] == ["Archived", "Restoring", "Restored", "Archived"]
    assert platform.job.restore_served == NOW + timedelta(hours=1)
    assert (platform.hot, platform.cold) == (False, True)


def test_refused_expedited_retrieval_becomes_standard() -> None:
    """When the archive has no capacity for Expedited, Standard is asked for in the same pass, and people see it."""
    platform = Platform()
    platform.complete()
    platform.pass_time(timedelta(hours=1))
    platform.archive.expedited_refused = True

    platform.change_plan(Plan.PREMIUM)
    platform.look()

    assert ready(platform) == ("False", "RetrievalStandard")
    assert platform.status["restoreExpectedTime"] == at(NOW + timedelta(hours=6))


def test_failing_retrieval_is_tried_three_times() -> None:
    """A retrieval that cannot work ends in Archived with a reason; the bytes and the record stay as they are."""
    platform = Platform()
    platform.complete()
    platform.pass_time(timedelta(hours=1))
    platform.archive.delete(RESULTS, platform.job.archive_id or "")

    platform.change_plan(Plan.PREMIUM)
    platform.pass_time(DAY)

    assert ready(platform) == ("False", "RetrievalFailed")
    assert platform.phases.count("Restoring") == 3
    assert platform.job.retrieval is not None
    assert platform.job.retrieval.tries == 3


def test_missing_input_fails() -> None:
    """A job without an input is Failed with a sentence that names the place, and its owner is told."""
    platform = Platform()
    platform.objects.delete(INPUT.bucket, (INPUT.key,))

    platform.submit()
    platform.look()

    assert platform.phases == ["Pending", "Failed"]
    assert ready(platform) == ("False", "InputNotFound")
    assert platform.send_mails() == ["a.vcf could not be annotated"]


def test_lost_annotators_fail_the_job_in_the_end() -> None:
    """An annotator that falls silent costs an attempt; after two retries the job is Failed."""
    platform = Platform()
    platform.submit()
    platform.look()

    for _ in range(3):
        platform.claim()
        platform.clock.advance(LEASE + timedelta(seconds=2))
        platform.look()

    assert ready(platform) == ("False", "AttemptsExhausted")
    assert platform.status["attempts"] == 3
    assert platform.phases == ["Pending", *["Queued", "Running"] * 3, "Failed"]


def test_leftovers_are_removed() -> None:
    """What a lost attempt wrote is removed once it can write no more; the result's own files stay."""
    platform = Platform(Plan.PREMIUM)
    platform.submit()
    platform.look()
    platform.claim()
    platform.objects.put(RESULTS, f"gas/{USER}/{JOB_ID}~f1~a.annot.vcf.gz", b"half")
    platform.clock.advance(LEASE + timedelta(seconds=2))
    platform.look()
    platform.claim()
    platform.finish()
    platform.look()

    platform.pass_time(timedelta(minutes=10))

    kept = {key for bucket, key in platform.objects.objects if bucket == RESULTS}
    assert platform.job.result is not None
    assert kept == set(platform.job.result.all_keys)


@pytest.mark.parametrize("at_phase", ["Pending", "Queued", "Running"])
def test_cancel_by_the_resource(at_phase: str) -> None:
    """`spec.cancel` ends a job in every unfinished state, and a running annotator's heartbeat fails."""
    platform = Platform()
    platform.apply(suspend=at_phase == "Pending")
    platform.look()
    if at_phase == "Running":
        platform.claim()

    platform.edit(cancel=True)
    platform.look()

    assert platform.job.status is JobStatus.CANCELLED
    assert ready(platform) == ("False", "Cancelled")
    assert platform.job.lease is None


def test_suspend_and_go_on() -> None:
    """A suspended running job waits as Pending at no cost, and is queued again when it may go on."""
    platform = Platform()
    platform.apply()
    platform.look()
    platform.claim()

    platform.edit(suspend=True)
    platform.look()
    waiting = ready(platform)
    platform.edit(suspend=False)
    platform.look()

    assert waiting == ("False", "Suspended")
    assert platform.job.status is JobStatus.QUEUED
    assert platform.job.attempts == 0


def test_deadline() -> None:
    """A job that nobody takes until its deadline is Failed."""
    platform = Platform()
    platform.apply(activeDeadlineSeconds=100)
    platform.look()

    platform.pass_time(timedelta(seconds=100))

    assert ready(platform) == ("False", "DeadlineExceeded")


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
    assert ready(platform) == ("False", "NameTaken")


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
    platform.pass_time(DAY)

    assert platform.job.status is JobStatus.DELETED
    assert not platform.objects.objects
    assert not platform.archive._archived
    assert platform.cluster.get(JOB_ID) is None


def test_tombstone_is_not_revived_by_its_manifest() -> None:
    """Applying the manifest of a deleted job again is refused and changes nothing."""
    platform = Platform()
    platform.complete()
    platform.intend(delete_requested=platform.clock.now())
    platform.look()

    platform.apply()
    platform.look()

    assert platform.job.status is JobStatus.DELETED
    assert ready(platform) == ("False", "NameTaken")


def test_resource_of_somebody_elses_file_has_no_effect() -> None:
    """A resource that names another user's key is refused once, and makes no record."""
    platform = Platform()
    platform.apply(userID="v" * 26)

    platform.look()
    platform.look()

    assert platform.jobs.get(JOB_ID) is None
    assert ready(platform) == ("False", "InputNotOwned")
    assert platform.phases == ["Failed"]
    assert platform.resources.get(JOB_ID) is not None


def test_name_taken_leaves_the_record_alone() -> None:
    """A resource that takes the name of another job is told so; the record goes on without a window."""
    platform = Platform()
    platform.submit()
    platform.apply(reference="grch37")

    platform.look()

    assert ready(platform) == ("False", "NameTaken")
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
    assert ready(platform) == ("False", "NameTaken")


def test_everything_twice() -> None:
    """A second pass, and a pass of fresh controllers, changes neither the record nor the resource."""
    platform = Platform()
    platform.complete()
    platform.pass_time(timedelta(hours=1))
    before, shown = platform.job, platform.cluster.get(JOB_ID)

    platform.look()
    platform.restart()
    platform.look()

    assert platform.job == before
    assert platform.cluster.get(JOB_ID) == shown


def test_changed_status_is_put_right() -> None:
    """A status that somebody else wrote is brought back at the next look."""
    platform = Platform(Plan.PREMIUM)
    platform.complete()
    body = platform.cluster.get(JOB_ID)
    assert body is not None
    platform.cluster.write_status(JOB_ID, {}, {"phase": "Failed"}, body["metadata"]["resourceVersion"])

    platform.watch()
    platform.look()

    assert platform.status["phase"] == "Completed"


def test_stale_version_is_read_again() -> None:
    """A status write that meets a newer resource reads it and writes again in the same pass."""
    platform = Platform()
    platform.apply()
    platform.look()
    platform.cluster.edit(JOB_ID, retentionSeconds=60)
    platform.claim()

    platform.look()

    assert platform.status["phase"] == "Running"
    assert platform.job.policy.retention == timedelta(seconds=60)


def test_failing_effect_shows_the_state_and_is_tried_again() -> None:
    """When an effect fails, the pass fails, but the state that was reached is shown and stays due."""
    platform = Platform()
    platform.complete()
    platform.pass_time(timedelta(hours=1))
    platform.change_plan(Plan.PREMIUM)
    retrieve = platform.archive.retrieve
    platform.archive.retrieve = _broken  # type: ignore[method-assign,assignment]

    error = platform.try_look()
    shown, due = platform.status["phase"], platform.job.due
    platform.archive.retrieve = retrieve  # type: ignore[method-assign]
    platform.pass_time(timedelta(minutes=5))

    assert isinstance(error, TransientError)
    assert (shown, due) == ("Restoring", NOW + timedelta(hours=1))
    assert platform.status["phase"] == "Restored"


def _broken(*args: object) -> None:
    raise TransientError("the archive did not answer")


def test_long_copy_is_dated_by_its_end() -> None:
    """A link given out while a large result is being copied lives to its end: the hot bytes go only after that."""
    platform = Platform()
    platform.complete()
    platform.clock.advance(timedelta(minutes=6))
    store = platform.archive.store

    def slow(*args: object) -> None:
        store(*args)  # type: ignore[arg-type]
        platform.clock.advance(timedelta(minutes=3))

    platform.archive.store = slow  # type: ignore[method-assign,assignment]
    platform.look()

    assert platform.job.archive_time == NOW + timedelta(minutes=9)
    assert platform.job.delete_hot_after == NOW + timedelta(minutes=14)


def test_immediate_policy() -> None:
    """An Immediate result goes to the archive in the pass that sees it, whatever the plan."""
    platform = Platform(Plan.PREMIUM)

    platform.complete(archive_policy=ArchivePolicy.IMMEDIATE)

    assert platform.phases == ["Pending", "Queued", "Running", "Completed", "Archived"]
    assert ready(platform) == ("False", Reason.POLICY_IMMEDIATE.value)


def test_due_far_away_is_left_to_the_sweep() -> None:
    """A pass over a job without any near time settles."""
    platform = Platform(Plan.PREMIUM)
    platform.complete()

    delay = platform.look()

    assert delay == SETTLED.delay_seconds
