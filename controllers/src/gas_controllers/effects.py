"""Runs the effects that a decision asks for. Each is safe to run twice."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from gas.domain.decision import (
    BringBack,
    CreateResource,
    DeleteArchived,
    DeleteInput,
    DeleteResultObjects,
    Effect,
    Fact,
    FactValue,
    PublishRequest,
    RequestRetrieval,
    StoreInArchive,
)
from gas.domain.errors import GasError, UsageError
from gas.domain.job import Job
from gas.domain.messages import JobHint
from gas.domain.names import Bucket, Channel, Names
from gas.domain.record import Result
from gas.domain.retrieval_policies import place_to_retrieve
from gas.domain.spec import RetrievalTier
from gas.ports.clock import Clock
from gas.ports.messaging import MessageQueue, Publisher
from gas.ports.objects import Archive, ObjectStore
from gas_controllers import manifests, metrics
from gas_controllers.cluster import Cluster
from gas_controllers.resource_cache import ResourceCache


@dataclass(frozen=True)
class World:
    """What effects act on and facts are read from."""

    objects: ObjectStore
    archive: Archive
    publisher: Publisher
    queue: Callable[[Channel], MessageQueue]
    annotators_up: Callable[[Channel], bool | None]
    """Whether any annotator of a queue is ready; None when nobody can tell."""
    has_turn: Callable[[Job], bool]
    """Whether it is a job's turn to stand in line."""
    cluster: Cluster
    resources: ResourceCache
    names: Names
    clock: Clock

    def read(self, fact: Fact, job: Job) -> FactValue:
        """Read one fact about a job's things."""
        match fact:
            case Fact.INPUT:
                return self.objects.head(job.input.bucket, job.input.key)
            case Fact.HOT_RESULT:
                return None if job.result is None else self.objects.head(job.result.bucket, job.result.key)
            case Fact.ARCHIVED_RESULT:
                place = place_to_retrieve(job)
                if job.result is None or place is None:
                    return None
                return self.archive.look(job.result.bucket, place)
            case Fact.QUEUE_EMPTY | Fact.PREMIUM_QUEUE_EMPTY:
                premium = fact is Fact.PREMIUM_QUEUE_EMPTY
                return self.queue(Channel.PREMIUM_REQUESTS if premium else Channel.JOB_REQUESTS).empty()
            case Fact.ANNOTATORS_UP | Fact.PREMIUM_ANNOTATORS_UP:
                premium = fact is Fact.PREMIUM_ANNOTATORS_UP
                return self.annotators_up(Channel.PREMIUM_REQUESTS if premium else Channel.JOB_REQUESTS)
            case Fact.RESOURCE_REFUSED:
                raise AssertionError("it is learned from the making of a resource alone")
            case Fact.TURN:
                return self.has_turn(job)
            case _:
                assert_never(fact)

    def run(self, effect: Effect, job: Job) -> None:
        """Run one effect.

        Raises:
            GasError: it did not happen, or not wholly; running it again is safe.
        """
        results = self.names.bucket(Bucket.RESULTS)
        match effect:
            case PublishRequest(premium):
                channel = Channel.PREMIUM_REQUESTS if premium else Channel.JOB_REQUESTS
                self.publisher.publish(channel, JobHint(job.job_id, job.version))
            case StoreInArchive():
                result = _result(job)
                self.archive.store(
                    result.bucket, result.key, effect.archive_id, result.size_bytes, result.sha256
                )
            case BringBack():
                result = _result(job)
                self.archive.bring_back(
                    result.bucket, effect.archive_id, result.key, result.size_bytes, result.sha256
                )
            case RequestRetrieval():
                self._retrieve(_result(job).bucket, effect.archive_id, effect.tier)
            case DeleteResultObjects():
                (self.objects.erase if effect.for_good else self.objects.delete)(results, effect.keys)
            case DeleteInput():
                delete = self.objects.erase if effect.for_good else self.objects.delete
                delete(job.input.bucket, (job.input.key,))
            case DeleteArchived():
                (self.archive.erase if effect.for_good else self.archive.delete)(results, effect.archive_id)
            case CreateResource():
                self._create_resource(job)
            case _:
                assert_never(effect)

    def _retrieve(self, bucket: str, archive_id: str, tier: RetrievalTier) -> None:
        try:
            self.archive.retrieve(bucket, archive_id, tier)
        except GasError as error:
            metrics.RETRIEVALS.labels(tier.value, type(error).__name__).inc()
            raise
        metrics.RETRIEVALS.labels(tier.value, "accepted").inc()

    def _create_resource(self, job: Job) -> None:
        body = self.cluster.create(manifests.annotation_job(job, self.names.namespace, self.clock.now()))
        self.resources.observe(body)
        found = self.resources.get(job.job_id)
        identity = (job.user_id, job.input, job.reference)
        if found is None or (found.seen.user_id, found.seen.input, found.seen.reference) != identity:
            raise UsageError(f"annotationjob {job.job_id} is in the cluster already and is another job")
        if found.seen.terminating:
            raise UsageError(f"annotationjob {job.job_id} is in the cluster already and is being deleted")


def _result(job: Job) -> Result:
    assert job.result is not None
    return job.result
