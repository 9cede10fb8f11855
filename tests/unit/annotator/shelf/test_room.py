"""Room on a shelf: kept before the first byte, made by the least recently used, never at the cost of who uses it."""

import errno
import fcntl
from pathlib import Path

import pytest

from gas.ports.objects import no_stop
from gas_annotator.shelf.manifest import read_manifest
from gas_annotator.shelf.places import locked
from gas_annotator.shelf.room import NoRoomError, TooLargeError
from tests.support.bundles import StoredBundle, bundle
from tests.unit.annotator.shelf.test_fetch import Bench

A, B, C = (bundle(name) for name in "abc")
TWO = A.size_bytes + B.size_bytes + 10


def reserve(bench: Bench, each: StoredBundle) -> None:
    """Keep a place for it."""
    bench.room.reserve(read_manifest(each.manifest, each.digest))


def test_the_least_recently_used_goes(tmp_path: Path) -> None:
    """Use counts, not when it came."""
    bench = Bench(tmp_path, limit=TWO)
    bench.bring(A, B)
    bench.places.use_lock(A.digest).touch()

    bench.bring(C)

    assert sorted(bench.places.whole()) == sorted([A.digest, C.digest])
    assert bench.evicted == [B.digest]


def test_what_is_used_stays(tmp_path: Path) -> None:
    """The older one goes on being used, so the newer goes."""
    bench = Bench(tmp_path, limit=TWO)
    bench.bring(A, B)

    with locked(bench.places.use_lock(A.digest), fcntl.LOCK_SH):
        bench.bring(C)

    assert bench.evicted == [B.digest]


def test_all_is_used(tmp_path: Path) -> None:
    """Then there is no room now, and a sentence says so; nothing was removed."""
    bench = Bench(tmp_path, limit=A.size_bytes + 10)
    bench.bring(A)

    with (
        locked(bench.places.use_lock(A.digest), fcntl.LOCK_SH),
        pytest.raises(NoRoomError, match=r"no room for bundle .* in use\..*annotator\.references\.size"),
    ):
        reserve(bench, B)

    assert bench.places.whole() == [A.digest]


def test_one_larger_than_all(tmp_path: Path) -> None:
    """Nothing is evicted for what has no place anyway."""
    bench = Bench(tmp_path, limit=A.size_bytes + 10)
    bench.bring(A)
    large = bundle("large", {"model.bin": b"x" * 1000})

    with pytest.raises(
        TooLargeError, match=r"has 1,\d+ bytes, and at most \d+ may lie on a node\..*references\.size"
    ):
        reserve(bench, large)

    assert bench.places.whole() == [A.digest]


def test_a_place_is_kept_in_full(tmp_path: Path) -> None:
    """Two that come at a time do not both take the room of one: the second finds the first one's place taken."""
    bench = Bench(tmp_path, limit=A.size_bytes + 10)
    reserve(bench, A)

    with locked(bench.places.fetch_lock(A.digest), fcntl.LOCK_EX), pytest.raises(NoRoomError):
        reserve(bench, B)

    assert bench.room.used_bytes == A.size_bytes


@pytest.mark.parametrize("name", ["lost+found", ".snapshot", "lost.part", "lost.gone"])
def test_what_a_file_system_keeps_there_is_no_bundle(tmp_path: Path, name: str) -> None:
    """A claim has folders of its own: they are nobody's to count or to remove."""
    bench = Bench(tmp_path, limit=TWO)
    (tmp_path / name).mkdir()

    bench.bring(A, B, C)

    assert sorted(bench.places.whole()) == sorted([B.digest, C.digest])
    assert bench.places.parts() == []
    assert bench.evicted == [A.digest]
    assert (tmp_path / name).is_dir()


def test_an_eviction_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one makes way in its place."""
    bench = Bench(tmp_path, limit=TWO)
    bench.bring(A, B)
    rename = Path.rename

    def stuck(path: Path, target: Path) -> Path:
        if path.name == A.digest:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", stuck)
    bench.bring(C)

    assert sorted(bench.places.whole()) == sorted([A.digest, C.digest])
    assert bench.evicted == [B.digest]


def test_what_nobody_goes_on_fetching_goes_first(tmp_path: Path) -> None:
    """Half a bundle that a killed annotator left makes way before whole ones."""
    bench = Bench(tmp_path, limit=TWO)
    bench.bring(A)
    reserve(bench, B)

    bench.bring(C)

    assert sorted(bench.places.whole()) == sorted([A.digest, C.digest])
    assert bench.places.parts() == []
    assert bench.evicted == []


def test_the_disk_counts_too(tmp_path: Path) -> None:
    """Where others fill the disk, bundles make way before the limit is reached."""
    bench = Bench(tmp_path, free=lambda root: 10_000 if not (root / A.digest).exists() else 5)
    bench.bring(A)

    bench.bring(B)

    assert bench.evicted == [A.digest]


def test_a_removal_that_was_cut_off(tmp_path: Path) -> None:
    """What was on its way out is removed with the next look for room."""
    bench = Bench(tmp_path)
    bench.bring(A)
    bench.places.folder(A.digest).rename(bench.places.gone(A.digest))

    bench.fetch(A.digest, no_stop)

    assert bench.holds(A)
