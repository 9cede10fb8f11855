"""A fetch: whole or not at all, killed at every piece, by one at a time, and not believed before it is verified."""

import errno
import hashlib
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gas.domain.errors import NotFoundError
from gas.ports.objects import Checkpoint, no_stop
from gas_annotator.shelf.fetch import Fetch, sha256_of
from gas_annotator.shelf.manifest import UnsoundBundleError, read_manifest
from gas_annotator.shelf.places import STAMP, Places, is_verified
from gas_annotator.shelf.room import NoRoomError, Room
from tests.support.bundles import FakeBundles, StoredBundle, bundle, stored
from tests.support.crashes import CrashError

ROOMY = 10_000


class Bench:
    """A shelf with a store beside it."""

    def __init__(self, root: Path, limit: int = ROOMY, free: Callable[[Path], int] = lambda _: ROOMY) -> None:
        self.store = FakeBundles()
        self.places = Places(root)
        self.evicted: list[str] = []
        self.hashed: list[str] = []
        self.room = Room(self.places, limit, free, self.evicted.append)
        self.fetch = Fetch(self.store, self.places, self.room, self._hash, lambda _: None)

    def _hash(self, path: Path, checkpoint: Checkpoint) -> str:
        self.hashed.append(path.name)
        return sha256_of(path, checkpoint)

    def bring(self, *bundles: StoredBundle) -> None:
        """Store and fetch bundles, the first of them first."""
        for number, each in enumerate(bundles):
            self.store.put(each)
            self.fetch(each.digest, no_stop)
            os.utime(self.places.use_lock(each.digest), (number, number))

    def files(self, digest: str) -> dict[str, bytes]:
        """What lies there of a bundle, beside its stamp."""
        folder = self.places.folder(digest)
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.name[0] != "."
        }

    def holds(self, each: StoredBundle) -> bool:
        """Whether exactly that bundle is there, and nothing is left of how it came."""
        whole = self.files(each.digest) == {**each.files, "manifest.json": each.manifest}
        left = [path for path in self.places.root.rglob("*") if path.suffix in {".part", ".gone", ".new"}]
        return whole and not left and is_verified(self.places.folder(each.digest))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """An empty shelf, whose disk need not be waited for: nobody here pulls the plug."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    return Bench(tmp_path)


def test_a_bundle_comes(bench: Bench) -> None:
    """Every file is there as it is stored, for all to read and for nobody to write; the second time nothing is fetched."""
    toy = bundle("toy", {"model.bin": b"genes" * 9, "known/toy/sites.bin": b"x" * 30, "empty.bin": b""})
    bench.store.put(toy)

    came = bench.fetch(toy.digest, no_stop)
    again = bench.fetch(toy.digest, no_stop)

    assert bench.holds(toy)
    assert (came, again) == (75, 0)
    assert len(bench.store.downloads) == 3
    folder = bench.places.folder(toy.digest)
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o444}
    assert folder.stat().st_mode & 0o777 == 0o755


def test_a_program_can_be_run(bench: Bench) -> None:
    """What the manifest calls executable may be started on a node, too, and still not be written."""
    told = {"size": 1, "sha256": hashlib.sha256(b"x").hexdigest()}
    listed = {
        "command/run": {**told, "executable": True},
        "command/data": {**told, "executable": False},
        "model.bin": told,
    }
    toy = stored("toy", listed, dict.fromkeys(listed, b"x"))
    bench.store.put(toy)

    bench.fetch(toy.digest, no_stop)

    folder = bench.places.folder(toy.digest)
    assert {name: (folder / name).stat().st_mode & 0o777 for name in listed} == {
        "command/run": 0o555,
        "command/data": 0o444,
        "model.bin": 0o444,
    }
    assert bench.holds(toy)


@pytest.mark.parametrize("at", range(1, 11))
def test_killed_at_any_piece(bench: Bench, at: int) -> None:
    """Who comes after it goes on at that byte: nothing is there before all is, and nothing is fetched twice."""
    toy = bundle()
    bench.store.put(toy)

    def die() -> None:
        if bench.store.pieces == at:
            raise CrashError

    bench.store.on_piece = die
    with pytest.raises(CrashError):
        bench.fetch(toy.digest, no_stop)
    halfway = is_verified(bench.places.folder(toy.digest))
    bench.fetch(toy.digest, no_stop)

    assert not halfway
    assert bench.holds(toy)
    assert bench.store.pieces == 10 + 1
    assert sorted(bench.hashed) == ["model.bin", "sequence.bin"], "what was verified is not read again"


@pytest.mark.parametrize("step", ["write_whole", "sync", "look_of", "stamp_of"])
@pytest.mark.parametrize("at", range(1, 7))
def test_killed_at_any_step(bench: Bench, monkeypatch: pytest.MonkeyPatch, step: str, at: int) -> None:
    """Neither before nor after any write of the shelf's own does an end leave anything that the next fetch cannot use."""
    toy, calls = bundle(), 0
    bench.store.put(toy)
    for module in ("fetch", "room"):
        name = f"gas_annotator.shelf.{module}.{step}"
        true = getattr(__import__("gas_annotator.shelf.places", fromlist=[step]), step)

        def dying(*arguments: object, true: Callable[..., object] = true) -> object:
            nonlocal calls
            calls += 1
            if calls == at:
                raise CrashError
            return true(*arguments)

        monkeypatch.setattr(name, dying, raising=False)

    try:
        bench.fetch(toy.digest, no_stop)
    except CrashError:
        bench.fetch(toy.digest, no_stop)

    assert bench.holds(toy)


def test_killed_while_it_notes_what_came(bench: Bench) -> None:
    """What was left of the shelf's own files, closed to writing already, is in nobody's way."""
    toy = bundle()
    bench.store.put(toy)
    part = bench.places.part(toy.digest)
    part.mkdir()
    for name in (STAMP, "manifest.json"):
        (part / f"{name}.new").touch(mode=0o444)

    bench.fetch(toy.digest, no_stop)

    assert bench.holds(toy)


def test_a_stop_keeps_what_came(bench: Bench) -> None:
    """What a checkpoint raises ends a fetch, and the next one goes on from there."""
    toy = bundle()
    bench.store.put(toy)

    def stop() -> None:
        if bench.store.pieces == 5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        bench.fetch(toy.digest, stop)
    bench.fetch(toy.digest, no_stop)

    assert bench.holds(toy)
    assert bench.store.pieces == 10


def test_no_such_bundle(bench: Bench) -> None:
    """It is said, and nothing is left."""
    with pytest.raises(NotFoundError):
        bench.fetch("0" * 64, no_stop)

    assert bench.places.whole() == bench.places.parts() == []


def test_one_that_is_stored_damaged(bench: Bench) -> None:
    """It is fetched anew once; then a sentence names bundle and file, and nothing of it takes room."""
    good = bundle()
    bench.store.put(StoredBundle(good.digest, good.manifest, {**good.files, "model.bin": b"\0" * 15}))

    with pytest.raises(UnsoundBundleError, match=rf"file model.bin of bundle {good.digest[:12]} is damaged"):
        bench.fetch(good.digest, no_stop)

    assert bench.store.downloads == ["model.bin", "model.bin"]
    assert bench.places.parts() == bench.places.whole() == []


@pytest.mark.parametrize("left", [b"wrong", b"toytoytoytoytoytoytoy"], ids=["wrong-bytes", "too-many"])
def test_damaged_on_its_way(bench: Bench, left: bytes) -> None:
    """What an earlier try left and does not fit is fetched anew, and the bundle is well."""
    toy = bundle()
    bench.store.put(toy)
    bench.room.reserve(read_manifest(toy.manifest, toy.digest))
    (bench.places.part(toy.digest) / "model.bin").write_bytes(left)

    bench.fetch(toy.digest, no_stop)

    assert bench.holds(toy)


@pytest.mark.parametrize("change", ["bytes", "missing", "short", "stamp"])
def test_one_that_changed_on_the_node(bench: Bench, change: str) -> None:
    """Files that are not the very ones that were verified are read again, and fetched anew where they are damaged."""
    toy = bundle()
    bench.bring(toy)
    file, stamp = (bench.places.folder(toy.digest) / name for name in ("model.bin", ".verified.json"))
    if change == "short":
        os.truncate(file, 5)
    else:
        (file if change != "stamp" else stamp).unlink()
    if change == "bytes":
        file.write_bytes(b"\0" * 15)
    before = is_verified(bench.places.folder(toy.digest))

    bench.fetch(toy.digest, no_stop)

    assert not before
    assert bench.holds(toy)
    assert {path.stat().st_mode & 0o777 for path in file.parent.glob("*.bin")} == {0o444}


def test_two_processes_at_once(tmp_path: Path) -> None:
    """One fetches, the other waits for it: each byte comes once."""
    toy = bundle("toy", {"model.bin": b"m" * 4000})
    context = multiprocessing.get_context("fork")
    pieces = context.Queue()

    def work() -> None:
        bench = Bench(tmp_path)
        bench.store.put(toy)
        bench.fetch(toy.digest, no_stop)
        pieces.put(bench.store.pieces)

    processes = [context.Process(target=work) for _ in range(2)]
    for process in processes:
        process.start()
    counts = sorted(pieces.get(timeout=60) for _ in processes)
    for process in processes:
        process.join()

    assert counts == [0, 1000]
    assert Bench(tmp_path).holds(toy)


def test_a_full_disk(bench: Bench) -> None:
    """Where the disk is full before its time, what nobody uses goes, and the fetch goes on."""
    old, toy = bundle("old"), bundle()
    bench.bring(old)
    bench.store.put(toy)

    def fill() -> None:
        if bench.places.folder(old.digest).exists():
            raise OSError(errno.ENOSPC, "No space left on device")

    bench.store.on_piece = fill
    bench.fetch(toy.digest, no_stop)

    assert bench.holds(toy)
    assert bench.evicted == [old.digest]


def test_a_full_disk_with_nothing_to_evict(bench: Bench) -> None:
    """A sentence says what to do, and what came stays for the next try."""
    toy = bundle()
    bench.store.put(toy)

    def fill() -> None:
        if bench.store.pieces == 3:
            raise OSError(errno.ENOSPC, "No space left on device")

    bench.store.on_piece = fill
    with pytest.raises(NoRoomError, match=r"disk of the node is full.*annotator\.references\.size"):
        bench.fetch(toy.digest, no_stop)
    bench.fetch(toy.digest, no_stop)

    assert bench.holds(toy)


def test_a_large_one_by_its_holes(tmp_path: Path) -> None:
    """A bundle of 30 GB comes, is resumed and makes another of 30 GB go, simulated: its files are holes, and hashing is counted.

    So no disk is filled and nothing of that size is read; what is tried at scale is every size, offset and decision.
    """
    size, digest = 10 * 1024**3, "5" * 64
    large = [
        stored(name, {f"{n}.bin": {"size": size, "sha256": digest} for n in range(3)}, {})
        for name in ("a", "b")
    ]
    bench = Bench(tmp_path, limit=40 * 1024**3, free=lambda _: 50 * 1024**3)
    asked: list[int] = []

    class Holes(FakeBundles):
        """Grows files without writing into them, a GiB at a time."""

        def download(
            self, digest: str, file_name: str, path: Path, *, checkpoint: Checkpoint = no_stop
        ) -> None:
            path.touch()
            for end in range(path.stat().st_size, size, 1024**3):
                checkpoint()
                asked.append(end)
                os.truncate(path, end + 1024**3)

    def stop() -> None:
        if len(asked) == 17:
            asked.append(-1)
            raise InterruptedError

    store = Holes()
    store.put(*large)
    fetch = Fetch(store, bench.places, bench.room, lambda path, _: digest, lambda _: None)
    with pytest.raises(InterruptedError):
        fetch(large[0].digest, stop)
    fetch(large[0].digest, no_stop)
    first = bench.places.whole()
    fetch(large[1].digest, no_stop)

    assert first == [large[0].digest]
    assert bench.places.whole() == [large[1].digest]
    assert bench.evicted == [large[0].digest]
    assert len(asked) == 1 + 2 * 30
    assert bench.room.used_bytes == 30 * 1024**3
    taken = sum(path.stat().st_blocks * 512 for path in tmp_path.rglob("*"))
    assert taken < 1024**2
