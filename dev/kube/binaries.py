"""Programs, compiled once into a cache under a lock; the control plane's may be given in KUBEBUILDER_ASSETS instead."""

import fcntl
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dev.kube.builds import KUBE, Build
from dev.kube.compiler import compile_build, find_go
from dev.kube.errors import BinariesError

ASSETS = "KUBEBUILDER_ASSETS"
"""The variable by which envtest, too, is told where the programs lie."""

NAMES = tuple(KUBE.links)


@dataclass(frozen=True)
class Binaries:
    """The programs of the control plane."""

    etcd: Path
    kube_apiserver: Path
    kubectl: Path

    @classmethod
    def in_folder(cls, folder: Path) -> "Binaries":
        """The programs that lie in a folder under their usual names."""
        return cls(*(folder / name for name in NAMES))


def default_cache_dir() -> Path:
    """Where compiled programs are kept: GAS_CACHE_DIR, or `gas` in the user's cache folder."""
    chosen = os.environ.get("GAS_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser().resolve()
    user_cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(user_cache) if user_cache else Path.home() / ".cache") / "gas"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def ensure_binaries(cache_dir: Path | None = None, *, say: Callable[[str], None] = _say) -> Binaries:
    """Return the programs, compiling them first when the cache does not hold them yet.

    Raises:
        BinariesError: KUBEBUILDER_ASSETS lacks a program, Go is missing or too old, or the build failed.
    """
    assets = os.environ.get(ASSETS)
    if assets:
        return _from_assets(Path(assets))
    return Binaries.in_folder(ensure_build(KUBE, cache_dir, say=say))


def ensure_build(build: Build, cache_dir: Path | None = None, *, say: Callable[[str], None] = _say) -> Path:
    """Return the folder that holds a build's programs, compiling them first when the cache does not hold them yet.

    Raises:
        BinariesError: Go is missing or too old, or the build failed.
    """
    folder = built_folder(build, cache_dir)
    if not folder.is_dir():
        # Asked before the lock, so that a machine without Go says so at once.
        go = find_go(build)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(folder.with_name(f"{folder.name}.lock"), build.title, say):
            if not folder.is_dir():
                _build(go, build, folder, say)
    return folder


def built_folder(build: Build, cache_dir: Path | None = None) -> Path:
    """Where a build's programs are once they are compiled."""
    return (cache_dir or default_cache_dir()) / build.name / build.digest()


def _from_assets(folder: Path) -> Binaries:
    missing = [name for name in NAMES if not os.access(folder / name, os.X_OK)]
    if missing:
        raise BinariesError(
            f"{ASSETS} is {folder}, which lacks {', '.join(missing)}: put the missing programs there, "
            f"or unset {ASSETS} to have them compiled."
        )
    return Binaries.in_folder(folder.resolve())


@contextmanager
def locked(path: Path, title: str, say: Callable[[str], None]) -> Iterator[None]:
    """Hold a lock that the system frees when its holder dies; of two that build at once, one waits."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another copy is compiling {title}; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(go: str, build: Build, folder: Path, say: Callable[[str], None]) -> None:
    """Fill the folder, whole or not at all: it is made under another name, which only the lock's holder uses."""
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        compile_build(go, build, unfinished, say)
        for name, program in build.links.items():
            (unfinished / name).symlink_to(program)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
