"""Which resources may be gone, since when, and whether they are so many that none is taken for deleted."""

import threading
import time
from collections.abc import Callable

from gas_controllers import metrics


class Absences:
    """Thread-safe. Believes an absence when it has lasted for a whole window in which few others began.

    Too many within a window, and the rule is paused: the cluster, not people, may be at fault. It stays so until nothing is
    missing any more, because it came back or because somebody said that it was meant.
    """

    def __init__(
        self, limit: int, window_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self.window_seconds = window_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._missing: dict[str, float] = {}
        self._recent: dict[str, float] = {}
        self._paused = False
        self._began = clock()
        metrics.ABSENCES_PAUSED.set_function(lambda: float(self.paused))
        metrics.ABSENT_RESOURCES.set_function(lambda: float(self.count))

    def doubt(self, name: str) -> None:
        """Count a resource that may be gone; one that is counted already counts once."""
        now = self._clock()
        with self._lock:
            if name in self._missing:
                return
            self._missing[name] = now
            self._recent = {n: t for n, t in self._recent.items() if now - t < self.window_seconds}
            self._recent[name] = now
            self._paused = self._paused or len(self._recent) > self._limit

    def believed(self, name: str) -> bool:
        """Whether the absence of a resource is to be believed now; the first question begins its window."""
        self.doubt(name)
        with self._lock:
            return not self._paused and self._clock() - self._missing[name] >= self.window_seconds

    def look_again_seconds(self, name: str) -> float:
        """After how long a missing resource is to be looked for again: when its window is over, then less and less often.

        Thousands that wait for an operator would else keep the lanes from everybody's work.
        """
        with self._lock:
            missed = self._clock() - self._missing.get(name, self._clock())
        return self.window_seconds - missed if missed < self.window_seconds else missed

    def found(self, name: str) -> None:
        """Count a resource no longer: it is there."""
        with self._lock:
            self._recent.pop(name, None)
            self._settle(name)

    def settled(self, name: str) -> None:
        """Note that the record knows the resource to be gone. For the rest of its window it counts among many."""
        with self._lock:
            self._settle(name)

    def doubted(self, name: str) -> bool:
        """True while the resource may be gone."""
        with self._lock:
            return name in self._missing

    @property
    def count(self) -> int:
        """How many resources are missing."""
        with self._lock:
            return len(self._missing)

    @property
    def paused(self) -> bool:
        """True while no absence is believed, for there are too many."""
        with self._lock:
            return self._paused

    @property
    def calm(self) -> bool:
        """True when a whole window has been counted since the start, and the rule is not paused."""
        with self._lock:
            return not self._paused and self._clock() - self._began >= self.window_seconds

    def _settle(self, name: str) -> None:
        self._missing.pop(name, None)
        if not self._missing:
            self._paused = False
