"""The layout of a shelf: which folder is a bundle, what is on its way, and who uses what.

    <digest>/            a bundle, whole and verified
    <digest>.part/       one on its way; its manifest stands for the room that it will take
    <digest>.gone/       one that is being removed
    <digest>.fetch       locked by whoever fetches it
    <digest>.use         locked, shared, by everybody who uses it; its time says when it was last used
    .room                locked while room is made

Locks are the kernel's and end with whoever holds them, so nobody who is killed leaves one. Their files stay: removing one
that somebody has just opened would let two hold it.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from gas.domain.keys import MANIFEST_FILE, digest_is_valid
from gas.domain.manifest import Manifest
from gas_annotator.shelf.manifest import UnsoundBundleError, read_manifest

STAMP = ".verified.json"
"""Beside the files of a bundle: the size, time and inode that each had when its bytes were compared with its digest."""

_PART, _GONE = ".part", ".gone"


@dataclass(frozen=True)
class Places:
    """The places of a shelf below its root."""

    root: Path

    def folder(self, digest: str) -> Path:
        """Where a whole bundle is."""
        return self.root / digest

    def part(self, digest: str) -> Path:
        """Where one comes to be."""
        return self.root / f"{digest}{_PART}"

    def gone(self, digest: str) -> Path:
        """Where one goes to be removed."""
        return self.root / f"{digest}{_GONE}"

    def fetch_lock(self, digest: str) -> Path:
        """What its one fetcher locks."""
        return self.root / f"{digest}.fetch"

    def use_lock(self, digest: str) -> Path:
        """What its users lock."""
        return self.root / f"{digest}.use"

    @property
    def room_lock(self) -> Path:
        """What whoever makes room locks."""
        return self.root / ".room"

    def whole(self) -> list[str]:
        """The digests of the bundles that are there. What else lies at the root is not ours, such as lost+found and .snapshot."""
        return [path.name for path in self.root.iterdir() if digest_is_valid(path.name) and path.is_dir()]

    def parts(self) -> list[str]:
        """The digests of those on their way, or left on it."""
        return [path.stem for path in self.root.glob(f"*{_PART}") if digest_is_valid(path.stem)]

    def remove_gone(self) -> None:
        """Finish removals that somebody began."""
        for path in self.root.glob(f"*{_GONE}"):
            if digest_is_valid(path.stem):
                shutil.rmtree(path, ignore_errors=True)

    def last_use(self, digest: str) -> float:
        """When a bundle was last used; 0 where nobody did."""
        try:
            return self.use_lock(digest).stat().st_mtime
        except OSError:
            return 0.0


def use_lock_of(folder: Path) -> Path:
    """What the users of a bundle's folder lock."""
    return Places(folder.parent).use_lock(folder.name)


def manifest_in(folder: Path, digest: str) -> Manifest | None:
    """The manifest of a folder; None while there is none of that bundle."""
    try:
        return read_manifest((folder / MANIFEST_FILE).read_bytes(), digest)
    except (OSError, UnsoundBundleError):
        return None


def bytes_there(folder: Path, manifest: Manifest) -> int:
    """How much of a bundle's files has come to a folder."""
    there = 0
    for name in manifest.files:
        with suppress(OSError):
            there += (folder / name).stat().st_size
    return there


def stamp_of(folder: Path) -> dict[str, list[int]]:
    """What is noted of the files whose bytes were verified."""
    try:
        told = json.loads((folder / STAMP).read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def look_of(path: Path) -> list[int]:
    """What a stamp keeps of a file.

    Raises:
        OSError: it is not there.
    """
    seen = path.stat()
    return [seen.st_size, seen.st_mtime_ns, seen.st_ino]


def is_verified(folder: Path) -> bool:
    """Whether a folder holds a whole bundle, its files being the very ones whose bytes were verified."""
    manifest = manifest_in(folder, folder.name)
    if manifest is None:
        return False
    stamp = stamp_of(folder)
    with suppress(OSError):
        return all(look_of(folder / name) == stamp.get(name) for name in manifest.files)
    return False


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file that is there whole or not at all, for nobody to write to, and survives a loss of power."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)  # Somebody was killed here: it may be closed to writing already.
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), 0o444)
        os.fsync(file.fileno())
    fresh.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path, kind: int) -> Iterator[bool]:
    """Hold a lock, `fcntl.LOCK_SH` or `LOCK_EX`, as long as the block lasts; with `LOCK_NB` the answer says whether it is held."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, kind)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
