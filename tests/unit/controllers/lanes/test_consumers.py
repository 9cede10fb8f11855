"""The messages that the controllers take."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.messaging import InMemoryQueue
from gas.domain.errors import TransientError
from gas.domain.messages import Hint, HintEvent, JobHint, ThawHint, UserHint
from gas.domain.names import Channel
from gas_controllers.lanes import consumers
from gas_controllers.lanes.consumers import Consumer, item_of
from gas_controllers.lanes.items import Item, LookAtJob, LookAtUser
from tests.support.jobs import ARCHIVE_ID, JOB_ID, USER
from tests.support.waiting import PATIENCE_SECONDS

JOBS = {ARCHIVE_ID: JOB_ID}


@pytest.mark.parametrize(
    ("hint", "item"),
    [
        (JobHint(JOB_ID, 3, HintEvent.FINISHED), LookAtJob(JOB_ID)),
        (UserHint(USER), LookAtUser(USER)),
        (ThawHint(ARCHIVE_ID), LookAtJob(JOB_ID)),
    ],
    ids=["job", "user", "thaw"],
)
def test_hints(hint: Hint, item: Item) -> None:
    """Each hint asks to look at one thing; a thaw names what the archive calls the copy of a job's result."""
    assert item_of(hint, JOBS.get) == item


def test_thaw_of_what_no_job_is_known_by() -> None:
    """A table's copy, that of a job that was deleted, or somebody else's object: there is nothing to look at."""
    assert item_of(ThawHint("archive/holiday.jpg"), JOBS.get) is None


class Post:
    """A queue and a consumer that has run until everything visible was taken."""

    def __init__(self, channel: Channel, *bodies: str) -> None:
        self.clock = FakeClock()
        self.queue = InMemoryQueue(channel, self.clock)
        self.taken: list[Item] = []
        for body in bodies:
            self.queue.put(body)
        self.channel = channel

    def run(self, put: Callable[[Item], None] | None = None) -> None:
        """Let the consumer poll until nothing is left to see."""
        consumer = Consumer(self.channel, self.queue, put or self.taken.append, JOBS.get, 0)
        receive, idle = self.queue.receive, threading.Event()

        def watched(*args: int) -> object:
            messages = receive(*args)
            if not messages:
                consumer.stop()
                idle.set()
            return messages

        self.queue.receive = watched  # type: ignore[method-assign,assignment]
        consumer.start()
        assert idle.wait(PATIENCE_SECONDS)
        consumer.join(PATIENCE_SECONDS)
        self.queue.receive = receive  # type: ignore[method-assign]


def test_messages_are_taken_and_deleted() -> None:
    """Every readable message becomes one wish to look, and is deleted."""
    post = Post(
        Channel.JOB_RESULTS, '{"job_id": "a"}', '{"job_id": "b", "event": "finished"}', '{"job_id": "a"}'
    )

    post.run()

    assert post.taken == [LookAtJob("a"), LookAtJob("b"), LookAtJob("a")]
    assert post.queue.empty()


@pytest.mark.parametrize(
    ("channel", "body"),
    [(Channel.JOB_RESULTS, "hello"), (Channel.THAW, '{"archive_id": ""}')],
    ids=["no-json", "no-id"],
)
def test_unreadable_messages_come_back(channel: Channel, body: str) -> None:
    """A message that means nothing comes back soon, on its way to the dead-letter queue, and holds nobody up."""
    post = Post(channel, body)

    post.run()
    post.clock.advance(timedelta(seconds=1))
    (back,) = post.queue.receive(10, 0, 30)

    assert post.taken == []
    assert back.receive_count == 2


def test_each_message_is_one_line() -> None:
    """A readable one says what it asks for, an unreadable one why nobody can read it."""
    post = Post(Channel.RESTORE, '{"job_id": "a"}', json.dumps({"user_id": "u" * 26}), "hello")

    with capture_logs() as lines:
        post.run()

    told = [(line["outcome"], line.get("job_id"), line.get("user_id"), line["log_level"]) for line in lines]
    assert {(line["event"], line["channel"]) for line in lines} == {("message handled", "restore")}
    assert told == [
        ("taken", "a", None, "info"),
        ("taken", None, "u" * 26, "info"),
        ("unreadable", None, None, "warning"),
    ]
    assert "not JSON" in lines[2]["error"]


def test_message_is_deleted_only_after_it_was_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """When handing over fails, the message stays."""
    post = Post(Channel.JOB_RESULTS, '{"job_id": "a"}')

    def refuse(item: Item) -> None:
        raise TransientError("stopping")

    monkeypatch.setattr(consumers, "PAUSE_SECONDS", 0.001)
    post.run(refuse)

    assert not post.queue.empty()


def test_queue_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A consumer outlives a queue that does not answer, and goes on when it does."""
    monkeypatch.setattr(consumers, "PAUSE_SECONDS", 0.001)
    post = Post(Channel.JOB_RESULTS, '{"job_id": "a"}')
    receive, failures = post.queue.receive, [TransientError("no answer")]

    def failing(*args: int) -> object:
        if failures:
            raise failures.pop()
        return receive(*args)

    monkeypatch.setattr(post.queue, "receive", failing)
    post.run()

    assert post.taken == [LookAtJob("a")]
