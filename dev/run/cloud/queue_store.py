"""The messages of one standard queue: every operation costs the same at any depth, and all are under one lock."""

import heapq
import itertools
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import uuid4


class MessageState(Enum):
    """Where a message is."""

    READY = "ready"
    DELAYED = "delayed"
    IN_FLIGHT = "in flight"
    GONE = "gone"


@dataclass(eq=False)
class StoredMessage:
    """A message of moto's and what the queue knows about it; `turn` marks out of date entries of the schedule."""

    content: Any
    state: MessageState = MessageState.GONE
    turn: int = 0
    receives: int = 0
    received_at: float = 0.0
    handle: str = ""


class QueueStore:
    """Ready messages in a line, the others in a schedule of when they become ready."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ready: deque[StoredMessage] = deque()
        self._schedule: list[tuple[float, int, int, StoredMessage]] = []
        self._handles: dict[str, StoredMessage] = {}
        self._counts: Counter[MessageState] = Counter()
        self._order = itertools.count()

    def count(self, state: MessageState) -> int:
        """How many messages are in that state now."""
        with self._changed:
            self._wake_due()
            return self._counts[state]

    def put(self, content: Any, delay_seconds: float = 0) -> None:
        """Add a message; a waiting receiver gets it at once, or when its delay ends."""
        with self._changed:
            message = StoredMessage(content)
            if delay_seconds > 0:
                self._sleep(message, MessageState.DELAYED, delay_seconds)
            else:
                self._make_ready(message)
            self._changed.notify_all()

    def take(
        self, count: int, wait_seconds: float, hide_seconds: float, refused: Callable[[StoredMessage], bool]
    ) -> list[StoredMessage]:
        """Hand out up to `count` messages, waiting for the first; those that `refused` names leave the queue."""
        deadline = time.monotonic() + wait_seconds
        with self._changed:
            while True:
                taken = self._take_ready(count, hide_seconds, refused)
                now = time.monotonic()
                if taken or now >= deadline:
                    return taken
                next_due = self._schedule[0][0] if self._schedule else deadline
                self._changed.wait(max(0.0, min(deadline, next_due) - now))

    def delete(self, handle: str) -> None:
        """Forget the message if this is its newest handle; an old one has no effect, as on AWS."""
        with self._changed:
            message = self._handles.pop(handle, None)
            if message is not None:
                self._move(message, MessageState.GONE)

    def hide(self, handle: str, seconds: float) -> bool:
        """Hide a message in flight until so many seconds from now; False when it is not in flight."""
        with self._changed:
            self._wake_due()
            message = self._handles.get(handle)
            if message is None or message.state is not MessageState.IN_FLIGHT:
                return False
            if seconds > 0:
                self._sleep(message, MessageState.IN_FLIGHT, seconds)
            else:
                self._make_ready(message)
            self._changed.notify_all()
            return True

    def received_at(self, handle: str) -> float | None:
        """When the message in flight under this handle was received, by the monotonic clock."""
        with self._changed:
            message = self._handles.get(handle)
            return message.received_at if message else None

    def clear(self) -> None:
        """Lose every message."""
        with self._changed:
            self._ready.clear()
            self._schedule.clear()
            self._handles.clear()
            self._counts.clear()

    def _take_ready(
        self, count: int, hide_seconds: float, refused: Callable[[StoredMessage], bool]
    ) -> list[StoredMessage]:
        self._wake_due()
        taken: list[StoredMessage] = []
        while self._ready and len(taken) < count:
            message = self._ready.popleft()
            if message.state is not MessageState.READY:
                continue
            self._handles.pop(message.handle, None)
            if refused(message):
                self._move(message, MessageState.GONE)
                continue
            message.receives += 1
            message.received_at = time.monotonic()
            message.handle = f"{uuid4().hex}{uuid4().hex}"
            self._handles[message.handle] = message
            if hide_seconds > 0:
                self._sleep(message, MessageState.IN_FLIGHT, hide_seconds)
            taken.append(message)
        for message in taken:
            if hide_seconds <= 0:
                self._make_ready(message)
        return taken

    def _wake_due(self) -> None:
        now = time.monotonic()
        while self._schedule and self._schedule[0][0] <= now:
            _, _, turn, message = heapq.heappop(self._schedule)
            if message.turn == turn and message.state is not MessageState.GONE:
                self._make_ready(message)

    def _sleep(self, message: StoredMessage, state: MessageState, seconds: float) -> None:
        self._move(message, state)
        heapq.heappush(self._schedule, (time.monotonic() + seconds, next(self._order), message.turn, message))

    def _make_ready(self, message: StoredMessage) -> None:
        self._move(message, MessageState.READY)
        self._ready.append(message)

    def _move(self, message: StoredMessage, state: MessageState) -> None:
        if message.state is not MessageState.GONE:
            self._counts[message.state] -= 1
        if state is not MessageState.GONE:
            self._counts[state] += 1
        message.state = state
        message.turn += 1
