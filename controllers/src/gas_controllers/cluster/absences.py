"""Which resources may be gone, since when, and whether they are so many that none is taken for deleted."""

import math
import threading
import time
from collections.abc import Callable

import structlog

from gas.domain.overview import PauseCause
from gas_controllers.telling import metrics

log = structlog.get_logger()

FEW = 4
"""So many are never too large a share: somebody's three jobs may well be all that a small installation has."""


class Absences:
    """Thread-safe. Believes an absence when it has lasted for a whole window in which few others began.

    Too many within a window, or more than half of all that there were, and the rule is paused: the cluster, not people, may be
    at fault. So it is when the cluster was set back to a backup. It stays so, over restarts too, until nothing is missing
    any more and no data waits for its second look, because the resources came back or because somebody said that it was
    meant. `on_pause` is called when a pause begins, for whoever writes it down should do so at once, and whenever the cluster is
    found to have been set back, for then everything is to be compared. `present` tells how many resources are believed to be
    there.
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
        self._unconfirmed: set[str] = set()
        self._cause: PauseCause | None = None
        self._all_counted = True
        self.on_pause: Callable[[], None] = _nobody
        self.present: Callable[[], int] = _none
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
            cause = self._too_many()
            begins = cause is not None and self._begin(cause)
        if begins:
            self.on_pause()

    def uncounted(self) -> None:
        """Note that nobody could list the resources yet: until everything was compared once, nothing is believed."""
        with self._lock:
            self._began = math.inf
            self._all_counted = False

    def set_back(self) -> None:
        """Note that the cluster was set back to a backup: who made what is missing since may not have deleted it."""
        with self._lock:
            # What is missing is found by the next comparison: none may mean that nobody has looked yet.
            self._all_counted = False
            self._begin(PauseCause.SET_BACK)
        # Also in a pause that goes on: it would not end before everything is compared again.
        self.on_pause()

    def unconfirmed(self, name: str) -> None:
        """Note a resource that was taken for deleted, and is to be looked for once more before data goes with it."""
        with self._lock:
            self._missing.pop(name, None)
            self._unconfirmed.add(name)

    def resume_pause(self, limit: int | None, cause: PauseCause = PauseCause.MANY) -> None:
        """Go on with the pause of earlier controllers, which had that limit.

        Where they were too many for it, and it is higher now, everything is counted anew.
        """
        with self._lock:
            raised = cause is PauseCause.MANY and limit is not None and self._limit > limit
            self._cause = None if raised else cause
            self._all_counted = raised

    def compared(self) -> None:
        """Note that all resources were listed and all that are missing were counted: a pause in which none is ends."""
        with self._lock:
            self._began = min(self._began, self._clock())
            self._all_counted = True
            self._end_pause_if_over()

    def believed(self, name: str) -> bool:
        """Whether the absence of a resource is to be believed now; the first question begins its window."""
        self.doubt(name)
        with self._lock:
            since = max(self._missing[name], self._began)
            return self._cause is None and self._clock() - since >= self.window_seconds

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
        """True while the resource may be gone, or is to be looked for once more."""
        with self._lock:
            return name in self._missing or name in self._unconfirmed

    @property
    def limit(self) -> int:
        """How many may begin to be missing within a window."""
        return self._limit

    @property
    def count(self) -> int:
        """How many resources are missing; in a pause also those whose data waits for a person with them."""
        with self._lock:
            return len(self._missing) + (0 if self._cause is None else len(self._unconfirmed))

    @property
    def paused(self) -> bool:
        """True while no absence is believed."""
        return self.cause is not None

    @property
    def cause(self) -> PauseCause | None:
        """Why no absence is believed; None while they are."""
        with self._lock:
            return self._cause

    @property
    def calm(self) -> bool:
        """True when a whole window has been counted since everything was known, and the rule is not paused."""
        with self._lock:
            return self._cause is None and self._clock() - self._began >= self.window_seconds

    def _too_many(self) -> PauseCause | None:
        count = len(self._recent)
        if count > self._limit:
            return PauseCause.MANY
        return PauseCause.MOST if count > max(FEW, self.present()) else None

    def _begin(self, cause: PauseCause) -> bool:
        """Pause for that cause; True if that is news. A pause that no limit ends is not taken for one that it would end."""
        news = self._cause is not cause and self._cause in {None, PauseCause.MANY}
        if news:
            self._cause = cause
            log.warning("no absence is believed", why=cause.value, missing=len(self._missing))
        return news

    def _settle(self, name: str) -> None:
        self._missing.pop(name, None)
        self._unconfirmed.discard(name)
        self._end_pause_if_over()

    def _end_pause_if_over(self) -> None:
        # Before everything was compared, that nothing is missing is only not known.
        if self._all_counted and not self._missing and not self._unconfirmed:
            self._cause = None


def _nobody() -> None:
    """Nobody writes pauses down."""


def _none() -> int:
    """No resource is known to be there."""
    return 0
