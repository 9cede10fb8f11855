"""Bounded lanes of worker threads: each item once at a time, repeated asks folded into one, failures tried again.

A lane that is slow, such as byte copies, cannot hold up another. An item is worked on by at most one worker over all
lanes, so that two passes over one job never overlap.
"""

import heapq
import itertools
import math
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import structlog

from gas import tracing
from gas.domain.decision import Lane
from gas.domain.errors import GasError
from gas.services.make_pass import Again
from gas_controllers.telling import metrics

log = structlog.get_logger()

FIRST_RETRY_SECONDS = 0.5
LAST_RETRY_SECONDS = 60.0
"""A failing item is tried again after 0.5, 1, 2 … 60 s: a passing fault heals fast, a lasting one costs little."""


Work = Callable[[Hashable, Lane], Again]
About = Callable[[Hashable], dict[str, str]]
"""What the log lines say of an item."""


@dataclass
class _Queue:
    items: deque[Hashable] = field(default_factory=deque)
    since: dict[Hashable, float] = field(default_factory=dict)


class Lanes:
    """Worker threads that call `work(item, lane)`. Start once; `stop` waits for passes that are under way."""

    def __init__(
        self, work: Work, workers: dict[Lane, int], about: About = lambda item: {"item": str(item)}
    ) -> None:
        self._work = work
        self._about = about
        self._workers = workers
        self._queues = {lane: _Queue() for lane in workers}
        self._waiting: dict[Hashable, Lane] = {}
        self._active: dict[Hashable, float] = {}
        self._again: dict[Hashable, Lane] = {}
        self._delayed: list[tuple[float, int, Hashable, Lane]] = []
        self._earliest: dict[Hashable, float] = {}
        self._order = itertools.count()
        self._failures: dict[Hashable, int] = {}
        self._changed = threading.Condition()
        self._stopping = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the workers."""
        for lane, count in self._workers.items():
            for number in range(count):
                thread = threading.Thread(
                    target=self._run, args=(lane,), name=f"{lane.value}-{number}", daemon=True
                )
                thread.start()
                self._threads.append(thread)

    def stop(self, timeout_seconds: float) -> None:
        """Take no more items, and wait for the passes under way."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        deadline = time.monotonic() + timeout_seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def put(
        self, item: Hashable, lane: Lane = Lane.STATE, delay_seconds: float = 0.0, *, patient: bool = False
    ) -> None:
        """Ask for a pass over an item; one that waits already is not queued twice.

        A patient ask, such as the sweep's, does not cut the pause of an item that failed.
        """
        with self._changed:
            if patient and item in self._failures:
                return
            if delay_seconds > 0:
                self._enqueue_later(item, lane, delay_seconds)
            else:
                self._enqueue(item, lane)
            self._changed.notify_all()

    def failing(self) -> frozenset[Hashable]:
        """The items whose last pass failed: each waits for its next one, or is in it."""
        with self._changed:
            return frozenset(self._failures)

    @property
    def names(self) -> tuple[Lane, ...]:
        """The lanes that there are."""
        return tuple(self._queues)

    @property
    def workers(self) -> tuple[threading.Thread, ...]:
        """The threads that work, once started; they end when the lanes are stopped, and never before."""
        return tuple(self._threads)

    def oldest_waiting_seconds(self, lane: Lane) -> float:
        """How long the oldest item of a lane has waited for a worker: long when there is much to do."""
        with self._changed:
            starts = list(self._queues[lane].since.values())
        return time.monotonic() - min(starts) if starts else 0.0

    def longest_pass_seconds(self) -> float:
        """How long the longest pass under way has taken: long only when something hangs."""
        with self._changed:
            starts = list(self._active.values())
        return time.monotonic() - min(starts) if starts else 0.0

    def idle(self) -> bool:
        """True when nothing waits and nothing is worked on; items asked for later do not count."""
        with self._changed:
            return not self._waiting and not self._active

    def _enqueue(self, item: Hashable, lane: Lane) -> None:
        if item in self._active:
            self._again[item] = lane
        elif item not in self._waiting:
            self._waiting[item] = lane
            queue = self._queues[lane]
            queue.items.append(item)
            queue.since[item] = time.monotonic()
            metrics.LANE_DEPTH.labels(lane.value).set(len(queue.items))

    def _enqueue_later(self, item: Hashable, lane: Lane, delay_seconds: float) -> None:
        """Only the earliest wish of an item counts: that pass will say anew when the next is wanted."""
        when = time.monotonic() + delay_seconds
        if when < self._earliest.get(item, math.inf):
            self._earliest[item] = when
            heapq.heappush(self._delayed, (when, next(self._order), item, lane))

    def _run(self, lane: Lane) -> None:
        while (item := self._take(lane)) is not None:
            with tracing.Work("pass"):
                again = self._pass(item, lane)
            self._done(item, again)

    def _pass(self, item: Hashable, lane: Lane) -> Again:
        """Make one pass, and write its one line, however it ends."""
        started, failure, more = time.monotonic(), None, dict[str, Any]()
        try:
            again = self._work(item, lane)
            outcome = "settled" if again.delay_seconds else "handed-over"
            if again.delay_seconds > 0:
                # A pass that only hands over to another lane has not succeeded yet.
                with self._changed:
                    self._failures.pop(item, None)
        except Exception as error:  # noqa: BLE001 - a worker must outlive whatever one item does
            again, outcome, failure = self._failed(item, lane, error), "failed", error
            more = {"error": str(error), "retry_seconds": round(again.delay_seconds, 1)}
        fields = {**self._about(item), "lane": lane.value, "outcome": outcome, **more}
        fields["duration_ms"] = round((time.monotonic() - started) * 1000)
        _tell(fields, failure)
        return again

    def _take(self, lane: Lane) -> Hashable | None:
        queue = self._queues[lane]
        with self._changed:
            while not self._stopping:
                self._wake_delayed()
                if queue.items:
                    item = queue.items.popleft()
                    del queue.since[item], self._waiting[item]
                    self._active[item] = time.monotonic()
                    metrics.LANE_DEPTH.labels(lane.value).set(len(queue.items))
                    return item
                next_delayed = self._delayed[0][0] - time.monotonic() if self._delayed else None
                self._changed.wait(next_delayed)
        return None

    def _wake_delayed(self) -> None:
        now = time.monotonic()
        while self._delayed and self._delayed[0][0] <= now:
            when, _, item, lane = heapq.heappop(self._delayed)
            if self._earliest.get(item) == when:
                del self._earliest[item]
                self._enqueue(item, lane)
                self._changed.notify_all()

    def _done(self, item: Hashable, again: Again) -> None:
        with self._changed:
            del self._active[item]
            asked = self._again.pop(item, None)
            if again.delay_seconds <= 0:
                self._enqueue(item, again.lane)
            elif asked is not None:
                self._enqueue(item, asked)
            if 0 < again.delay_seconds < math.inf:
                self._enqueue_later(item, again.lane, again.delay_seconds)
            self._changed.notify_all()

    def _failed(self, item: Hashable, lane: Lane, error: Exception) -> Again:
        with self._changed:
            failures = self._failures.get(item, 0)
            self._failures[item] = failures + 1
        delay = min(FIRST_RETRY_SECONDS * 2 ** min(failures, 10), LAST_RETRY_SECONDS)
        metrics.RECONCILE_ERRORS.labels(type(error).__name__).inc()
        # Half of the delay is random, so that items that failed together do not come back together.
        return Again(lane, delay * (0.5 + random.random() / 2))  # noqa: S311 - jitter, not a secret


def _tell(fields: dict[str, Any], failure: Exception | None) -> None:
    """Write the line of a pass; only a defect of ours shows where in the code it happened."""
    tracing.note(outcome=fields["outcome"], lane=fields["lane"])
    if "job_id" in fields:
        tracing.note(job_id=fields["job_id"])
    if failure is None:
        log.info("pass made", **fields)
        return
    tracing.fail(type(failure).__name__)
    if isinstance(failure, GasError):
        log.warning("pass made", **fields)
    else:
        log.error("pass made", exc_info=failure, **fields)
