"""Where the bytes live: hot objects, and the archive."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from gas.domain.objects import ArchivedObject, HotObject
from gas.domain.spec import RetrievalTier

Checkpoint = Callable[[], None]
"""Asked again and again while bytes move. It returns to let them move on; what it raises ends the transfer."""


def no_stop() -> None:
    """The checkpoint of a transfer that nobody stops."""


class ObjectStore(Protocol):
    """Hot objects. All methods raise `TransientError` or `FatalError` as the stores do.

    What a checkpoint raises is raised to the caller as it is. A line that has gone silent does not ask: there the
    store's own time limits end the wait.
    """

    def head(self, bucket: str, key: str) -> HotObject | None:
        """What is there, or None."""
        ...

    def download(
        self, bucket: str, key: str, path: Path, etag: str, *, checkpoint: Checkpoint = no_stop
    ) -> None:
        """Write the object's bytes to a new file, which appears only once it is complete.

        The checkpoint is asked before each 64 KiB; a download that it ends leaves no file.

        Raises:
            NotFoundError: there is no such object.
            ConflictError: the object's ETag is another one now.
        """
        ...

    def read_start(self, bucket: str, key: str, size_bytes: int) -> bytes:
        """The first bytes of an object: all of one that is shorter.

        Raises:
            NotFoundError: there is no such object.
        """
        ...

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
        """Store a file in one request, at most 5 GiB, with its SHA-256 checked by the store.

        The checkpoint is asked before each piece of the file is read. An upload that it ends stores nothing, or, if it
        had been sent already and only the answer was missing, the whole object.

        `download_name` is what people see when they download it (Content-Disposition, RFC 6266).

        Raises:
            UsageError: the file is larger.
        """
        ...

    def delete(self, bucket: str, keys: tuple[str, ...]) -> None:
        """Remove objects; one that is not there is no error. A versioned bucket keeps them as earlier versions."""
        ...

    def erase(self, bucket: str, keys: tuple[str, ...]) -> None:
        """Remove objects with all versions that the bucket keeps of them; one that is not there is no error.

        Raises:
            FatalError: the store refuses, for want of a right or because a lock holds. What is left is hidden.
        """
        ...


class Archive(Protocol):
    """The archive of results. Errors as in `ObjectStore`.

    What it calls a copy, its archive id, is the archive's own affair. It is a secret of nobody: whoever has the key of the
    hot object finds every copy that was made of it, also one whose id was lost with who had it made.
    """

    def store(self, bucket: str, key: str, size_bytes: int, sha256: str) -> str:
        """Make sure that a verified copy of a hot object is in the archive, and answer its archive id.

        Doing it again changes nothing and answers the same id, as long as that copy is there, even where the hot object
        is gone.

        Raises:
            NotFoundError: there is no such hot object.
            ArchivedObjectError: it is where it has to be retrieved from.
            VerificationError: the copy's size or SHA-256 is another one.
        """
        ...

    def copies_of(self, bucket: str, key: str) -> tuple[str, ...]:
        """Every archive id under which a copy of that hot object may lie: `look` says whether one does."""
        ...

    def look(self, bucket: str, archive_id: str) -> ArchivedObject | None:
        """What is in the archive under that id, or None.

        This and what follows take a hot object's own key as well: a rule of the bucket may archive it where it lies.
        """
        ...

    def retrieve(self, bucket: str, archive_id: str, tier: RetrievalTier) -> None:
        """Ask for the bytes; a retrieval that already runs or is done counts as accepted.

        Raises:
            RetrievalRefusedError: no capacity for this tier now.
            NotFoundError: nothing is archived under that id.
        """
        ...

    def bring_back(self, bucket: str, archive_id: str, key: str, size_bytes: int, sha256: str) -> None:
        """Make sure that a verified hot copy is at the original key; doing it again changes nothing.

        Raises:
            ArchivedObjectError: the retrieved copy has expired or never came: ask again.
            VerificationError: the copy's size or SHA-256 is another one.
        """
        ...

    def delete(self, bucket: str, archive_id: str) -> None:
        """Remove the archived copy; one that is not there is no error."""
        ...

    def erase(self, bucket: str, archive_id: str) -> None:
        """The same with all its versions, as in `ObjectStore`."""
        ...
