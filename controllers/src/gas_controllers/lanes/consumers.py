"""Reads the message channels and asks for passes. A message is only a hint: losing one costs time, never work."""

import threading
from collections.abc import Callable
from typing import assert_never

import structlog

from gas import tracing
from gas.domain.errors import GasError, UsageError
from gas.domain.messages import ChannelTest, Hint, JobHint, ThawHint, UserHint
from gas.domain.names import Channel
from gas.ports.messaging import MessageQueue, ReceivedMessage
from gas_controllers.lanes.items import Item, LookAtJob, LookAtUser, about
from gas_controllers.telling import metrics

log = structlog.get_logger()

BATCH = 10
"""SQS gives at most ten messages at a time."""
VISIBILITY_SECONDS = 30
UNREADABLE_SECONDS = 1
"""An unreadable message comes back soon, so that it reaches the dead-letter queue soon."""
PAUSE_SECONDS = 2.0
"""After a queue did not answer."""


def item_of(hint: Hint, job_of: Callable[[str], str | None]) -> Item | None:
    """What a hint asks to look at; None where that is nothing.

    That is so of a test of the channel, and of the copy of a file that no job has, or that its job finds by itself, for only
    the result is known by its archive id: `job_of` tells whose.
    """
    match hint:
        case JobHint():
            return LookAtJob(hint.job_id)
        case UserHint():
            return LookAtUser(hint.user_id)
        case ThawHint():
            job_id = job_of(hint.archive_id)
            return None if job_id is None else LookAtJob(job_id)
        case ChannelTest():
            return None
        case _:
            assert_never(hint)


class Consumer(threading.Thread):
    """One thread on one channel. `stop` lets the poll under way end."""

    def __init__(
        self,
        channel: Channel,
        queue: MessageQueue,
        put: Callable[[Item], None],
        job_of: Callable[[str], str | None],
        wait_seconds: int,
    ) -> None:
        super().__init__(name=f"consume-{channel.value}", daemon=True)
        self._channel = channel
        self._queue = queue
        self._put = put
        self._job_of = job_of
        self._wait = wait_seconds
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Take no more messages."""
        self._stopping.set()

    def run(self) -> None:
        """Receive until stopped."""
        while not self._stopping.is_set():
            try:
                self._receive()
            except GasError as error:
                log.warning("receive failed", channel=self._channel.value, error=str(error))
                self._stopping.wait(PAUSE_SECONDS)
            except Exception:
                log.exception("receive failed", channel=self._channel.value)
                self._stopping.wait(PAUSE_SECONDS)

    def _receive(self) -> None:
        for message in self._queue.receive(BATCH, self._wait, VISIBILITY_SECONDS):
            with tracing.Work(f"receive {self._channel.value}", tracing.SpanKind.CONSUMER):
                tracing.join(message.traceparent)
                self._handle(message)

    def _handle(self, message: ReceivedMessage) -> None:
        """Ask for the pass and forget the message; one that cannot be read goes to the dead letters. One line for it."""
        try:
            item = item_of(_readable(message), self._job_of)
        except UsageError as error:
            self._tell("unreadable", error=str(error))
            self._queue.hide(message, UNREADABLE_SECONDS)
            return
        if item is not None:
            self._put(item)
        self._tell("taken", **({} if item is None else about(item)))
        self._queue.delete(message)

    def _tell(self, outcome: str, **fields: str) -> None:
        metrics.HINTS.labels(self._channel.value, outcome).inc()
        write = log.info if outcome == "taken" else log.warning
        write("message handled", channel=self._channel.value, outcome=outcome, **fields)


def _readable(message: ReceivedMessage) -> Hint:
    if message.hint is None:
        raise UsageError(message.problem or "it says nothing")
    return message.hint
