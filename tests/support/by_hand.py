"""Records as somebody types them by hand, or as another release of GAS writes them: this one cannot read them."""

from typing import Any

import pytest

from gas.adapters.aws.attributes import to_typed
from gas.adapters.aws.jobs_dynamodb import DynamoJobStore
from gas.adapters.memory.stores import InMemoryJobStore
from gas.ports.stores import JobStore

UNREADABLE = [
    pytest.param({"job_status": "Paused"}, id="state"),
    pytest.param({"reason": "OfTheNextRelease"}, id="reason"),
    pytest.param({"schema": 3}, id="schema"),
    pytest.param({"job_status": None}, id="no-state"),
    pytest.param({"version": None}, id="no-version"),
    pytest.param({"s3_key_result_file": "r", "outputs": "all"}, id="outputs"),
    pytest.param({"s3_key_result_file": "r", "outputs": {"result": "r"}}, id="result"),
]
"""What makes a record unreadable, each in its own way."""


def write_by_hand(jobs: JobStore, job_id: str, attributes: dict[str, Any]) -> None:
    """Set attributes of a job's record to what nobody looks at."""
    if isinstance(jobs, InMemoryJobStore):
        jobs._table._items[job_id] |= attributes
        return
    assert isinstance(jobs, DynamoJobStore)
    where: dict[str, Any] = {"TableName": jobs._table, "Key": to_typed({"job_id": job_id})}
    item = jobs._client.get_item(**where, ConsistentRead=True)["Item"]
    jobs._client.put_item(TableName=jobs._table, Item=item | to_typed(attributes))


def make_unreadable(jobs: JobStore, job_id: str) -> None:
    """Have this release not know the state of a job."""
    write_by_hand(jobs, job_id, {"job_status": "Paused"})
