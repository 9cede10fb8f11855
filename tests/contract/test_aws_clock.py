"""The time that the local AWS tells: with every answer, good or bad, and to whoever asks for nothing else."""

import time
from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from gas.adapters.aws.clock_aws import AwsClock
from gas.adapters.aws.session import AwsClients
from tests.contract.adapters import local_cloud

OFF = 100.0
"""How wrong the machine's clock is, in seconds; by more than anything here takes."""

NEAR = 30.0
"""How far off a right one may seem: an answer takes its time on a busy machine."""


def a_wrong_clock() -> AwsClock:
    """The clock of a machine that is behind."""
    return AwsClock(local_cloud().endpoint, wall=lambda: time.time() - OFF)


def seconds_off(clock: AwsClock) -> float:
    """How far the clock is from the time that it is."""
    return abs(clock.now().timestamp() - time.time())


def test_whoever_asks_is_told() -> None:
    """One unsigned request tells the time."""
    clock = a_wrong_clock()
    before = seconds_off(clock)

    clock.ask()

    assert before == pytest.approx(OFF, abs=NEAR)
    assert seconds_off(clock) < NEAR
    assert clock.ahead() == pytest.approx(-timedelta(seconds=OFF), abs=timedelta(seconds=NEAR))


@pytest.mark.parametrize("good", [True, False], ids=["good answer", "error"])
def test_every_answer_tells(*, good: bool) -> None:
    """A client that is made after the clock listens has its answers heard, errors too."""
    clients = AwsClients("us-east-1", local_cloud().endpoint, session=boto3.session.Session())
    clock = a_wrong_clock()
    clock.listen(clients.session.events)
    dynamodb = clients.client("dynamodb")

    if good:
        dynamodb.list_tables()
    else:
        with pytest.raises(ClientError):
            dynamodb.describe_table(TableName="no-such-table")

    assert seconds_off(clock) < NEAR
