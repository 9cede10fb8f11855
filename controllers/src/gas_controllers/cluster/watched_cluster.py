"""Whether the cluster is the one that was looked at before, and goes on from there.

A watch that was cut goes on from the last version that it heard of. In a cluster made anew, or set back to a backup, that
version is still to come: the API server then tells of nothing, says so to nobody, and everything seems well. And in a
backup is missing what came after it, though nobody deleted it.
"""

import threading
from collections.abc import Callable
from contextlib import suppress

import structlog

from gas.domain.errors import GasError
from gas.domain.record import ClusterSight
from gas_controllers.cluster.kubernetes_api import Cluster

log = structlog.get_logger()


class WatchedCluster:
    """Looks at the cluster now and then, tells `set_back` when it was, and ends a watch that was not begun in it."""

    def __init__(self, cluster: Cluster, set_back: Callable[[], None]) -> None:
        self._cluster = cluster
        self._set_back = set_back
        self._end: Callable[[], None] = _no_watch
        self._lock = threading.Lock()
        self._last: ClusterSight | None = None

    @property
    def sight(self) -> ClusterSight | None:
        """The cluster as it was last seen, be it by the controllers before these; None when it never was."""
        return self._last

    def resume(self, sight: ClusterSight | None) -> None:
        """Go on from what the controllers before these saw last."""
        with self._lock:
            self._last = sight

    def begin(self, end: Callable[[], None]) -> None:
        """Note the cluster that a watch begins in, and how to end it; what cannot be read now the next look learns."""
        with self._lock:
            self._end = end
            with suppress(GasError):
                self._see()

    def look(self) -> None:
        """Look once.

        Raises:
            GasError: the API server does not answer, or has no such kind, of which the watch is told as well.
        """
        with self._lock:
            last, end = self._last, self._end
            seen = self._see()
        if last is not None and not seen.follows(last):
            log.warning(
                "the cluster is another one, or was set back: it is watched anew", version=seen.version
            )
            end()

    def _see(self) -> ClusterSight:
        seen, last = ClusterSight(self._cluster.home().home, self._cluster.version()), self._last
        self._last = seen
        if last is not None and seen.is_set_back(last):
            self._set_back()
        return seen


def _no_watch() -> None:
    """Nothing is watched yet."""
