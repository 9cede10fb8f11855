"""Writes the overview: what the controllers know of the whole installation, every few seconds, as well as it goes."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from gas.domain.errors import GasError
from gas.domain.job import JobStatus
from gas.domain.names import Channel
from gas.domain.overview import Overview, Pool, QueueDepth, Standing, Wait
from gas.domain.reasons import Reason
from gas.ports.clock import Clock
from gas.ports.messaging import MessageQueue
from gas.ports.overviews import OverviewBoard
from gas_controllers import metrics
from gas_controllers.resource_cache import AbsenceBreaker, Note, ResourceCache
from gas_controllers.sweep import Periodic

POOL = "annotators"
"""The one pool there is so far."""

_REASONS = {reason.value: reason for reason in Reason}

Sight = tuple[str, dict[str, Any], Note]
"""A resource's name, its status, and the note of its record."""


class OverviewWriter:
    """Looks at everything and writes it down. Whatever cannot be read is left out: the rest is worth having."""

    def __init__(
        self,
        *,
        board: OverviewBoard,
        resources: ResourceCache,
        absences: AbsenceBreaker,
        requests: Sequence[MessageQueue],
        dead_letters: Callable[[Channel], MessageQueue],
        sweep: Periodic,
        clock: Clock,
        period_seconds: float,
    ) -> None:
        self._board = board
        self._resources = resources
        self._absences = absences
        self._requests = requests
        self._dead_letters = dead_letters
        self._sweep = sweep
        self._clock = clock
        self._period = timedelta(seconds=period_seconds)
        self._started = clock.now()

    def write(self) -> None:
        """Write one overview.

        Raises:
            GasError: the store did not take it; the next one comes soon.
        """
        # First what takes time, so that the figures are as fresh as they say.
        requests, dead = _depth_of_all(self._requests), self._dead()
        now, sights = self._clock.now(), self._resources.survey()
        self._board.write(
            Overview(
                time=now,
                period=self._period,
                standings=standings(sights),
                longest_wait=longest_wait(sights),
                requests=requests,
                dead_letters=dead,
                pools=(Pool(POOL, busy_annotators(sights)),),
                late_retrievals=late_retrievals(sights, now),
                sweep_age=timedelta(seconds=round(self._sweep.age_seconds, 1)),
                sweep_period=timedelta(seconds=self._sweep.period_seconds),
                drift=metrics.drift_so_far(),
                started=self._started,
                absences_paused=self._absences.paused,
            )
        )

    def _dead(self) -> dict[Channel, int]:
        depths = {channel: _depth(self._dead_letters(channel)) for channel in Channel}
        return {channel: depth.total for channel, depth in depths.items() if depth is not None}


def standings(sights: Iterable[Sight]) -> dict[Standing, int]:
    """How many resources show each phase for each reason; one that shows nothing yet is Pending."""
    return dict(Counter(_standing(status) for _, status, _ in sights))


def longest_wait(sights: Iterable[Sight]) -> Wait | None:
    """The job that waits longest for an annotator."""
    waits = [Wait(name, note.queued_since) for name, _, note in sights if note.queued_since is not None]
    return min(waits, key=lambda wait: wait.since, default=None)


def busy_annotators(sights: Iterable[Sight]) -> int:
    """How many annotators hold a running job. One that died counts until its lease is seen to be over."""
    return len({note.holder for _, _, note in sights if note.holder is not None})


def late_retrievals(sights: Iterable[Sight], now: datetime) -> int:
    """How many retrievals are not back at the time that people were told."""
    expected = [status.get("restoreExpectedTime") for _, status, _ in sights]
    return sum(datetime.fromisoformat(time) < now for time in expected if time is not None)


def _standing(status: dict[str, Any]) -> Standing:
    phase = JobStatus(status.get("phase", JobStatus.PENDING.value))
    ready = [each["reason"] for each in status.get("conditions", []) if each["type"] == "Ready"]
    # A reason that is none of ours was written by hand, and is put back by the next pass.
    return Standing(phase, _REASONS.get(ready[0] if ready else "", Reason.CHECKING_INPUT))


def _depth_of_all(queues: Iterable[MessageQueue]) -> QueueDepth | None:
    """How deep the lines are together; unknown when one of them is."""
    depths = [_depth(queue) for queue in queues]
    known = [depth for depth in depths if depth is not None]
    return sum(known, QueueDepth()) if len(known) == len(depths) else None


def _depth(queue: MessageQueue) -> QueueDepth | None:
    with suppress(GasError):
        return queue.depth()
    return None
