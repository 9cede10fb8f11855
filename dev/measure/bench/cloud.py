"""How fast the local AWS is on this machine, as one client process sees it."""

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from dev.run.cloud.client import LocalCloud

CALLS = 300
DEPTH = 1000
THREADS = 16


def main() -> None:
    """Start one, measure, print, stop."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        cloud = LocalCloud.start(Path(folder))
        print(f"boot                          {time.perf_counter() - started:8.1f} s")
        try:
            _measure_queue(_client(cloud, "sqs"))
            _measure_table(_client(cloud, "dynamodb"))
        finally:
            cloud.stop()


def _measure_queue(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="bench", Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
    count = ["ApproximateNumberOfMessages"]

    def send() -> None:
        sqs.send_message(QueueUrl=url, MessageBody="x")

    def consume() -> None:
        for message in sqs.receive_message(QueueUrl=url)["Messages"]:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    for depth in (0, DEPTH):
        entries = [{"Id": str(number), "MessageBody": "x"} for number in range(10)]
        for _ in range(depth // len(entries)):
            sqs.send_message_batch(QueueUrl=url, Entries=entries)
        _show(f"SQS send, depth {depth}", _rate(send))
        _show(f"SQS receive+delete, depth {depth}", _rate(consume))
        _show(
            f"SQS attributes, depth {depth}",
            _rate(lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=count)),
        )


def _measure_table(dynamodb: Any) -> None:
    dynamodb.create_table(
        TableName="bench",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

    def update() -> None:
        dynamodb.update_item(
            TableName="bench",
            Key={"pk": {"S": "one"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    for threads in (1, THREADS):
        _show(f"DynamoDB update, {threads} threads", _rate(update, threads))


def _rate(call: Callable[[], Any], threads: int = 1) -> float:
    call()
    started = time.perf_counter()
    if threads == 1:
        for _ in range(CALLS - 1):
            call()
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda _: call(), range(CALLS - 1)))
    return (CALLS - 1) / (time.perf_counter() - started)


def _show(what: str, rate: float) -> None:
    print(f"{what:<30}{rate:8.0f} /s")


def _client(cloud: LocalCloud, service: str) -> Any:
    session = boto3.session.Session("bench", "bench", region_name="us-east-1")
    config = Config(retries={"total_max_attempts": 1}, max_pool_connections=THREADS)
    return session.client(service, endpoint_url=cloud.endpoint, config=config)  # type: ignore[call-overload]  # the service is known at run time only
