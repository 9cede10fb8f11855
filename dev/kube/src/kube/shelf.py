"""Folders in the cache that are filled once: whole or not at all, by one copy while others wait."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path


def default_cache_dir() -> Path:
    """Where what was made once is kept: GAS_CACHE_DIR, or `gas` in the user's cache folder."""
    chosen = os.environ.get("GAS_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser().resolve()
    user_cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(user_cache) if user_cache else Path.home() / ".cache") / "gas"


def filled(folder: Path, doing: str, fill: Callable[[Path], None], say: Callable[[str], None]) -> Path:
    """The folder, after `fill` has filled it if it was not there yet.

    It is filled under another name, which only the holder of a lock uses, and takes its own name when it is whole. The
    system frees the lock when its holder dies; who waits for it says what the other is doing.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another copy is {doing}; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        if not folder.is_dir():
            _fill(folder, fill)
    return folder


def _fill(folder: Path, fill: Callable[[Path], None]) -> None:
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        fill(unfinished)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
