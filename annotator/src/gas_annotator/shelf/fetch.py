"""Fetches one bundle: at any byte safe to be killed, at any step safe to be done twice, by one at a time for a whole node."""

import errno
import fcntl
import hashlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gas.domain.manifest import BundleFile, Manifest
from gas.ports.objects import Checkpoint
from gas.ports.references import Bundles
from gas_annotator.shelf.manifest import UnsoundBundleError, read_manifest
from gas_annotator.shelf.places import (
    STAMP,
    Places,
    bytes_there,
    is_verified,
    locked,
    look_of,
    manifest_in,
    stamp_of,
    sync,
    write_whole,
)
from gas_annotator.shelf.room import NoRoomError, Room

_CHUNK = 4 * 1024**2
_TURN_SECONDS = 0.5
"""How often whoever waits for another's fetch looks whether it is over."""
_TRIES = 2
"""What came damaged once may have been damaged on its way; twice is how it is stored."""

_FULL = {errno.ENOSPC, errno.EDQUOT}


def sha256_of(path: Path, checkpoint: Checkpoint) -> str:
    """The SHA-256 of a file, in hexadecimal; the checkpoint is asked before each piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            checkpoint()
            digest.update(piece)
    return digest.hexdigest()


@dataclass(frozen=True)
class Fetch:
    """Brings bundles onto a shelf. `hashed` is how a file's digest is found."""

    bundles: Bundles
    places: Places
    room: Room
    hashed: Callable[[Path, Checkpoint], str] = sha256_of
    rest: Callable[[float], None] = time.sleep

    def __call__(self, digest: str, checkpoint: Checkpoint) -> int:
        """Make sure that a bundle is on the shelf, and say how many bytes came for it.

        What a checkpoint raises ends it, and what came stays.

        Raises:
            NotFoundError: no such bundle is stored.
            UnsoundBundleError: what is stored is not that bundle.
            TooLargeError, NoRoomError: there is no room for it.
            GasError, OSError: as the store or the disk says.
        """
        while True:
            checkpoint()
            with locked(self.places.fetch_lock(digest), fcntl.LOCK_EX | fcntl.LOCK_NB) as ours:
                if ours:
                    return self._fetch(digest, checkpoint)
            self.rest(_TURN_SECONDS)

    def _fetch(self, digest: str, checkpoint: Checkpoint) -> int:
        if is_verified(self.places.folder(digest)):
            return 0
        self._take_back(digest)
        part = self.places.part(digest)
        manifest = manifest_in(part, digest) or read_manifest(self.bundles.manifest(digest), digest)
        self.room.reserve(manifest)
        before = bytes_there(part, manifest)
        try:
            for name, file in manifest.files.items():
                self._bring(manifest, name, file, checkpoint)
        except UnsoundBundleError:
            shutil.rmtree(part, ignore_errors=True)
            raise
        came = bytes_there(part, manifest) - before
        self._put_up(manifest)
        return max(0, came)

    def _take_back(self, digest: str) -> None:
        """Let a folder whose files are not those that were verified be looked at anew, as one on its way."""
        folder, part = self.places.folder(digest), self.places.part(digest)
        if not folder.is_dir():
            return
        with locked(self.places.use_lock(digest), fcntl.LOCK_EX | fcntl.LOCK_NB) as unused:
            if not unused:
                raise NoRoomError(
                    f"bundle {digest[:12]} has changed on the node while it is in use. It is tried again."
                )
            shutil.rmtree(part, ignore_errors=True)
            (folder / STAMP).unlink(missing_ok=True)
            folder.rename(part)

    def _bring(self, manifest: Manifest, name: str, file: BundleFile, checkpoint: Checkpoint) -> None:
        """Have one file, verified. The stamp tells a later try that it need not be read again."""
        part = self.places.part(manifest.digest)
        path = part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and look_of(path) == stamp_of(part).get(name):
            return
        if path.exists():
            # It may have been verified once, when it was closed to writing: what is missing of it could not come.
            path.chmod(0o644)
        for _ in range(_TRIES):
            self._download(manifest, name, path, checkpoint)
            if path.stat().st_size == file.size_bytes and self.hashed(path, checkpoint) == file.sha256:
                path.chmod(0o555 if file.executable else 0o444)
                sync(path)
                stamp = stamp_of(part) | {name: look_of(path)}
                write_whole(part / STAMP, json.dumps(stamp).encode())
                return
            path.unlink()
        raise UnsoundBundleError(
            f"file {name} of bundle {manifest.digest[:12]} is damaged where it is stored. Operations: `gas-reference check` "
            "says what is stored; publish the bundle again."
        )

    def _download(self, manifest: Manifest, name: str, path: Path, checkpoint: Checkpoint) -> None:
        if path.exists() and path.stat().st_size >= manifest.files[name].size_bytes:
            return  # All of it came before: its digest says whether it came well.
        while True:
            try:
                self.bundles.download(manifest.digest, name, path, checkpoint=checkpoint)
            except OSError as error:
                if error.errno not in _FULL:
                    raise
                if not self.room.make_way(manifest.digest):
                    raise NoRoomError(
                        f"the disk of the node is full, and bundle {manifest.digest[:12]} needs {manifest.size_bytes:,} bytes. "
                        "It is tried again. Operations: give annotator.references.size more."
                    ) from error
            else:
                return

    def _put_up(self, manifest: Manifest) -> None:
        part, folder = self.places.part(manifest.digest), self.places.folder(manifest.digest)
        for each in (part, *(path for path in part.rglob("*") if path.is_dir())):
            each.chmod(0o755)
            sync(each)
        self.places.use_lock(
            manifest.digest
        ).touch()  # It is the newest: nobody evicts it before its first use.
        part.rename(folder)
        sync(self.places.root)
