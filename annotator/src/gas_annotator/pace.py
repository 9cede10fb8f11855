"""Runs that are not over before their time: what load runs put in the place of heavy work.

Ten annotators that compute need ten cores. On a machine with fewer, each does its real work and then goes on holding its
job, so that scaling is tried at the rates of a large cluster.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from gas.ports.clock import Clock
from gas.ports.runner import Annotated, CpuAllowance, FetchedOwnFile, Outcome, Run, Runner


class PacedRunner:
    """Implements `Runner`: another one whose runs end well no sooner than a pace after their start. `rest` lets seconds pass."""

    def __init__(
        self, runner: Runner, clock: Clock, pace: timedelta, rest: Callable[[float], None] = time.sleep
    ) -> None:
        self._runner = runner
        self._clock = clock
        self._pace = pace
        self._rest = rest

    def start(
        self,
        input_path: Path,
        file_name: str,
        reference: str,
        output_dir: Path,
        allowance: CpuAllowance | None = None,
        *,
        bundle: Path | None = None,
        own: FetchedOwnFile | None = None,
    ) -> "PacedRun":
        """Start annotating a file into an empty folder.

        Raises:
            UsageError: the reference is unknown; the text names the known ones.
        """
        end = self._clock.now() + self._pace
        run = self._runner.start(
            input_path, file_name, reference, output_dir, allowance, bundle=bundle, own=own
        )
        return PacedRun(run, self._clock, end, self._rest)


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

    @property
    def processor_seconds(self) -> float:
        """The processor time that it took."""
        return self._run.processor_seconds

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
