"""The contract of `OverviewBoard`, for memory and DynamoDB alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gas.adapters.aws.overviews_dynamodb import DynamoOverviewBoard
from gas.adapters.aws.users_dynamodb import DynamoUserStore
from gas.adapters.memory.overviews import InMemoryOverviewBoard
from gas.domain.job import JobStatus
from gas.domain.names import Channel, Table
from gas.domain.overview import Overview, PauseCause, Pool, QueueDepth, Situation, Wait
from gas.domain.reasons import Reason
from gas.domain.record import ClusterSight, Home
from gas.ports.overviews import OverviewBoard
from gas_setup.infrastructure import TableSpec
from tests.contract.adapters import BACKENDS, NOW, client, fresh_names

BARE = Overview(NOW, timedelta(seconds=10))
FULL = Overview(
    time=NOW,
    period=timedelta(seconds=2.5),
    situations={
        Situation(JobStatus.QUEUED, Reason.RETRYING): 3,
        Situation(JobStatus.FAILED, Reason.CANCELLED): 0,
    },
    longest_wait=Wait("job-1", NOW - timedelta(minutes=7)),
    requests=QueueDepth(1, 2, 3),
    dead_letters={Channel.THAW: 4, Channel.JOB_REQUESTS: 0},
    pools=(Pool("annotators", 2, wanted=3, ready=1), Pool("premium", 0)),
    late_retrievals=1,
    sweep_age=timedelta(seconds=1.5),
    sweep_period=timedelta(seconds=15),
    drift=12,
    started=NOW - timedelta(days=1),
    absent=7,
    absences_paused=True,
    absence_limit=50,
    unserved=True,
    pause_cause=PauseCause.MOST,
    sight=ClusterSight(Home("crd-1", "namespace-1"), 12_345_678_901),
)


@pytest.fixture(params=BACKENDS)
def board(request: pytest.FixtureRequest) -> OverviewBoard:
    """An empty board of each kind."""
    if request.param == "memory":
        return InMemoryOverviewBoard()
    return DynamoOverviewBoard(client("dynamodb"), fresh_names(TableSpec).table(Table.USERS))


def test_there_is_none_at_first(board: OverviewBoard) -> None:
    """Before any controllers reported there is nothing, which is not an overview of nothing."""
    assert board.read() is None


@pytest.mark.parametrize("overview", [BARE, FULL], ids=["bare", "full"])
def test_the_last_one_is_read(board: OverviewBoard, overview: Overview) -> None:
    """What was written is read back exactly; what is unknown stays unknown, whatever stood there before."""
    board.write(replace(FULL, drift=99))

    board.write(overview)

    assert board.read() == overview


def test_it_is_nobody() -> None:
    """It lies among the users and is none: no sweep finds it, and it takes no id that a user could have."""
    table = fresh_names(TableSpec).table(Table.USERS)
    users = DynamoUserStore(client("dynamodb"), table, 1)

    DynamoOverviewBoard(client("dynamodb"), table).write(FULL)

    assert users.due_before(NOW + timedelta(days=9), 10) == []
    assert users.get("u" * 26) is None


def test_a_newer_one_is_unknown() -> None:
    """While parts of two releases run, the page says that it knows nothing rather than something wrong."""
    table = fresh_names(TableSpec).table(Table.USERS)
    board = DynamoOverviewBoard(client("dynamodb"), table)
    board.write(FULL)
    client("dynamodb").update_item(
        TableName=table,
        Key={"user_id": {"S": "overview:controllers"}},
        UpdateExpression="SET #s = :two",
        ExpressionAttributeNames={"#s": "schema"},
        ExpressionAttributeValues={":two": {"N": "2"}},
    )

    assert board.read() is None
