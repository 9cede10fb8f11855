"""The parts of a job's record, each a small frozen value."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from gas.domain.plan import CpuLimit
from gas.domain.problems import Problem
from gas.domain.reasons import Reason
from gas.domain.spec import RestoreRequest, RetrievalTier


class ResourceState(Enum):
    """What the record knows of its custom resource."""

    NEVER = "Never"
    PRESENT = "Present"
    EXPIRED = "Expired"
    DELETED = "Deleted"


@dataclass(frozen=True)
class Home:
    """The CRD and the namespace that a resource stands in. One that was made anew under the same name is another."""

    crd_uid: str
    namespace_uid: str


@dataclass(frozen=True)
class ResourceRef:
    """The custom resource as last seen: which one, and the newest generation whose spec the record has copied."""

    state: ResourceState = ResourceState.NEVER
    uid: str | None = None
    generation: int = 0
    created: datetime | None = None
    home: Home | None = None
    """Where it was seen; None where an older GAS wrote the record."""
    meant: datetime | None = None
    """When an operator said that its absence is meant, however many others are missing."""
    believed: datetime | None = None
    """When its absence was taken for a deletion."""
    confirmed: datetime | None = None
    """When it was looked for once more and was still absent: only then the data goes that is to go with it."""


@dataclass(frozen=True)
class Intents:
    """What people asked for through the web. The controllers read these fields, only the web writes them."""

    cancel_requested: datetime | None = None
    delete_requested: datetime | None = None
    retry_requested: datetime | None = None
    restore_requested: RestoreRequest | None = None
    result_missed: datetime | None = None
    """When somebody last wanted to download the result and its bytes could not be read."""


@dataclass(frozen=True)
class Refusal:
    """What the file store refuses for a reason that only operators can remove, and when it is asked again."""

    reason: Reason
    detail: str
    next_try: datetime


@dataclass(frozen=True)
class Lease:
    """The right of one annotator to run the job until it expires."""

    holder: str
    expires: datetime


@dataclass(frozen=True)
class Publication:
    """How often the request was published since the job was queued, and before when it is not published again."""

    count: int = 0
    next_time: datetime | None = None


@dataclass(frozen=True)
class AcceptedInput:
    """The input as it was when it was accepted, and what annotating it may take; the annotator refuses any other."""

    etag: str
    size_bytes: int
    cpu_limit: CpuLimit | None = None
    """By the owner's plan at that moment; None where an older GAS accepted it, and the annotator's own limit holds."""


@dataclass(frozen=True)
class Result:
    """What the finishing attempt wrote: the only pointers to it."""

    bucket: str
    key: str
    size_bytes: int
    sha256: str
    """Of the result file, in hexadecimal."""
    variants: int
    log_key: str
    preview_key: str
    statistics_key: str
    provenance_key: str
    index_key: str | None = None
    table_key: str | None = None
    problems_key: str | None = None
    summary_key: str | None = None
    annotated_variants: int | None = None
    """How many of the variants got a consequence; None where whoever wrote the result did not say."""
    problems: tuple[Problem, ...] = ()
    """Why the others got none, by kind; a few kinds at most."""

    @property
    def all_keys(self) -> tuple[str, ...]:
        """Every key of the attempt."""
        later = (self.index_key, self.table_key, self.problems_key, self.summary_key)
        kept = (self.log_key, self.preview_key, self.statistics_key, self.provenance_key)
        return (self.key, *kept, *(key for key in later if key))


@dataclass(frozen=True)
class Retrieval:
    """A retrieval from the archive: one that runs, or the last that failed."""

    tier: RetrievalTier
    requested: datetime | None = None
    """When the archive accepted the request; None while it has not."""
    expected: datetime | None = None
    ready: bool = False
    tries: int = 0
    next_try: datetime | None = None
    answers: frozenset[datetime] = frozenset()
    """The request times of the restore requests that stood when it was begun: a later one asks for another."""
