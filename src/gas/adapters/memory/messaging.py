"""Queues, topics and e-mail in memory. Messages are kept as the text that would travel."""

import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gas.adapters.addresses import is_one_address
from gas.adapters.memory.clock import FakeClock
from gas.adapters.wire_messages import parse_message, traceparent_of, write_message
from gas.domain.errors import UsageError
from gas.domain.messages import Hint, HintEvent, JobHint, ThawHint, UserHint
from gas.domain.names import Channel
from gas.domain.overview import QueueDepth
from gas.ports.clock import Clock
from gas.ports.messaging import Mail, ReceivedMessage
from gas.tracing import traceparent

_MAX_BATCH = 10
_POLL_SECONDS = 0.05


@dataclass
class _Message:
    body: str
    visible_at: datetime
    receive_count: int = 0


class InMemoryQueue:
    """Implements `MessageQueue`; visibility and delay go by the clock.

    Under a `FakeClock` a receive never waits: no time passes while it does.
    """

    def __init__(self, channel: Channel, clock: Clock, delay: timedelta = timedelta(0)) -> None:
        self._channel = channel
        self._clock = clock
        self._delay = delay
        self._messages: dict[str, _Message] = {}
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()

    def put(self, body: str) -> None:
        """Take in a message's text, as a topic's subscription does."""
        with self._changed:
            self._messages[str(next(self._numbers))] = _Message(body, self._clock.now() + self._delay)
            self._changed.notify_all()

    def receive(self, max_messages: int, wait_seconds: int, visibility_seconds: int) -> list[ReceivedMessage]:
        """At most `max_messages`, never more than ten, waiting up to `wait_seconds` for the first."""
        until = self._clock.now() + timedelta(seconds=wait_seconds)
        with self._changed:
            while (
                not self._visible() and self._clock.now() < until and not isinstance(self._clock, FakeClock)
            ):
                self._changed.wait(_POLL_SECONDS)
            chosen = self._visible()[: min(max_messages, _MAX_BATCH)]
            return [self._hand_out(receipt, visibility_seconds) for receipt in chosen]

    def delete(self, message: ReceivedMessage) -> None:
        """Forget a message; again is no error."""
        with self._changed:
            self._messages.pop(message.receipt, None)

    def hide(self, message: ReceivedMessage, seconds: int) -> None:
        """Let the message come back after so many seconds, 0 for at once; one that is gone is no error."""
        with self._changed:
            kept = self._messages.get(message.receipt)
            if kept is not None:
                kept.visible_at = self._clock.now() + timedelta(seconds=seconds)
                self._changed.notify_all()

    def depth(self) -> QueueDepth:
        """How many messages it holds."""
        with self._changed:
            visible = len(self._visible())
            received = sum(message.receive_count > 0 for message in self._hidden())
            return QueueDepth(visible, received, len(self._messages) - visible - received)

    def empty(self) -> bool:
        """True when no message is visible, in flight or delayed."""
        return self.depth().total == 0

    def _visible(self) -> list[str]:
        now = self._clock.now()
        return [receipt for receipt, message in self._messages.items() if message.visible_at <= now]

    def _hidden(self) -> list[_Message]:
        now = self._clock.now()
        return [message for message in self._messages.values() if message.visible_at > now]

    def _hand_out(self, receipt: str, visibility_seconds: int) -> ReceivedMessage:
        message = self._messages[receipt]
        message.visible_at = self._clock.now() + timedelta(seconds=visibility_seconds)
        message.receive_count += 1
        try:
            hint, problem = parse_message(self._channel, message.body), None
        except UsageError as error:
            hint, problem = None, str(error)
        return ReceivedMessage(receipt, hint, problem, message.receive_count, traceparent_of(message.body))


class InMemoryPublisher:
    """Implements `Publisher`. Each topic feeds the queue of its channel, and job-results with `finished` the archive's.

    `published` lists what was sent; a test that clears `connected` loses every message from then on.
    """

    def __init__(self, queues: Mapping[Channel, InMemoryQueue] | None = None) -> None:
        self._queues = queues or {}
        self._lock = threading.Lock()
        self.published: list[tuple[Channel, Hint]] = []
        self.connected = True

    def publish(self, channel: Channel, hint: JobHint | UserHint | ThawHint) -> None:
        """Send a hint to a channel's topic."""
        body = write_message(hint, traceparent())
        with self._lock:
            self.published.append((channel, hint))
        finished = (
            channel == Channel.JOB_RESULTS and isinstance(hint, JobHint) and hint.event is HintEvent.FINISHED
        )
        for subscribed in (channel, Channel.ARCHIVE) if finished else (channel,):
            if self.connected and subscribed in self._queues:
                self._queues[subscribed].put(body)


class InMemoryMailer:
    """Implements `Mailer`. `sent` lists the mails; with `failure` set, every mail fails with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.sent: list[Mail] = []
        self.failure: Exception | None = None

    def send(self, mail: Mail) -> None:
        """Keep one mail."""
        if not is_one_address(mail.to):
            raise UsageError("What the user gave is no e-mail address: the mail was not sent.")
        if self.failure is not None:
            raise self.failure
        with self._lock:
            self.sent.append(mail)
