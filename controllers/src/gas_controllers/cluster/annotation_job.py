"""The AnnotationJob as the API server gives it: parsed at the edge, lenient in what Kubernetes adds."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from gas.domain.admission import SeenResource
from gas.domain.spec import (
    ArchivePolicy,
    DeletionPolicy,
    InputRef,
    JobPolicy,
    RestoreRequest,
    RetrievalTier,
)

GROUP = "gas.io"
VERSION = "v1alpha1"
PLURAL = "annotationjobs"
KIND = "AnnotationJob"

COMPONENT = "gas-controllers"
MANAGED_BY = "app.kubernetes.io/managed-by"
"""The label of the resources that the controllers make, with the word above."""


def _alias(name: str) -> str:
    return {"user_id": "userID"}.get(name, to_camel(name))


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=_alias, populate_by_name=True)


class Metadata(_Part):
    """What GAS reads of a resource's metadata."""

    name: str
    uid: str
    generation: int = 1
    resource_version: str
    labels: dict[str, str] = Field(default_factory=dict)
    creation_timestamp: datetime
    deletion_timestamp: datetime | None = None


class Input(_Part):
    """An uploaded file: the input, or the owner's own beside it."""

    bucket: str
    key: str
    file_name: str


class Restore(_Part):
    """A restore request."""

    request_time: datetime
    tier: RetrievalTier = RetrievalTier.EXPEDITED


class Spec(_Part):
    """The spec; the defaults are the CRD's."""

    user_id: str
    input: Input
    reference: str
    own_file: Input | None = None
    suspend: bool = False
    cancel: bool = False
    active_deadline_seconds: int | None = None
    backoff_limit: int = 2
    ttl_seconds_after_finished: int = 604_800
    archive_policy: ArchivePolicy = ArchivePolicy.FOLLOW_PLAN
    retention_seconds: int | None = None
    restore: Restore | None = None
    deletion_policy: DeletionPolicy = DeletionPolicy.RETAIN


class AnnotationJobResource(_Part):
    """One AnnotationJob."""

    metadata: Metadata
    spec: Spec
    status: dict[str, Any] = Field(default_factory=dict)

    def to_seen(self) -> SeenResource:
        """The resource in the words of the domain."""
        spec = self.spec
        return SeenResource(
            name=self.metadata.name,
            uid=self.metadata.uid,
            generation=self.metadata.generation,
            created=self.metadata.creation_timestamp,
            user_id=spec.user_id,
            input=_place(spec.input),
            reference=spec.reference,
            own_place=None if spec.own_file is None else _place(spec.own_file),
            policy=_policy(spec),
            terminating=self.metadata.deletion_timestamp is not None,
            made_here=self.metadata.labels.get(MANAGED_BY) == COMPONENT,
        )


def seen_without_record(body: dict[str, Any]) -> SeenResource | None:
    """A resource that shows no record yet, so that it may be another job's than the record of its name.

    None of any that shows one, and of what cannot be read.
    """
    if "recordVersion" in body.get("status", {}):
        return None
    try:
        return AnnotationJobResource.model_validate(body).to_seen()
    except ValidationError:
        return None


def _place(file: Input) -> InputRef:
    return InputRef(file.bucket, file.key, file.file_name)


def _policy(spec: Spec) -> JobPolicy:
    deadline, retention = spec.active_deadline_seconds, spec.retention_seconds
    return JobPolicy(
        suspend=spec.suspend,
        cancel=spec.cancel,
        active_deadline=None if deadline is None else timedelta(seconds=deadline),
        backoff_limit=spec.backoff_limit,
        ttl_after_finished=timedelta(seconds=spec.ttl_seconds_after_finished),
        archive_policy=spec.archive_policy,
        retention=None if retention is None else timedelta(seconds=retention),
        restore=None
        if spec.restore is None
        else RestoreRequest(spec.restore.request_time, spec.restore.tier),
        deletion_policy=spec.deletion_policy,
    )
