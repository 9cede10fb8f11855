"""DynamoDB of the local AWS: conditional writes are atomic, however many threads race."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import ClientError

from tests.support.aws import TestCloud, code, unique

THREADS = 16
ROUNDS = 30
WIDE = {f"a{number}": {"S": "x" * 20} for number in range(200)}
EVERY_TYPE: dict[str, Any] = {
    "text": {"S": "two words"},
    "nothing in it": {"S": ""},
    "number": {"N": "12.50"},
    "bytes": {"B": b"\x00\xff"},
    "yes": {"BOOL": True},
    "no": {"BOOL": False},
    "null": {"NULL": True},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2"]},
    "byte strings": {"BS": [b"\x00", b"\xff"]},
    "list": {"L": [{"S": "a"}, {"L": []}, {"M": {"deep": {"B": b"\x01"}}}]},
    "map": {"M": {"S": {"N": "1"}, "empty": {"M": {}}, "list": {"L": [{"BOOL": False}]}}},
}
LARGE, SMALL = {"large": {"S": "x" * 400 * 1024}}, {"small": {"S": "x"}}


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


def plain(item: dict[str, Any]) -> Any:
    """An item as plain values: in it sets have no order, as on AWS."""
    return TypeDeserializer().deserialize({"M": item})


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


def test_values_of_every_type_come_back_as_they_went(table: tuple[Any, str]) -> None:
    """Whatever its type and depth, a value is answered as it was put: read, queried, scanned and by an update."""
    client, name = table
    item = {"pk": {"S": "one"}, **EVERY_TYPE}
    client.put_item(TableName=name, Item=item)

    found = [
        client.get_item(TableName=name, Key={"pk": item["pk"]})["Item"],
        *client.query(
            TableName=name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": item["pk"]},
        )["Items"],
        *client.scan(TableName=name)["Items"],
        *client.batch_get_item(RequestItems={name: {"Keys": [{"pk": item["pk"]}]}})["Responses"][name],
        client.update_item(
            TableName=name,
            Key={"pk": item["pk"]},
            UpdateExpression="SET #text = :same",
            ExpressionAttributeNames={"#text": "text"},
            ExpressionAttributeValues={":same": item["text"]},
            ReturnValues="ALL_NEW",
        )["Attributes"],
    ]

    assert [plain(answered) for answered in found] == [plain(item)] * 5


def test_only_the_wanted_attributes_are_answered(table: tuple[Any, str]) -> None:
    """A projection answers the named attributes that there are, whole, or the named part of one."""
    client, name = table
    client.put_item(TableName=name, Item={"pk": {"S": "one"}, **EVERY_TYPE})

    def wanted(expression: str, **names: str) -> Any:
        answer = client.get_item(
            TableName=name,
            Key={"pk": {"S": "one"}},
            ProjectionExpression=expression,
            ExpressionAttributeNames={f"#{short}": full for short, full in names.items()},
        )
        return plain(answer["Item"])

    assert wanted("pk, #li, absent", li="list") == plain({"pk": {"S": "one"}, "list": EVERY_TYPE["list"]})
    assert wanted("#bs", bs="byte strings") == plain({"byte strings": EVERY_TYPE["byte strings"]})
    assert wanted("#m.empty", m="map") == {"map": {"empty": {}}}


@pytest.mark.parametrize("operation", ["get_item", "delete_item"])
def test_a_key_that_is_too_long_is_refused(table: tuple[Any, str], operation: str) -> None:
    """One of 2,048 bytes is looked for; a longer one is an error, and no item that is missing."""
    client, name = table
    call = getattr(client, operation)

    found = call(TableName=name, Key={"pk": {"S": "é" * 1024}})
    with pytest.raises(ClientError) as refused:
        call(TableName=name, Key={"pk": {"S": "é" * 1024 + "x"}})

    assert not found.keys() & {"Item", "Attributes"}
    assert code(refused.value) == "ValidationException"


@pytest.mark.parametrize("attributes", [LARGE | SMALL, SMALL | LARGE], ids=["large first", "large last"])
def test_an_item_that_is_too_large_is_refused(table: tuple[Any, str], attributes: dict[str, Any]) -> None:
    """Wherever its large attribute stands, and nothing of it is kept."""
    client, name = table
    key = {"pk": {"S": "one"}}

    with pytest.raises(ClientError) as refused:
        client.put_item(TableName=name, Item=key | attributes)

    assert code(refused.value) == "ValidationException"
    assert "Item" not in client.get_item(TableName=name, Key=key)
