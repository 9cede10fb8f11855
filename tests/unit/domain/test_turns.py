"""Whose turn it is among the jobs of one user."""

from datetime import timedelta
from typing import Any

import pytest

from gas.domain import turns
from gas.domain.decision import Fact, FactValue, PublishRequest, QueueEmpty
from gas.domain.job import HistoryEntry, JobStatus
from gas.domain.line import EVERYBODY
from gas.domain.quota import ActiveJobs
from gas.domain.reasons import Reason
from gas.domain.record import Intents, Publication, ReferenceWait, Refusal
from gas.domain.spec import JobPolicy
from tests.support.jobs import BEFORE, NOW, PREMIUM, decided, job_in

SECOND = timedelta(seconds=1)
PLACES = ActiveJobs({"third": NOW + SECOND, "first": NOW, "second": NOW, "fourth": NOW + 2 * SECOND})
NOT_PUBLISHED = {"publication": Publication(), "reason": Reason.WAITING_FOR_ANNOTATOR}


@pytest.mark.parametrize(
    ("job_id", "older"),
    [
        ("first", ()),
        ("second", ("first",)),
        ("fourth", ("third", "second", "first")),
        ("without a place", ()),
    ],
)
def test_older_places(job_id: str, older: tuple[str, ...]) -> None:
    """The youngest comes first, two of one moment have an order, and before a job without a place there is none."""
    assert turns.older(PLACES, job_id) == older


@pytest.mark.parametrize(
    ("status", "fields", "waits"),
    [
        (JobStatus.PENDING, {}, True),
        (JobStatus.QUEUED, {}, True),
        (JobStatus.RUNNING, {}, False),
        (JobStatus.COMPLETED, {}, False),
        (JobStatus.FAILED, {}, False),
        (JobStatus.PENDING, {"policy": JobPolicy(suspend=True)}, False),
        (JobStatus.QUEUED, {"policy": JobPolicy(cancel=True)}, False),
        (JobStatus.QUEUED, {"intents": Intents(cancel_requested=NOW)}, False),
        (JobStatus.QUEUED, {"refusal": Refusal(Reason.STORAGE_REFUSED, "read the input", NOW)}, False),
        (JobStatus.QUEUED, {"reference_wait": ReferenceWait("d" * 64, NOW)}, True),
        (JobStatus.QUEUED, {"reference_wait": ReferenceWait("d" * 64, NOW, why="It is damaged.")}, False),
    ],
    ids=[
        *("pending", "queued", "running", "completed", "failed"),
        *("suspended", "cancelled-by-operators", "cancelled", "refused-by-the-store"),
        *("bundle-is-coming", "bundle-cannot-be-had"),
    ],
)
def test_what_waits(status: JobStatus, fields: dict[str, Any], waits: bool) -> None:  # noqa: FBT001 - a column
    """A job that runs, has ended, or waits for a person is in front of no other."""
    assert turns.waits(job_in(status, **fields)) is waits


def test_when_a_place_was_taken() -> None:
    """With the submission, until the job failed and was queued again: then a place was taken anew."""
    waiting = job_in(JobStatus.QUEUED)
    failed = HistoryEntry(JobStatus.FAILED, NOW)
    again = (
        failed,
        HistoryEntry(JobStatus.QUEUED, NOW + SECOND),
        HistoryEntry(JobStatus.RUNNING, NOW + 2 * SECOND),
    )
    lost = HistoryEntry(JobStatus.QUEUED, NOW + 3 * SECOND)

    assert turns.place_taken(waiting) == waiting.submit_time
    assert (
        turns.place_taken(job_in(JobStatus.QUEUED, history=(*waiting.history, *again, lost))) == NOW + SECOND
    )


def test_a_job_asks_for_its_turn_before_it_is_published() -> None:
    """Out of turn it stays Queued, says so, publishes nothing, and is looked at again within a minute."""
    job = job_in(JobStatus.QUEUED, **NOT_PUBLISHED)

    held = decided(job, facts={Fact.TURN: False})

    assert (held.after.status, held.after.reason) == (JobStatus.QUEUED, Reason.WAITING_FOR_TURN)
    assert (held.effects, held.after.publication) == ((), Publication())
    assert held.due == NOW + timedelta(minutes=1)


@pytest.mark.parametrize("reason", [Reason.WAITING_FOR_TURN, Reason.WAITING_FOR_ANNOTATOR, Reason.RETRYING])
def test_a_job_is_published_in_its_turn(reason: Reason) -> None:
    """It says from then on that it waits for an annotator; one that is tried again goes on saying that."""
    job = job_in(JobStatus.QUEUED, publication=Publication(), reason=reason)

    decision = decided(job)

    told = Reason.WAITING_FOR_ANNOTATOR if reason is Reason.WAITING_FOR_TURN else reason
    assert (decision.after.reason, decision.effects) == (told, (PublishRequest(),))


@pytest.mark.parametrize(
    "publication", [Publication(1, BEFORE), Publication(0, NOW + SECOND)], ids=["in-line", "in-a-pause"]
)
def test_whoever_stands_in_line_stays_there(publication: Publication) -> None:
    """A request that was published is published again whoever waits; in a pause nothing is to be published."""
    job = job_in(JobStatus.QUEUED, publication=publication, reason=Reason.RETRYING)

    decision = decided(job, PREMIUM, {Fact.TURN: False, QueueEmpty(EVERYBODY): True})

    assert decision.after.reason is Reason.RETRYING
    assert decision.asks is None


def test_a_deadline_and_a_wish_hold_while_a_job_waits_for_its_turn() -> None:
    """The deadline is its next look where it comes first, and who does not want it any more does not wait for its turn."""
    soon = JobPolicy(active_deadline=NOW + SECOND - BEFORE)
    out: dict[Fact, FactValue] = {Fact.TURN: False}

    assert decided(job_in(JobStatus.QUEUED, **NOT_PUBLISHED, policy=soon), facts=out).due == NOW + SECOND
    ended = decided(
        job_in(JobStatus.QUEUED, **NOT_PUBLISHED, intents=Intents(cancel_requested=NOW)), facts=out
    )
    assert ended.after.status is JobStatus.CANCELLED
