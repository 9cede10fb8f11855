"""What pods and jobs did in a run, as figures and as curves. Pure: all times are seconds since the epoch."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Step = tuple[float, int]
"""From this time on, this many."""


@dataclass(frozen=True)
class PodLife:
    """One pod, as a watch saw it."""

    name: str
    component: str
    seen: float
    """When it was made."""
    ready: float | None = None
    """When it became ready first."""
    ended: float | None = None
    """When it was told to end, or vanished."""


@dataclass(frozen=True)
class Stay:
    """A job in one state; `until` is None while it still is."""

    status: str
    since: float
    until: float | None


def ready_steps(pods: Iterable[PodLife]) -> list[Step]:
    """How many pods are ready, whenever that changes."""
    changes: dict[float, int] = {}
    for pod in pods:
        if pod.ready is not None:
            changes[pod.ready] = changes.get(pod.ready, 0) + 1
            if pod.ended is not None:
                end = max(pod.ended, pod.ready)
                changes[end] = changes.get(end, 0) - 1
    steps, count = [], 0
    for time in sorted(changes):
        count += changes[time]
        steps.append((time, count))
    return steps


def seconds_until(steps: Sequence[Step], count: int, since: float) -> float | None:
    """How long after `since` there were so many, or more; None when there never were."""
    reached = next((time for time, number in steps if time >= since and number >= count), None)
    if at(steps, since) >= count:
        return 0.0
    return None if reached is None else round(reached - since, 1)


def seconds_until_none(steps: Sequence[Step], since: float) -> float | None:
    """How long after `since` there were none left, and none came again; None when some are left."""
    if at(steps, math.inf) > 0:
        return None
    last = max((time for time, _ in steps), default=since)
    return round(max(0.0, last - since), 1)


def at(steps: Sequence[Step], time: float) -> int:
    """How many there are at a time; none before the first step."""
    number = 0
    for since, count in steps:
        if since > time:
            break
        number = count
    return number


def most(steps: Sequence[Step]) -> int:
    """The most that there ever were."""
    return max((count for _, count in steps), default=0)


def stays(history: Sequence[Mapping[str, Any]]) -> list[Stay]:
    """The states that a record's history tells of; none where it has none yet."""
    moves = [(str(entry["status"]), float(entry["time"])) for entry in history]
    ends = [time for _, time in moves[1:]]
    return [Stay(status, since, until) for (status, since), until in zip(moves, [*ends, None], strict=False)]


def first_message(jobs: Iterable[Sequence[Stay]]) -> float | None:
    """When the first job was queued, which is just before its request is published."""
    return min((stay.since for job in jobs for stay in job if stay.status == "Queued"), default=None)


def last_end(jobs: Iterable[Sequence[Stay]]) -> float | None:
    """When the last job came to rest."""
    return max((job[-1].since for job in jobs if job), default=None)


def waited_seconds(jobs: Iterable[Sequence[Stay]]) -> list[float]:
    """How long each job waited in the queue, all its times there together."""
    return [
        sum(stay.until - stay.since for stay in job if stay.status == "Queued" and stay.until is not None)
        for job in jobs
    ]


def curves(
    *,
    begin: float,
    end: float,
    ready: Sequence[Step],
    wanted: Sequence[Step],
    jobs: Iterable[Sequence[Stay]],
    every: float = 2.0,
) -> dict[str, list[float]]:
    """What a plot shows, at regular times: pods, jobs, and the age of the oldest that waits."""
    found = [stay for job in jobs for stay in job]
    waiting = [stay for stay in found if stay.status == "Queued"]
    running = [stay for stay in found if stay.status == "Running"]
    names = ("seconds", "wanted", "ready", "waiting", "running", "oldestSeconds")
    drawn: dict[str, list[float]] = {name: [] for name in names}
    for number in range(int((end - begin) / every) + 1):
        time = begin + number * every
        wait = [time - stay.since for stay in waiting if _holds(stay, time)]
        values = (
            round(time - begin, 1),
            at(wanted, time),
            at(ready, time),
            len(wait),
            sum(_holds(stay, time) for stay in running),
            round(max(wait, default=0.0), 1),
        )
        for name, value in zip(names, values, strict=True):
            drawn[name].append(value)
    return drawn


def seconds_until_few(steps: Sequence[Step], count: int, since: float) -> float | None:
    """How long after `since` there were so many, or fewer; None when there never were."""
    if at(steps, since) <= count:
        return 0.0
    reached = next((time for time, number in steps if time > since and number <= count), None)
    return None if reached is None else round(reached - since, 1)


def so_far(times: Iterable[float], moments: Iterable[float]) -> list[int]:
    """How many of the times had come at each moment."""
    ordered = sorted(times)
    return [bisect_right(ordered, moment) for moment in moments]


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value that this share of the values does not exceed; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1 if share > 0 else 0)]


def spread(values: Sequence[float], digits: int = 1) -> dict[str, float | int | None]:
    """Median, p95, p99 and the worst of some values."""

    def rounded(share: float) -> float | None:
        found = quantile(values, share)
        return None if found is None else round(found, digits)

    return {
        "count": len(values),
        "median": rounded(0.5),
        "p95": rounded(0.95),
        "p99": rounded(0.99),
        "worst": rounded(1.0),
    }


def _holds(stay: Stay, time: float) -> bool:
    return stay.since <= time and (stay.until is None or time < stay.until)
