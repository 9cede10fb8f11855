"""The bundles that the nursery has loaded: a few, by demand, and none for long that nobody needs."""

import fcntl
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from gas_annotator.engine import EngineError, Reference, load_folder
from gas_annotator.shelf.places import is_verified, locked, use_lock_of

MOST_LOADED = 3
"""A bundle is mapped and not read, so that it costs addresses and few bytes; but it keeps its place on the node."""

IDLE_SECONDS = 60.0
"""After so long without a job of its own a bundle is let go, so that it may be evicted where its place is needed."""


@dataclass
class _Bundle:
    reference: Reference
    inode: int
    kept: ExitStack
    needed: float = 0.0
    """By the clock, when somebody last did."""

    def close(self) -> None:
        self.reference.bundle.close()
        self.kept.close()


class Loaded:
    """Bundles by folder, who was needed last at the end. Whoever is loaded is locked: its folder stays as long."""

    def __init__(
        self,
        most: int = MOST_LOADED,
        idle_seconds: float = IDLE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._idle_seconds, self._clock = most, idle_seconds, clock
        self._bundles: OrderedDict[Path, _Bundle] = OrderedDict()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._bundles)

    def get(self, folder: Path) -> Reference:
        """The reference in a folder, loaded now or before.

        Its files' sizes are compared with the manifest. Their bytes were when they were fetched, if the shelf's stamp is of
        these very files; else they are now.

        Raises:
            EngineError: it is no bundle, or damaged.
        """
        found = self._bundles.pop(folder, None)
        if found is not None and found.inode != _inode(folder):
            found.close()
            found = None
        if found is None:
            while len(self._bundles) >= self._most:
                self._bundles.popitem(last=False)[1].close()
            found = _loaded(folder)
        found.needed = self._clock()
        self._bundles[folder] = found
        return found.reference

    def done(self, folder: Path) -> None:
        """A job of this bundle has ended just now."""
        self._bundles[folder].needed = self._clock()

    def let_go(self) -> float:
        """Let go of each that nobody has needed for long. No child may run: its memory has them all, and the disk keeps what it has.

        Returns:
            After how many seconds it is worth to ask again; infinity when there is nothing to let go of.
        """
        now = self._clock()
        while self._bundles:
            folder, first = next(iter(self._bundles.items()))
            if (left := first.needed + self._idle_seconds - now) > 0:
                return left
            self._bundles.pop(folder).close()
        return math.inf

    def close(self) -> None:
        """Let go of all."""
        while self._bundles:
            self._bundles.popitem()[1].close()


def _loaded(folder: Path) -> _Bundle:
    with ExitStack() as kept:
        try:
            kept.enter_context(locked(use_lock_of(folder), fcntl.LOCK_SH))
            inode = folder.stat().st_ino
        except OSError as error:
            raise EngineError(f"{folder} cannot be used as a bundle: {error.strerror}") from error
        reference = load_folder(folder, verify=not is_verified(folder))
        return _Bundle(reference, inode, kept.pop_all())


def _inode(folder: Path) -> int | None:
    try:
        return folder.stat().st_ino
    except OSError:
        return None
