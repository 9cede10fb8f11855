"""Room on a shelf: a bundle that is to come gets its place before its first byte, and the least recently used ones make way."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from gas.domain.errors import TransientError, UsageError
from gas.domain.keys import MANIFEST_FILE
from gas.domain.manifest import Manifest
from gas_annotator.shelf.manifest import text_of
from gas_annotator.shelf.places import Places, bytes_there, locked, manifest_in, write_whole

log = structlog.get_logger()


class TooLargeError(UsageError):
    """No eviction would make room for the bundle; the text says what to do."""


class NoRoomError(TransientError):
    """All that could make way is in use; the text says what to do."""


def free_bytes(root: Path) -> int:
    """What the file system has left."""
    return shutil.disk_usage(root).free


@dataclass(frozen=True)
class Room:
    """The room of a shelf, shared by all who have its folder: at most `limit_bytes` lie there.

    `told` hears of each eviction.
    """

    places: Places
    limit_bytes: int
    free: Callable[[Path], int] = free_bytes
    told: Callable[[str], None] = lambda _: None

    @property
    def used_bytes(self) -> int:
        """What the bundles take, those on their way as if they were here."""
        return sum(manifest.size_bytes for manifest in self._manifests())

    def reserve(self, manifest: Manifest) -> None:
        """Keep a place for a bundle: from now on its part counts in full. Again changes nothing.

        Raises:
            TooLargeError: it is larger than all that may lie here.
            NoRoomError: what lies here is in use.
        """
        if manifest.size_bytes > self.limit_bytes:
            raise TooLargeError(
                f"bundle {manifest.digest[:12]} has {manifest.size_bytes:,} bytes, and at most {self.limit_bytes:,} may lie on a "
                "node. Operations: give annotator.references.size more."
            )
        part = self.places.part(manifest.digest)
        with locked(self.places.room_lock, fcntl.LOCK_EX):
            self.places.remove_gone()
            if manifest_in(part, manifest.digest) is None:
                self._make_way(
                    manifest.size_bytes, manifest.digest, lambda: self.limit_bytes - self.used_bytes
                )
                part.mkdir(exist_ok=True)
                write_whole(part / MANIFEST_FILE, text_of(manifest))
            wanted = manifest.size_bytes - bytes_there(part, manifest)
            self._make_way(wanted, manifest.digest, lambda: self.free(self.places.root))

    def make_way(self, digest: str) -> bool:
        """Evict one bundle for another, because the disk is full before its time; False when none can go."""
        with locked(self.places.room_lock, fcntl.LOCK_EX):
            return next(self._evictions(digest), None) is not None

    def _make_way(self, wanted: int, digest: str, there_is: Callable[[], int]) -> None:
        evictions = self._evictions(digest)
        while (found := there_is()) < wanted:
            if next(evictions, None) is None:
                raise NoRoomError(
                    f"there is no room for bundle {digest[:12]} of {wanted:,} bytes: {max(0, found):,} are free, and all else on "
                    "the node is in use. It is tried again. Operations: give annotator.references.size more."
                )

    def _evictions(self, digest: str) -> Iterator[str]:
        """Remove what nobody uses, one after the other: first what nobody goes on fetching, then by its last use."""
        for left in self.places.parts():
            if left == digest:
                continue
            with locked(self.places.fetch_lock(left), fcntl.LOCK_EX | fcntl.LOCK_NB) as ours:
                if ours:
                    shutil.rmtree(self.places.part(left), ignore_errors=True)
            if ours:
                yield left
        for old in sorted(self.places.whole(), key=self.places.last_use):
            if old != digest and self.evict(old):
                yield old

    def evict(self, digest: str) -> bool:
        """Remove a bundle; False where somebody uses it, or the file system does not let go of it."""
        folder, gone = self.places.folder(digest), self.places.gone(digest)
        with locked(self.places.use_lock(digest), fcntl.LOCK_EX | fcntl.LOCK_NB) as unused:
            if not unused or not folder.is_dir():
                return False
            shutil.rmtree(gone, ignore_errors=True)
            try:
                folder.rename(gone)
            except OSError as error:
                log.warning("eviction failed", bundle=digest, error=str(error))
                return False
        shutil.rmtree(gone, ignore_errors=True)
        self.told(digest)
        return True

    def _manifests(self) -> Iterator[Manifest]:
        for digest in self.places.whole():
            if (found := manifest_in(self.places.folder(digest), digest)) is not None:
                yield found
        for digest in self.places.parts():
            if (found := manifest_in(self.places.part(digest), digest)) is not None:
                yield found
