"""Whole lives of a job through the controllers, with everything outside in memory."""

from datetime import timedelta

import pytest

from gas.domain.job import JobStatus
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from gas.domain.spec import ArchivePolicy, RestoreRequest
from gas.services.make_pass import SETTLED
from tests.support.jobs import INPUT, JOB_ID, NOW, RESULTS, USER
from tests.support.platform import LEASE, Platform, at
from tests.support.prometheus import drift, given_up

DAY = timedelta(days=1)


def test_free_life() -> None:
    """A free user's job is queued, run, completed, and archived when its retention is over; its links then run out."""
    platform = Platform()

    platform.complete()
    platform.pass_time(timedelta(minutes=5))
    archived_with_links = platform.hot
    platform.pass_time(timedelta(minutes=5))

    assert platform.phases == ["Pending", "Queued", "Running", "Completed", "Archived"]
    assert platform.ready == ("False", "RetentionOver")
    assert archived_with_links
    assert (platform.hot, platform.cold) == (False, True)
    assert platform.status["archiveTime"] == at(NOW + timedelta(minutes=5))
    assert platform.send_mails() == ["Your file is annotated"]


def test_premium_life() -> None:
    """A premium user's result stays; nothing is due but the removal of its resource."""
    platform = Platform(Plan.PREMIUM)

    platform.complete()
    platform.pass_time(DAY)

    assert platform.phases == ["Pending", "Queued", "Running", "Completed"]
    assert platform.ready == ("True", "Premium")
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
    assert platform.ready == ("True", "Premium")
    assert (platform.hot, platform.cold) == (True, False)
    assert platform.send_mails()[1:] == ["Your archived results are being restored"]


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
    assert platform.job.restore_served == {NOW + timedelta(hours=1)}
    assert (platform.hot, platform.cold) == (False, True)


def test_refused_expedited_retrieval_becomes_standard() -> None:
    """When the archive has no capacity for Expedited, Standard is asked for in the same pass, and people see it."""
    platform = Platform()
    platform.complete()
    platform.pass_time(timedelta(hours=1))
    platform.archive.expedited_refused = True

    platform.change_plan(Plan.PREMIUM)
    platform.look()

    assert platform.ready == ("False", "RetrievalStandard")
    assert platform.status["restoreExpectedTime"] == at(NOW + timedelta(hours=6))


def test_failing_retrieval_is_tried_three_times() -> None:
    """A retrieval that cannot work ends in Archived with a reason; the bytes and the record stay as they are."""
    platform = Platform()
    platform.complete()
    platform.pass_time(timedelta(hours=1))
    platform.lose_copies()
    before = given_up("retrieval"), drift("bytes")

    platform.change_plan(Plan.PREMIUM)
    platform.pass_time(timedelta(minutes=6))
    early = given_up("retrieval") - before[0]
    platform.pass_time(DAY)

    assert platform.ready == ("False", "RetrievalFailed")
    assert (early, given_up("retrieval") - before[0]) == (0, 1)
    assert drift("bytes") - before[1] == 3
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
    assert platform.ready == ("False", "InputNotFound")
    assert platform.send_mails() == ["Your file could not be annotated"]


def test_lost_annotators_fail_the_job_in_the_end() -> None:
    """An annotator that falls silent costs an attempt; after two retries the job is Failed."""
    platform = Platform()
    platform.submit()
    platform.look()

    for _ in range(3):
        platform.claim()
        platform.clock.advance(LEASE + timedelta(seconds=2))
        platform.look()

    assert platform.ready == ("False", "AttemptsExhausted")
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
    assert platform.ready == ("False", "Cancelled")
    assert platform.job.lease is None


def test_suspend_and_go_on() -> None:
    """A suspended running job waits as Pending at no cost, and is queued again when it may go on."""
    platform = Platform()
    platform.apply()
    platform.look()
    platform.claim()

    platform.edit(suspend=True)
    platform.look()
    waiting = platform.ready
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

    assert platform.ready == ("False", "DeadlineExceeded")


def test_immediate_policy() -> None:
    """An Immediate result goes to the archive in the pass that sees it, whatever the plan."""
    platform = Platform(Plan.PREMIUM)

    platform.complete(archive_policy=ArchivePolicy.IMMEDIATE)

    assert platform.phases == ["Pending", "Queued", "Running", "Completed", "Archived"]
    assert platform.ready == ("False", Reason.POLICY_IMMEDIATE.value)


def test_due_far_away_is_left_to_the_sweep() -> None:
    """A pass over a job without any near time settles."""
    platform = Platform(Plan.PREMIUM)
    platform.complete()

    delay = platform.look()

    assert delay == SETTLED.delay_seconds
