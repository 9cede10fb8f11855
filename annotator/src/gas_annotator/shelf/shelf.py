"""The shelf as the annotator uses it: is a bundle there, and if not, when will it be."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from gas.domain.errors import GasError, NotFoundError, TransientError
from gas.domain.manifest import Manifest
from gas.ports.clock import Clock
from gas.ports.shelf import Coming, Gone, Lacking
from gas_annotator import metrics
from gas_annotator.metrics import FetchOutcome
from gas_annotator.shelf.fetch import Fetch
from gas_annotator.shelf.places import bytes_there, is_verified, locked, manifest_in
from gas_annotator.shelf.room import NoRoomError

log = structlog.get_logger()

FIRST_RATE = 100e6
"""Bytes a second that are supposed until enough have come to tell: S3 gives a pod about that."""
TELLING_BYTES, TELLING_SECONDS = 8e6, 10.0
"""So many bytes, or so much time, tell how fast a bundle comes. What the first second brings does not."""
HASH_RATE = 500e6
"""Bytes a second that are read and hashed after they came, by one core."""
SOONEST = timedelta(seconds=1)

NO_ROOM_PAUSE = timedelta(minutes=1)
"""Until it is looked whether what is in use is so no more."""
TROUBLE_PAUSE = timedelta(minutes=5)
"""Until what operators have to put right is tried again."""
FRUITLESS_TRIES = 5
"""So often in a row nothing comes of a transfer that its network or the store ended, until that is said."""
REST_SECONDS = 2.0
"""Between two of them."""
CLOSE_SECONDS = 5.0
"""How long the end of a fetch is waited for; its thread dies with the program."""


class _StoppedError(Exception):
    """This annotator is to stop."""


@dataclass
class _Order:
    """One bundle that was asked for."""

    started: datetime
    here_before: int
    size_bytes: int | None = None
    failure: Lacking | Gone | None = None
    thread: threading.Thread | None = None

    @property
    def under_way(self) -> bool:
        """Whether somebody works on it."""
        return self.thread is not None and self.thread.is_alive()


class NodeShelf:
    """Implements `Shelf`. Each bundle is fetched by a thread of its own; `close` ends them, and what came stays."""

    def __init__(self, fetch: Fetch, clock: Clock, rest_seconds: float = REST_SECONDS) -> None:
        self._rest_seconds = rest_seconds
        self._fetch = fetch
        self._places = fetch.places
        self._clock = clock
        self._orders: dict[str, _Order] = {}
        self._stopped = threading.Event()
        self._places.root.mkdir(parents=True, exist_ok=True)
        metrics.SHELF_LIMIT.set(fetch.room.limit_bytes)
        metrics.SHELF_BYTES.set(fetch.room.used_bytes)

    @contextmanager
    def holding(self, digest: str) -> Iterator[Path | None]:
        """The verified folder of a bundle, which stays there as long as the block lasts; None while it is not there."""
        use, folder = self._places.use_lock(digest), self._places.folder(digest)
        if not folder.is_dir():
            yield None
            return
        with locked(use, fcntl.LOCK_SH):
            os.utime(use)
            yield folder if is_verified(folder) else None

    def under_way(self, digest: str) -> bool:
        """Whether a bundle is being fetched."""
        order = self._orders.get(digest)
        return order is not None and order.under_way

    def bring(self, digest: str, size_bytes: int | None = None) -> Coming | Lacking | Gone:
        """Have a bundle of about that size fetched, unless it is under way, and say how that stands."""
        now, order = self._clock.now(), self._orders.get(digest)
        if order is not None and order.under_way:
            return self._coming(digest, order, now)
        if order is not None and isinstance(order.failure, Lacking) and now < order.failure.next_try:
            return order.failure
        if order is not None and isinstance(order.failure, Gone):
            del self._orders[digest]
            return order.failure
        order = self._orders[digest] = _Order(now, self._there(digest)[1], size_bytes)
        order.thread = threading.Thread(
            target=self._bring, args=(digest, order), name=f"fetch {digest[:12]}", daemon=True
        )
        coming = self._coming(digest, order, now)
        order.thread.start()
        return coming

    def close(self) -> None:
        """End what is under way at its next piece. A line that has gone silent ends by the store's own time limits."""
        self._stopped.set()
        for order in self._orders.values():
            if order.thread is not None:
                order.thread.join(CLOSE_SECONDS)

    def _bring(self, digest: str, order: _Order) -> None:
        started, outcome = self._clock.now(), FetchOutcome.FAILED
        try:
            came = self._fetch_on(digest)
        except _StoppedError:
            outcome = FetchOutcome.STOPPED
        except NotFoundError as error:
            # Only what the catalogue lists has a size.
            outcome = FetchOutcome.GONE if order.size_bytes is None else FetchOutcome.MISSING
            order.failure = Gone()
            log.warning("fetch failed", bundle=digest, outcome=outcome.value, error=str(error))
        except (GasError, OSError) as error:
            pause = NO_ROOM_PAUSE if isinstance(error, NoRoomError) else TROUBLE_PAUSE
            outcome = FetchOutcome.NO_ROOM if isinstance(error, NoRoomError) else FetchOutcome.FAILED
            order.failure = Lacking(_sentence(error, digest), self._clock.now() + pause)
            log.warning("fetch failed", bundle=digest, outcome=outcome.value, error=str(error))
        except Exception as error:  # A fetch that ended in silence would be begun anew for ever
            order.failure = Lacking(
                f"bundle {digest[:12]} cannot be fetched ({type(error).__name__}). It is tried again. Operations: the log of "
                "the annotators says more.",
                self._clock.now() + TROUBLE_PAUSE,
            )
            log.exception("fetch failed", bundle=digest, outcome=outcome.value)
        else:
            outcome = FetchOutcome.FETCHED if came else FetchOutcome.FOUND
            seconds = (self._clock.now() - started).total_seconds()
            metrics.FETCHED_BYTES.inc(came)
            metrics.FETCH_SECONDS.observe(seconds)
            log.info(
                "bundle is here",
                bundle=digest,
                outcome=outcome.value,
                bytes=came,
                duration_ms=round(seconds * 1000),
            )
        finally:
            metrics.FETCHES.labels(outcome.value).inc()
            metrics.SHELF_BYTES.set(self._fetch.room.used_bytes)

    def _fetch_on(self, digest: str) -> int:
        """Fetch, and go on when a transfer ends before its time, as long as some of it comes."""
        fruitless, before = 0, self._there(digest)[1]
        while True:
            try:
                return self._fetch(digest, self._checkpoint)
            except NoRoomError:
                raise
            except TransientError:
                here = self._there(digest)[1]
                fruitless = 0 if here > before else fruitless + 1
                if fruitless >= FRUITLESS_TRIES:
                    raise
                before = here
                self._stopped.wait(self._rest_seconds)

    def _checkpoint(self) -> None:
        if self._stopped.is_set():
            raise _StoppedError

    def _there(self, digest: str) -> tuple[Manifest | None, int]:
        """The manifest where it has come, and what is there of its files, be they fetched by this annotator or by another one."""
        part = self._places.part(digest)
        manifest = manifest_in(part, digest)
        return manifest, 0 if manifest is None else bytes_there(part, manifest)

    def _coming(self, digest: str, order: _Order, now: datetime) -> Coming:
        """When it is expected, by the pace so far; what is not known yet is supposed."""
        manifest, here = self._there(digest)
        size = order.size_bytes if manifest is None else manifest.size_bytes
        came = here - order.here_before
        if size is None:
            return Coming(now + SOONEST, begun=came > 0)
        rate = _rate(came, (now - order.started).total_seconds())
        left = max(0, size - here) / rate + size / HASH_RATE
        return Coming(now + max(SOONEST, timedelta(seconds=left)), begun=came > 0)


def _rate(came: int, seconds: float) -> float:
    """Bytes a second, by what came in that time."""
    tells = seconds >= TELLING_SECONDS or (came >= TELLING_BYTES and seconds >= 1)
    return came / seconds if came > 0 and tells else FIRST_RATE


def _sentence(error: Exception, digest: str) -> str:
    if isinstance(error, OSError):
        return (
            f"the disk of the node does not take bundle {digest[:12]} ({error.strerror}). It is tried again."
        )
    return str(error)
