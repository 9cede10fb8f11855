"""DynamoDB of the local AWS: conditional writes are atomic, however many threads race."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import TestCloud, code, unique

THREADS = 16
ROUNDS = 30
WIDE = {f"a{number}": {"S": "x" * 20} for number in range(200)}


@pytest.fixture
def table(cloud: TestCloud) -> tuple[Any, str]:
    """A client and the name of an empty table with key pk."""
    client, name = cloud.client("dynamodb"), unique("table")
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client, name


def winners(attempt: Callable[[], Any]) -> int:
    """How many of the racing threads were not refused by their condition."""

    def won(_: int) -> int:
        try:
            attempt()
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise
            return 0
        return 1

    with ThreadPoolExecutor(THREADS) as threads:
        return sum(threads.map(won, range(THREADS)))


@pytest.mark.parametrize("attributes", [{}, WIDE], ids=["small item", "200 attributes"])
def test_one_thread_wins_each_compare_and_set(table: tuple[Any, str], attributes: dict[str, Any]) -> None:
    """Of 16 threads that change the same value under a condition, exactly one wins, in each of 30 rounds."""
    client, name = table
    wins = 0

    for round_number in range(ROUNDS):
        key = {"pk": {"S": str(round_number)}}
        client.put_item(TableName=name, Item={**key, "v": {"N": "0"}, **attributes})
        wins += winners(
            partial(
                client.update_item,
                TableName=name,
                Key=key,
                UpdateExpression="SET v = :new",
                ConditionExpression="v = :old",
                ExpressionAttributeValues={":new": {"N": "1"}, ":old": {"N": "0"}},
            )
        )

    assert wins == ROUNDS


def test_no_addition_is_lost(table: tuple[Any, str]) -> None:
    """What 16 threads add to one number is its sum."""
    client, name = table
    key = {"pk": {"S": "counter"}}

    def add(_: int) -> None:
        client.update_item(
            TableName=name,
            Key=key,
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(add, range(THREADS * ROUNDS)))

    assert client.get_item(TableName=name, Key=key)["Item"]["n"]["N"] == str(THREADS * ROUNDS)


def test_one_thread_wins_each_put_if_absent(table: tuple[Any, str]) -> None:
    """Of 16 threads that create the same item, exactly one wins, in each of 30 rounds."""
    client, name = table
    wins = 0

    for round_number in range(ROUNDS):
        item = {"pk": {"S": str(round_number)}}
        wins += winners(
            partial(
                client.put_item, TableName=name, Item=item, ConditionExpression="attribute_not_exists(pk)"
            )
        )

    assert wins == ROUNDS
