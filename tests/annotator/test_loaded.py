"""Bundles in the nursery: loaded by demand and without a restart, a few at a time, verified, and let go."""

import math
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev import ROOT
from gas.domain.errors import UnloadableBundleError
from gas.domain.outputs import Output
from gas.ports.objects import no_stop
from gas.ports.runner import Annotated
from gas_annotator.engine import EngineError
from gas_annotator.loaded import Loaded
from gas_annotator.metrics import FETCHES, FetchOutcome
from gas_annotator.nursery import Nursery
from gas_annotator.runner import ChildRunner
from gas_annotator.shelf import Fetch, Places, Room
from tests.annotator.test_nursery import ALLOWED, Bench
from tests.annotator.workbench import LIMITS
from tests.support.bundles import FakeBundles, StoredBundle
from tests.support.toy_genome import ToyBundle, toy_bundle
from tests.support.vcf_files import vcf
from tests.support.waiting import until

ROOMY = 10**9

QUICK = f"""
import socket, sys
sys.path.insert(0, {str(ROOT)!r})
from gas_annotator import loaded, nursery
from gas_annotator.sandbox import become_nursery
nursery.Loaded = lambda: loaded.Loaded(idle_seconds=0.2)
become_nursery()
nursery.serve(socket.socket(fileno=int(sys.argv[1])), {{}})
"""
"""A nursery that lets go of its bundles soon."""


class Desk:
    """A shelf with bundles of toy genomes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places = Places(folder / "shelf")
        self.places.root.mkdir()
        self.room = Room(self.places, ROOMY)

    def fetched(self, name: str) -> ToyBundle:
        """A bundle that is on the shelf."""
        toy = toy_bundle(self.folder, name)
        store = FakeBundles()
        store.put(
            StoredBundle(toy.digest, toy.manifest, {n: path.read_bytes() for n, path in toy.files.items()})
        )
        Fetch(store, self.places, self.room)(toy.digest, no_stop)
        return toy


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty shelf."""
    return Desk(tmp_path)


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    """One that knows rCRS alone."""
    found = Nursery(["rCRS"])
    yield found
    found.close()


def annotate(desk: Desk, nursery: Nursery, toy: ToyBundle) -> object:
    """What comes of a file of that genome."""
    job = desk.folder / f"job-{sum(1 for _ in desk.folder.iterdir())}"
    (job / "output").mkdir(parents=True)
    (job / "input").write_bytes(toy.vcf)
    run = ChildRunner(nursery, LIMITS, ALLOWED).start(
        job / "input", "a.vcf", toy.name, job / "output", bundle=desk.places.folder(toy.digest)
    )
    return until(lambda: run.poll(1.0))


def test_one_that_came_later(desk: Desk, nursery: Nursery) -> None:
    """A nursery that runs annotates by bundles that came since it was started, and goes on with its own reference."""
    nursery.await_ready()
    pid = nursery.pid
    first = annotate(desk, nursery, desk.fetched("one"))
    second = annotate(desk, nursery, desk.fetched("two"))
    own = Bench(desk.folder)
    own.nursery.close()
    own.nursery = nursery
    third = own.outcome(own.start(content=vcf("MT 3460 . G A . . .")))

    for outcome in (first, second, third):
        assert isinstance(outcome, Annotated)
        assert (outcome.variants, outcome.annotated_variants) == (1, 1)
        assert Output.RESULT in outcome.files
    assert nursery.pid == pid


def test_whoever_is_loaded_stays(desk: Desk) -> None:
    """A nursery keeps its bundles on the node while it has them, and gives them up after a while without a job."""
    toy = desk.fetched("one")
    slow, quick = Nursery(["rCRS"]), Nursery([], (sys.executable, "-I", "-c", QUICK))
    annotate(desk, slow, toy)
    kept = desk.room.evict(toy.digest)
    slow.close()
    annotate(desk, quick, toy)

    until(lambda: desk.room.evict(toy.digest))
    quick.close()

    assert not kept


def test_a_damaged_one(desk: Desk, nursery: Nursery) -> None:
    """Its file is nobody's fault: the job is handed back, and the nursery lives."""
    toy = desk.fetched("one")
    model = desk.places.folder(toy.digest) / "model.bin"
    model.chmod(0o644)
    model.write_bytes(bytes(model.stat().st_size))
    counted = FETCHES.labels(FetchOutcome.UNLOADABLE.value)
    before = counted._value.get()

    with pytest.raises(
        UnloadableBundleError, match=r"cannot be loaded on this node: .*model\.bin is damaged"
    ):
        annotate(desk, nursery, toy)

    assert counted._value.get() == before + 1
    assert isinstance(annotate(desk, nursery, desk.fetched("two")), Annotated)


def test_a_few_at_a_time(desk: Desk) -> None:
    """The one that was used longest ago is closed, and may be evicted then."""
    toys = [desk.fetched(name) for name in ("one", "two", "three")]
    folders = [desk.places.folder(toy.digest) for toy in toys]
    loaded = Loaded(most=2)

    first = loaded.get(folders[0])
    loaded.get(folders[1])
    again = loaded.get(folders[0])
    loaded.get(folders[2])
    evicted = [desk.room.evict(toy.digest) for toy in toys]

    assert again is first
    assert len(loaded) == 2
    assert evicted == [False, True, False]
    loaded.close()
    assert len(loaded) == 0


def test_one_that_rests_beside_others(desk: Desk) -> None:
    """It is let go of when its own time has passed since its last job's end, however often others are needed."""
    seconds = 0.0
    loaded = Loaded(idle_seconds=60, clock=lambda: seconds)
    toys = [desk.fetched(name) for name in ("rests", "needed")]
    rests, needed = (desk.places.folder(toy.digest) for toy in toys)
    loaded.get(rests)
    loaded.get(needed)

    left, kept = [], []
    for seconds in (0.0, 40.0, 59.0, 61.0, 70.0, 130.0):
        if seconds == 59:
            loaded.get(needed)
        if seconds == 70:
            loaded.done(needed)
        left.append(loaded.let_go())
        kept.append(len(loaded))
        if seconds == 70:
            assert [desk.room.evict(toy.digest) for toy in toys] == [True, False]

    assert left == [60, 20, 1, 58, 60, math.inf]
    assert kept == [2, 2, 2, 1, 1, 0]


def test_one_that_rests_while_its_nursery_works(desk: Desk) -> None:
    """Its place is free although the nursery is never without a job."""
    rests, needed = desk.fetched("rests"), desk.fetched("needed")
    nursery = Nursery([], (sys.executable, "-I", "-c", QUICK))
    annotate(desk, nursery, rests)

    until(
        lambda: isinstance(annotate(desk, nursery, needed), Annotated) and desk.room.evict(rests.digest),
        pause=0,
    )
    nursery.close()


def test_one_that_was_replaced(desk: Desk) -> None:
    """A folder that went and came again is loaded anew: the old files are nobody's any more."""
    toy = desk.fetched("one")
    folder = desk.places.folder(toy.digest)
    loaded = Loaded()
    first = loaded.get(folder)
    folder.rename(desk.places.gone(toy.digest))
    desk.fetched("one")

    second = loaded.get(folder)

    assert second is not first
    loaded.close()


@pytest.mark.parametrize("size", [True, False], ids=["size", "digest"])
def test_damage_is_noticed(desk: Desk, *, size: bool) -> None:
    """Another size always is; other bytes of that size are, since such a file is not the one that was verified."""
    toy = desk.fetched("one")
    folder = desk.places.folder(toy.digest)
    model = folder / "model.bin"
    length = model.stat().st_size
    model.unlink()
    model.write_bytes(bytes(length + size))

    with pytest.raises(EngineError, match="is damaged"):
        Loaded().get(folder)


def test_one_that_is_not_there(desk: Desk) -> None:
    """It is said."""
    with pytest.raises(EngineError, match="cannot be used as a bundle"):
        Loaded().get(desk.places.root / ("0" * 64))
