"""SQS and SNS of the local AWS: nothing lost, nothing slower for being deep, and waiting readers wake at once."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import TestCloud, code, unique
from tests.support.waiting import until


class Queue:
    """One queue and the calls that tests make on it."""

    def __init__(self, cloud: TestCloud, **attributes: str) -> None:
        self.client = cloud.client("sqs")
        self.name = unique("queue")
        self.url = self.client.create_queue(QueueName=self.name, Attributes=attributes)["QueueUrl"]
        self.arn = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])[
            "Attributes"
        ]["QueueArn"]

    def send(self, body: str = "hello", **options: Any) -> None:
        """Send one message."""
        self.client.send_message(QueueUrl=self.url, MessageBody=body, **options)

    def receive(self, **options: Any) -> list[dict[str, Any]]:
        """Receive up to ten messages."""
        options = {
            "MaxNumberOfMessages": 10,
            "MessageAttributeNames": ["All"],
            "AttributeNames": ["All"],
            **options,
        }
        return list(self.client.receive_message(QueueUrl=self.url, **options).get("Messages", []))

    def bodies(self, **options: Any) -> list[str]:
        """The bodies of what is received."""
        return [message["Body"] for message in self.receive(**options)]

    def delete(self, message: dict[str, Any]) -> None:
        """Delete a received message."""
        self.client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def hide(self, message: dict[str, Any], seconds: int) -> None:
        """Change how long a received message stays hidden."""
        self.client.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
        )

    def counts(self) -> tuple[int, int, int]:
        """How many messages are visible, in flight and delayed."""
        names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
        found = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        visible, hidden, delayed = (int(found[name]) for name in names)
        return visible, hidden, delayed


@pytest.fixture
def queue(cloud: TestCloud) -> Queue:
    """An empty queue."""
    return Queue(cloud)


@pytest.fixture
def topic(cloud: TestCloud) -> tuple[Any, str]:
    """A client and the ARN of a topic."""
    client = cloud.client("sns")
    return client, client.create_topic(Name=unique("topic"))["TopicArn"]


def subscribe(topic: tuple[Any, str], queue_arn: str, **attributes: str) -> None:
    """Subscribe a queue to a topic, raw."""
    client, arn = topic
    client.subscribe(
        TopicArn=arn,
        Protocol="sqs",
        Endpoint=queue_arn,
        Attributes={"RawMessageDelivery": "true", **attributes},
    )


def test_a_waiting_reader_wakes_at_once(queue: Queue) -> None:
    """A long poll returns when a message comes, not when its time is over."""
    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(queue.bodies, WaitTimeSeconds=20)
        until(lambda: queue.counts() == (0, 0, 0))
        began = time.monotonic()
        queue.send("wake")

        assert reading.result() == ["wake"]
        assert time.monotonic() - began < 15


def test_waiting_readers_do_not_hold_up_senders(queue: Queue, cloud: TestCloud) -> None:
    """While readers wait on one queue, others send and count."""
    other = Queue(cloud)
    with ThreadPoolExecutor(8) as threads:
        wish = {"WaitTimeSeconds": 20, "MaxNumberOfMessages": 1}
        readings = [threads.submit(queue.bodies, **wish) for _ in range(8)]
        for _ in range(10):
            other.send()
        sent, waiting = other.counts(), [not reading.done() for reading in readings]
        for number in range(8):
            queue.send(str(number))
        woken = [body for reading in readings for body in reading.result()]

    assert sent == (10, 0, 0)
    assert waiting == [True] * 8
    assert sorted(woken) == [str(number) for number in range(8)]


def test_a_delayed_message_wakes_a_reader_when_its_delay_ends(queue: Queue) -> None:
    """A message is not seen before its delay, and a waiting reader gets it right after."""
    began = time.monotonic()
    queue.send("later", DelaySeconds=2)
    delayed = queue.counts()

    bodies = queue.bodies(WaitTimeSeconds=20)

    assert (delayed, bodies) == ((0, 0, 1), ["later"])
    assert 2 <= time.monotonic() - began < 15


def test_counters_follow_each_step(queue: Queue) -> None:
    """Visible, in flight and delayed are exact after each step."""
    queue.send("first")
    queue.send("second")
    queue.send("later", DelaySeconds=60)
    steps = [queue.counts()]

    message = queue.receive(MaxNumberOfMessages=1)[0]
    steps.append(queue.counts())
    queue.hide(message, 0)
    steps.append(queue.counts())
    again = queue.receive(MaxNumberOfMessages=2)
    for received in again:
        queue.delete(received)
    steps.append(queue.counts())

    assert steps == [(2, 0, 1), (1, 1, 1), (2, 0, 1), (0, 0, 1)]


def test_a_message_comes_back_when_its_visibility_ends(queue: Queue) -> None:
    """A message that nobody deletes is delivered again under a new handle, and its receipts are counted."""
    queue.send()
    first = queue.receive(VisibilityTimeout=1)[0]

    second = queue.receive(WaitTimeSeconds=10)[0]

    assert second["MessageId"] == first["MessageId"]
    assert second["ReceiptHandle"] != first["ReceiptHandle"]
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"


def test_an_old_handle_deletes_nothing(queue: Queue) -> None:
    """Deleting by the handle of an earlier receipt succeeds and has no effect, as AWS says."""
    queue.send()
    first = queue.receive(VisibilityTimeout=0)[0]
    second = queue.receive(VisibilityTimeout=60)[0]

    queue.delete(first)

    assert queue.counts() == (0, 1, 0)
    queue.delete(second)
    assert queue.counts() == (0, 0, 0)


def test_a_message_that_is_not_in_flight_cannot_be_hidden(queue: Queue) -> None:
    """Hiding a message after its visibility has ended is refused."""
    queue.send()
    message = queue.receive(VisibilityTimeout=0)[0]

    with pytest.raises(ClientError) as refused:
        queue.hide(message, 30)

    assert code(refused.value) == "InvalidParameterValue"


def test_a_message_received_too_often_is_dead(cloud: TestCloud) -> None:
    """After maxReceiveCount receipts the next one finds nothing, and the dead-letter queue has the message."""
    dead = Queue(cloud)
    redrive = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 2})
    queue = Queue(cloud, RedrivePolicy=redrive)
    queue.send("poison")

    receipts = [queue.bodies(VisibilityTimeout=0) for _ in range(3)]

    assert receipts == [["poison"], ["poison"], []]
    assert dead.bodies() == ["poison"]


def test_nothing_is_lost_or_doubled_among_many_threads(queue: Queue) -> None:
    """Eight senders and eight readers at once: each message is delivered exactly once."""
    expected = {f"{sender}-{number}" for sender in range(8) for number in range(20)}

    def send(sender: int) -> None:
        for number in range(20):
            queue.send(f"{sender}-{number}")

    def read(_: int) -> list[str]:
        found: list[str] = []
        while messages := queue.receive(WaitTimeSeconds=1, VisibilityTimeout=60):
            for message in messages:
                queue.delete(message)
                found.append(message["Body"])
        return found

    with ThreadPoolExecutor(16) as threads:
        sending = [threads.submit(send, sender) for sender in range(8)]
        reading = [threads.submit(read, reader) for reader in range(8)]
        for sent in sending:
            sent.result()
        found = [body for read_bodies in reading for body in read_bodies.result()]

    assert sorted(found) == sorted(expected)
    assert queue.counts() == (0, 0, 0)


def test_a_deep_queue_is_as_fast_as_an_empty_one(queue: Queue) -> None:
    """Counting, sending and receiving at 1,000 messages takes about as long as at none."""

    def seconds() -> float:
        started = time.monotonic()
        for _ in range(15):
            queue.send()
            queue.delete(queue.receive(MaxNumberOfMessages=1)[0])
            queue.counts()
        return time.monotonic() - started

    seconds()
    shallow = min(seconds() for _ in range(2))
    for _ in range(100):
        entries = [{"Id": str(number), "MessageBody": "deep"} for number in range(10)]
        queue.client.send_message_batch(QueueUrl=queue.url, Entries=entries)

    # moto's own queue takes more than ten times as long at this depth; a machine that others use, for a while.
    until(lambda: seconds() < 5 * shallow)


def test_a_topic_delivers_raw_and_filtered(cloud: TestCloud, topic: tuple[Any, str], queue: Queue) -> None:
    """A raw subscription gets the body and the attributes as sent; one with a filter only the events it names."""
    finished_only = Queue(cloud)
    subscribe(topic, queue.arn)
    subscribe(topic, finished_only.arn, FilterPolicy=json.dumps({"event": ["finished"]}))
    client, arn = topic

    for event in ("started", "finished"):
        attributes = {"event": {"DataType": "String", "StringValue": event}}
        client.publish(TopicArn=arn, Message=f"job {event}", MessageAttributes=attributes)

    everything = {m["Body"]: m["MessageAttributes"]["event"]["StringValue"] for m in queue.receive()}
    assert everything == {"job started": "started", "job finished": "finished"}
    assert finished_only.bodies() == ["job finished"]


def test_a_missing_queue_does_not_fail_a_publish(topic: tuple[Any, str], queue: Queue) -> None:
    """A publish succeeds when one subscription's queue is gone, and the others still get the message."""
    subscribe(topic, queue.arn.replace(queue.name, "deleted-long-ago"))
    subscribe(topic, queue.arn)
    client, arn = topic

    client.publish(TopicArn=arn, Message="news")

    assert queue.bodies() == ["news"]


def test_a_topic_obeys_the_delay_of_a_queue(cloud: TestCloud, topic: tuple[Any, str]) -> None:
    """What a topic sends to a queue with a delay waits there."""
    slow = Queue(cloud, DelaySeconds="30")
    subscribe(topic, slow.arn)
    client, arn = topic

    client.publish(TopicArn=arn, Message="later")

    assert slow.counts() == (0, 0, 1)
