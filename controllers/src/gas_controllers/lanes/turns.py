"""Remembers whose jobs wait for their turn, and asks for a look at the next one when a job of the same user has left the line.

It is a hint: what is forgotten by a restart, or lost with a message, is found by the look that each waiting job is due for.
"""

import threading
from collections.abc import Callable
from datetime import datetime

from gas.domain import turns
from gas.domain.job import Job, JobStatus
from gas.domain.reasons import Reason
from gas_controllers.lanes.items import LookAtJob


class Turns:
    """Is told of jobs as passes see them. `look` asks for a pass."""

    def __init__(self, look: Callable[[LookAtJob], None]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._held: dict[str, dict[str, datetime]] = {}
        self._waiting: set[str] = set()

    def note(self, job: Job) -> None:
        """Take note of where a job stands; one that has left the line makes room for the one that waited longest."""
        with self._lock:
            next_one = self._noted(job)
        if next_one is not None:
            self._look(LookAtJob(next_one))

    def _noted(self, job: Job) -> str | None:
        held = self._held.get(job.user_id, {})
        if turns.waits(job):
            self._waiting.add(job.job_id)
            if job.status is JobStatus.QUEUED and job.reason is Reason.WAITING_FOR_TURN:
                self._held.setdefault(job.user_id, held)[job.job_id] = turns.place_taken(job)
            else:
                self._forget(job.user_id, job.job_id)
            return None
        if job.job_id not in self._waiting:
            return None
        self._waiting.discard(job.job_id)
        self._forget(job.user_id, job.job_id)
        if not held:
            return None
        # Taken out, so that the next to leave does not make room for the same one: it comes back if its turn has not come.
        next_one = min(held, key=lambda job_id: (held[job_id], job_id))
        self._forget(job.user_id, next_one)
        return next_one

    def _forget(self, user_id: str, job_id: str) -> None:
        held = self._held.get(user_id, {})
        held.pop(job_id, None)
        if not held:
            self._held.pop(user_id, None)
