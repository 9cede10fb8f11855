"""DynamoDB ends a page where it likes: no record is lost or repeated between two of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from gas.adapters.aws.attributes import to_typed
from gas.adapters.aws.jobs_dynamodb import DynamoJobStore
from gas.adapters.wire import job_to_item
from gas.domain.errors import TransientError
from gas.domain.job import Job, created
from gas.domain.spec import InputRef

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
USER = "u" * 26


def a_store(shards: int = 1) -> tuple[DynamoJobStore, Stubber]:
    """A store whose answers are written down beforehand."""
    session = boto3.session.Session("test", "test", region_name="us-east-1")
    client = session.client("dynamodb")
    stubber = Stubber(client)
    stubber.activate()
    return DynamoJobStore(client, "gas-jobs", shards), stubber


def a_job(number: int) -> Job:
    """A job; a higher number is newer."""
    submitted = NOW + timedelta(seconds=number)
    return created(Job(f"job-{number}", USER, InputRef("b", "k", "f"), "rCRS", submitted))


def page(*numbers: int, more: bool) -> dict[str, Any]:
    """A page of whole jobs, after which there are more or not."""
    items = [to_typed(job_to_item(a_job(number), 1)) for number in numbers]
    return {"Items": items} | ({"LastEvaluatedKey": to_typed({"job_id": "mark"})} if more else {})


def test_short_pages_of_a_user_are_joined() -> None:
    """Short and empty pages in the middle are read on until the asked number is there, and one more is seen."""
    jobs, stubber = a_store()
    for answer in (page(9, 8, more=True), page(more=True), page(7, 6, more=True)):
        stubber.add_response("query", answer)

    listed = jobs.jobs_of_user(USER, limit=3)

    stubber.assert_no_pending_responses()
    assert [job.job_id for job in listed.jobs] == ["job-9", "job-8", "job-7"]
    assert listed.cursor is not None


def test_last_short_page_ends_the_list() -> None:
    """A page that is followed by an empty last one has no cursor."""
    jobs, stubber = a_store()
    for answer in (page(9, 8, 7, more=True), page(more=False)):
        stubber.add_response("query", answer)

    listed = jobs.jobs_of_user(USER, limit=3)

    stubber.assert_no_pending_responses()
    assert (len(listed.jobs), listed.cursor) == (3, None)


def test_short_pages_of_due_jobs_are_joined_over_shards() -> None:
    """Each shard is read on until it ends or the limit is reached; the result is merged by time."""
    jobs, stubber = a_store(shards=2)
    for answer in (page(1, more=True), page(5, more=False), page(2, more=True), page(3, 4, more=True)):
        stubber.add_response("query", answer)

    due = jobs.due_before(NOW + timedelta(hours=1), 3)

    stubber.assert_no_pending_responses()
    assert due == ["job-1", "job-2", "job-3"]


def batch(*numbers: int, left: tuple[int, ...] = ()) -> dict[str, Any]:
    """An answer to a batch of reads, with those that were left for another."""
    keys = [to_typed({"job_id": f"job-{number}"}) for number in left]
    return {
        "Responses": {"gas-jobs": [to_typed(job_to_item(a_job(number), 1)) for number in numbers]},
        "UnprocessedKeys": {"gas-jobs": {"Keys": keys, "ConsistentRead": True}} if left else {},
    }


def test_unprocessed_reads_are_asked_for_again() -> None:
    """What a batch left unanswered, for want of capacity or room, is asked for again."""
    jobs, stubber = a_store()
    for answer in (batch(1, left=(2, 3)), batch(left=(2, 3)), batch(2, 3)):
        stubber.add_response("batch_get_item", answer)

    found = jobs.get_many(["job-1", "job-2", "job-3"])

    stubber.assert_no_pending_responses()
    assert sorted(found) == ["job-1", "job-2", "job-3"]


def test_reads_that_stay_unprocessed_are_an_error() -> None:
    """Records that are never answered are no records that are missing: their places must not be given away."""
    jobs, stubber = a_store()
    for _ in range(3):
        stubber.add_response("batch_get_item", batch(left=(1,)))

    with pytest.raises(TransientError, match="did not answer for 1 records"):
        jobs.get_many(["job-1"])
