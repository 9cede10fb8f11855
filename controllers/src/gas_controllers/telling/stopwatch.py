"""How long jobs had been in the phases that they left, and how long it took to wake the first annotator."""

import threading
from collections import OrderedDict, defaultdict
from datetime import datetime
from itertools import pairwise

from gas.domain.job import HistoryEntry, Job, JobStatus
from gas.domain.line import Line
from gas_controllers.telling import metrics

REMEMBERED = 20_000
"""Jobs whose last move is remembered: more than a working set has. One that is forgotten begins anew."""


class Stopwatch:
    """Measures each move once, whoever made it: the history in the record tells of annotators' moves, too.

    What happened before these controllers first saw a job is not measured: others may have done so. Thread-safe.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._lock = threading.Lock()
        self._last: OrderedDict[str, HistoryEntry] = OrderedDict()
        self._woken: defaultdict[Line, dict[str, datetime]] = defaultdict(dict)

    def note(self, job: Job) -> None:
        """Measure the moves that are new since the job was noted before."""
        if not job.history:
            return
        with self._lock:
            known = self._last.pop(job.job_id, None)
            self._last[job.job_id] = job.history[-1]
            if len(self._last) > self._remembered:
                self._last.popitem(last=False)
            for before, entry in pairwise(_since(job.history, known)):
                span = max(0.0, (entry.time - before.time).total_seconds())
                metrics.TRANSITION_SECONDS.labels(before.status.value, entry.status.value).observe(span)
                self._left_the_queue(job.job_id, entry)

    def woke(self, job: Job, now: datetime, *, line: Line) -> None:
        """Note that a request was published to a line in which no annotator was up."""
        with self._lock:
            woken = self._woken[line]
            if len(woken) < self._remembered:
                woken.setdefault(job.job_id, now)

    def _left_the_queue(self, job_id: str, entry: HistoryEntry) -> None:
        """The first claim ends the waking of its line; a job that left the line otherwise did not wait for it."""
        for woken in self._woken.values():
            if entry.status is JobStatus.RUNNING and job_id in woken:
                metrics.COLD_START_SECONDS.observe(
                    max(0.0, (entry.time - min(woken.values())).total_seconds())
                )
                woken.clear()
            else:
                woken.pop(job_id, None)


def _since(history: tuple[HistoryEntry, ...], known: HistoryEntry | None) -> tuple[HistoryEntry, ...]:
    """The last entry that is known and those after it; nothing when it is not in the history any more."""
    if known is None or known not in history:
        return ()
    last = len(history) - 1 - history[::-1].index(known)
    return history[last:]
