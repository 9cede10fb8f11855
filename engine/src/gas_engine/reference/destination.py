"""Where a bundle is built: a folder of its own, and beside it NAME.part for what is not finished. No other file is lost there."""

import errno
import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gas_engine.bundle import FORMATS
from gas_engine.errors import SourceError

MARK = ".gas-reference"
"""The file by which a folder NAME.part is known to hold a build that stopped, and nobody's own things."""

_LOCK = ".{}.lock"
"""What a build's lock is called, by the name of NAME.part, beside which it lies: that is renamed in the end. It stays there, empty
and hidden: were it taken away, who had opened it by then would hold another lock than who comes next, and file systems of networks
tell late, or never, that it went."""

_HELD = {errno.EAGAIN, errno.EACCES}
"""What a lock that another process has is refused with."""

_MANIFEST = "manifest.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_NO_NAME = "auto"


def check_name(name: str) -> None:
    """Refuse what no reference can be called.

    A name is asked for in URLs, resources and commands, and in some of them `auto` means that the file's header chooses.

    Raises:
        SourceError: it is no such name.
    """
    if not _NAME.fullmatch(name) or name == _NO_NAME:
        raise SourceError(
            f"a reference cannot be called {name!r}: a name has at most 63 letters, digits, and . _ - behind the first, and is"
            f" not {_NO_NAME!r}"
        )


@contextmanager
def being_built(
    destination: Path, name: str, inputs: Iterable[Path], say: Callable[[str], None]
) -> Iterator[Path]:
    """The folder for what is not finished of a bundle; it goes again if the build ends before a part is that another try can use.

    It is this build's alone: two that write there would make a mixture, whose digests are right.

    Raises:
        SourceError: the bundle would take the place of something else, another build is at work there, or an input is missing;
            nothing was touched.
    """
    partial = destination.with_name(destination.name + ".part")
    _check_destination(destination, name)
    _check_partial(partial, name)
    for path in inputs:
        _check_input(path, (destination, partial))
    if not destination.parent.exists():
        destination.parent.mkdir(parents=True, exist_ok=True)
    with _alone_in(partial, say):
        partial.mkdir(exist_ok=True)
        (partial / MARK).touch()
        try:
            yield partial
        except BaseException:
            # Sources are only read when sequence and genes are finished; with a manifest all is, whatever came between.
            if not any((partial / kept).exists() for kept in ("base.json", _MANIFEST)):
                shutil.rmtree(partial, ignore_errors=True)
            raise


@contextmanager
def _alone_in(partial: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of an unfinished folder, which goes with this process however that ends.

    Raises:
        SourceError: another process has it.
    """
    lock = os.open(partial.with_name(_LOCK.format(partial.name)), os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _take(lock, partial, say)
        yield
    finally:
        os.close(lock)


def _take(lock: int, partial: Path, say: Callable[[str], None]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            raise SourceError(
                f"another build is at work in {partial}, on this machine or on one that shares the folder; wait until it has"
                " ended, end it, or name another folder with -o"
            ) from error
        say(
            f"{partial.parent} keeps no locks ({error.strerror}): make sure that no other build is at work in {partial}"
        )


def put_in_place(partial: Path, destination: Path, name: str, files: Collection[str]) -> None:
    """Make a finished folder the bundle, with these files and its manifest alone.

    Raises:
        SourceError: something else came to its place in the meantime.
    """
    _check_destination(destination, name)
    if (
        destination.exists()
    ):  # First of all: where it cannot be removed, the notes still let the next try go on.
        shutil.rmtree(destination)
    for path in partial.iterdir():
        if path.is_file() and path.name not in {MARK, _MANIFEST, *files}:
            path.unlink()  # Notes of finished parts, and parts of tries with other options.
    (partial / MARK).unlink()
    partial.replace(destination)


def _check_destination(destination: Path, name: str) -> None:
    if Path.cwd().is_relative_to(destination):
        raise SourceError(
            f"{destination} is the folder that you are in, or one around it, and a bundle takes the whole of its folder; name"
            " another with -o"
        )
    if not destination.exists():
        return
    if not destination.is_dir():
        raise SourceError(f"{destination} is a file, and a bundle is a folder; name another with -o")
    if not any(destination.iterdir()):
        return
    manifest = _manifest(destination)
    if manifest is None or manifest.get("name") != name:
        raise SourceError(
            f"{destination} is not empty and is no bundle called {name}: what is in it would be lost; name another folder with -o"
        )
    known = {_MANIFEST, *manifest["files"]}
    for path in sorted(destination.rglob("*")):
        if not path.is_dir() and str(path.relative_to(destination)) not in known:
            raise SourceError(
                f"{path} is no part of the bundle that lies there, and would be lost with it; move it, or name another folder"
                " with -o"
            )


def _check_partial(partial: Path, name: str) -> None:
    """What lies there is a build that stopped; one that was stopped at its very end has its manifest in place of the mark."""
    if not partial.exists() or (partial / MARK).is_file():
        return
    manifest = _manifest(partial) if partial.is_dir() else None
    ours = manifest is not None and manifest.get("name") == name
    if not ours and (not partial.is_dir() or any(partial.iterdir())):
        raise SourceError(
            f"{partial} is in the way: what is not finished is kept there, and this was not left by a build; move it, or name"
            " another folder with -o"
        )


def _check_input(path: Path, folders: Iterable[Path]) -> None:
    if not path.exists():
        raise SourceError(f"{path} does not exist")
    real = path.resolve()
    places = (real, path.parent.resolve() / path.name)
    for folder in folders:
        if folder.is_relative_to(real) or any(place.is_relative_to(folder) for place in places):
            raise SourceError(
                f"{path} is to be read, and {folder} is where the bundle is made: what is read would be lost; name another folder"
                " with -o"
            )


def _manifest(folder: Path) -> dict[str, Any] | None:
    """What a bundle's manifest says; None where there is none."""
    try:
        found = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.get("format") not in FORMATS:
        return None
    return found if isinstance(found.get("files"), dict) else None
