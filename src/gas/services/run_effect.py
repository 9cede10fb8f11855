"""Running what a decision asks for: one effect on the bytes and queues of a job."""

from dataclasses import dataclass
from typing import assert_never

from gas.domain.decision import (
    BringBack,
    CloudEffect,
    DeleteArchived,
    DeleteInput,
    DeleteOwnFile,
    DeleteResultObjects,
    PublishRequest,
    RequestRetrieval,
    StoreInArchive,
)
from gas.domain.errors import GasError
from gas.domain.job import Job
from gas.domain.messages import JobHint
from gas.domain.outputs import Output
from gas.domain.spec import InputRef, RetrievalTier
from gas.ports.messaging import Publisher
from gas.ports.objects import Archive, ObjectStore
from gas.ports.onlooker import PassOnlooker


@dataclass(frozen=True)
class RunEffect:
    """The use case with its ports. The onlooker is told what the archive says to retrievals."""

    objects: ObjectStore
    archive: Archive
    publisher: Publisher
    results_bucket: str
    onlooker: PassOnlooker

    def __call__(self, effect: CloudEffect, job: Job) -> str | None:
        """Run the effect; again changes nothing. Returns what the archive calls the copy of a file that was to be stored.

        Raises:
            GasError: it did not happen, or not wholly.
        """
        match effect:
            case PublishRequest(line):
                self.publisher.publish(line.channel, JobHint(job.job_id, job.version))
            case StoreInArchive(output):
                file = _file(job, output)
                return self.archive.store(file.bucket, file.key, file.size_bytes, file.sha256)
            case BringBack(output):
                file = _file(job, output)
                self.archive.bring_back(file.bucket, file.place, file.key, file.size_bytes, file.sha256)
            case RequestRetrieval(output, tier):
                file = _file(job, output)
                self._retrieve(file.bucket, file.place, tier)
            case DeleteResultObjects():
                delete = self.objects.erase if effect.for_good else self.objects.delete
                delete(self.results_bucket, effect.keys)
            case DeleteInput():
                self._delete_upload(job.input, for_good=effect.for_good)
            case DeleteOwnFile():
                if job.own_place is not None:
                    self._delete_upload(job.own_place, for_good=effect.for_good)
            case DeleteArchived():
                self._delete_copies(effect)
            case _:
                assert_never(effect)
        return None

    def _delete_upload(self, place: InputRef, *, for_good: bool) -> None:
        delete = self.objects.erase if for_good else self.objects.delete
        delete(place.bucket, (place.key,))

    def _delete_copies(self, effect: DeleteArchived) -> None:
        """Delete the copy that is recorded, and those that the archive has of the same file."""
        remove = self.archive.erase if effect.for_good else self.archive.delete
        recorded = () if effect.archive_id is None else (effect.archive_id,)
        found = self.archive.copies_of(self.results_bucket, effect.key)
        for archive_id in dict.fromkeys((*recorded, *found)):
            remove(self.results_bucket, archive_id)

    def _retrieve(self, bucket: str, archive_id: str, tier: RetrievalTier) -> None:
        try:
            self.archive.retrieve(bucket, archive_id, tier)
        except GasError as error:
            self.onlooker.retrieval_asked(tier, error)
            raise
        self.onlooker.retrieval_asked(tier, None)


@dataclass(frozen=True)
class _File:
    """A file that goes to the archive."""

    bucket: str
    key: str
    place: str
    size_bytes: int
    sha256: str


def _file(job: Job, output: Output) -> _File:
    assert job.result is not None
    stored = job.result.archivable[output]
    assert stored.size_bytes is not None
    assert stored.sha256 is not None
    return _File(job.result.bucket, stored.key, stored.place, stored.size_bytes, stored.sha256)
