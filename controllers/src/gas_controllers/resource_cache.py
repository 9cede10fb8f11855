"""The custom resources as last seen, fed by the watch, by listings and by our own writes."""

import threading
import time
from dataclasses import dataclass
from typing import Any

from gas.domain.admission import ConfirmedAbsent, SeenResource
from gas_controllers import metrics
from gas_controllers.resources.annotation_job import AnnotationJobResource


@dataclass(frozen=True)
class CachedResource:
    """One resource, and the status and version it had."""

    seen: SeenResource
    status: dict[str, Any]
    resource_version: str


class ResourceCache:
    """Thread-safe. An older version never replaces a newer one of the same resource."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._resources: dict[str, CachedResource] = {}
        self._doubted: set[str] = set()

    def observe(self, body: dict[str, Any]) -> bool:
        """Note a resource; True when that taught us something, so that somebody should look.

        Raises:
            pydantic.ValidationError: the API server let a resource through that the CRD should have refused.
        """
        parsed = AnnotationJobResource.model_validate(body)
        cached = CachedResource(parsed.to_seen(), parsed.status, parsed.metadata.resource_version)
        name = cached.seen.name
        with self._lock:
            known = self._resources.get(name)
            if known is not None and known.seen.uid == cached.seen.uid and not _newer(cached, known):
                return False
            self._resources[name] = cached
            self._doubted.discard(name)
            return True

    def doubt(self, name: str) -> None:
        """Note that the resource may be gone: somebody has to ask the API server by name."""
        with self._lock:
            self._resources.pop(name, None)
            self._doubted.add(name)

    def forget(self, name: str) -> None:
        """Note that the resource is gone, and that the record knows it."""
        with self._lock:
            self._resources.pop(name, None)
            self._doubted.discard(name)

    def get(self, name: str) -> CachedResource | None:
        """The resource as last seen, or None."""
        with self._lock:
            return self._resources.get(name)

    def doubted(self, name: str) -> bool:
        """True when the resource was last heard of as deleted."""
        with self._lock:
            return name in self._doubted

    def names(self) -> set[str]:
        """Names of all resources that are believed to be there."""
        with self._lock:
            return set(self._resources)


class AbsenceBreaker:
    """Stops believing absences when there are too many at once: the cluster, not people, may be at fault."""

    def __init__(self, limit: int, window_seconds: float = 60.0) -> None:
        self._limit = limit
        self._window = window_seconds
        self._lock = threading.Lock()
        self._times: dict[str, float] = {}

    def believe(self, name: str) -> ConfirmedAbsent | None:
        """The confirmed absence of a resource, or None while the rule is paused."""
        now = time.monotonic()
        with self._lock:
            self._times = {n: t for n, t in self._times.items() if now - t < self._window}
            self._times.setdefault(name, now)
            paused = len(self._times) > self._limit
        metrics.ABSENCES_PAUSED.set(int(paused))
        return None if paused else ConfirmedAbsent()


def _newer(cached: CachedResource, known: CachedResource) -> bool:
    try:
        return int(cached.resource_version) > int(known.resource_version)
    except ValueError:  # The API calls versions opaque; every server so far counts.
        return cached.resource_version != known.resource_version
