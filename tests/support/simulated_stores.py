"""Hot objects and an archive as plain values: what an object holds is a word."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gas.domain.built_in_references import BUILT_IN
from gas.domain.catalogue import Catalogue
from gas.domain.decision import DeleteArchived, DeleteInput, DeleteOwnFile, DeleteResultObjects, Effect, Rules
from gas.domain.errors import ArchivedObjectError, NotFoundError, TransientError, VerificationError
from gas.domain.job import Job, JobStatus
from gas.domain.keys import archive_key
from gas.domain.objects import ArchivedObject, Retrieved
from gas.domain.record import StoredOutput
from tests.support.jobs import INPUT, NOW, RULES

THAW = timedelta(minutes=3)
SIZE = 10
COPY_LIFE = timedelta(minutes=20)


@dataclass
class Archived:
    """One archived copy: what it holds and was made of, and the temporary copy of its retrieval."""

    content: str
    key: str = ""
    ready_at: datetime | None = None
    until: datetime | None = None


@dataclass
class LateDeletion:
    """A deletion that nobody waits for any more, and that has not happened yet: of hot bytes, or of copies."""

    keys: tuple[str, ...]
    archive_ids: tuple[str, ...]
    lands_by: datetime


@dataclass
class SimulatedStores:
    """What lies where, and the time it is there.

    With `slow` the next deletion of a copy of the result hangs: its caller gives up, and it lands later, by the time
    that the rules promise. `struck` tells that one took something away. With `own_ids` the archive calls copies as a vault
    does, so that nobody can tell an id from a key.
    """

    own_ids: bool = False
    copies_made: int = 0

    now: datetime = NOW
    rules: Rules = RULES
    catalogue: Catalogue = field(default_factory=lambda: Catalogue(BUILT_IN))
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
            self.late.append(LateDeletion(*self._struck(effect, job), begun + self.rules.delete_settles))
            raise TransientError("the store did not answer")
        self._delete(*self._struck(effect, job))

    def land(self, *deletions: LateDeletion) -> None:
        """Let these late deletions happen."""
        for deletion in deletions:
            self.late.remove(deletion)
            before = len(self.hot) + len(self.archive)
            self._delete(deletion.keys, deletion.archive_ids)
            self.struck |= len(self.hot) + len(self.archive) < before

    def land_overdue(self) -> None:
        """Let those happen that must have happened by now."""
        self.land(*(deletion for deletion in self.late if deletion.lands_by <= self.now))

    def _begun(self, effect: Effect, job: Job) -> datetime | None:
        """When the deletion of a copy of the result was begun; None for one of anything else."""
        if job.result is None or job.status is JobStatus.DELETED:
            return None
        archivable = {stored.key for stored in job.result.archivable.values()}
        if isinstance(effect, DeleteResultObjects) and effect.keys and archivable.issuperset(effect.keys):
            assert job.hot_deletion is not None, "a deletion that nobody knows of"
            return job.hot_deletion
        return self.now if isinstance(effect, DeleteArchived) else None

    def _struck(self, effect: Effect, job: Job) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The keys and the copies that a deletion takes away, as they are called when it is sent."""
        match effect:
            case DeleteArchived(key, archive_id):
                known = () if archive_id is None else (archive_id,)
                return (), tuple(dict.fromkeys((*known, *self.copies_of(key))))
            case DeleteResultObjects(keys):
                return keys, ()
            case DeleteInput():
                return (job.input.key,), ()
            case DeleteOwnFile():
                return () if job.own_place is None else (job.own_place.key,), ()
            case _:
                raise AssertionError(f"{effect} deletes nothing")

    def _delete(self, keys: tuple[str, ...], archive_ids: tuple[str, ...]) -> None:
        for key in keys:
            self.hot.pop(key, None)
        for archive_id in archive_ids:
            self.archive.pop(archive_id, None)

    def copies_of(self, key: str) -> tuple[str, ...]:
        """What the archive calls the copies of a hot object."""
        return tuple(archive_id for archive_id, copy in self.archive.items() if copy.key == key)

    def store_in_archive(self, stored: StoredOutput) -> str:
        """Copy the hot bytes, unless the right copy is there."""
        for archive_id in self.copies_of(stored.key):
            if self.archive[archive_id].content == stored.sha256:
                return archive_id
        if stored.key not in self.hot:
            raise NotFoundError("the hot bytes are gone")
        if self.hot[stored.key] != stored.sha256:
            raise VerificationError("the hot bytes are other ones")
        self.copies_made += 1
        archive_id = f"vault-{self.copies_made}" if self.own_ids else archive_key(stored.key)
        self.archive[archive_id] = Archived(self.hot[stored.key], stored.key)
        return archive_id

    def bring_back(self, stored: StoredOutput) -> None:
        """Copy retrieved bytes back to their place."""
        if self.hot.get(stored.key) == stored.sha256:
            return
        if stored.place not in self.archive:
            raise NotFoundError("there is nothing of that id")
        if self.retrieved(self.archive[stored.place]) is not Retrieved.READY:
            raise ArchivedObjectError("the temporary copy is gone")
        self.hot[stored.key] = self.archive[stored.place].content

    def retrieve(self, place: str) -> None:
        """Ask for archived bytes; one retrieval at a time."""
        if place in self.hot:
            return
        if place not in self.archive:
            raise NotFoundError("there is nothing of that id")
        copy = self.archive[place]
        if self.retrieved(copy) is Retrieved.NO:
            copy.ready_at, copy.until = self.now + THAW, self.now + THAW + COPY_LIFE

    def copy_of(self, stored: StoredOutput, job: Job) -> ArchivedObject | None:
        """What the archive tells of a file, or of its own key where it has no copy and is to come back."""
        place = stored.place
        if stored.archive_id is None and job.status is not JobStatus.RESTORING:
            return None
        if place in self.hot:
            return ArchivedObject(SIZE, self.hot[place], Retrieved.READY)
        copy = self.archive.get(place)
        return None if copy is None else ArchivedObject(SIZE, copy.content, self.retrieved(copy))

    def retrieved(self, copy: Archived) -> Retrieved:
        """How far a retrieval has come."""
        if copy.ready_at is None or copy.until is None or self.now >= copy.until:
            return Retrieved.NO
        return Retrieved.RUNNING if self.now < copy.ready_at else Retrieved.READY
