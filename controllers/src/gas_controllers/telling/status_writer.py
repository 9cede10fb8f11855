"""Brings the status of a resource in line with its record, with one write at most and none when nothing changed."""

from typing import Any

from gas.domain.admission import RefuseResource, SeenResource
from gas.domain.errors import ConflictError, NotFoundError
from gas.domain.job import Job, JobStatus
from gas.domain.plan import Plans
from gas.domain.record import ResourceState
from gas.ports.clock import Clock
from gas_controllers.cluster import manifests
from gas_controllers.cluster.errors import NotServedError
from gas_controllers.cluster.kubernetes_api import Cluster
from gas_controllers.cluster.resource_cache import CachedResource, ResourceCache
from gas_controllers.telling import metrics
from gas_controllers.telling.projection import project, project_refusal, same_status


class StatusWriter:
    """Projects records into the resources that are their windows."""

    def __init__(
        self, cluster: Cluster, resources: ResourceCache, clock: Clock, namespace: str, plans: Plans
    ) -> None:
        self._cluster = cluster
        self._resources = resources
        self._clock = clock
        self._namespace = namespace
        self._plans = plans

    def show(self, job: Job) -> None:
        """Make the job's resource show its record, and tell of a move by an Event.

        Raises:
            GasError: the API server did not take it; the next pass tries again.
        """
        cached = self._resources.get(job.job_id)
        if (
            cached is None
            or job.resource.state is not ResourceState.PRESENT
            or job.resource.uid != cached.seen.uid
        ):
            return
        wanted = project(job, self._plans)
        if same_status(cached.status, wanted):
            return
        forged = _forged(cached, job)
        moved = cached.status.get("phase") != wanted["phase"]
        if not self._write(cached, wanted):
            return
        if forged:
            metrics.DRIFT.labels("status").inc()
        if moved:
            self._cluster.post_event(manifests.transition_event(job, self._namespace, self._plans))

    def refuse(self, seen: SeenResource, refusal: RefuseResource) -> None:
        """Tell a resource why it has no effect."""
        cached = self._resources.get(seen.name)
        wanted = project_refusal(seen, refusal, self._clock.now(), self._plans)
        if cached is not None and not same_status(cached.status, wanted):
            self._write(cached, wanted)

    def _write(self, cached: CachedResource, wanted: dict[str, Any]) -> bool:
        name = cached.seen.name
        self._resources.writing(name, wanted)
        try:
            body = self._cluster.write_status(name, cached.status, wanted, cached.resource_version)
        except (NotFoundError, NotServedError):
            # A status that cannot be shown holds up no job; when the kind is there again everything is compared.
            self._resources.doubt(name)
            metrics.STATUS_WRITES.labels("gone").inc()
            return False
        except ConflictError:
            metrics.STATUS_WRITES.labels("conflict").inc()
            fresh = self._cluster.get(name)
            if fresh is None:
                self._resources.doubt(name)
            else:
                self._resources.observe(fresh, known_before=cached)
            raise
        metrics.STATUS_WRITES.labels("written").inc()
        self._resources.written(body)
        return True


def _forged(cached: CachedResource, job: Job) -> bool:
    """True when somebody else wrote a status that is about to be put right."""
    if not any(same_status(cached.status, status) for status in cached.ours):
        return True
    # After a start nobody knows what was written before, but this very record was shown by someone: only heartbeats,
    # which tell of progress, leave its version alone.
    shown = cached.status.get("recordVersion") == job.version
    return shown and job.status is not JobStatus.RUNNING
