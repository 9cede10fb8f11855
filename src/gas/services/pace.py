"""A run that is not over before its time: what load runs put in the place of heavy work.

Ten annotators that compute need ten cores. On a machine with fewer, each does its real work and then goes on holding its
job, so that scaling is tried at the rates of a large cluster.
"""

from collections.abc import Callable
from datetime import datetime

from gas.ports.clock import Clock
from gas.ports.runner import Annotated, Outcome, Run


class PacedRun:
    """A run whose good end is told at `end` and no sooner; a bad one at once. `rest` lets seconds pass."""

    def __init__(self, run: Run, clock: Clock, end: datetime, rest: Callable[[float], None]) -> None:
        self._run = run
        self._clock = clock
        self._end = end
        self._rest = rest
        self._done: Annotated | None = None

    @property
    def progress_percent(self) -> int:
        """How much of the file is done."""
        return self._run.progress_percent

    def poll(self, timeout_seconds: float) -> Outcome | None:
        """The outcome, waited for at most so long; None while the run or its pause lasts."""
        if self._done is None:
            outcome = self._run.poll(timeout_seconds)
            if not isinstance(outcome, Annotated):
                return outcome
            self._done = outcome
        else:
            self._rest(min(timeout_seconds, self._seconds_left()))
        return None if self._seconds_left() > 0 else self._done

    def kill(self) -> None:
        """End the run and all its processes."""
        self._run.kill()

    def _seconds_left(self) -> float:
        return max(0.0, (self._end - self._clock.now()).total_seconds())
