"""Whether the controllers still hear and act: the answer behind the liveness probe."""

import asyncio
import threading
import time
from dataclasses import dataclass, field
from functools import partial

from gas_controllers.lanes.consumers import Consumer
from gas_controllers.lanes.lanes import Lanes
from gas_controllers.lanes.sweep import Periodic
from gas_controllers.telling import metrics

STUCK_SECONDS = 900.0
"""The longest copy of 5 GiB takes minutes; a pass, or a sweep, of a quarter of an hour hangs."""

LOOP_SECONDS = 15.0
"""The event loop of the watch beats every second; many missed in a row is a loop that hangs. Before its first beat all
resources are listed, which may take longer."""


@dataclass
class LoopBeat:
    """Beats as long as the event loop that carries the watch turns."""

    last: float = field(default_factory=time.monotonic)
    beating: bool = False

    def rest(self) -> None:
        """Note that no loop turns, and that none should: something is waited for."""
        self.last, self.beating = time.monotonic(), False

    async def beat(self) -> None:
        """Beat for ever."""
        while True:
            self.last, self.beating = time.monotonic(), True
            await asyncio.sleep(1.0)

    @property
    def age_seconds(self) -> float:
        """Time since the last beat."""
        return time.monotonic() - self.last


class Health:
    """Judges the sweep, the lanes and the watch's event loop."""

    def __init__(
        self, sweep: Periodic, resync: Periodic, consumers: list[Consumer], lanes: Lanes, beat: LoopBeat
    ) -> None:
        self._periodics = (sweep, resync)
        self._threads: list[threading.Thread] = [sweep, resync, *consumers]
        self._lanes = lanes
        self._beat = beat
        self.waits_for: str | None = None
        """What the watch cannot begin without."""
        metrics.SWEEP_AGE.set_function(lambda: sweep.age_seconds)
        metrics.RESYNC_AGE.set_function(lambda: resync.age_seconds)
        for lane in lanes.names:
            metrics.LANE_OLDEST.labels(lane.value).set_function(partial(lanes.oldest_waiting_seconds, lane))
        metrics.LONGEST_PASS.set_function(lanes.longest_pass_seconds)

    def live(self) -> str | None:
        """None while all is well, else what is wrong; a restart helps against each of these.

        A sweep that fails because AWS does not answer is not wrong here: restarting would not help it.
        """
        # One that has not been started yet, while the first listing is made, has not ended.
        threads = [*self._threads, *self._lanes.workers]
        ended = [thread.name for thread in threads if thread.ident is not None and not thread.is_alive()]
        if ended:
            return f"these threads have ended: {', '.join(ended)}"
        if self._beat.age_seconds > (LOOP_SECONDS if self._beat.beating else STUCK_SECONDS):
            return f"the event loop of the watch has not turned for {self._beat.age_seconds:.0f} s"
        if self._lanes.longest_pass_seconds() > STUCK_SECONDS:
            return f"a pass has been under way for {self._lanes.longest_pass_seconds():.0f} s"
        for periodic in self._periodics:
            if periodic.call_seconds > STUCK_SECONDS:
                return f"the {periodic.name} has been under way for {periodic.call_seconds:.0f} s"
        return None

    def ready(self) -> str | None:
        """None once the watch runs and all is well, else what is missing."""
        if self.waits_for is not None:
            return self.waits_for
        return self.live() if self._beat.beating else "the watch has not started yet"
