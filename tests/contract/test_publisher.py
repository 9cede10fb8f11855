"""The contract of `Publisher`, for memory and SNS alike: what is published arrives in the queues."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from gas import tracing
from gas.adapters.aws.publisher_sns import SnsPublisher, TopicArns
from gas.adapters.aws.queue_sqs import SqsQueue
from gas.adapters.memory.messaging import InMemoryPublisher, InMemoryQueue
from gas.adapters.system_clock import SystemClock
from gas.domain.errors import FatalError
from gas.domain.messages import Hint, HintEvent, JobHint, ThawHint, UserHint
from gas.domain.names import Channel, Names
from gas.ports.messaging import MessageQueue, Publisher
from gas_setup.infrastructure import QueueSpec, SubscriptionSpec, TopicSpec
from tests.contract.adapters import BACKENDS, client, fresh_names
from tests.support.plans import CHANNELS


@dataclass(frozen=True)
class Post:
    """A publisher, and the queues that its topics feed."""

    publisher: Publisher
    queue: Callable[[Channel], MessageQueue]

    def traces(self, channel: Channel) -> list[str | None]:
        """The traces that the messages of a queue say to be a part of."""
        return [message.traceparent for message in self.queue(channel).receive(10, 2, 30)]

    def arrived(self, channel: Channel, wait_seconds: int = 2) -> list[Hint | None]:
        """What has come to a queue."""
        return [message.hint for message in self.queue(channel).receive(10, wait_seconds, 30)]


def sns_publisher(names: Names) -> SnsPublisher:
    """The publisher to the topics of an installation."""
    return SnsPublisher(client("sns"), TopicArns(client("sts"), names.topic))


@pytest.fixture(scope="module")
def names() -> Names:
    """One installation's queues, topics and subscriptions."""
    return fresh_names(QueueSpec, TopicSpec, SubscriptionSpec)


@pytest.fixture(params=BACKENDS)
def post(request: pytest.FixtureRequest) -> Post:
    """A publisher of each kind, with empty queues."""
    if request.param == "memory":
        queues = {channel: InMemoryQueue(channel, SystemClock()) for channel in CHANNELS}
        return Post(InMemoryPublisher(queues), queues.__getitem__)
    names: Names = request.getfixturevalue("names")

    def queue(channel: Channel) -> SqsQueue:
        return SqsQueue(client("sqs"), names.queue(channel), channel, polls=client("sqs"))

    for channel in CHANNELS:
        for message in queue(channel).receive(10, 0, 0):
            queue(channel).delete(message)
    return Post(sns_publisher(names), queue)


@pytest.mark.parametrize(
    ("channel", "hint"),
    [
        (Channel.JOB_REQUESTS, JobHint("job-1", 4)),
        (Channel.JOB_RESULTS, JobHint("job-1", 4, HintEvent.STARTED)),
        (Channel.RESTORE, UserHint("u" * 26)),
        (Channel.THAW, ThawHint("archive/gas/é+ ~.gz")),
    ],
    ids=["request", "result", "restore", "thaw"],
)
def test_hint_arrives_where_it_belongs(
    post: Post, channel: Channel, hint: JobHint | UserHint | ThawHint
) -> None:
    """A hint arrives in its channel's queue, as often as it was sent, and in no other."""
    post.publisher.publish(channel, hint)
    post.publisher.publish(channel, hint)

    arrived = post.arrived(channel) + post.arrived(channel, 0)
    elsewhere = [post.arrived(other, 0) for other in CHANNELS if other != channel]
    assert arrived == [hint, hint]
    assert elsewhere == [[]] * (len(CHANNELS) - 1)


def test_finished_job_also_reaches_the_archive(post: Post) -> None:
    """Only the event `finished` reaches the queue of the archive."""
    post.publisher.publish(Channel.JOB_RESULTS, JobHint("job-1", 4, HintEvent.PROGRESSED))
    post.publisher.publish(Channel.JOB_RESULTS, JobHint("job-2", 5, HintEvent.FINISHED))

    assert post.arrived(Channel.ARCHIVE) == [JobHint("job-2", 5, HintEvent.FINISHED)]


def test_lost_messages_in_memory() -> None:
    """A publisher that is cut off loses what it is given, without an error, and still lists it."""
    queue = InMemoryQueue(Channel.THAW, SystemClock())
    publisher = InMemoryPublisher({Channel.THAW: queue})
    publisher.connected = False

    publisher.publish(Channel.THAW, ThawHint("archive/a"))

    assert queue.empty()
    assert publisher.published == [(Channel.THAW, ThawHint("archive/a"))]


def test_missing_topic_is_for_the_operator() -> None:
    """A topic that nobody made is a FatalError that says what to run."""
    with pytest.raises(FatalError, match=r"thaw.*gas-setup"):
        sns_publisher(Names("nowhere")).publish(Channel.THAW, ThawHint("archive/a"))


def test_a_message_carries_the_trace_of_the_work_that_sent_it(post: Post) -> None:
    """Whoever receives it goes on with that trace."""
    parent = f"00-{'1' * 32}-{'2' * 16}-00"

    with tracing.Work("test"):
        tracing.join(parent)
        post.publisher.publish(Channel.JOB_RESULTS, JobHint("job-1", 3, HintEvent.STARTED))

    assert post.traces(Channel.JOB_RESULTS) == [parent]


def test_a_message_that_is_sent_outside_of_any_trace_carries_none(post: Post) -> None:
    """As one of an older part."""
    post.publisher.publish(Channel.JOB_RESULTS, JobHint("job-1", 3, HintEvent.STARTED))

    assert post.traces(Channel.JOB_RESULTS) == [None]
