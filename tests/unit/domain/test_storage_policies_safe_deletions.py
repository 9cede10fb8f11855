"""No copy of a result is deleted before the other is certain, and hot bytes that are lost come back or are told of."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gas.domain.decision import (
    Fact,
    RequestRetrieval,
)
from gas.domain.job import Job, JobStatus
from gas.domain.objects import ArchivedObject, HotObject, Retrieved
from gas.domain.reasons import Reason
from gas.domain.spec import JobPolicy
from tests.support.jobs import (
    ARCHIVE_ID,
    FREE,
    NOW,
    PREMIUM,
    REMOVE_COPIES,
    REMOVE_HOT,
    RULES,
    SHA,
    STORE,
    FactsOfFiles,
    decided,
    job_in,
)

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ARCHIVED, COMPLETED, RESTORED = JobStatus.ARCHIVED, JobStatus.COMPLETED, JobStatus.RESTORED
SETTLES = RULES.delete_settles
DELETE = REMOVE_HOT

HOT: FactsOfFiles = {Fact.HOT_RESULT: HotObject(10, "etag", SHA)}
NO_HOT: FactsOfFiles = {Fact.HOT_RESULT: None}
COPY: FactsOfFiles = {Fact.ARCHIVED_RESULT: ArchivedObject(10, SHA)}
NO_COPY: FactsOfFiles = {Fact.ARCHIVED_RESULT: None}

WRONG = [None, (9, SHA), (10, "f" * 64)]
WRONG_IDS = ["gone", "wrong-size", "wrong-hash"]


def hot(wrong: tuple[int, str] | None) -> FactsOfFiles:
    """A hot object that is not the result."""
    return {Fact.HOT_RESULT: None if wrong is None else HotObject(wrong[0], "etag", wrong[1])}


def cold(wrong: tuple[int, str] | None) -> FactsOfFiles:
    """An archived copy that is not the result."""
    return {Fact.ARCHIVED_RESULT: None if wrong is None else ArchivedObject(*wrong)}


def expiring(**changes: Any) -> Job:
    """An archived job whose hot bytes are to go now."""
    return job_in(ARCHIVED, **{"delete_hot_after": NOW, **changes})


def test_deletion_is_recorded_before_it_is_sent() -> None:
    """The archived copy is looked at, the deletion is recorded as begun, and only then it is sent."""
    looked = decided(expiring())
    begun = decided(expiring(), facts=COPY)
    sent = decided(begun.after, facts=COPY)

    assert looked.asks is Fact.ARCHIVED_RESULT
    assert (begun.effects, begun.after.hot_deletion, begun.due) == ((), NOW, NOW)
    assert begun.after.delete_hot_after == NOW
    assert sent.effects == DELETE
    assert (sent.after.delete_hot_after, sent.after.hot_deletion) == (None, NOW)


@pytest.mark.parametrize(
    "begun",
    [NOW - SETTLES, NOW - SETTLES / 4, NOW - HOUR],
    ids=["settled", "quarter", "long-ago"],
)
def test_deletion_that_is_sent_again_is_recorded_anew(begun: datetime) -> None:
    """A deletion that failed some time ago is dated anew before it is sent again: it lands that much later."""
    job = expiring(delete_hot_after=begun, hot_deletion=begun)

    decision = decided(job, facts=COPY)

    assert (decision.effects, decision.after.hot_deletion) == ((), NOW)


def test_deletion_of_an_earlier_time_in_the_archive_does_not_count() -> None:
    """The hot bytes of a result that was archived again are deleted under a date of their own."""
    job = expiring(hot_deletion=NOW - timedelta(seconds=1))

    assert decided(job, facts=COPY).effects == ()


@pytest.mark.parametrize("wrong", WRONG, ids=WRONG_IDS)
@pytest.mark.parametrize("begun", [None, NOW], ids=["before", "begun"])
def test_only_copy_is_never_deleted(wrong: tuple[int, str] | None, begun: datetime | None) -> None:
    """Without its very archived copy a result is not deleted: it is Restored, and archived anew in time."""
    job = expiring(hot_deletion=begun)

    looked = decided(job, facts=cold(wrong))
    decision = decided(job, facts=cold(wrong) | HOT)

    assert looked.asks is Fact.HOT_RESULT
    assert decision.effects == ()
    assert (decision.after.status, decision.after.delete_hot_after) == (RESTORED, None)
    assert decision.after.hot_deletion == begun


def test_result_that_is_nowhere() -> None:
    """An archived result that is in neither place is told of, looked for every hour, and found when it is back."""
    lost = decided(expiring(), facts=NO_COPY | NO_HOT)
    asleep = decided(lost.after, now=NOW + MINUTE)
    found = decided(lost.after, facts=COPY, now=NOW + HOUR)

    assert (lost.policy, lost.after.status, lost.effects) == ("settled", ARCHIVED, ())
    assert (lost.after.reason, lost.due) == (Reason.RESULT_MISSING, NOW + HOUR)
    assert (asleep.policy, asleep.asks) == ("settled", None)
    assert (found.after.reason, found.after.hot_deletion) == (None, NOW + HOUR)


def test_failed_retrieval_keeps_its_reason() -> None:
    """That a retrieval failed says more than that the result is missing, and that it can be asked for again."""
    job = expiring(reason=Reason.RETRIEVAL_FAILED, detail="no copy.")

    after = decided(job, facts=NO_COPY | NO_HOT).after
    found = decided(after, facts=COPY, now=NOW + HOUR).after

    assert (after.reason, after.detail, after.due) == (Reason.RETRIEVAL_FAILED, "no copy.", NOW + HOUR)
    assert found.reason is Reason.RETRIEVAL_FAILED


def test_hot_bytes_whose_deletion_was_begun_are_not_believed() -> None:
    """Once a deletion was begun the result is retrieved, though its hot bytes are still seen."""
    after = decided(expiring(hot_deletion=NOW), PREMIUM, HOT | COPY).after

    assert after.status is JobStatus.RESTORING
    assert (after.hot_deletion, after.delete_hot_after) == (NOW, None)


@pytest.mark.parametrize("status", [COMPLETED, RESTORED], ids=lambda s: s.value)
def test_archived_copy_waits_for_a_deletion_to_settle(status: JobStatus) -> None:
    """The archived copy stays until no deletion of the hot bytes can land, and they were seen after that."""
    job = job_in(status, archive_id=ARCHIVE_ID, hot_deletion=NOW)

    waiting = decided(job, PREMIUM, HOT, NOW + SETTLES - timedelta(microseconds=1))
    looked = decided(job, PREMIUM, now=NOW + SETTLES)
    removing = decided(job, PREMIUM, HOT, NOW + SETTLES)

    assert (waiting.policy, waiting.due) == ("settled", NOW + SETTLES)
    assert looked.asks is Fact.HOT_RESULT
    assert removing.effects == REMOVE_COPIES
    assert (removing.after.archive_id, removing.after.hot_deletion) == (None, None)


@pytest.mark.parametrize("wrong", WRONG, ids=WRONG_IDS)
@pytest.mark.parametrize("status", [COMPLETED, RESTORED], ids=lambda s: s.value)
def test_hot_bytes_that_vanished_come_back(status: JobStatus, wrong: tuple[int, str] | None) -> None:
    """Where the hot bytes are lost and the archived copy is right, it is retrieved and not deleted."""
    job = job_in(status, archive_id=ARCHIVE_ID, hot_deletion=NOW - SETTLES)

    looked = decided(job, PREMIUM, hot(wrong))
    restoring = decided(job, PREMIUM, hot(wrong) | COPY)
    asked = decided(restoring.after, PREMIUM, COPY)

    assert looked.asks is Fact.ARCHIVED_RESULT
    assert (restoring.effects, restoring.after.status) == ((), JobStatus.RESTORING)
    assert {type(effect) for effect in asked.effects} == {RequestRetrieval}


@pytest.mark.parametrize("status", [COMPLETED, RESTORED], ids=lambda s: s.value)
def test_both_copies_lost(status: JobStatus) -> None:
    """Where neither copy is right nothing is deleted; the job says so, keeps saying so, and stops when it is right."""
    job = job_in(status, archive_id=ARCHIVE_ID, retain_until=NOW)

    lost = decided(job, PREMIUM, NO_HOT | NO_COPY)
    asleep = decided(lost.after, PREMIUM, HOT, NOW + MINUTE)
    still = decided(lost.after, PREMIUM, NO_HOT | NO_COPY, NOW + HOUR)
    right = decided(lost.after, PREMIUM, HOT, NOW + HOUR)

    assert (lost.policy, lost.after.status, lost.effects) == ("settled", status, ())
    assert (lost.after.reason, lost.due, lost.after.downloadable) == (
        Reason.RESULT_MISSING,
        NOW + HOUR,
        False,
    )
    assert asleep.after == lost.after
    assert (still.policy, still.after.reason, still.due) == (
        "settled",
        Reason.RESULT_MISSING,
        NOW + 2 * HOUR,
    )
    assert (right.effects, right.after.reason) == (REMOVE_COPIES, Reason.PREMIUM)
    assert right.after.downloadable


def test_missing_result_is_archived_when_it_is_back() -> None:
    """While it is missing nothing is stored; an hour later it is looked at, and stored when it is right."""
    job = job_in(COMPLETED, archiving=NOW, reason=Reason.RESULT_MISSING, look_for_result=NOW)

    looked = decided(job)
    missing = decided(job, facts=NO_HOT)
    stored = decided(job, facts=HOT)

    assert looked.asks is Fact.HOT_RESULT
    assert (missing.policy, missing.after.reason, missing.due) == (
        "settled",
        Reason.RESULT_MISSING,
        NOW + HOUR,
    )
    assert stored.effects == STORE
    assert (stored.after.status, stored.after.look_for_result) == (ARCHIVED, None)


@pytest.mark.parametrize(
    ("ago", "kept"), [(timedelta(0), True), (SETTLES - MINUTE, True), (SETTLES, False)], ids=str
)
def test_archiving_forgets_a_deletion_that_has_settled(ago: timedelta, *, kept: bool) -> None:
    """A result archived again while an old deletion may still land is not Restored at once from its hot bytes."""
    job = job_in(RESTORED, archive_id=ARCHIVE_ID, archiving=NOW, hot_deletion=NOW - ago)

    after = decided(job, FREE, HOT).after
    back = decided(replace(after, policy=JobPolicy()), PREMIUM, HOT).after

    assert after.status is ARCHIVED
    assert after.hot_deletion == (NOW - ago if kept else None)
    assert back.status is (JobStatus.RESTORING if kept else RESTORED)


@pytest.mark.parametrize("link", [timedelta(0), timedelta(minutes=20)], ids=str)
def test_hot_bytes_outlive_late_deletions_of_the_archived_copy(link: timedelta) -> None:
    """The archived copy is looked at for the last time when no deletion of an earlier one can land any more."""
    rules = replace(RULES, longest_link=link)

    after = decided(job_in(COMPLETED, archiving=NOW), facts=HOT, rules=rules).after

    assert after.delete_hot_after == NOW + max(link, SETTLES)


def test_restored_result_waits_with_a_retrieved_copy() -> None:
    """A restoration keeps the date of the deletion: what was copied back may still be hit by it."""
    job = job_in(JobStatus.RESTORING, hot_deletion=NOW)

    facts: FactsOfFiles = {Fact.ARCHIVED_RESULT: ArchivedObject(10, SHA, Retrieved.READY)}
    after = decided(job, PREMIUM, facts).after

    assert (after.status, after.hot_deletion, after.archive_id) == (RESTORED, NOW, ARCHIVE_ID)
