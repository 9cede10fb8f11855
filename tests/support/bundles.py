"""Bundles for tests of those who fetch them: small files with a true manifest, and a store that may be odd."""

import errno
import hashlib
import json
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gas.domain.errors import NotFoundError
from gas.domain.manifest import digest_of
from gas.ports.objects import Checkpoint, no_stop
from gas_engine.bundle import FORMAT

PIECE = 4
"""Bytes between two checkpoints: a small file has several."""


@dataclass(frozen=True)
class StoredBundle:
    """A bundle as it is stored."""

    digest: str
    manifest: bytes
    files: Mapping[str, bytes]

    @property
    def size_bytes(self) -> int:
        """What it takes."""
        return sum(map(len, self.files.values()))


def bundle(name: str = "toy", files: Mapping[str, bytes] | None = None) -> StoredBundle:
    """A bundle of these files, or of two small ones."""
    content = files or {"model.bin": name.encode() * 5, "sequence.bin": b"ACGT" * 6}
    listed = {
        file: {"size": len(held), "sha256": hashlib.sha256(held).hexdigest()}
        for file, held in content.items()
    }
    return stored(name, listed, content)


def stored(name: str, listed: Mapping[str, Mapping[str, object]], files: Mapping[str, bytes]) -> StoredBundle:
    """A bundle whose manifest says that of its files."""
    manifest: dict[str, object] = {"format": FORMAT, "name": name, "files": listed}
    digest = manifest["digest"] = digest_of(manifest)
    return StoredBundle(digest, json.dumps(manifest, indent=1).encode() + b"\n", files)


@dataclass
class FakeBundles:
    """Implements `Bundles` with what was put there; `on_piece` is called before each piece and may do anything."""

    bundles: dict[str, StoredBundle] = field(default_factory=dict)
    on_piece: Callable[[], None] = lambda: None
    pieces: int = 0
    downloads: list[str] = field(default_factory=list)

    def put(self, *bundles: StoredBundle) -> None:
        """Store bundles."""
        self.bundles.update({each.digest: each for each in bundles})

    def manifest(self, digest: str) -> bytes:
        """The manifest of a bundle."""
        if digest not in self.bundles:
            raise NotFoundError(f"There is no bundle {digest}.")
        return self.bundles[digest].manifest

    def download(self, digest: str, file_name: str, path: Path, *, checkpoint: Checkpoint = no_stop) -> None:
        """Write what is missing of a file, a few bytes at a time; a file that its owner may not write is refused to root, too."""
        if path.exists() and not path.stat().st_mode & stat.S_IWUSR:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        self.downloads.append(file_name)
        content = self.bundles[digest].files[file_name]
        with path.open("ab") as file:
            for start in range(file.tell(), len(content), PIECE):
                checkpoint()
                self.pieces += 1
                self.on_piece()
                file.write(content[start : start + PIECE])
                file.flush()
