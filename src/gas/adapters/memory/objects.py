"""Hot objects and the archive in memory."""

import hashlib
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from gas.domain.errors import (
    ArchivedObjectError,
    ConflictError,
    NotFoundError,
    RetrievalRefusedError,
    VerificationError,
)
from gas.domain.keys import archive_key
from gas.domain.objects import ArchivedObject, HotObject, Retrieved
from gas.domain.spec import RetrievalTier
from gas.domain.withheld import without_file_name
from gas.ports.clock import Clock
from gas.ports.objects import Checkpoint, no_stop

Place = tuple[str, str]

_CHUNK = 64 * 1024

_DEEP = frozenset({"DEEP_ARCHIVE", "INTELLIGENT_TIERING/DEEP_ARCHIVE_ACCESS"})
_COLD = _DEEP | {"GLACIER", "INTELLIGENT_TIERING/ARCHIVE_ACCESS"}
"""What has to be retrieved from: classes, and tiers of one."""


@dataclass(frozen=True)
class StoredObject:
    """An object's bytes, and what a download of it is called."""

    content: bytes
    download_name: str = ""
    content_type: str = "application/octet-stream"
    storage_class: str = "STANDARD"
    """As S3 names it, with an archive tier after a slash."""

    @property
    def archived(self) -> bool:
        """True when it has to be retrieved before it can be read."""
        return self.storage_class in _COLD

    @property
    def sha256(self) -> str:
        """Of the bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def seen(self) -> HotObject:
        """What a look at the object tells."""
        etag = hashlib.md5(self.content, usedforsecurity=False).hexdigest()
        return HotObject(len(self.content), etag, self.sha256, self.archived)


class InMemoryObjectStore:
    """Implements `ObjectStore`. `objects` may be looked at and changed by tests."""

    def __init__(self) -> None:
        self.objects: dict[Place, StoredObject] = {}
        self.lock = threading.RLock()

    def put(
        self, bucket: str, key: str, content: bytes, download_name: str = "", storage_class: str = "STANDARD"
    ) -> HotObject:
        """Store bytes, as a browser's upload does; in another class, as a rule of the bucket does."""
        stored = StoredObject(content, download_name, storage_class=storage_class)
        with self.lock:
            self.objects[bucket, key] = stored
        return stored.seen

    def head(self, bucket: str, key: str) -> HotObject | None:
        """What is there, or None."""
        with self.lock:
            stored = self.objects.get((bucket, key))
        return None if stored is None else stored.seen

    def download(
        self, bucket: str, key: str, path: Path, etag: str, *, checkpoint: Checkpoint = no_stop
    ) -> None:
        """Write the object's bytes to a new file."""
        with self.lock:
            stored = self.objects.get((bucket, key))
        if stored is None:
            raise NotFoundError(f"The object s3://{bucket}/{without_file_name(key)} does not exist.")
        if stored.seen.etag != etag:
            raise ConflictError(
                f"The object s3://{bucket}/{without_file_name(key)} has changed in between: read it again."
            )
        _require_hot(stored, key)
        _ask(checkpoint, stored)
        path.write_bytes(stored.content)

    def read_start(self, bucket: str, key: str, size_bytes: int) -> bytes:
        """The first bytes of an object."""
        with self.lock:
            stored = self.objects.get((bucket, key))
        if stored is None:
            raise NotFoundError(f"The object s3://{bucket}/{without_file_name(key)} does not exist.")
        _require_hot(stored, key)
        return stored.content[:size_bytes]

    def upload(
        self,
        bucket: str,
        key: str,
        path: Path,
        download_name: str,
        content_type: str,
        *,
        checkpoint: Checkpoint = no_stop,
    ) -> HotObject:
        """Store a file in one request."""
        stored = StoredObject(path.read_bytes(), download_name, content_type)
        _ask(checkpoint, stored)
        with self.lock:
            self.objects[bucket, key] = stored
        return stored.seen

    def delete(self, bucket: str, keys: tuple[str, ...]) -> None:
        """Remove objects; one that is not there is no error."""
        with self.lock:
            for key in keys:
                self.objects.pop((bucket, key), None)

    def erase(self, bucket: str, keys: tuple[str, ...]) -> None:
        """The same: nothing is kept of what is removed."""
        self.delete(bucket, keys)


@dataclass
class _Archived:
    stored: StoredObject
    key: str
    """What it is a copy of."""
    ready_at: datetime | None = None
    readable_until: datetime | None = None


@dataclass
class InMemoryArchive:
    """Implements `Archive`, with ids as S3's. A retrieval takes `thaw` by the clock; its copy lives `copy_life`.

    With `expedited_refused` the archive has no capacity for Expedited, as S3 has not now and then. A hot object of a cold
    class is restored under its own key. Its bucket keeps versions: `earlier` is where they lie.
    """

    store_of_hot: InMemoryObjectStore
    clock: Clock
    thaw: timedelta = timedelta(minutes=2)
    copy_life: timedelta = timedelta(days=1)
    expedited_refused: bool = False
    earlier: list[Place] = field(default_factory=list)
    """A place for each copy that was replaced or deleted, and not erased."""
    _archived: dict[Place, _Archived] = field(default_factory=dict)
    _in_place: dict[Place, _Archived] = field(default_factory=dict)
    """Retrievals of hot objects that a rule moved."""

    def place(self, bucket: str, key: str, content: bytes, storage_class: str) -> None:
        """Leave an object in a class, as administrators and their rules do: an archived copy, or a hot object."""
        with self.store_of_hot.lock:
            there = self._archived.get((bucket, key))
            if there is not None:
                stored = StoredObject(content, storage_class=storage_class)
                self._archived[bucket, key] = _Archived(stored, there.key)
            else:
                self.store_of_hot.put(bucket, key, content, storage_class=storage_class)
                self._in_place.pop((bucket, key), None)

    def store(self, bucket: str, key: str, size_bytes: int, sha256: str) -> str:
        """Make sure that a verified copy of a hot object is in the archive, and answer its archive id."""
        with self.store_of_hot.lock:
            for archive_id in self.copies_of(bucket, key):
                there = self._archived.get((bucket, archive_id))
                if there is not None and _right(there.stored, size_bytes, sha256):
                    return archive_id
            hot = self.store_of_hot.objects.get((bucket, key))
            if hot is None:
                raise NotFoundError(
                    f"The object s3://{bucket}/{without_file_name(key)} does not exist, so it cannot be archived."
                )
            _require(hot, key, size_bytes, sha256)
            _require_hot(hot, key)
            archive_id = self._new_id(key)
            self.delete(bucket, archive_id)
            self._archived[bucket, archive_id] = _Archived(replace(hot, storage_class="GLACIER"), key)
            return archive_id

    def copies_of(self, bucket: str, key: str) -> tuple[str, ...]:  # noqa: ARG002 - every bucket keeps its own copies
        """The one id that a copy may have."""
        return (archive_key(key),)

    def _new_id(self, key: str) -> str:
        return archive_key(key)

    def look(self, bucket: str, archive_id: str) -> ArchivedObject | None:
        """What is in the archive under that id, or None."""
        with self.store_of_hot.lock:
            there = self._there(bucket, archive_id)
            if there is None:
                return None
            retrieved = self._retrieved(there)
            until = there.readable_until if retrieved is Retrieved.READY else None
            return ArchivedObject(len(there.stored.content), there.stored.sha256, retrieved, until)

    def retrieve(self, bucket: str, archive_id: str, tier: RetrievalTier) -> None:
        """Ask for the bytes; a retrieval that already runs or is done counts as accepted."""
        with self.store_of_hot.lock:
            there = self._found(bucket, archive_id)
            if self._retrieved(there) is not Retrieved.NO:
                return
            refused = self.expedited_refused or there.stored.storage_class in _DEEP
            if refused and tier is RetrievalTier.EXPEDITED:
                raise RetrievalRefusedError(
                    "The archive has no capacity for Expedited now; use a slower tier."
                )
            there.ready_at = self.clock.now() + self.thaw
            there.readable_until = there.ready_at + self.copy_life

    def bring_back(self, bucket: str, archive_id: str, key: str, size_bytes: int, sha256: str) -> None:
        """Make sure that a verified hot copy is at the original key; doing it again changes nothing."""
        with self.store_of_hot.lock:
            hot = self.store_of_hot.objects.get((bucket, key))
            if hot is not None and not hot.archived and _right(hot, size_bytes, sha256):
                return
            there = self._found(bucket, archive_id)
            _require(there.stored, archive_id, size_bytes, sha256)
            if self._retrieved(there) is not Retrieved.READY:
                raise ArchivedObjectError(
                    f"{archive_id} is in the archive and not retrieved: retrieve it first."
                )
            self.store_of_hot.objects[bucket, key] = replace(there.stored, storage_class="STANDARD")
            self._in_place.pop((bucket, key), None)

    def delete(self, bucket: str, archive_id: str) -> None:
        """Remove the archived copy; one that is not there is no error."""
        with self.store_of_hot.lock:
            if self._archived.pop((bucket, archive_id), None) is not None:
                self.earlier.append((bucket, archive_id))

    def erase(self, bucket: str, archive_id: str) -> None:
        """The same with all its versions."""
        with self.store_of_hot.lock:
            self._archived.pop((bucket, archive_id), None)
            self.earlier = [place for place in self.earlier if place != (bucket, archive_id)]

    def _there(self, bucket: str, archive_id: str) -> _Archived | None:
        there = self._archived.get((bucket, archive_id))
        hot = self.store_of_hot.objects.get((bucket, archive_id))
        if there is not None or hot is None:
            return there
        return self._in_place.setdefault((bucket, archive_id), _Archived(hot, archive_id))

    def _found(self, bucket: str, archive_id: str) -> _Archived:
        there = self._there(bucket, archive_id)
        if there is None:
            raise NotFoundError(f"Nothing is archived as s3://{bucket}/{without_file_name(archive_id)}.")
        return there

    def _retrieved(self, there: _Archived) -> Retrieved:
        if not there.stored.archived:
            return Retrieved.READY
        if there.ready_at is None or there.readable_until is None:
            return Retrieved.NO
        now = self.clock.now()
        if now < there.ready_at:
            return Retrieved.RUNNING
        return Retrieved.READY if now < there.readable_until else Retrieved.NO


@dataclass
class InMemoryVault(InMemoryArchive):
    """The same with ids of its own, as a vault has them: nobody can tell an id from a key."""

    _made: int = 0

    def copies_of(self, bucket: str, key: str) -> tuple[str, ...]:
        """What it has that was made of this key."""
        with self.store_of_hot.lock:
            return tuple(
                archive_id
                for (held_in, archive_id), copy in self._archived.items()
                if (held_in, copy.key) == (bucket, key)
            )

    def _new_id(self, key: str) -> str:  # noqa: ARG002 - the id tells nothing
        self._made += 1
        return f"vault-{self._made}"


def _ask(checkpoint: Checkpoint, moving: StoredObject) -> None:
    for _ in range(0, len(moving.content), _CHUNK):
        checkpoint()


def _require_hot(stored: StoredObject, key: str) -> None:
    if stored.archived:
        raise ArchivedObjectError(
            f"{without_file_name(key)} is in the archive and not retrieved: retrieve it first."
        )


def _right(stored: StoredObject, size_bytes: int, sha256: str) -> bool:
    return len(stored.content) == size_bytes and stored.sha256 == sha256


def _require(stored: StoredObject, key: str, size_bytes: int, sha256: str) -> None:
    if not _right(stored, size_bytes, sha256):
        raise VerificationError(
            f"{without_file_name(key)} is not the {size_bytes} bytes with SHA-256 {sha256} that were recorded."
        )
