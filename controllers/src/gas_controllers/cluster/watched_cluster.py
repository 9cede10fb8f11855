"""Whether the watch still watches the cluster that it was begun in.

A watch that was cut goes on from the last version that it heard of. In a cluster made anew, or set back to a backup, that
version is still to come: the API server then tells of nothing, says so to nobody, and everything seems well.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from gas.domain.errors import GasError
from gas.domain.record import Home
from gas_controllers.cluster.kubernetes_api import Cluster

log = structlog.get_logger()


@dataclass(frozen=True)
class Sight:
    """What a cluster is known by, and how far it has come: its count of changes never falls."""

    home: Home
    version: int

    def follows(self, before: "Sight") -> bool:
        """True when this can be seen in the cluster that was seen before."""
        return self.home == before.home and self.version >= before.version


class WatchedCluster:
    """Looks at the cluster now and then, and ends a watch that was not begun in it."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._end: Callable[[], None] = _no_watch
        self._lock = threading.Lock()
        self._last: Sight | None = None

    def begin(self, end: Callable[[], None]) -> None:
        """Note the cluster that a watch begins in, and how to end it; what cannot be read now the next look learns."""
        with self._lock:
            self._last, self._end = None, end
            with suppress(GasError):
                self._last = self._see()

    def look(self) -> None:
        """Look once.

        Raises:
            GasError: the API server does not answer, or has no such kind, of which the watch is told as well.
        """
        with self._lock:
            seen, last, end = self._see(), self._last, self._end
            self._last = seen
        if last is not None and not seen.follows(last):
            log.warning(
                "the watch begins anew: the cluster is another one, or went back", version=seen.version
            )
            end()

    def _see(self) -> Sight:
        return Sight(self._cluster.home().home, self._cluster.version())


def _no_watch() -> None:
    """Nothing is watched yet."""
