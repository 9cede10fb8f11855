"""Hot objects and an archive as plain values: what an object holds is a word."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gas.domain.decision import DeleteArchived, DeleteInput, DeleteResultObjects, Effect, Rules
from gas.domain.errors import ArchivedObjectError, NotFoundError, TransientError, VerificationError
from gas.domain.job import Job, JobStatus
from gas.domain.objects import Retrieved
from tests.support.jobs import INPUT, NOW, RULES

THAW = timedelta(minutes=3)
SIZE = 10
COPY_LIFE = timedelta(minutes=20)


@dataclass
class Archived:
    """One archived copy: what it holds, and the temporary copy of its retrieval."""

    content: str
    ready_at: datetime | None = None
    until: datetime | None = None


@dataclass
class LateDeletion:
    """A deletion that nobody waits for any more, and that has not happened yet."""

    effect: Effect
    job: Job
    lands_by: datetime


@dataclass
class SimulatedStores:
    """What lies where, and the time it is there.

    With `slow` the next deletion of a copy of the result hangs: its caller gives up, and it lands later, by the time
    that the rules promise. `struck` tells that one took something away.
    """

    now: datetime = NOW
    rules: Rules = RULES
    hot: dict[str, str] = field(default_factory=lambda: {INPUT.key: "input"})
    archive: dict[str, Archived] = field(default_factory=dict)
    slow: bool = False
    late: list[LateDeletion] = field(default_factory=list)
    struck: bool = False

    def delete(self, effect: Effect, job: Job) -> None:
        """Remove what an effect names, unless that hangs; what is gone is no error."""
        begun = self._begun(effect, job)
        if self.slow and begun is not None:
            self.slow = False
            self.late.append(LateDeletion(effect, job, begun + self.rules.delete_settles))
            raise TransientError("the store did not answer")
        self._delete(effect, job)

    def land(self, *deletions: LateDeletion) -> None:
        """Let these late deletions happen."""
        for deletion in deletions:
            self.late.remove(deletion)
            before = len(self.hot) + len(self.archive)
            self._delete(deletion.effect, deletion.job)
            self.struck |= len(self.hot) + len(self.archive) < before

    def land_overdue(self) -> None:
        """Let those happen that must have happened by now."""
        self.land(*(deletion for deletion in self.late if deletion.lands_by <= self.now))

    def _begun(self, effect: Effect, job: Job) -> datetime | None:
        """When the deletion of a copy of the result was begun; None for one of anything else."""
        if job.result is None or job.status is JobStatus.DELETED:
            return None
        if effect == DeleteResultObjects((job.result.key,)):
            assert job.hot_deletion is not None, "a deletion that nobody knows of"
            return job.hot_deletion
        return self.now if isinstance(effect, DeleteArchived) else None

    def _delete(self, effect: Effect, job: Job) -> None:
        match effect:
            case DeleteArchived(archive_id):
                self.archive.pop(archive_id, None)
            case DeleteResultObjects(keys):
                for key in keys:
                    self.hot.pop(key, None)
            case DeleteInput():
                self.hot.pop(job.input.key, None)

    def store_in_archive(self, archive_id: str, job: Job) -> None:
        """Copy the hot bytes, unless the right copy is there."""
        assert job.result is not None
        there = self.archive.get(archive_id)
        if there is not None and there.content == job.result.sha256:
            return
        if job.result.key not in self.hot:
            raise NotFoundError("the hot bytes are gone")
        if self.hot[job.result.key] != job.result.sha256:
            raise VerificationError("the hot bytes are other ones")
        self.archive[archive_id] = Archived(job.result.sha256)

    def bring_back(self, archive_id: str, key: str) -> None:
        """Copy retrieved bytes back to their place."""
        if self.retrieved(self.archive[archive_id]) is not Retrieved.READY:
            raise ArchivedObjectError("the temporary copy is gone")
        self.hot[key] = self.archive[archive_id].content

    def retrieve(self, archive_id: str) -> None:
        """Ask for archived bytes; one retrieval at a time."""
        if archive_id not in self.archive:
            raise NotFoundError("there is nothing of that id")
        copy = self.archive[archive_id]
        if self.retrieved(copy) is Retrieved.NO:
            copy.ready_at, copy.until = self.now + THAW, self.now + THAW + COPY_LIFE

    def retrieved(self, copy: Archived) -> Retrieved:
        """How far a retrieval has come."""
        if copy.ready_at is None or copy.until is None or self.now >= copy.until:
            return Retrieved.NO
        return Retrieved.RUNNING if self.now < copy.ready_at else Retrieved.READY
