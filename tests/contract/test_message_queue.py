"""The contract of `MessageQueue`, for memory and SQS alike."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from gas.adapters.aws.queue_sqs import SqsQueue
from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.messaging import InMemoryQueue
from gas.adapters.system_clock import SystemClock
from gas.adapters.wire_messages import write_message
from gas.domain.errors import FatalError
from gas.domain.messages import JobHint
from gas.domain.names import Channel
from gas.domain.overview import QueueDepth
from gas.ports.messaging import MessageQueue, ReceivedMessage
from gas_setup.infrastructure import QueueSpec
from tests.contract.adapters import BACKENDS, client, fresh_names, race
from tests.support.waiting import until

HINT = JobHint("job-1", 3)


@dataclass(frozen=True)
class Line:
    """A queue and a way to put text into it, as a topic does."""

    queue: MessageQueue
    put: Callable[[str], object]

    def receive(self, wait_seconds: int = 20, visibility_seconds: int = 30) -> ReceivedMessage:
        """The one message that has to come."""
        (message,) = self.queue.receive(10, wait_seconds, visibility_seconds)
        return message

    def receive_one(self) -> ReceivedMessage:
        """One of the messages that have to come."""
        (message,) = self.queue.receive(1, 20, 30)
        return message


@pytest.fixture(params=BACKENDS)
def line(request: pytest.FixtureRequest) -> Line:
    """An empty queue of each kind."""
    if request.param == "memory":
        queue = InMemoryQueue(Channel.JOB_REQUESTS, SystemClock())
        return Line(queue, queue.put)
    name = fresh_names(QueueSpec).queue(Channel.JOB_REQUESTS)
    url = client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
    return Line(
        SqsQueue(client("sqs"), name, Channel.JOB_REQUESTS, polls=client("sqs")),
        lambda body: client("sqs").send_message(QueueUrl=url, MessageBody=body),
    )


def test_message_is_received_and_then_hidden(line: Line) -> None:
    """A message comes with its hint, and does not come again while it is in our hands."""
    line.put(write_message(HINT))

    message = line.receive()

    assert (message.hint, message.problem, message.receive_count) == (HINT, None, 1)
    assert line.queue.receive(10, 0, 30) == []


def test_unreadable_message_says_why(line: Line) -> None:
    """A message that is no hint comes with what is wrong with it."""
    line.put("hello")

    message = line.receive()

    assert message.hint is None
    assert message.problem is not None
    assert "not JSON" in message.problem


def test_deleted_message_is_gone(line: Line) -> None:
    """A deleted message never comes again; deleting or hiding it afterwards is no error."""
    line.put(write_message(HINT))
    message = line.receive(visibility_seconds=3)

    line.queue.delete(message)
    line.queue.delete(message)
    line.queue.hide(message, 0)

    assert line.queue.receive(10, 4, 30) == []
    assert line.queue.empty()


def test_message_comes_back_after_its_visibility(line: Line) -> None:
    """A message that nobody deleted comes again, and counts."""
    line.put(write_message(HINT))
    line.receive(visibility_seconds=1)

    again = line.receive()

    assert (again.hint, again.receive_count) == (HINT, 2)


def test_hidden_message_comes_back_when_told(line: Line) -> None:
    """Hidden for 0 seconds it comes at once, even when told twice."""
    line.put(write_message(HINT))
    message = line.receive()

    line.queue.hide(message, 0)
    line.queue.hide(message, 0)

    assert line.receive().receive_count == 2


def test_hiding_longer_keeps_it_away(line: Line) -> None:
    """Hiding extends the visibility that was asked for at first."""
    line.put(write_message(HINT))
    message = line.receive(visibility_seconds=3)

    line.queue.hide(message, 60)

    assert line.queue.receive(10, 4, 30) == []
    assert not line.queue.empty()


def test_hiding_for_longer_than_possible_is_no_error(line: Line) -> None:
    """More than SQS's twelve hours is as long as can be; a fraction of a second is a second."""
    line.put(write_message(HINT))
    message = line.receive()

    line.queue.hide(message, 100_000)

    assert line.queue.receive(10, 0, 30) == []


def test_at_most_so_many_come(line: Line) -> None:
    """No more messages come than were asked for, and never more than ten."""
    for _ in range(12):
        line.put(write_message(HINT))

    few = line.queue.receive(2, 1, 30)
    many = line.queue.receive(100, 1, 30)

    assert len(few) <= 2
    assert len(many) <= 10


def test_each_message_has_one_taker(line: Line) -> None:
    """Eight takers at once share sixteen messages: each message goes to one of them."""
    for number in range(16):
        line.put(write_message(JobHint(f"job-{number}", 1)))

    told = race(*[lambda: line.queue.receive(10, 1, 30)] * 8)

    taken = [message.hint for answer in told if isinstance(answer, list) for message in answer]
    taken += [message.hint for message in line.queue.receive(10, 1, 30)]
    assert sorted(hint.job_id for hint in taken if isinstance(hint, JobHint)) == sorted(
        f"job-{number}" for number in range(16)
    )


def test_receive_waits_for_the_first(line: Line) -> None:
    """A message that comes during the wait ends it."""
    sender = threading.Timer(0.3, lambda: line.put(write_message(HINT)))
    sender.start()

    began = time.monotonic()
    message = line.receive(wait_seconds=20)

    sender.join()
    assert message.hint == HINT
    assert time.monotonic() - began < 15


def test_empty_counts_messages_in_flight(line: Line) -> None:
    """A queue is empty only when no message is visible or in flight."""
    empty_at_first = line.queue.empty()
    line.put(write_message(HINT))
    visible = until(lambda: not line.queue.empty())
    message = line.receive()
    in_flight = not line.queue.empty()

    line.queue.delete(message)

    assert (empty_at_first, visible, in_flight) == (True, True, True)
    assert line.queue.empty()


def test_depth_tells_visible_and_in_flight_apart(line: Line) -> None:
    """What waits, and what is in somebody's hands."""
    depths = [line.queue.depth()]
    for _ in range(3):
        line.put(write_message(HINT))
    until(lambda: line.queue.depth().visible == 3)
    message = line.receive_one()

    depths += [line.queue.depth()]
    line.queue.delete(message)
    depths += [line.queue.depth()]

    assert depths == [QueueDepth(0, 0, 0), QueueDepth(2, 1, 0), QueueDepth(2, 0, 0)]


def test_delayed_message_of_sqs_is_not_empty() -> None:
    """A delayed message cannot be received yet, but the queue is not empty."""
    name = fresh_names(QueueSpec, archive_delay_seconds=30).queue(Channel.ARCHIVE)
    queue = SqsQueue(client("sqs"), name, Channel.ARCHIVE, polls=client("sqs"))
    url = client("sqs").get_queue_url(QueueName=name)["QueueUrl"]

    client("sqs").send_message(QueueUrl=url, MessageBody=write_message(HINT))

    assert queue.receive(10, 0, 30) == []
    assert not queue.empty()
    assert queue.depth() == QueueDepth(delayed=1)


def test_delayed_message_in_memory_goes_by_the_clock() -> None:
    """Delay and visibility pass only as the clock does, and a receive never waits under a clock that stands still."""
    clock = FakeClock()
    queue = InMemoryQueue(Channel.ARCHIVE, clock, delay=timedelta(seconds=300))
    queue.put(write_message(HINT))

    before = queue.receive(10, 20, 30)
    depth = queue.depth()
    clock.advance(timedelta(seconds=300))
    due = queue.receive(10, 20, 30)
    hidden = queue.receive(10, 20, 30)
    clock.advance(timedelta(seconds=30))
    again = queue.receive(10, 20, 30)

    assert [len(before), len(due), len(hidden), len(again)] == [0, 1, 0, 1]
    assert depth == QueueDepth(delayed=1)


def test_missing_queue_is_for_the_operator() -> None:
    """A queue that nobody made is a FatalError that says what to run."""
    with pytest.raises(FatalError, match=r"no-such-queue.*gas-setup"):
        SqsQueue(client("sqs"), "no-such-queue", Channel.THAW, polls=client("sqs")).receive(1, 0, 30)
