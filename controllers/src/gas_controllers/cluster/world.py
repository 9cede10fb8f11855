"""The world as the controllers meet it: bytes and queues by their ports, and resources by the cache and the API server."""

import math
from contextlib import suppress
from dataclasses import dataclass

import structlog

from gas.domain.absence import Absent, awaited
from gas.domain.admission import RefuseResource, SeenResource, is_strange
from gas.domain.decision import AnyFact, CreateResource, Effect, FactValue
from gas.domain.errors import GasError, UsageError
from gas.domain.job import Job
from gas.domain.names import Names
from gas.domain.record import ResourceState
from gas.ports.clock import Clock
from gas.services.read_fact import ReadFact
from gas.services.run_effect import RunEffect
from gas_controllers.cluster import manifests
from gas_controllers.cluster.absences import Absences
from gas_controllers.cluster.errors import NotServedError
from gas_controllers.cluster.kubernetes_api import Cluster
from gas_controllers.cluster.resource_cache import ResourceCache
from gas_controllers.telling.status_writer import StatusWriter

log = structlog.get_logger()


@dataclass(frozen=True)
class ClusterWorld:
    """Implements `World`. It keeps the cache and the absences up to date with what passes do and learn."""

    read_fact: ReadFact
    run_effect: RunEffect
    cluster: Cluster
    resources: ResourceCache
    absences: Absences
    status: StatusWriter
    names: Names
    clock: Clock

    def read(self, fact: AnyFact, job: Job) -> FactValue:
        """Read one fact about a job's things."""
        return self.read_fact(fact, job)

    def run(self, effect: Effect, job: Job) -> str | None:
        """Run one effect; again changes nothing. Returns what the archive calls the copy of a file that was to be stored.

        Raises:
            NotTakenError: the cluster takes no resource of this job now.
            GasError: it did not happen, or not wholly.
        """
        if not isinstance(effect, CreateResource):
            return self.run_effect(effect, job)
        self._create_resource(job)
        return None

    def resource(self, job_id: str, job: Job | None) -> SeenResource | Absent | None:
        """The resource as last seen; the API server is asked by name where it is not, or is behind its record."""
        cached = self.resources.get(job_id)
        missed = job is not None and awaited(job)
        doubtful = missed or self.absences.doubted(job_id) if cached is None else _is_behind(cached.seen, job)
        if doubtful:
            try:
                found = self.cluster.get(job_id)
            except NotServedError as error:
                self._cannot_tell(error)
                return None
            if found is not None:
                self.resources.observe(found, known_before=cached)
                cached = self.resources.get(job_id)
                if cached is not None and _is_behind(cached.seen, job):
                    # The record was read before: it has seen what the API server does not know any more.
                    self.absences.set_back()
            elif job is None or not missed:
                self.resources.forget(job_id)
            else:
                self.resources.doubt(job_id)
                return self.absence(job)
        if cached is None:
            return None
        if not missed:
            # Whosever resource has the name: this record looks for none, so none is missing.
            self.absences.settled(job_id)
        if self.resources.home is None:
            # It was lost with the kind or the namespace, and nobody tells when there is another.
            with suppress(GasError):
                self.resources.home = self.cluster.home()
        return self.resources.housed(cached.seen)

    def absence(self, job: Job) -> Absent | None:
        """The absence of a job's resource, from the home that it was just found missing in; None while that is unknown."""
        try:
            # After the resource: one that was missing in an earlier home must not seem to be missing in this one.
            home = self.resources.home = self.cluster.home()
        except NotServedError as error:
            self._cannot_tell(error)
            return None
        # The second look is not counted again: it is of a resource whose absence was believed before.
        believed = job.resource.state is ResourceState.DELETED
        return Absent(home, self.absences.calm if believed else self.absences.believed(job.job_id))

    def recorded(self, job: Job) -> None:
        """Note what a resource's sight or absence was taken for, now that the record knows it."""
        name, resources = job.job_id, self.resources
        # Another job's resource may have the name: then it is the cache's business, and not that it is gone.
        gone = resources.get(name) is None
        if job.resource.state is ResourceState.DELETED and awaited(job):
            (resources if gone else self.absences).unconfirmed(name)
        elif gone:
            resources.forget(name)
        elif job.resource.state is not ResourceState.PRESENT:
            self.absences.settled(name)

    def remove(self, job_id: str, uid: str) -> None:
        """Remove the resource of that name if it is still that one."""
        self.resources.expect_removal(job_id)
        self.cluster.remove(job_id, uid)
        self.resources.forget(job_id)

    def refuse(self, seen: SeenResource, refusal: RefuseResource) -> None:
        """Tell a resource why it has no effect."""
        self.status.refuse(seen, refusal)

    def show(self, job: Job) -> None:
        """Make the job's resource show its record; where there is none, nothing happens."""
        self.status.show(job)

    def look_again_seconds(self, job: Job) -> float:
        """After how long a resource that may be gone is to be looked for again."""
        if not self.absences.doubted(job.job_id):
            return math.inf
        return self.absences.look_again_seconds(job.job_id)

    def _create_resource(self, job: Job) -> None:
        body = self.cluster.create(manifests.annotation_job(job, self.names.namespace, self.clock.now()))
        self.resources.observe(body)
        found = self.resources.get(job.job_id)
        if found is None or is_strange(job, found.seen):
            raise UsageError(f"annotationjob {job.job_id} is in the cluster already and is another job")
        if found.seen.terminating:
            raise UsageError(f"annotationjob {job.job_id} is in the cluster already and is being deleted")

    def _cannot_tell(self, error: NotServedError) -> None:
        """Go by the record alone: of resources nothing can be learned now."""
        self.resources.home = None
        log.debug("a job goes on by its record alone", error=str(error))


def _is_behind(seen: SeenResource, job: Job | None) -> bool:
    """Whether the record knows a newer generation of this resource: other controllers took it up, or the cluster went back."""
    return job is not None and job.resource.uid == seen.uid and seen.generation < job.resource.generation
