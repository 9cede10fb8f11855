"""The references in memory, kept as the document and the bytes that a bucket would have."""

import hashlib
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from gas.adapters.wire_catalogue import catalogue_from_json, catalogue_to_json
from gas.domain.built_in_references import NOTHING_PUBLISHED
from gas.domain.catalogue import Catalogue
from gas.domain.errors import ConflictError, NotFoundError
from gas.domain.keys import MANIFEST_FILE, bundle_key
from gas.domain.manifest import Manifest
from gas.ports.clock import Clock
from gas.ports.objects import Checkpoint, no_stop
from gas.ports.references import Sending, unsaid

_CHUNK = 64 * 1024


class InMemoryReferences:
    """Implements `PublishedReferences`. `files` may be looked at and changed by tests: bytes by digest and name."""

    def __init__(self, clock: Clock) -> None:
        self.files: dict[tuple[str, str], bytes] = {}
        self._clock = clock
        self._times: dict[str, datetime] = {}
        self._document: bytes | None = None
        self._lock = threading.RLock()

    def catalogue(self, *, anew: bool = False) -> Catalogue:  # noqa: ARG002 - it always is
        """The catalogue as it is."""
        with self._lock:
            document = self._document
        return NOTHING_PUBLISHED if document is None else catalogue_from_json(document)

    def replace(self, before: Catalogue, after: Catalogue) -> None:
        """Write the published entries, on condition that those of `before` are still there."""
        with self._lock:
            if self.catalogue() != before:
                raise ConflictError("The references catalogue has changed in between: read it again.")
            self._document = catalogue_to_json(after)

    def manifest(self, digest: str) -> bytes:
        """The manifest of a bundle."""
        return self._file(digest, MANIFEST_FILE)

    def download(self, digest: str, file_name: str, path: Path, *, checkpoint: Checkpoint = no_stop) -> None:
        """Bring a file to a path, going on after what is there."""
        content = self._file(digest, file_name)
        there = path.stat().st_size if path.exists() else 0
        start = there if there <= len(content) else 0
        with path.open("ab" if start else "wb") as file:
            for position in range(start, len(content), _CHUNK):
                checkpoint()
                file.write(content[position : position + _CHUNK])

    def checksum(self, digest: str, file_name: str) -> tuple[int, str]:
        """Size and SHA-256 of a stored file."""
        content = self._file(digest, file_name)
        return len(content), hashlib.sha256(content).hexdigest()

    def upload(
        self,
        digest: str,
        files: Mapping[str, Path],
        manifest: bytes,
        *,
        again: bool = False,
        sending: Sending = unsaid,
    ) -> None:
        """Store files, those that are there already only `again`, then the manifest."""
        Manifest.from_json(manifest).require(
            digest, {name: path.stat().st_size for name, path in files.items()}
        )
        for name, path in files.items():
            content = path.read_bytes()
            if again or self.files.get((digest, name)) != content:
                sending(name, len(content))
                self._store(digest, name, content)
        self._store(digest, MANIFEST_FILE, manifest)

    def stored(self) -> Mapping[str, datetime]:
        """All digests, and when something of each was stored last."""
        with self._lock:
            return {digest: self._times[digest] for digest, _ in self.files}

    def remove(self, digest: str) -> None:
        """Remove a bundle."""
        with self._lock:
            for place in [place for place in self.files if place[0] == digest]:
                del self.files[place]

    def _store(self, digest: str, file_name: str, content: bytes) -> None:
        bundle_key("gas", digest, file_name)
        with self._lock:
            self.files[digest, file_name] = content
            self._times[digest] = self._clock.now()

    def _file(self, digest: str, file_name: str) -> bytes:
        with self._lock:
            content = self.files.get((digest, file_name))
        if content is None:
            raise NotFoundError(f"There is no file {file_name} of bundle {digest}.")
        return content
