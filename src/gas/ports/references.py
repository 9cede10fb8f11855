"""Where the references catalogue and its bundles lie."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

from gas.domain.catalogue import Catalogue
from gas.ports.objects import Checkpoint, no_stop

Sending = Callable[[str, int], None]
"""Told of a file that is about to be sent: its name and its size in bytes."""


def unsaid(name: str, size_bytes: int) -> None:
    """For whom nobody waits."""


class References(Protocol):
    """What every part reads: one catalogue. Errors as in `JobStore`."""

    def catalogue(self, *, anew: bool = False) -> Catalogue:
        """The catalogue, the built-in references included; at most a minute old, or read `anew`. Two while the store is slow.

        Before anybody is told that a reference is unknown it is read anew: it may have been published just now.
        An installation to which nothing was published has the built-in references alone.
        """
        ...


class Bundles(Protocol):
    """What annotators fetch: the files of a bundle. Errors as in `ObjectStore`."""

    def manifest(self, digest: str) -> bytes:
        """The manifest.json of a bundle, which names its files with size and SHA-256.

        Raises:
            NotFoundError: no bundle of that digest is there.
            UsageError: what is there is larger than any manifest.
        """
        ...

    def download(self, digest: str, file_name: str, path: Path, *, checkpoint: Checkpoint = no_stop) -> None:
        """Bring a file of a bundle to `path`, going on after the bytes that are there already from an earlier try.

        The checkpoint is asked before each piece; what it raises ends the download, and what came so far stays.

        Raises:
            NotFoundError: there is no such file.
        """
        ...


class PublishedReferences(References, Bundles, Protocol):
    """What a publisher does besides."""

    def upload(
        self,
        digest: str,
        files: Mapping[str, Path],
        manifest: bytes,
        *,
        again: bool = False,
        sending: Sending = unsaid,
    ) -> None:
        """Store a bundle: its files first, and the manifest last and always.

        Files that seem to be there already, by their size and the SHA-256 noted beside them, are sent only where all are to
        be sent `again`; `sending` is told the name and the bytes of each just before it is. Killed half way, it leaves files without a manifest, and the next upload goes on after them.

        Raises:
            UsageError: a file is missing in the manifest, or has another size or other bytes than it says.
        """
        ...

    def checksum(self, digest: str, file_name: str) -> tuple[int, str]:
        """The size of a stored file and its SHA-256, of its bytes as they are read whole now.

        Raises:
            NotFoundError: there is no such file.
        """
        ...

    def stored(self) -> Mapping[str, datetime]:
        """The digests of all bundles of which anything is stored, whole or not, and when something of it was stored last."""
        ...

    def remove(self, digest: str) -> None:
        """Remove a bundle's manifest first, then its files; one that is not there is no error."""
        ...

    def replace(self, before: Catalogue, after: Catalogue) -> None:
        """Write the catalogue's published entries in place of those that were read.

        Raises:
            ConflictError: somebody else has changed it since it was read: read it again, and decide anew.
        """
        ...
