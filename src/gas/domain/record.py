"""The parts of a job's record, each a small frozen value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from gas.domain.outputs import Output
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
class ClusterSight:
    """What a cluster is known by, and how far it has come: its count of changes falls only when it is set back to a backup."""

    home: Home
    version: int

    def follows(self, before: "ClusterSight") -> bool:
        """True when this can be seen in the cluster that was seen before."""
        return self.home == before.home and self.version >= before.version

    def is_set_back(self, before: "ClusterSight") -> bool:
        """True when the cluster that was seen before had come further."""
        return self.home == before.home and self.version < before.version


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
class ReferenceWait:
    """What a queued job waits for that was taken up where the bundle of its reference is not: it is being fetched there."""

    digest: str
    until: datetime
    """When it is expected; with `why`, when it is tried again."""
    size_bytes: int | None = None
    why: str | None = None
    """Why it cannot be had until operators act, as a sentence for them; None while it comes."""


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
class StoredOutput:
    """One file of a result: where it lies, and what its bytes are."""

    key: str
    size_bytes: int | None = None
    sha256: str | None = None
    """In hexadecimal. Of what an earlier release wrote it is known of the result alone, as is the size."""
    archive_id: str | None = None
    """What the archive calls the copy, from when it said so until the copy is deleted."""

    @property
    def verifiable(self) -> bool:
        """True when it is known what a copy has to be."""
        return self.size_bytes is not None and self.sha256 is not None

    @property
    def place(self) -> str:
        """Where archived bytes are read: the copy, or the file itself where a rule of the bucket moved it."""
        return self.key if self.archive_id is None else self.archive_id


_LOST = "lost-"
"""Before the name of a file that was given up: so it is a mere name, as a newer release's, to every release."""


@dataclass(frozen=True)
class Result:
    """What the finishing attempt wrote: the only pointers to it."""

    bucket: str
    outputs: Mapping[Output | str, StoredOutput]
    """Every file by what it is. A newer release's stays a mere name, and is kept and deleted with the others."""
    variants: int
    annotated_variants: int | None = None
    """How many of the variants got a consequence; None where whoever wrote the result did not say."""
    problems: tuple[Problem, ...] = ()
    """Why the others got none, by kind; a few kinds at most."""

    @property
    def all_keys(self) -> tuple[str, ...]:
        """Every key of the attempt."""
        return tuple(stored.key for stored in self.outputs.values())

    @property
    def archivable(self) -> dict[Output, StoredOutput]:
        """The files that go to the archive and come back, the annotated VCF first.

        One whose bytes nobody recorded stays where it is, for no copy of it could be verified: so do those that an
        earlier release wrote beside the result.
        """
        return {
            output: stored
            for output in Output
            if not output.stays_hot and (stored := self.outputs.get(output)) is not None and stored.verifiable
        }

    @property
    def copies(self) -> dict[Output, str]:
        """What the archive calls the copies of these, as far as it has said so."""
        return {
            output: stored.archive_id
            for output, stored in self.archivable.items()
            if stored.archive_id is not None
        }

    def with_copies(self, archive_ids: Mapping[Output, str | None]) -> "Result":
        """The result with what the archive calls the copies of these files; None where there is none."""
        changed: dict[Output | str, StoredOutput] = {
            output: replace(self.outputs[output], archive_id=archive_id)
            for output, archive_id in archive_ids.items()
        }
        return replace(self, outputs={**self.outputs, **changed})

    @property
    def lost(self) -> tuple[Output, ...]:
        """The files that were given up, for their bytes were nowhere."""
        return tuple(output for output in Output if f"{_LOST}{output.value}" in self.outputs)

    def without(self, files: Iterable[Output]) -> "Result":
        """The result once these are given up: none is looked for or offered, and their keys go with the others'."""
        gone = set(files)
        return replace(
            self,
            outputs={
                f"{_LOST}{output.value}" if isinstance(output, Output) and output in gone else output: stored
                for output, stored in self.outputs.items()
            },
        )

    @property
    def key(self) -> str:
        """Where the annotated VCF lies."""
        return self.outputs[Output.RESULT].key

    @property
    def size_bytes(self) -> int:
        """How large it is."""
        size_bytes = self.outputs[Output.RESULT].size_bytes
        assert size_bytes is not None
        return size_bytes

    @property
    def sha256(self) -> str:
        """Its SHA-256, in hexadecimal."""
        sha256 = self.outputs[Output.RESULT].sha256
        assert sha256 is not None
        return sha256


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


@dataclass(frozen=True)
class UnreadRecord:
    """A job's record that this release cannot read: what is to become of the job is not known, only that there is one."""

    job_id: str
    texts: frozenset[str]
    """Every text that stands in it: the keys of the job's files are among these, whatever else is wrong."""
