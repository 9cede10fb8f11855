"""Marks the pods of busy annotators, so that scaling takes idle ones first. Best effort: losing nothing rests on drain."""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from gas.domain.errors import GasError, TransientError
from gas.domain.job import Job, JobStatus
from gas.ports.clock import Clock

log = structlog.get_logger()

BUSY_COST = 100
"""An idle pod costs nothing, which is the default. Busy ones are not told apart: age would be written again and again."""

IDLE_FOR = timedelta(seconds=15)
"""A pod keeps its mark so long after its job: with steady work the next one comes within seconds, and two writes a job would
say nothing new. A quarter of the minute for which scaling down waits by the chart's defaults, so a pod that is not needed any
more has lost its mark by then. Where pods take turns at being idle for less, scaling may take a busy one, which drains."""


class _Cluster(Protocol):
    def set_deletion_cost(self, pod: str, cost: int | None) -> None: ...


class PodCosts:
    """Remembers which pod runs which job, by the holder in its claim; a mark comes at once and goes a while later.

    What was written before a restart of the controllers is not known any more: such a mark goes a while after the pod's next
    job.
    """

    def __init__(self, cluster: _Cluster, clock: Clock) -> None:
        self._cluster = cluster
        self._clock = clock
        self._lock = threading.Lock()
        self._pods: dict[str, str] = {}
        self._marked: dict[str, datetime] = {}

    def note(self, job: Job) -> None:
        """Take note of who holds a job, if anybody does. It writes nothing: no pass waits for this."""
        with self._lock:
            if job.status is JobStatus.RUNNING and job.lease is not None:
                self._pods[job.job_id] = pod_of(job.lease.holder)
            else:
                self._pods.pop(job.job_id, None)

    def write(self) -> None:
        """Write what has changed; what fails for the moment is written the next time, what is refused is not."""
        with self._lock:
            busy = frozenset(self._pods.values())
        now = self._clock.now()
        self._marked |= dict.fromkeys(busy & self._marked.keys(), now)
        for pod, cost in changes(busy, self._marked, now).items():
            if not self._write_one(pod, cost):
                continue
            if cost is None:
                del self._marked[pod]
            else:
                self._marked[pod] = now

    def _write_one(self, pod: str, cost: int | None) -> bool:
        try:
            self._cluster.set_deletion_cost(pod, cost)
        except GasError as error:
            log.warning("the cost of a pod was not written", pod=pod, error=str(error))
            return not isinstance(error, TransientError)
        return True


def changes(busy: frozenset[str], marked: Mapping[str, datetime], now: datetime) -> dict[str, int | None]:
    """What to write: each busy pod's mark at once, and none for a pod idle for `IDLE_FOR`. Pure.

    `marked` tells of each pod that carries a mark when it was last seen busy.
    """
    begun = dict.fromkeys(sorted(busy - marked.keys()), BUSY_COST)
    rested = {pod: None for pod in sorted(marked.keys() - busy) if now - marked[pod] >= IDLE_FOR}
    return {**begun, **rested}


def pod_of(holder: str) -> str:
    """The pod of a holder, which is its host's name, a colon, and a process id."""
    return holder.partition(":")[0]
