"""The shelf as annotators use it: nobody waits for a fetch, and each way it can end is told."""

import errno
import fcntl
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.domain.errors import FatalError, TransientError
from gas.ports.shelf import Coming, Gone, Lacking
from gas_annotator.metrics import FETCHES
from gas_annotator.shelf import NodeShelf
from gas_annotator.shelf.places import locked
from gas_annotator.shelf.shelf import FRUITLESS_TRIES
from tests.support.bundles import StoredBundle, bundle, stored
from tests.support.jobs import NOW
from tests.support.waiting import until
from tests.unit.annotator.shelf.test_fetch import Bench

TOY = bundle()


class Desk:
    """A shelf and the store that it fetches from, at a door that the test opens."""

    def __init__(self, root: Path, limit: int = 10_000) -> None:
        self.clock = FakeClock(NOW)
        self.bench = Bench(root, limit, lambda _: max(limit, 10_000))
        self.store = self.bench.store
        self.shelf = NodeShelf(self.bench.fetch, self.clock, rest_seconds=0.0)
        self.door = threading.Event()

    def hold_the_door(self) -> None:
        """Let no piece through before the door is opened."""
        self.store.on_piece = self.door.wait  # type: ignore[assignment]

    def end(self, digest: str = TOY.digest) -> object:
        """What it says once nothing is under way; None when the bundle is there."""

        def over() -> bool:
            return not any(thread.name == f"fetch {digest[:12]}" for thread in threading.enumerate())

        until(over)
        with self.shelf.holding(digest) as folder:
            return None if folder is not None else self.shelf.bring(digest)


def counted(outcome: str) -> float:
    """How many fetches ended so."""
    value: float = FETCHES.labels(outcome)._value.get()
    return value


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An empty shelf."""
    found = Desk(tmp_path / "shelf")
    yield found
    found.door.set()
    found.shelf.close()


def test_nobody_waits(desk: Desk) -> None:
    """While a bundle comes that is said, with a time; it is fetched once however often it is asked for; then it is there."""
    desk.store.put(TOY)
    desk.hold_the_door()
    with desk.shelf.holding(TOY.digest) as before:
        first = desk.shelf.bring(TOY.digest)
    second = desk.shelf.bring(TOY.digest)
    desk.door.set()
    end = desk.end()
    with desk.shelf.holding(TOY.digest) as folder:
        assert folder is not None
        held = (folder / "model.bin").read_bytes()

    assert before is None
    assert isinstance(first, Coming)
    assert isinstance(second, Coming)
    assert first.expected > NOW
    assert end is None
    assert held == TOY.files["model.bin"]
    assert len(desk.store.downloads) == 2


def test_the_time_follows_the_pace(desk: Desk) -> None:
    """When nine tenths are to come after ten seconds for one, some ninety seconds are said."""
    large = bundle("large", {"model.bin": b"x" * 4000})
    desk.store.put(large)
    began = threading.Event()

    def piece() -> None:
        if desk.store.pieces > 100:
            began.set()
            desk.door.wait()

    desk.store.on_piece = piece
    desk.shelf.bring(large.digest)
    began.wait(60)
    desk.clock.advance(timedelta(seconds=10))
    coming = desk.shelf.bring(large.digest)

    assert isinstance(coming, Coming)
    assert timedelta(seconds=50) < coming.expected - desk.clock.now() < timedelta(seconds=130)


@pytest.mark.parametrize("pieces", [1, 3], ids=["nothing", "some-bytes"])
def test_the_time_before_much_has_come(tmp_path: Path, pieces: int) -> None:
    """The first bytes tell no pace, nor does the manifest, however much that is: 30 GB are minutes, and not days."""
    size = 30 * 10**9
    desk = Desk(tmp_path, size)
    large = stored("large", {"model.bin": {"size": size, "sha256": "5" * 64}}, {"model.bin": b"x" * 4000})
    desk.store.put(large)
    began = threading.Event()

    def piece() -> None:
        if desk.store.pieces == pieces:
            began.set()
            desk.door.wait()
            raise FatalError("enough")

    desk.store.on_piece = piece
    first = desk.shelf.bring(large.digest, size)
    began.wait(60)
    desk.clock.advance(timedelta(seconds=5))
    coming = desk.shelf.bring(large.digest, size)
    now = desk.clock.now()
    desk.door.set()
    desk.shelf.close()

    assert isinstance(first, Coming)
    assert isinstance(coming, Coming)
    assert (first.begun, coming.begun) == (False, pieces > 1)
    assert timedelta(minutes=5) < coming.expected - now < timedelta(minutes=7)


def test_no_such_bundle(desk: Desk) -> None:
    """It is said once that it is gone; whoever asks again has it looked for again."""
    desk.shelf.bring(TOY.digest)

    gone = desk.end()
    desk.store.put(TOY)
    again = desk.shelf.bring(TOY.digest)

    assert gone == Gone()
    assert isinstance(again, Coming)
    assert desk.end() is None


@pytest.mark.parametrize(("size_bytes", "outcome"), [(None, "gone"), (30, "missing")])
def test_one_that_is_not_stored_is_counted(desk: Desk, size_bytes: int | None, outcome: str) -> None:
    """One that the catalogue lists, with its size, is missed; one that it does not list is gone as it should."""
    before = counted(outcome)

    desk.shelf.bring(TOY.digest, size_bytes)

    assert desk.end() == Gone()
    assert counted(outcome) == before + 1


def test_one_that_is_stored_damaged(desk: Desk) -> None:
    """A sentence says what operators do; it is tried again minutes later, and not before."""
    desk.store.put(StoredBundle(TOY.digest, TOY.manifest, {**TOY.files, "model.bin": b"\0" * 15}))
    desk.shelf.bring(TOY.digest)
    lacking = desk.end()
    desk.store.put(TOY)
    at_once = desk.shelf.bring(TOY.digest)
    desk.clock.advance(timedelta(minutes=5))
    later = desk.shelf.bring(TOY.digest)

    assert isinstance(lacking, Lacking)
    assert "publish the bundle again" in lacking.why
    assert at_once == lacking
    assert isinstance(later, Coming)
    assert desk.end() is None


def test_no_room(tmp_path: Path) -> None:
    """It is tried again after a minute: what is in use will not be for ever."""
    desk = Desk(tmp_path, TOY.size_bytes + 10)
    other = bundle("other")
    desk.bench.bring(other)
    desk.store.put(TOY)

    with locked(desk.bench.places.use_lock(other.digest), fcntl.LOCK_SH):
        desk.shelf.bring(TOY.digest)
        lacking = desk.end()
    desk.clock.advance(timedelta(minutes=1))
    desk.shelf.bring(TOY.digest)

    assert isinstance(lacking, Lacking)
    assert lacking.next_try - NOW == timedelta(minutes=1)
    assert desk.end() is None
    desk.shelf.close()


def test_whoever_holds_one_keeps_it(tmp_path: Path) -> None:
    """As long as a bundle is held it is not evicted; then it may be."""
    desk = Desk(tmp_path)
    desk.bench.bring(TOY)

    with desk.shelf.holding(TOY.digest):
        during = desk.bench.room.evict(TOY.digest)
    after = desk.bench.room.evict(TOY.digest)

    assert (during, after) == (False, True)


@pytest.mark.parametrize("fruitful", [True, False], ids=["goes-on", "gives-up"])
def test_a_line_that_breaks(desk: Desk, *, fruitful: bool) -> None:
    """A transfer goes on after each break as long as some of it comes; after several in a row without, that is said."""
    desk.store.put(TOY)
    breaks: list[int] = []

    def snap() -> None:
        if not fruitful or len(breaks) < desk.store.pieces // 2:
            breaks.append(desk.store.pieces)
            raise TransientError("The line broke.")

    desk.store.on_piece = snap
    desk.shelf.bring(TOY.digest)
    end = desk.end()

    if fruitful:
        assert end is None
        assert len(breaks) > FRUITLESS_TRIES
    else:
        assert isinstance(end, Lacking)
        assert end.why == "The line broke."
        assert len(breaks) == FRUITLESS_TRIES


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FatalError("S3 does not let this service read the bundle."), "S3 does not let this service"),
        (
            TypeError("7 is no word"),
            r"bundle [0-9a-f]{12} cannot be fetched \(TypeError\)\. It is tried again\.",
        ),
        (
            OSError(errno.EIO, "Input/output error"),
            r"the disk of the node does not take bundle .* \(Input/output error\)",
        ),
    ],
    ids=["no-right", "a-fault-of-ours", "broken-disk"],
)
def test_what_operators_have_to_put_right(desk: Desk, error: Exception, said: str) -> None:
    """A missing right and a broken disk are told as they are; and whatever else ends a fetch does not end it in silence."""
    desk.store.put(TOY)

    def fail() -> None:
        raise error

    desk.store.on_piece = fail
    desk.shelf.bring(TOY.digest)
    lacking = desk.end()

    assert isinstance(lacking, Lacking)
    assert re.match(said, lacking.why)


def test_a_stop_ends_a_fetch_soon(tmp_path: Path) -> None:
    """What came stays for whoever comes next, who goes on from there."""
    first = Desk(tmp_path)
    first.store.put(TOY)
    began = threading.Event()

    def piece() -> None:
        if first.store.pieces == 5:
            began.set()
            first.door.wait()

    first.store.on_piece = piece
    first.shelf.bring(TOY.digest)
    began.wait(60)
    first.shelf._stopped.set()
    first.door.set()
    first.shelf.close()
    second = Desk(tmp_path)
    second.store.put(TOY)
    second.shelf.bring(TOY.digest)

    assert second.end() is None
    assert first.store.pieces + second.store.pieces == 10
    second.shelf.close()
