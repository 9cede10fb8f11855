"""Where the bytes of a result belong, and how they get there."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gas.domain.decision import (
    Fact,
)
from gas.domain.job import JobStatus
from gas.domain.objects import ArchivedObject, HotObject, Retrieved
from gas.domain.plan import PlanStanding
from gas.domain.reasons import Reason
from gas.domain.record import Intents, Retrieval
from gas.domain.spec import ArchivePolicy, JobPolicy, RestoreRequest, RetrievalTier
from tests.support.jobs import (
    ARCHIVE_ID,
    BEFORE,
    BRING_BACK,
    COPIED,
    FREE,
    NOW,
    PREMIUM,
    REMOVE_COPIES,
    REMOVE_HOT,
    RULES,
    SHA,
    STORE,
    FactsOfFiles,
    asked,
    decided,
    job_in,
    retrievals,
)

MINUTE = timedelta(minutes=1)
THERE = HotObject(10, "etag", SHA)
EXPEDITED, STANDARD, BULK = RetrievalTier.EXPEDITED, RetrievalTier.STANDARD, RetrievalTier.BULK
RESTORING, ARCHIVED = JobStatus.RESTORING, JobStatus.ARCHIVED


def copy(retrieved: Retrieved, size: int = 10) -> FactsOfFiles:
    """The archived copy as it is seen."""
    return {Fact.ARCHIVED_RESULT: ArchivedObject(size, SHA, retrieved)}


@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.RESTORED], ids=lambda s: s.value)
def test_archiving(status: JobStatus) -> None:
    """It is recorded that a result whose retention is over is stored; then it is, and Archived, and due at once."""
    recorded = decided(job_in(status))
    decision = decided(recorded.after, facts={Fact.HOT_RESULT: THERE})

    after = decision.after
    assert recorded.effects == ()
    assert (recorded.after.status, recorded.after.archiving, recorded.due) == (status, NOW, NOW)
    assert decision.effects == STORE
    assert (after.status, after.archiving, after.archive_time) == (ARCHIVED, None, NOW)
    assert after.delete_hot_after == NOW + RULES.longest_link
    assert (after.reason, after.due) == (Reason.RETENTION_OVER, NOW)


@pytest.mark.parametrize("plan", [PREMIUM, None], ids=["premium", "unknown"])
def test_archiving_that_broke_off(plan: PlanStanding | None) -> None:
    """A copy that was begun, and is not wanted any more, is deleted."""
    decision = decided(job_in(JobStatus.COMPLETED, archive_id=ARCHIVE_ID), plan, {Fact.HOT_RESULT: THERE})

    assert decision.effects == REMOVE_COPIES
    assert (decision.after.status, decision.after.archive_id) == (JobStatus.COMPLETED, None)


def test_unknown_plan_never_archives() -> None:
    """A result whose owner's plan is unknown stays, and is looked at again."""
    decision = decided(job_in(JobStatus.COMPLETED), None)

    assert (decision.policy, decision.after.status) == ("settled", JobStatus.COMPLETED)
    assert decision.due == NOW + timedelta(minutes=10)


def test_unknown_plan_brings_nothing_back() -> None:
    """An archived result whose owner's plan is unknown stays in the archive: nobody pays for a guess."""
    decision = decided(job_in(ARCHIVED), None)

    assert (decision.policy, decision.after.status) == ("settled", ARCHIVED)


def test_retention_is_shown_and_waited_for() -> None:
    """While a free user's retention runs, its end is recorded and is the time of the next look."""
    job = job_in(JobStatus.COMPLETED, complete_time=NOW - MINUTE)

    after = decided(job).after

    assert (after.reason, after.retain_until, after.due) == (
        Reason.RETENTION_RUNNING,
        NOW + 4 * MINUTE,
        NOW + 4 * MINUTE,
    )


def test_own_retention() -> None:
    """A job's own retention takes the place of the installation's."""
    job = job_in(JobStatus.COMPLETED, policy=JobPolicy(retention=timedelta(hours=2)))

    assert decided(job).after.retain_until == BEFORE + timedelta(hours=2)


@pytest.mark.parametrize(
    ("policy", "reason"),
    [(ArchivePolicy.FOLLOW_PLAN, Reason.PREMIUM), (ArchivePolicy.NEVER, Reason.POLICY_NEVER)],
    ids=["premium", "never"],
)
def test_nothing_to_wait_for(policy: ArchivePolicy, reason: Reason) -> None:
    """A result that stays has no end and, but for its resource, no next look."""
    job = job_in(JobStatus.COMPLETED, policy=JobPolicy(archive_policy=policy))

    after = decided(job, PREMIUM).after

    assert (after.reason, after.retain_until) == (reason, None)
    assert after.due == BEFORE + job.policy.ttl_after_finished


def test_archived_copy_of_a_hot_result_is_deleted_first() -> None:
    """Once a result is hot again, its archived copy goes before anything else happens."""
    decision = decided(job_in(JobStatus.RESTORED, archive_id=ARCHIVE_ID), PREMIUM, {Fact.HOT_RESULT: THERE})

    assert decision.effects == REMOVE_COPIES
    assert decision.after.archive_id is None


def test_request_while_hot_is_served_at_once() -> None:
    """A restore request for a hot result needs no work, and holds from now."""
    decision = decided(job_in(JobStatus.COMPLETED, intents=asked(NOW - MINUTE)))

    after = decision.after
    assert decision.effects == ()
    assert (after.restore_served, after.restore_hold_from) == (frozenset({NOW - MINUTE}), NOW)
    assert after.retain_until == NOW + RULES.retention


def test_all_standing_requests_are_served() -> None:
    """A request dated next year is served like any other, and does not outdate those that are made until then."""
    next_year = RestoreRequest(NOW + timedelta(days=365))
    job = job_in(JobStatus.COMPLETED, policy=JobPolicy(restore=next_year), intents=asked(NOW - MINUTE))

    after = decided(job).after
    later = replace(after, status=ARCHIVED, result=COPIED, intents=asked(NOW, BULK))
    restoring = decided(later, FREE, {Fact.HOT_RESULT: None}).after

    assert after.restore_served == {next_year.request_time, NOW - MINUTE}
    assert after.unserved_restore is None
    assert restoring.status is RESTORING
    assert restoring.retrieval is not None
    assert restoring.retrieval.tier is BULK


@pytest.mark.parametrize(
    ("plan", "intents", "policy"),
    [
        (PREMIUM, Intents(), JobPolicy()),
        (FREE, asked(NOW), JobPolicy()),
        (FREE, Intents(), JobPolicy(archive_policy=ArchivePolicy.NEVER)),
        (FREE, Intents(), JobPolicy(retention=timedelta(days=1))),
    ],
    ids=["premium", "request", "never", "longer-retention"],
)
def test_restoring_starts(plan: PlanStanding, intents: Intents, policy: JobPolicy) -> None:
    """An archived result that is wanted hot is retrieved, once it is clear that its hot bytes are gone."""
    job = job_in(ARCHIVED, intents=intents, policy=policy)

    looked = decided(job, plan)
    after = decided(job, plan, {Fact.HOT_RESULT: None}).after

    assert looked.asks is Fact.HOT_RESULT
    assert (after.status, after.reason, after.due) == (RESTORING, Reason.RETRIEVAL_EXPEDITED, NOW)
    answers = frozenset({NOW}) if intents.restore_requested else frozenset()
    assert after.retrieval == Retrieval(EXPEDITED, expected=NOW + 5 * MINUTE, answers=answers)


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (THERE, JobStatus.RESTORED),
        (HotObject(10, "etag"), JobStatus.RESTORED),
        (HotObject(9, "etag", SHA), RESTORING),
        (HotObject(10, "etag", "f" * 64), RESTORING),
        (None, RESTORING),
    ],
    ids=["right", "right-size-unknown-hash", "wrong-size", "wrong-hash", "gone"],
)
def test_hot_bytes_that_are_still_there(found: HotObject | None, status: JobStatus) -> None:
    """An archived result is Restored at once where its very bytes are still there, and only there."""
    job = job_in(ARCHIVED, delete_hot_after=NOW + MINUTE)

    after = decided(job, PREMIUM, {Fact.HOT_RESULT: found}).after

    assert after.status is status
    assert after.delete_hot_after is None
    if status is JobStatus.RESTORED:
        assert (after.restore_time, after.archive_id) == (NOW, ARCHIVE_ID)


def test_hot_bytes_go_when_links_have_run_out() -> None:
    """The hot object is deleted at its time, not before, and the reports beside it stay."""
    job = job_in(ARCHIVED, delete_hot_after=NOW + MINUTE)

    waiting = decided(job)
    begun = decided(job, facts=copy(Retrieved.NO), now=NOW + MINUTE)
    removing = decided(begun.after, facts=copy(Retrieved.NO), now=NOW + MINUTE)

    assert (waiting.policy, waiting.due) == ("settled", NOW + MINUTE)
    assert removing.effects == REMOVE_HOT
    assert removing.after.delete_hot_after is None


def test_retrieval_is_asked_for_and_looked_at() -> None:
    """A restoring job looks at the copy, asks for its bytes, notes that it did, and comes back."""
    job = job_in(RESTORING)

    looked = decided(job)
    decision = decided(job, facts=copy(Retrieved.NO))

    assert looked.asks is Fact.ARCHIVED_RESULT
    assert decision.effects == retrievals(EXPEDITED)
    assert decision.after.retrieval == Retrieval(EXPEDITED, requested=NOW, expected=NOW + 5 * MINUTE)
    assert decision.due == NOW + MINUTE


def test_running_retrieval_is_waited_for() -> None:
    """A retrieval that runs, though we never heard that it was accepted, is noted and waited for."""
    decision = decided(job_in(RESTORING), facts=copy(Retrieved.RUNNING))
    again = decided(decision.after, facts=copy(Retrieved.RUNNING))

    assert (decision.effects, decision.due) == ((), NOW + MINUTE)
    assert decision.after.retrieval == Retrieval(EXPEDITED, requested=NOW, expected=NOW + 5 * MINUTE)
    assert again.after == decision.after


def test_expired_copy_is_asked_for_again() -> None:
    """A temporary copy that expired before it was copied back is asked for again, and its time is told anew."""
    job = job_in(
        RESTORING,
        retrieval=Retrieval(STANDARD, requested=BEFORE, expected=BEFORE, ready=True, tries=1),
        reason=Reason.COPYING_BACK,
    )

    decision = decided(job, facts=copy(Retrieved.NO))

    assert decision.effects == retrievals(STANDARD)
    assert decision.after.reason is Reason.RETRIEVAL_STANDARD
    assert decision.after.retrieval == Retrieval(
        STANDARD, requested=NOW, expected=NOW + timedelta(hours=5), tries=1
    )


def test_small_result_is_copied_back_at_once() -> None:
    """A ready copy is brought back and recorded as Restored; the request is served from then on."""
    decision = decided(job_in(RESTORING, intents=asked(BEFORE)), facts=copy(Retrieved.READY))

    after = decision.after
    assert decision.effects == BRING_BACK
    assert (after.status, after.restore_time, after.archive_id) == (JobStatus.RESTORED, NOW, ARCHIVE_ID)
    assert (after.restore_served, after.restore_hold_from) == (frozenset({BEFORE}), NOW)
    assert (after.retrieval, after.archive_time) == (None, None)


def test_large_result_says_that_it_is_copied() -> None:
    """Before a long copy a person is told that the bytes are on their way."""
    size = 100 * 1024**2
    large = copy(Retrieved.READY, size)
    outputs = {output: replace(stored, size_bytes=size) for output, stored in COPIED.outputs.items()}

    first = decided(job_in(RESTORING, result=replace(COPIED, outputs=outputs)), facts=large)
    second = decided(first.after, facts=large)

    assert (first.after.reason, first.effects) == (Reason.COPYING_BACK, ())
    assert second.effects == BRING_BACK


def test_restored_tells_its_new_standing() -> None:
    """The move to Restored says at once why and until when the result stays, and nothing when it does not."""
    asked_back = job_in(RESTORING, intents=asked(BEFORE))
    no_retention = replace(asked_back, policy=JobPolicy(retention=timedelta(0)))

    stays = decided(asked_back, facts=copy(Retrieved.READY)).after
    goes = decided(no_retention, facts=copy(Retrieved.READY)).after

    assert (stays.reason, stays.retain_until) == (Reason.RETENTION_RUNNING, NOW + RULES.retention)
    assert (goes.status, goes.reason, goes.retain_until) == (JobStatus.RESTORED, None, None)


@pytest.mark.parametrize("changes", [{}, {"archive_id": None}], ids=["copy-gone", "id-unknown"])
@pytest.mark.parametrize(
    ("hot", "status"), [(THERE, JobStatus.RESTORED), (None, ARCHIVED)], ids=["hot", "nothing"]
)
def test_missing_copy(changes: dict[str, Any], hot: HotObject | None, status: JobStatus) -> None:
    """Without an archived copy the hot bytes are looked for; without those the retrieval has failed, and nothing is deleted."""
    job = job_in(RESTORING, **changes)
    facts: FactsOfFiles = {Fact.ARCHIVED_RESULT: None}

    looked = decided(job, facts=facts)
    after = decided(job, facts={**facts, Fact.HOT_RESULT: hot}).after

    assert looked.asks is Fact.HOT_RESULT
    assert after.status is status
    assert after.delete_hot_after is None
