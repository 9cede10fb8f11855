"""Reading what a decision asks for: one fact about a job's bytes, its reference, its queue or its turn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, assert_never

from gas.domain.decision import AnnotatorsUp, AnyFact, Fact, FactValue, QueueEmpty
from gas.domain.job import Job, JobStatus
from gas.domain.line import Line
from gas.domain.names import Channel
from gas.domain.objects import ArchivedObject, HotObject
from gas.domain.outputs import Output
from gas.domain.record import StoredOutput
from gas.domain.spec import InputRef
from gas.ports.messaging import MessageQueue
from gas.ports.objects import Archive, ObjectStore
from gas.ports.references import References
from gas.services.read_catalogue import read_catalogue

T = TypeVar("T")


@dataclass(frozen=True)
class ReadFact:
    """The use case with its ports."""

    objects: ObjectStore
    archive: Archive
    references: References
    queue: Callable[[Channel], MessageQueue]
    annotators_up: Callable[[Line], bool | None]
    """Whether any annotator of a line is ready; None when nobody can tell."""
    has_turn: Callable[[Job], bool]
    """Whether it is a job's turn to stand in line."""
    shared_files: Callable[[Job], frozenset[str]]
    """The keys of those of a job's uploads that others name, too."""

    def __call__(self, fact: AnyFact, job: Job) -> FactValue:  # noqa: C901 - a case for each fact
        """The fact, as it is now.

        Raises:
            GasError: it could not be read.
        """
        match fact:
            case Fact.INPUT:
                return self._upload(job.input)
            case Fact.OWN_FILE:
                return self._upload(job.own_place)
            case Fact.HOT_RESULT:
                return self._each(job, lambda bucket, stored: self.objects.head(bucket, stored.key))
            case Fact.ARCHIVED_RESULT:
                return self._each(job, lambda bucket, stored: self._copy(bucket, stored, job))
            case Fact.CATALOGUE:
                return read_catalogue(self.references, job.reference)
            case QueueEmpty(line):
                return self.queue(line.channel).empty()
            case AnnotatorsUp(line):
                return self.annotators_up(line)
            case Fact.RESOURCE_REFUSED:
                raise AssertionError("it is learned from the making of a resource alone")
            case Fact.TURN:
                return self.has_turn(job)
            case Fact.SHARED_FILES:
                return self.shared_files(job)
            case _:
                assert_never(fact)

    def _upload(self, place: InputRef | None) -> HotObject | None:
        return None if place is None else self.objects.head(place.bucket, place.key)

    def _each(self, job: Job, read: Callable[[str, StoredOutput], T]) -> dict[Output, T]:
        """What is read of each file that goes to the archive."""
        if job.result is None:
            return {}
        bucket = job.result.bucket
        return {output: read(bucket, stored) for output, stored in job.result.archivable.items()}

    def _copy(self, bucket: str, stored: StoredOutput, job: Job) -> ArchivedObject | None:
        # What has no copy comes back from its own key; in any other state nobody asks what is archived there.
        known = stored.archive_id is not None or job.status is JobStatus.RESTORING
        return self.archive.look(bucket, stored.place) if known else None
