"""One thread that calls functions when their time has come."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Timers:
    """Runs each function once, after its delay, in one background thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        threading.Thread(target=self._run, name="timers", daemon=True).start()

    def call_after(self, seconds: float, function: Callable[[], None]) -> None:
        """Call the function after so many seconds."""
        with self._changed:
            heapq.heappush(self._waiting, (time.monotonic() + seconds, next(self._order), function))
            self._changed.notify()

    def _run(self) -> None:
        while True:
            function = self._next()
            try:
                function()
            except Exception:  # noqa: BLE001 - one timer must not end the others
                _log.exception("a timer of the local AWS failed")

    def _next(self) -> Callable[[], None]:
        with self._changed:
            while not self._waiting or self._waiting[0][0] > time.monotonic():
                left = self._waiting[0][0] - time.monotonic() if self._waiting else None
                self._changed.wait(left)
            return heapq.heappop(self._waiting)[2]
