"""The custom resources as last seen, fed by the watch, by listings and by our own writes, and a note on those at work."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gas.domain.admission import ConfirmedAbsent, SeenResource
from gas.domain.job import Job, JobStatus
from gas.domain.retrieval_policies import given_up as retrieval_given_up
from gas_controllers import metrics
from gas_controllers.resources.annotation_job import AnnotationJobResource


@dataclass(frozen=True)
class Note:
    """What no status tells of a job: since when and in which line it waits, who holds it until when, or what was given up."""

    pending_since: datetime | None = None
    """When it began to wait to be accepted; None when it is suspended."""
    queued_since: datetime | None = None
    premium: bool = False
    """Whether it waits in the line of premium users."""
    holder: str | None = None
    lease_ends: datetime | None = None
    """As the last pass saw it: a pass looks again when it is over, for heartbeats tell nobody."""
    given_up: str | None = None
    """What is not tried again until a person acts: a retrieval, or a result that is missing."""

    @property
    def waits_since(self) -> datetime | None:
        """Since when it has waited for an annotator, accepted or not."""
        return self.queued_since or self.pending_since


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
        self._notes: dict[str, Note] = {}
        self._doubted: set[str] = set()
        self._leaving: set[str] = set()

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
            if known is not None and known.seen.uid != cached.seen.uid:
                self._leaving.discard(name)
            return True

    def note(self, job: Job, *, premium: bool = False) -> None:
        """Note what a pass has just seen of a record: a little, and only of jobs that wait, run, or wait for a person."""
        with self._lock:
            match job.status:
                case JobStatus.PENDING if not job.policy.suspend:
                    self._notes[job.job_id] = Note(pending_since=job.last_move)
                case JobStatus.QUEUED:
                    self._notes[job.job_id] = Note(queued_since=job.last_move, premium=premium)
                case JobStatus.RUNNING:
                    lease = job.lease
                    self._notes[job.job_id] = Note(
                        holder=lease.holder if lease else None, lease_ends=lease.expires if lease else None
                    )
                case _ if (kind := given_up(job)) is not None:
                    self._notes[job.job_id] = Note(given_up=kind)
                case _:
                    self._notes.pop(job.job_id, None)

    def survey(self) -> list[tuple[str, dict[str, Any], Note]]:
        """The name, the status and the note of every resource that is believed to be there, and of every job that has none yet."""
        with self._lock:
            seen = [
                (name, cached.status, self._notes.get(name) or _not_looked_at(cached))
                for name, cached in self._resources.items()
            ]
            unseen = [
                (name, dict[str, Any](), note)
                for name, note in self._notes.items()
                if note.pending_since is not None and name not in self._resources
            ]
            return seen + unseen

    def doubt(self, name: str) -> None:
        """Note that the resource may be gone: somebody has to ask the API server by name."""
        with self._lock:
            self._resources.pop(name, None)
            self._doubted.add(name)

    def removed(self, name: str) -> bool:
        """Note that the watch said the resource is gone; False when we removed it ourselves, so that it is no news."""
        with self._lock:
            if name in self._leaving:
                self._leaving.discard(name)
                self._resources.pop(name, None)
                return False
        self.doubt(name)
        return True

    def expect_removal(self, name: str) -> None:
        """Note that we are about to remove the resource."""
        with self._lock:
            self._leaving.add(name)

    def forget(self, name: str) -> None:
        """Note that the resource is gone, and that the record knows it."""
        with self._lock:
            self._resources.pop(name, None)
            self._notes.pop(name, None)
            self._doubted.discard(name)

    def get(self, name: str) -> CachedResource | None:
        """The resource as last seen, or None."""
        with self._lock:
            return self._resources.get(name)

    def doubted(self, name: str) -> bool:
        """True when the resource was last heard of as deleted."""
        with self._lock:
            return name in self._doubted

    def any_doubted(self) -> bool:
        """True while a resource that was last heard of as deleted has not been looked into."""
        with self._lock:
            return bool(self._doubted)

    def names(self) -> set[str]:
        """Names of all resources that are believed to be there."""
        with self._lock:
            return set(self._resources)


class AbsenceBreaker:
    """Stops believing absences when there are too many at once: the cluster, not people, may be at fault.

    Once it has tripped it stays so until a full listing finds every resource that the records know, or until the
    controllers are started anew with a higher limit.
    """

    def __init__(self, limit: int, window_seconds: float = 60.0) -> None:
        self._limit = limit
        self._window = window_seconds
        self._lock = threading.Lock()
        self._times: dict[str, float] = {}
        self._tripped = False
        metrics.ABSENCES_PAUSED.set_function(lambda: float(self._tripped))

    def doubt(self, name: str) -> None:
        """Count a resource that may be gone, before anybody asks whether to believe it."""
        now = time.monotonic()
        with self._lock:
            self._times = {n: t for n, t in self._times.items() if now - t < self._window}
            self._times.setdefault(name, now)
            self._tripped = self._tripped or len(self._times) > self._limit

    def believe(self, name: str) -> ConfirmedAbsent | None:
        """The confirmed absence of a resource, or None while the rule is paused."""
        self.doubt(name)
        with self._lock:
            return None if self._tripped else ConfirmedAbsent()

    @property
    def paused(self) -> bool:
        """True while absences are not believed."""
        with self._lock:
            return self._tripped

    def reset(self) -> None:
        """Believe again: nothing is missing."""
        with self._lock:
            self._times.clear()
            self._tripped = False


def given_up(job: Job) -> str | None:
    """What of the job is not tried again until a person acts: `result`, `retrieval`, or nothing."""
    if job.look_for_result is not None:
        return "result"
    if job.refusal is not None:
        return "storage"
    return "retrieval" if retrieval_given_up(job) else None


def _not_looked_at(cached: CachedResource) -> Note:
    """The note of a resource over which no pass has come so far yet."""
    pending = cached.status.get("phase", JobStatus.PENDING.value) == JobStatus.PENDING.value
    waits = pending and not cached.seen.policy.suspend and not cached.seen.terminating
    return Note(pending_since=cached.seen.created if waits else None)


def _newer(cached: CachedResource, known: CachedResource) -> bool:
    try:
        return int(cached.resource_version) > int(known.resource_version)
    except ValueError:  # The API calls versions opaque; every server so far counts.
        return cached.resource_version != known.resource_version
