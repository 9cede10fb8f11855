"""What a job was asked to do: the parts of the request that never change, and the policies that may."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum


class ArchivePolicy(Enum):
    """When a result moves to the archive."""

    FOLLOW_PLAN = "FollowPlan"
    NEVER = "Never"
    IMMEDIATE = "Immediate"


class DeletionPolicy(Enum):
    """What becomes of the data when somebody deletes the resource."""

    RETAIN = "Retain"
    DELETE = "Delete"


class RetrievalTier(Enum):
    """How fast bytes come back from the archive, in S3's words."""

    EXPEDITED = "Expedited"
    STANDARD = "Standard"
    BULK = "Bulk"


@dataclass(frozen=True)
class InputRef:
    """The input file: where it lies, and the name that its owner knows it by."""

    bucket: str
    key: str
    file_name: str


@dataclass(frozen=True)
class RestoreRequest:
    """The wish to have a result downloadable again. Two requests with the same time are one."""

    request_time: datetime
    tier: RetrievalTier = RetrievalTier.EXPEDITED


@dataclass(frozen=True)
class JobPolicy:
    """The mutable part of a resource's spec, copied into the record whenever its generation moves."""

    suspend: bool = False
    cancel: bool = False
    active_deadline: timedelta | None = None
    backoff_limit: int = 2
    ttl_after_finished: timedelta = timedelta(days=7)
    archive_policy: ArchivePolicy = ArchivePolicy.FOLLOW_PLAN
    retention: timedelta | None = None
    restore: RestoreRequest | None = None
    deletion_policy: DeletionPolicy = DeletionPolicy.RETAIN
