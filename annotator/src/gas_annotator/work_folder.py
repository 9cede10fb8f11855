"""The folder that one annotator works in: nobody else's, and no stranger's file survives there when an annotator is killed.

Beside it is one that all annotators of an instance share, for what is nobody's secret.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gas.domain.errors import FatalError

_PREFIX = "gas-annotator-"


@contextmanager
def work_folder(root: Path | None) -> Iterator[Path]:
    """A new folder below the root, the system's temporary folder by default, and gone at the end.

    Its owner holds a lock on it as long as it lives. So folders that killed annotators left are known by their free
    locks, and removed at the start.
    """
    root = Path(tempfile.gettempdir()) if root is None else root
    root.mkdir(parents=True, exist_ok=True)
    _remove_orphans(root)
    folder, lock = _new_folder(root)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def references_folder(root: Path | None, instance: str) -> Path:
    """Where an instance's bundles lie on a machine, unless the settings say otherwise.

    Raises:
        FatalError: it is another user's, who could put anything there.
    """
    root = Path(tempfile.gettempdir()) if root is None else root
    folder = root / f"gas-references-{instance}"
    folder.mkdir(parents=True, exist_ok=True)
    if folder.lstat().st_uid != os.geteuid() or folder.is_symlink():
        raise FatalError(
            f"{folder} belongs to another user. Name a folder of your own in GAS_ANNOTATOR__REFERENCES_DIR, or remove that one."
        )
    return folder


def _new_folder(root: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
        lock = _locked(folder)
        if lock is None:
            # Another annotator that starts just now took it for an orphan.
            continue
        if folder.exists():
            return folder, lock
        os.close(lock)


def _remove_orphans(root: Path) -> None:
    for folder in root.glob(f"{_PREFIX}*"):
        lock = _locked(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _locked(folder: Path) -> int | None:
    """The descriptor that holds the folder's lock, or None: somebody else holds it, or the folder is not ours."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
        else:
            return descriptor
    return None
