"""The custom resources as last seen, fed by the watch, by listings and by our own writes, and a note on those at work."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gas.domain.absence import SeenHome
from gas.domain.admission import SeenResource
from gas.domain.job import Job, JobStatus
from gas.domain.line import EVERYBODY, Line
from gas.domain.reasons import Reason
from gas.domain.record import ResourceState
from gas.domain.retrieval_policies import out_of_tries
from gas_controllers.cluster.absences import Absences
from gas_controllers.cluster.annotation_job import AnnotationJobResource

MAX_OURS = 3
"""Statuses of one resource whose writes got no answer: more in a row than this are an outage, in which nobody forges any."""


@dataclass(frozen=True)
class Note:
    """What no status tells of a job: since when and in which line it waits, who holds it until when, or what was given up."""

    pending_since: datetime | None = None
    """When it began to wait to be accepted; None when it is suspended."""
    queued_since: datetime | None = None
    line: Line = EVERYBODY
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
    ours: tuple[dict[str, Any], ...] = ()
    """The statuses that it may have by us: the one of the first sight or the last write, and one that is being written."""


class ResourceCache:
    """Thread-safe. It tells `absences` who is missing.

    An older version replaces a newer one of the same resource only where the API server was asked after it had told of
    the newer one: then the cluster was set back to a backup. What the watch tells comes late and proves nothing.
    """

    def __init__(self, absences: Absences) -> None:
        self._lock = threading.Lock()
        self._absences = absences
        self._resources: dict[str, CachedResource] = {}
        self._notes: dict[str, Note] = {}
        self._leaving: set[str] = set()
        # Asked for within our lock, so it takes none.
        absences.present = lambda: len(self._resources)
        self.home: SeenHome | None = None
        """The home of all resources as last read, None while it is not known."""

    def observe(self, body: dict[str, Any], *, known_before: CachedResource | None = None) -> bool:
        """Note a resource; True when that taught us something, so that somebody should look.

        `known_before` is what was known when the API server was asked, where it was asked: it gives way to any other version,
        and where the watch told meanwhile that it is gone, the answer is older than that.

        Raises:
            pydantic.ValidationError: the API server let a resource through that the CRD should have refused.
        """
        parsed = AnnotationJobResource.model_validate(body)
        cached = CachedResource(parsed.to_seen(), parsed.status, parsed.metadata.resource_version)
        name = cached.seen.name
        with self._lock:
            known = self._resources.get(name)
            if known is None and known_before is not None and known_before.seen.uid == cached.seen.uid:
                return False
            same = known is not None and known.seen.uid == cached.seen.uid
            went_back = False
            if known is not None and same and not _newer(cached, known):
                went_back = _newer(known, cached) and _is_version(known, known_before)
                if not went_back:
                    return False
            ours = known.ours if known is not None and same and not went_back else (cached.status,)
            self._resources[name] = replace(cached, ours=ours)
            self._absences.found(name)
            if known is not None and (not same or went_back):
                self._leaving.discard(name)
            if went_back:
                self._absences.set_back()
            return True

    def writing(self, name: str, status: dict[str, Any]) -> None:
        """Note that we are about to write a status: whether it arrives or not, it is ours."""
        with self._lock:
            known = self._resources.get(name)
            if known is not None:
                self._resources[name] = replace(known, ours=(*known.ours[-MAX_OURS:], status))

    def written(self, body: dict[str, Any]) -> None:
        """Note what our write made of a resource."""
        self.observe(body)
        name = body["metadata"]["name"]
        with self._lock:
            known = self._resources.get(name)
            if known is not None:
                self._resources[name] = replace(known, ours=(body.get("status", {}),))

    def note(self, job: Job, *, line: Line = EVERYBODY) -> None:
        """Note what a pass has just seen of a record: a little, and only of jobs that wait, run, or wait for a person."""
        note = _note_of(job, line)
        with self._lock:
            if note is None:
                self._notes.pop(job.job_id, None)
            else:
                self._notes[job.job_id] = note

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
            self._absences.doubt(name)

    def replaced(self, job: Job) -> None:
        """Note that another job's resource has the name of this one, whose own is therefore missing."""
        with self._lock:
            if job.resource.state is ResourceState.PRESENT:
                self._absences.doubt(job.job_id)
            else:
                self._absences.unconfirmed(job.job_id)

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
            self._absences.settled(name)

    def unconfirmed(self, name: str) -> None:
        """Note that the resource was taken for deleted, and that somebody has to look for it once more."""
        with self._lock:
            self._resources.pop(name, None)
            self._notes.pop(name, None)
            self._absences.unconfirmed(name)

    def get(self, name: str) -> CachedResource | None:
        """The resource as last seen, or None."""
        with self._lock:
            return self._resources.get(name)

    def housed(self, seen: SeenResource) -> SeenResource:
        """The resource with the home that it stands in, where that is certain."""
        home = self.home
        return seen if home is None else replace(seen, home=home.of(seen.created))

    def compared(self) -> None:
        """Note that everything was compared with a full listing, and whoever is missing was doubted."""
        self._absences.compared()

    def all(self) -> Mapping[str, CachedResource]:
        """All resources that are believed to be there, by name."""
        with self._lock:
            return dict(self._resources)


def given_up(job: Job) -> str | None:
    """What of the job is not tried again until a person acts: `result`, `retrieval`, or nothing."""
    if job.look_for_result is not None:
        return "result"
    if job.refusal is not None:
        return "storage"
    return "retrieval" if out_of_tries(job) else None


def _note_of(job: Job, line: Line) -> Note | None:
    """The note of a job that waits, runs, or waits for a person; None of any other."""
    if job.status is JobStatus.PENDING and not job.policy.suspend:
        return Note(pending_since=job.last_move)
    if job.status is JobStatus.QUEUED:
        if _is_fetched(job):
            return None  # It waits for no annotator: one has taken it up, and fetches.
        return Note(queued_since=job.last_move, line=line)
    if job.status is JobStatus.RUNNING:
        lease = job.lease
        return Note(holder=lease.holder if lease else None, lease_ends=lease.expires if lease else None)
    kind = given_up(job)
    return None if kind is None else Note(given_up=kind)


def _is_fetched(job: Job) -> bool:
    """Whether the bundle of a queued job is on its way; one that cannot be had keeps the job waiting until somebody acts."""
    wait = job.reference_wait
    return job.reason is Reason.WAITING_FOR_REFERENCE and wait is not None and wait.why is None


def _not_looked_at(cached: CachedResource) -> Note:
    """The note of a resource over which no pass has come so far yet."""
    pending = cached.status.get("phase", JobStatus.PENDING.value) == JobStatus.PENDING.value
    waits = pending and not cached.seen.policy.suspend and not cached.seen.terminating
    return Note(pending_since=cached.seen.created if waits else None)


def _is_version(known: CachedResource, before: CachedResource | None) -> bool:
    """Whether nothing was learned of the resource since then."""
    return before is not None and (known.seen.uid, known.resource_version) == (
        before.seen.uid,
        before.resource_version,
    )


def _newer(cached: CachedResource, known: CachedResource) -> bool:
    try:
        return int(cached.resource_version) > int(known.resource_version)
    except ValueError:  # The API calls versions opaque; every server so far counts.
        return cached.resource_version != known.resource_version
