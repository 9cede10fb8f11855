"""Looks at the whole installation every few seconds: an overview for operators, and figures for Prometheus."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from gas.domain.errors import GasError
from gas.domain.job import HOT, UNFINISHED, JobStatus
from gas.domain.line import Line, channels_of
from gas.domain.names import Channel
from gas.domain.overview import Overview, Pool, QueueDepth, Situation, Wait
from gas.domain.reasons import Reason
from gas.domain.record import ClusterSight
from gas.ports.clock import Clock
from gas.ports.messaging import MessageQueue
from gas.ports.overviews import OverviewBoard
from gas_controllers.cluster.absences import Absences
from gas_controllers.cluster.resource_cache import Note, ResourceCache
from gas_controllers.lanes.sweep import Periodic
from gas_controllers.telling import metrics
from gas_controllers.telling.figures import FIGURES, Figures, FiguresCollector

log = structlog.get_logger()

POOL = "annotators"
"""The one pool there is so far."""

ARCHIVING_TAKES = timedelta(minutes=1)
"""A result whose retention is over is archived within a sweep and a copy; one that is still hot after this is overdue."""

ASKING_TAKES = timedelta(seconds=5)
"""All queues answer within a second. When they have taken this long the rest is not asked: each that is away takes longer than
a look may, and what does not need the queues, such as who waits for how long, has to be told meanwhile."""

_REASONS = {reason.value: reason for reason in Reason}

Sight = tuple[str, dict[str, Any], Note]
"""A resource's name, its status, and the note of its record."""


class OverviewWriter:
    """Looks at everything and writes it down. Whatever cannot be read is left out: the rest is worth having.

    `lines` are all that annotators take jobs from, `queue` and `dead_letters` the queues of any channel: each look asks
    each of them once.
    """

    def __init__(
        self,
        *,
        board: OverviewBoard,
        resources: ResourceCache,
        absences: Absences,
        lines: Sequence[Line],
        queue: Callable[[Channel], MessageQueue],
        dead_letters: Callable[[Channel], MessageQueue],
        sweep: Periodic,
        clock: Clock,
        period_seconds: float,
        sight: Callable[[], ClusterSight | None],
        figures: FiguresCollector = FIGURES,
    ) -> None:
        self._board = board
        self._resources = resources
        self._absences = absences
        self._lines = lines
        self._channels = channels_of(lines)
        self._queue = queue
        self._dead_letters = dead_letters
        self._sweep = sweep
        self._clock = clock
        self._period = timedelta(seconds=period_seconds)
        self._started = clock.now()
        self._sight = sight
        self._figures = figures

    def write(self) -> None:
        """Tell the figures, and write one overview.

        Raises:
            GasError: the store did not take it; the next one comes soon.
        """
        # First what takes time, so that the figures are as fresh as they say.
        until = self._clock.now() + ASKING_TAKES
        depths, dead = self._depths(self._queue, until), self._depths(self._dead_letters, until)
        dead_letters = {channel: depth.total for channel, depth in dead.items()}
        now, sights = self._clock.now(), self._resources.survey()
        sweep_period = timedelta(seconds=self._sweep.period_seconds)
        cause = self._absences.cause
        overview = Overview(
            time=now,
            period=self._period,
            situations=situations(sights),
            longest_wait=longest_wait(sights),
            requests=_sum_of(depths, [line.channel for line in self._lines]),
            channels=self._channels,
            dead_letters=dead_letters,
            pools=(Pool(POOL, busy_annotators(sights)),),
            late_retrievals=late_retrievals(sights, now),
            sweep_age=timedelta(seconds=round(self._sweep.age_seconds, 1)),
            sweep_period=sweep_period,
            drift=metrics.drift_so_far(),
            started=self._started,
            absent=self._absences.count,
            absences_paused=cause is not None,
            pause_cause=cause,
            absence_limit=self._absences.limit,
            sight=self._sight(),
            pinned=pinned_bundles(sights),
            unserved=self._resources.home is None,
        )
        hot_bytes, archived_bytes = stored_bytes(sights)
        figures = Figures(
            jobs={status: overview.jobs_in(status) for status in JobStatus},
            queues=depths,
            dead_letters=dead_letters,
            oldest=dict.fromkeys(self._lines, timedelta(0)) | oldest_waits(sights, now),
            oldest_pending=oldest_pending(sights, now),
            given_up=given_up_jobs(sights),
            overdue_archives=overdue_archives(sights, now),
            overdue_retrievals=overview.late_retrievals,
            silent_claims=silent_claims(sights, now - sweep_period),
            hot_bytes=hot_bytes,
            archived_bytes=archived_bytes,
        )
        self._figures.show(figures, overview.silent_after)
        self._board.write(overview)

    def _depths(self, queue: Callable[[Channel], MessageQueue], until: datetime) -> dict[Channel, QueueDepth]:
        """How deep the queue of each channel is; one that does not answer, or was not asked in time, is absent."""
        depths = {}
        for channel in self._channels:
            if self._clock.now() > until:
                log.warning(
                    "queues take too long to answer, so that the rest were not asked", first=channel.value
                )
                break
            try:
                depths[channel] = queue(channel).depth()
            except GasError as error:
                log.warning("queue cannot be read", channel=channel.value, error=str(error))
        return depths


def situations(sights: Iterable[Sight]) -> dict[Situation, int]:
    """How many resources show each phase for each reason; one that shows nothing yet is Pending."""
    return dict(Counter(_situation(status) for _, status, _ in sights))


def pinned_bundles(sights: Iterable[Sight]) -> tuple[str, ...]:
    """The bundles that unfinished jobs are to be annotated with."""
    unfinished = [status for _, status, _ in sights if _phase(status) in UNFINISHED]
    return tuple(sorted({each["referenceDigest"] for each in unfinished if "referenceDigest" in each}))


def longest_wait(sights: Iterable[Sight]) -> Wait | None:
    """The job that waits longest for an annotator, accepted or not."""
    waits = [Wait(name, note.waits_since) for name, _, note in sights if note.waits_since is not None]
    return min(waits, key=lambda wait: wait.since, default=None)


def oldest_waits(sights: Iterable[Sight], now: datetime) -> dict[Line, timedelta]:
    """By line, how long the job has waited that waits longest; a line in which none waits is absent."""
    waits: dict[Line, timedelta] = {}
    for _, _, note in sights:
        if note.queued_since is not None:
            waits[note.line] = max(waits.get(note.line, timedelta(0)), now - note.queued_since)
    return waits


def oldest_pending(sights: Iterable[Sight], now: datetime) -> timedelta:
    """How long the job has waited that waits longest to be accepted; those that are suspended do not count."""
    waits = [now - note.pending_since for _, _, note in sights if note.pending_since is not None]
    return max(waits, default=timedelta(0))


def given_up_jobs(sights: Iterable[Sight]) -> dict[str, int]:
    """By kind, of how many jobs something is not tried again until a person acts; a kind of which there is none is absent."""
    return dict(Counter(note.given_up for _, _, note in sights if note.given_up is not None))


def busy_annotators(sights: Iterable[Sight]) -> int:
    """How many annotators hold a running job. One that died counts until its lease is seen to be over."""
    return len({note.holder for _, _, note in sights if note.holder is not None})


def late_retrievals(sights: Iterable[Sight], now: datetime) -> int:
    """How many retrievals are not back at the time that people were told."""
    expected = [status.get("restoreExpectedTime") for _, status, _ in sights]
    return sum(datetime.fromisoformat(time) < now for time in expected if time is not None)


def overdue_archives(sights: Iterable[Sight], now: datetime) -> int:
    """How many results are still hot although their retention is over."""
    kept = [status.get("retainUntilTime") for _, status, _ in sights if _phase(status) in HOT]
    return sum(datetime.fromisoformat(time) < now - ARCHIVING_TAKES for time in kept if time is not None)


def silent_claims(sights: Iterable[Sight], looked: datetime) -> int:
    """How many running jobs had a lease that ended before `looked`, by when a sweep should have found them."""
    return sum(note.lease_ends is not None and note.lease_ends < looked for _, _, note in sights)


def stored_bytes(sights: Iterable[Sight]) -> tuple[int, int]:
    """How many bytes of results are hot, and how many archived; those that are being restored count as archived."""
    hot = archived = 0
    for _, status, _ in sights:
        size = status.get("result", {}).get("sizeBytes", 0)
        phase = _phase(status)
        hot += size if phase in HOT else 0
        archived += size if phase in {JobStatus.ARCHIVED, JobStatus.RESTORING} else 0
    return hot, archived


def _phase(status: dict[str, Any]) -> JobStatus:
    return JobStatus(status.get("phase", JobStatus.PENDING.value))


def _situation(status: dict[str, Any]) -> Situation:
    phase = _phase(status)
    ready = [each["reason"] for each in status.get("conditions", []) if each["type"] == "Ready"]
    # A reason that is none of ours was written by hand, and is put back by the next pass.
    return Situation(phase, _REASONS.get(ready[0] if ready else "", Reason.CHECKING_INPUT))


def _sum_of(depths: Mapping[Channel, QueueDepth], lines: Sequence[Channel]) -> QueueDepth | None:
    """How deep the lines are together; unknown when one of them is."""
    known = [depths[line] for line in lines if line in depths]
    return sum(known, QueueDepth()) if len(known) == len(lines) else None
