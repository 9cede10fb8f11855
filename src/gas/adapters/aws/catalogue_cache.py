"""The catalogue that was read last, and who reads the next one: threads share it, and one slow store does not stop them all."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gas.domain.catalogue import Catalogue
from gas.domain.errors import GasError, TransientError
from gas.ports.clock import Clock

CATALOGUE_AGE = timedelta(seconds=60)
"""How old a catalogue may be that is shown: a page asks for it again and again, and a release comes once in months."""

TROUBLED_AGE = timedelta(seconds=120)
"""How old it may grow while the store is slow or does not answer: well below the time after which a retired bundle is removed."""

PAUSE = timedelta(seconds=10)
"""After a try that failed nobody asks again for so long: each would wait as long as the one before."""


@dataclass(frozen=True)
class CatalogueRead:
    """A catalogue as it was read."""

    catalogue: Catalogue
    etag: str | None
    """None where nothing was ever published."""


@dataclass(frozen=True)
class _Last:
    read: CatalogueRead
    time: datetime
    number: int
    """Which of the readings brought it."""


class CatalogueCache:
    """Keeps the last catalogue. `read` is given the one before, where there is one, and is never called by two threads at once."""

    def __init__(self, read: Callable[[CatalogueRead | None], CatalogueRead], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._reading = threading.Lock()
        self._begun = 0
        self._last: _Last | None = None
        self._failed: tuple[datetime, GasError] | None = None

    def catalogue(self, *, anew: bool = False) -> Catalogue:
        """The last catalogue where it is young enough, or what is read now; `anew` is read after it was asked for.

        Raises:
            GasError: it could not be read, now or a moment ago, and there is none that is young enough.
        """
        begun, last = self._begun, None if anew else self._last
        if last is not None and self._within(CATALOGUE_AGE, last.time):
            return last.read.catalogue
        if last is None or not self._within(TROUBLED_AGE, last.time):
            self._reading.acquire()
        elif not self._reading.acquire(blocking=False):
            return last.read.catalogue
        try:
            return self._next(begun, anew=anew)
        finally:
            self._reading.release()

    def forget(self) -> None:
        """Read it again before it is told again: somebody has just written it."""
        with self._reading:
            self._last = self._failed = None

    def _next(self, begun: int, *, anew: bool) -> Catalogue:
        last = self._last
        # Another thread may have read it while this one waited for its turn.
        if last is not None and (last.number > begun if anew else self._within(CATALOGUE_AGE, last.time)):
            return last.read.catalogue
        try:
            return self._asked(last)
        except TransientError:
            if not anew and last is not None and self._within(TROUBLED_AGE, last.time):
                return last.read.catalogue
            raise

    def _asked(self, last: _Last | None) -> Catalogue:
        if self._failed is not None and self._within(PAUSE, self._failed[0]):
            raise self._failed[1].with_traceback(None)
        now = self._clock.now()
        self._begun += 1
        try:
            read = self._read(None if last is None else last.read)
        except GasError as error:
            self._failed = (self._clock.now(), error)
            raise
        self._last, self._failed = _Last(read, now, self._begun), None
        return read.catalogue

    def _within(self, age: timedelta, time: datetime) -> bool:
        return timedelta(0) <= self._clock.now() - time < age
