"""Programs, compiled once into a cache under a lock; the control plane's may be given in KUBEBUILDER_ASSETS instead."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kube.builds import KUBE, Build
from kube.compiler import compile_build, find_go
from kube.errors import BinariesError
from kube.shelf import default_cache_dir, filled

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
    if folder.is_dir():
        return folder
    # Asked before the lock, so that a machine without Go says so at once.
    go = find_go(build)

    def fill(unfinished: Path) -> None:
        compile_build(go, build, unfinished, say)
        for name, program in build.links.items():
            (unfinished / name).symlink_to(program)

    return filled(folder, f"compiling {build.title}", fill, say)


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
