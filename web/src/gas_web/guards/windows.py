"""How often something came within a minute: fixed windows, counted for one process by all its threads."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

WINDOW_SECONDS = 60.0


@dataclass
class _Window:
    ends: float
    count: int = 0


@dataclass
class Windows:
    """Counts by name: a name's window begins with the first that is counted, and is forgotten by the first call after its minute."""

    now: Callable[[], float] = time.monotonic
    _windows: OrderedDict[tuple[str, ...], _Window] = field(default_factory=OrderedDict)
    """In the order in which they end: all are equally long. A plain dict looks for its first past all that has gone before it."""
    _lock: Lock = field(default_factory=Lock)

    def count(self, most: int, *name: str) -> float | None:
        """Count one; the seconds until the window ends if that is more than `most`, else None."""
        with self._lock:
            now = self._forget()
            window = self._windows.setdefault(name, _Window(now + WINDOW_SECONDS))
            window.count += 1
            return window.ends - now if window.count > most else None

    def full(self, most: int, *name: str) -> float | None:
        """What `count` would say of one more, which is not counted."""
        with self._lock:
            now, window = self._forget(), self._windows.get(name)
            return window.ends - now if window is not None and window.count >= most else None

    def _forget(self) -> float:
        """Leave what has ended behind; the time at which that was."""
        now = self.now()
        while self._windows and self._windows[first := next(iter(self._windows))].ends <= now:
            del self._windows[first]
        return now
