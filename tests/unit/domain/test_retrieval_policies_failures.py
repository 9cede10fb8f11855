"""What a failed retrieval, or another failed effect, means for the job."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gas.domain.decision import (
    BringBack,
    CreateResource,
    DeleteInput,
    DeleteOwnFile,
    Effect,
    Fact,
    Facts,
    RequestRetrieval,
    StoreInArchive,
    View,
)
from gas.domain.errors import (
    ArchivedObjectError,
    FatalError,
    GasError,
    NotFoundError,
    RetrievalRefusedError,
    TransientError,
    UsageError,
    VerificationError,
)
from gas.domain.explanation import Outlook, clock_time, outlook
from gas.domain.job import Job, JobStatus
from gas.domain.lifecycle import after_failure
from gas.domain.outputs import Output
from gas.domain.plan import Plan, PlanStanding
from gas.domain.reasons import Reason
from gas.domain.record import ResourceState, Retrieval
from gas.domain.spec import RetrievalTier
from tests.support.jobs import ARCHIVE_ID, BEFORE, FREE, NOW, PREMIUM, RULES, asked, decided, job_in
from tests.support.plans import PLANS

MINUTE = timedelta(minutes=1)
NEXT_YEAR = NOW + timedelta(days=365)
EXPEDITED, STANDARD, BULK = RetrievalTier.EXPEDITED, RetrievalTier.STANDARD, RetrievalTier.BULK
RESTORING, ARCHIVED = JobStatus.RESTORING, JobStatus.ARCHIVED


def failed(tries: int, **changes: Any) -> Job:
    """An archived job whose retrieval failed an hour ago."""
    last = Retrieval(STANDARD, tries=tries, next_try=NOW + MINUTE, answers=frozenset({BEFORE, NEXT_YEAR}))
    return job_in(ARCHIVED, **{"retrieval": last, "reason": Reason.RETRIEVAL_FAILED, **changes})


@pytest.mark.parametrize(
    ("job", "plan", "due", "tries"),
    [
        (failed(1), PREMIUM, NOW + MINUTE, None),
        (failed(1, retrieval=Retrieval(STANDARD, tries=1, next_try=NOW)), PREMIUM, None, 1),
        (failed(1, retrieval=Retrieval(STANDARD, tries=1)), PREMIUM, None, 1),
        (failed(3), PREMIUM, BEFORE + timedelta(days=7), None),
        (failed(3), PlanStanding(Plan.PREMIUM, NOW), None, 0),
        (failed(3, intents=asked(NOW)), FREE, None, 0),
        (failed(3, intents=asked(BEFORE)), FREE, BEFORE + timedelta(days=7), None),
        (failed(3, intents=asked(NEXT_YEAR)), FREE, BEFORE + timedelta(days=7), None),
        (failed(3, intents=asked(NOW + MINUTE)), FREE, None, 0),
        (failed(3), PlanStanding(Plan.PREMIUM, NEXT_YEAR), BEFORE + timedelta(days=7), None),
    ],
    ids=[
        "too-soon",
        "its-time",
        "no-time",
        "thrice",
        "plan-changed",
        "asked-again",
        "asked-before",
        "asked-before-by-a-fast-clock",
        "asked-anew-by-a-fast-clock",
        "plan-changed-by-a-fast-clock",
    ],
)
def test_failed_retrieval(job: Job, plan: PlanStanding, due: Any, tries: int | None) -> None:
    """A failed retrieval is tried again at its time, three times in all, or when somebody asks anew."""
    decision = decided(job, plan, {Fact.HOT_RESULT: None})

    if tries is None:
        assert (decision.policy, decision.due) == ("settled", due)
    else:
        assert decision.after.status is RESTORING
        assert decision.after.retrieval is not None
        assert decision.after.retrieval.tries == tries


@pytest.mark.parametrize(
    ("tier", "reason"),
    [
        (EXPEDITED, Reason.RETRIEVAL_EXPEDITED),
        (STANDARD, Reason.RETRIEVAL_STANDARD),
        (BULK, Reason.RETRIEVAL_STANDARD),
    ],
    ids=lambda value: value.value,
)
def test_requested_tier(tier: RetrievalTier, reason: Reason) -> None:
    """A request names its tier."""
    after = decided(job_in(ARCHIVED, intents=asked(NOW, tier)), FREE, {Fact.HOT_RESULT: None}).after

    assert after.reason is reason
    assert after.retrieval is not None
    assert after.retrieval.tier is tier


def view(job: Job) -> View:
    """A view of a job after a failure."""
    return View(job, PREMIUM, Facts(), NOW, RULES)


REQUEST, BRING = RequestRetrieval(Output.RESULT, EXPEDITED), BringBack(Output.RESULT)


def test_refusal_of_expedited() -> None:
    """Expedited refused becomes Standard, still Restoring, due at once, with a later expectation."""
    after = after_failure(REQUEST, RetrievalRefusedError("no capacity"), view(job_in(RESTORING)))

    assert after is not None
    assert (after.status, after.reason, after.due) == (RESTORING, Reason.RETRIEVAL_STANDARD, NOW)
    assert after.retrieval == Retrieval(STANDARD, expected=NOW + timedelta(hours=5))


@pytest.mark.parametrize("tier", [STANDARD, BULK], ids=lambda tier: tier.value)
def test_refusal_of_a_slower_tier(tier: RetrievalTier) -> None:
    """A refusal of Standard or Bulk is a failed retrieval."""
    job = job_in(RESTORING, retrieval=Retrieval(tier))

    after = after_failure(RequestRetrieval(Output.RESULT, tier), RetrievalRefusedError("no"), view(job))

    assert after is not None
    assert (after.status, after.detail) == (ARCHIVED, f"the archive refused a {tier.value} retrieval.")


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        (REQUEST, NotFoundError("nothing is there")),
        (REQUEST, FatalError("access refused")),
        (BRING, NotFoundError("nothing is there.")),
        (BRING, VerificationError("another hash.")),
        (BRING, FatalError("access refused.")),
    ],
    ids=["request-nothing", "request-refused", "bring-nothing", "bring-wrong", "bring-refused"],
)
@pytest.mark.parametrize(
    ("tries", "next_try"),
    [(0, NOW + 5 * MINUTE), (1, NOW + 10 * MINUTE), (2, None)],
    ids=["first", "second", "third"],
)
def test_retrieval_that_failed(
    effect: Effect, error: GasError, tries: int, next_try: datetime | None
) -> None:
    """A failure goes back to Archived with what went wrong, and is tried again later, three times in all."""
    job = job_in(RESTORING, retrieval=Retrieval(EXPEDITED, requested=BEFORE, tries=tries))

    after = after_failure(effect, error, view(job))

    assert after is not None
    assert (after.status, after.reason, after.due) == (ARCHIVED, Reason.RETRIEVAL_FAILED, NOW)
    assert after.detail == str(error).rstrip(".") + "."
    assert after.retrieval == Retrieval(EXPEDITED, tries=tries + 1, next_try=next_try)
    assert after.delete_hot_after == NOW + RULES.longest_link
    assert outlook(after, PLANS) == (
        Outlook("It can be restored again.")
        if next_try is None
        else Outlook(f"It is tried again about {clock_time(next_try)}.", next_try)
    )


def test_failure_remembers_what_was_asked_for() -> None:
    """A failed retrieval keeps the requests that it was begun for: those do not ask for another one."""
    request = asked(NEXT_YEAR)
    begun = decided(job_in(ARCHIVED, intents=request), FREE, {Fact.HOT_RESULT: None}).after

    after = after_failure(BRING, NotFoundError("nothing is there"), view(begun))
    again = decided(after, FREE, {Fact.HOT_RESULT: None}) if after else None

    assert after is not None
    assert again is not None
    assert after.retrieval is not None
    assert after.retrieval.answers == {NEXT_YEAR}
    assert (again.policy, again.due) == ("settled", after.retrieval.next_try)


@pytest.mark.parametrize(
    "error", [NotFoundError("nothing is there"), VerificationError("another hash")], ids=["gone", "damaged"]
)
@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.RESTORED], ids=lambda s: s.value)
def test_result_that_cannot_be_archived(error: GasError, status: JobStatus) -> None:
    """A hot object that is not what was recorded is told of, not tried for ever, and looked for again in an hour."""
    job = job_in(status, archive_id=ARCHIVE_ID, retain_until=BEFORE)

    after = after_failure(StoreInArchive(Output.RESULT), error, replace(view(job), plan=FREE))
    waiting = decided(after) if after else None

    assert after is not None
    assert waiting is not None
    assert (after.status, after.reason, after.retain_until) == (status, Reason.RESULT_MISSING, None)
    assert (after.downloadable, waiting.policy, waiting.due) == (False, "settled", NOW + 60 * MINUTE)


def test_copy_that_expired_on_the_way() -> None:
    """A temporary copy that cannot be read is asked for again, at no try."""
    job = job_in(RESTORING, retrieval=Retrieval(BULK, requested=BEFORE, ready=True, tries=1))

    after = after_failure(BRING, ArchivedObjectError("expired"), view(job))

    assert after == replace(
        job, retrieval=Retrieval(BULK, tries=1), reason=Reason.RETRIEVAL_STANDARD, due=NOW
    )


@pytest.mark.parametrize(
    ("effect", "error", "status"),
    [
        (REQUEST, TransientError("no answer"), RESTORING),
        (BRING, TransientError("no answer"), RESTORING),
        (DeleteInput(), FatalError("access refused"), RESTORING),
        (DeleteOwnFile(), FatalError("access refused"), RESTORING),
        (StoreInArchive(Output.RESULT), TransientError("no answer"), JobStatus.COMPLETED),
        (CreateResource(), TransientError("no answer"), JobStatus.QUEUED),
        (CreateResource(), NotFoundError("the kind is not installed"), JobStatus.QUEUED),
    ],
    ids=[
        "request",
        "bring",
        "deleting-while-restoring",
        "deleting-the-own-file",
        "store",
        "resource",
        "kind-missing",
    ],
)
def test_failures_that_decide_nothing(effect: Effect, error: GasError, status: JobStatus) -> None:
    """What may pass is just tried again, and so is what only an operator can heal."""
    assert after_failure(effect, error, view(job_in(status))) is None


def test_name_that_is_taken_in_the_cluster() -> None:
    """A job whose resource cannot be made goes on without one."""
    after = after_failure(CreateResource(), UsageError("taken"), view(job_in(JobStatus.QUEUED)))

    assert after is not None
    assert (after.resource.state, after.resource.uid, after.due) == (ResourceState.EXPIRED, None, NOW)
