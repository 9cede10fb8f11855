"""What a test may break and look at in the local AWS: faults, lost messages, e-mails, counts."""

import email.mime.text
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import TestCloud, code, status, unique
from tests.support.waiting import until


@pytest.fixture
def queue(cloud: TestCloud) -> tuple[Any, str]:
    """A client and the address of an empty queue."""
    client = cloud.client("sqs")
    return client, client.create_queue(QueueName=unique("queue"))["QueueUrl"]


def bodies(queue: tuple[Any, str]) -> list[str]:
    """The bodies of what the queue holds now."""
    client, url = queue
    received = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [message["Body"] for message in received.get("Messages", [])]


def sends(cloud: TestCloud) -> int:
    """How many messages the local AWS was asked to send so far."""
    return cloud.local.requests().get("sqs", {}).get("SendMessage", 0)


@dataclass(frozen=True)
class Case:
    """An operation that changes nothing, and an error that its service knows."""

    service: str
    method: str
    error: str
    status: int

    @property
    def operation(self) -> str:
        """The method in AWS's spelling."""
        return "".join(word.title() for word in self.method.split("_"))


CASES = [
    Case("dynamodb", "list_tables", "ThrottlingException", 400),
    Case("s3", "list_buckets", "SlowDown", 503),
    Case("sqs", "list_queues", "InternalError", 500),
    Case("sns", "list_topics", "InternalError", 500),
    Case("ses", "list_identities", "Throttling", 400),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.service)
def test_an_error_comes_as_often_as_asked(cloud: TestCloud, case: Case) -> None:
    """Each service words the error as its SDK expects, for the count that was asked for."""
    cloud.local.faults(case.service, case.operation, error=case.error, count=2)
    ask = getattr(cloud.client(case.service), case.method)
    found = []

    for _ in range(2):
        with pytest.raises(ClientError) as refused:
            ask()
        found.append((code(refused.value), status(refused.value)))

    assert found == [(case.error, case.status)] * 2
    assert ask()["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize(("moment", "expected"), [("before", []), ("after", ["hello"])])
def test_an_error_comes_before_or_after_the_effect(
    cloud: TestCloud, queue: tuple[Any, str], moment: str, expected: list[str]
) -> None:
    """A fault says whether the message was sent when its answer is an error."""
    cloud.local.faults("sqs", "SendMessage", error="InternalError", count=1, after=moment == "after")
    client, url = queue

    with pytest.raises(ClientError):
        client.send_message(QueueUrl=url, MessageBody="hello")

    assert bodies(queue) == expected


def test_a_delayed_request_takes_effect_late_and_delays_nobody(
    cloud: TestCloud, queue: tuple[Any, str]
) -> None:
    """A held request has no effect while it is held, and others go on."""
    cloud.local.faults("sqs", "SendMessage", delayMs=1000, count=1)
    client, url = queue
    sent_before = sends(cloud)
    with ThreadPoolExecutor(1) as threads:
        started = time.monotonic()
        held = threads.submit(client.send_message, QueueUrl=url, MessageBody="held")
        until(lambda: sends(cloud) > sent_before)

        meanwhile = bodies(queue)
        held.result()

    assert meanwhile == []
    assert time.monotonic() - started >= 1
    assert bodies(queue) == ["held"]


@pytest.mark.parametrize(("effect", "expected"), [("drop", []), ("duplicate", ["hello", "hello"])])
def test_messages_are_lost_or_doubled(
    cloud: TestCloud, queue: tuple[Any, str], effect: str, expected: list[str]
) -> None:
    """The sender is told that all is well, and the queue has the message not at all, or twice."""
    cloud.local.faults("sqs", "SendMessage", count=1, **{effect: True})
    client, url = queue

    client.send_message(QueueUrl=url, MessageBody="hello")

    assert bodies(queue) == expected


def test_a_fault_lasts_until_cleared(cloud: TestCloud, queue: tuple[Any, str]) -> None:
    """Without a count every request meets the fault, until all are cleared."""
    cloud.local.faults("sqs", "SendMessage", drop=True)
    client, url = queue
    for _ in range(3):
        client.send_message(QueueUrl=url, MessageBody="lost")

    cloud.local.clear_faults()
    client.send_message(QueueUrl=url, MessageBody="kept")

    assert bodies(queue) == ["kept"]


@pytest.mark.parametrize(
    ("operation", "effect"),
    [
        ("SendMessage", {}),
        ("SendMessage", {"errors": "x"}),
        ("GetQueueUrl", {"drop": True}),
        ("", {"error": "x"}),
    ],
    ids=["no effect", "unknown field", "nothing to drop", "no operation"],
)
def test_a_fault_that_means_nothing_is_refused(
    cloud: TestCloud, operation: str, effect: dict[str, Any]
) -> None:
    """A mistake in a fault is an error at once, not a test that proves nothing."""
    with pytest.raises(ValueError, match="faults was refused"):
        cloud.local.faults("sqs", operation, **effect)


def test_a_purge_loses_what_is_in_flight_too(cloud: TestCloud, queue: tuple[Any, str]) -> None:
    """After a purge of one queue nothing of it is left, and other queues keep theirs."""
    client, url = queue
    other = client.create_queue(QueueName=unique("queue"))["QueueUrl"]
    client.send_message(QueueUrl=other, MessageBody="kept")
    for body in ("ready", "in flight"):
        client.send_message(QueueUrl=url, MessageBody=body)
    client.receive_message(QueueUrl=url, VisibilityTimeout=1)

    cloud.local.purge(url.rpartition("/")[2])

    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    assert set(client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()) == {
        "0"
    }
    assert bodies((client, other)) == ["kept"]


def test_mails_can_be_read(cloud: TestCloud) -> None:
    """A simple and a raw e-mail are shown as their readers would see them."""
    ses, sender = cloud.client("ses"), f"{unique('gas')}@example.org"
    ses.verify_email_identity(EmailAddress=sender)
    raw = email.mime.text.MIMEText("Raw grüße", "plain", "utf-8")
    raw["From"], raw["To"], raw["Subject"] = sender, "b@example.org", "Raw"

    ses.send_email(
        Source=sender,
        Destination={"ToAddresses": ["a@example.org"]},
        Message={
            "Subject": {"Data": "Done"},
            "Body": {"Text": {"Data": "Ready."}, "Html": {"Data": "<p>Ready."}},
        },
    )
    ses.send_raw_email(RawMessage={"Data": raw.as_bytes()})

    simple, parsed = (mail for mail in cloud.local.mail() if mail["from"] == sender)
    assert (simple["to"], simple["subject"]) == (["a@example.org"], "Done")
    assert (simple["text"], simple["html"]) == ("Ready.", "<p>Ready.")
    assert (parsed["to"], parsed["subject"], parsed["text"].strip()) == (
        ["b@example.org"],
        "Raw",
        "Raw grüße",
    )


def test_an_unverified_sender_sends_nothing(cloud: TestCloud) -> None:
    """SES refuses a sender it does not know, and no mail is shown."""
    stranger = f"{unique('stranger')}@example.net"

    with pytest.raises(ClientError) as refused:
        cloud.client("ses").send_email(
            Source=stranger,
            Destination={"ToAddresses": ["a@example.org"]},
            Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
        )

    assert code(refused.value) == "MessageRejected"
    assert [mail for mail in cloud.local.mail() if mail["from"] == stranger] == []


@pytest.mark.parametrize("host", ["10.244.0.1:5000", "aws.gas.svc:5000", "127.0.0.1:5000"])
def test_address_names_no_bucket(cloud: TestCloud, host: str) -> None:
    """Pods reach it at another address than this machine's loopback; the first part of that is no bucket."""
    s3, bucket = cloud.client("s3"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a/b", Body=b"content")

    def address(request: Any, **_: Any) -> None:
        request.headers["Host"] = host

    s3.meta.events.register("before-send.s3", address)
    head = s3.head_object(Bucket=bucket, Key="a/b")
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]

    assert head["ContentLength"] == len(b"content")
    assert [each["Key"] for each in listed] == ["a/b"]


def test_a_fault_is_for_the_objects_whose_key_holds_a_text(cloud: TestCloud) -> None:
    """One object cannot be read, and its neighbour can."""
    s3, bucket = cloud.client("s3"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    for key in ("mine/a", "theirs/b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"content")
    cloud.local.faults("s3", "GetObject", error="InternalError", holding="mine/")

    found = s3.get_object(Bucket=bucket, Key="theirs/b")["Body"].read()
    with pytest.raises(ClientError, match="InternalError"):
        s3.get_object(Bucket=bucket, Key="mine/a")
    cloud.local.clear_faults()

    assert found == b"content"


def test_durations_are_kept_until_they_are_forgotten(cloud: TestCloud) -> None:
    """How long requests took in there, a delay by a fault included, is told by operation."""
    sqs = cloud.client("sqs")
    cloud.local.faults("sqs", "ListQueues", delayMs=50, count=1)

    cloud.local.forget_durations()
    sqs.list_queues()
    found = cloud.local.durations()["sqs ListQueues"]
    cloud.local.forget_durations()

    assert len(found) == 1
    assert 50 <= found[0] < 10_000
    assert "sqs ListQueues" not in cloud.local.durations()
