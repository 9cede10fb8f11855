"""Marks the pods of busy annotators, so that scaling takes idle ones first. Best effort: losing nothing rests on drain."""

import logging
import threading
from typing import Protocol

from gas.domain.errors import GasError, TransientError
from gas.domain.job import Job, JobStatus

log = logging.getLogger(__name__)

BUSY_COST = 100
"""An idle pod costs nothing, which is the default. Busy ones are not told apart: age would be written again and again."""


class _Cluster(Protocol):
    def set_deletion_cost(self, pod: str, cost: int | None) -> None: ...


class PodCosts:
    """Remembers which pod runs which job, by the holder in its claim, and writes on the edges alone.

    What was written before a restart of the controllers is not known any more: such a mark goes when the pod's next
    job ends.
    """

    def __init__(self, cluster: _Cluster) -> None:
        self._cluster = cluster
        self._lock = threading.Lock()
        self._pods: dict[str, str] = {}
        self._marked: set[str] = set()

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
            busy = set(self._pods.values())
        for pod in sorted(busy - self._marked):
            if self._write_one(pod, BUSY_COST):
                self._marked.add(pod)
        for pod in sorted(self._marked - busy):
            if self._write_one(pod, None):
                self._marked.discard(pod)

    def _write_one(self, pod: str, cost: int | None) -> bool:
        try:
            self._cluster.set_deletion_cost(pod, cost)
        except GasError as error:
            log.warning("the cost of pod %s was not written: %s", pod, error)
            return not isinstance(error, TransientError)
        return True


def pod_of(holder: str) -> str:
    """The pod of a holder, which is its host's name, a colon, and a process id."""
    return holder.partition(":")[0]
