"""Bundles go when nobody needs them, and never while it is not known who does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.overviews import InMemoryOverviewBoard
from gas.adapters.memory.references import InMemoryReferences
from gas.domain.catalogue import Catalogue, Unreadable
from gas.domain.errors import FatalError, NotFoundError, TransientError
from gas.domain.overview import Overview
from gas.domain.releases import Pruning
from gas.services.check_references import check_references
from gas.services.prune_references import PruneReferences
from gas.services.publish_reference import PublishReference
from gas.services.retire_reference import RetireReference
from tests.support.crashes import CrashError, Crashes
from tests.support.references import ABundle, a_bundle

DAY = timedelta(days=1)


class World:
    """Two releases of a reference, the older one retired a day ago, and controllers that told just now what is needed."""

    def __init__(
        self, folder: Path, *pinned: str, references: type[InMemoryReferences] = InMemoryReferences
    ) -> None:
        self.clock = FakeClock()
        self.references = references(self.clock)
        self.overviews = InMemoryOverviewBoard()
        self.old, self.new = (a_bundle(folder / name, model=name.encode()) for name in ("old", "new"))
        for each in (self.old, self.new):
            self.publish(each)
        self.retire("yeast", self.old.digest)
        self.clock.advance(DAY)
        self.tell(pinned)

    def publish(self, bundle: ABundle) -> None:
        """Publish a bundle."""
        PublishReference(self.references, self.clock)(bundle.manifest, bundle.files, default=False)

    def retire(self, name: str, digest: str | None = None) -> int:
        """How many releases were retired."""
        return len(RetireReference(self.references, self.clock)(name, digest))

    def tell(self, pinned: tuple[str, ...] | None, *, unserved: bool = False) -> None:
        """What the controllers say."""
        self.overviews.write(
            Overview(self.clock.now(), timedelta(seconds=5), pinned=pinned, unserved=unserved)
        )

    def prune(self, crashes: Crashes | None = None, *, dry_run: bool = False) -> Pruning:
        """Remove what nobody needs."""
        references = self.references if crashes is None else crashes.proxy(self.references)
        return PruneReferences(references, self.overviews, self.clock)(dry_run=dry_run)

    def digests(self) -> tuple[set[str], set[str]]:
        """What is listed with a bundle, and what is stored."""
        entries = self.references.catalogue().entries
        listed = {each.digest for each in entries if not each.built_in and each.pruned is None}
        return listed, set(self.references.stored())


def test_a_retired_bundle_goes(tmp_path: Path) -> None:
    """With its files, and the newer one stays; a dry run only says so."""
    world = World(tmp_path)

    said = world.prune(dry_run=True)
    before = world.digests()
    done = world.prune()

    assert said == done
    assert [entry.digest for entry in done.entries] == [world.old.digest]
    assert before == ({world.old.digest, world.new.digest},) * 2
    assert world.digests() == ({world.new.digest},) * 2
    with pytest.raises(NotFoundError):
        world.references.manifest(world.old.digest)


def test_what_is_said_of_a_pruned_release_stays(tmp_path: Path) -> None:
    """When it was retired, and what it was made of: results of a wrong release must go on to say so. Its contigs go."""
    world = World(tmp_path)
    before = world.references.catalogue().pinned(world.old.digest)

    world.prune()

    catalogue = world.references.catalogue()
    assert before is not None
    assert before.contigs
    assert catalogue.pinned(world.old.digest) == replace(before, pruned=world.clock.now(), contigs=())
    assert catalogue.newer_than(world.old.digest) == catalogue.current("yeast")


def test_what_was_pruned_is_published_again(tmp_path: Path) -> None:
    """It is offered with its bundle, as the newest."""
    world = World(tmp_path)
    world.prune()

    world.publish(world.old)

    found = world.references.catalogue().current("yeast")
    assert found is not None
    assert (found.digest, found.retired, found.pruned) == (world.old.digest, None, None)
    assert found.contigs
    assert world.digests() == ({world.old.digest, world.new.digest},) * 2


def test_pruning_again_changes_nothing(tmp_path: Path) -> None:
    """What has gone is told once, and its entry keeps its time."""
    world = World(tmp_path)
    world.prune()
    after = world.references.catalogue()
    world.clock.advance(DAY)
    world.tell(())

    assert world.prune() == Pruning((), (), ())
    assert world.references.catalogue() == after


def test_what_an_unfinished_job_needs_stays(tmp_path: Path) -> None:
    """Until it has ended."""
    world = World(tmp_path)
    world.tell((world.old.digest,))

    kept = world.prune()
    world.tell(())

    assert (kept.entries, [each.entry.digest for each in kept.kept]) == ((), [world.old.digest])
    assert [entry.digest for entry in world.prune().entries] == [world.old.digest]


@pytest.mark.parametrize("trouble", ["never", "silent", "unserved", "earlier release"])
def test_nothing_goes_while_nobody_knows(tmp_path: Path, trouble: str) -> None:
    """Controllers that are silent, see no resources, or are of an earlier release: unknown is not none."""
    world = World(tmp_path)
    match trouble:
        case "never":
            world.overviews = InMemoryOverviewBoard()
        case "silent":
            world.clock.advance(timedelta(minutes=5))
        case "unserved":
            world.tell((), unserved=True)
        case _:
            world.tell(None)

    with pytest.raises(TransientError, match="Nothing was removed"):
        world.prune()
    assert world.digests() == ({world.old.digest, world.new.digest},) * 2


def test_leftovers_of_a_broken_upload_go_after_a_day(tmp_path: Path) -> None:
    """Not sooner: it may still run."""
    world = World(tmp_path)
    left = a_bundle(tmp_path / "left", model=b"left")
    world.references.upload(left.digest, left.files, left.manifest)
    fresh = world.prune().unlisted
    world.clock.advance(DAY + timedelta(seconds=1))
    world.tell(())

    assert fresh == ()
    assert world.prune().unlisted == (left.digest,)
    assert left.digest not in world.references.stored()


class Meanwhile(InMemoryReferences):
    """References with which somebody else does something, once, when pruning begins to remove."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.first: Callable[[], object] = lambda: None
        self.others: Callable[[], object] = lambda: None

    def replace(self, before: Catalogue, after: Catalogue) -> None:
        """Write; then, somebody else does something."""
        super().replace(before, after)
        self._once("first")

    def remove(self, digest: str) -> None:
        """Remove; then, somebody else does something."""
        super().remove(digest)
        self._once("others")

    def _once(self, what: str) -> None:
        work = getattr(self, what)
        setattr(self, what, lambda: None)
        work()


def test_what_is_published_while_others_are_removed_stays(tmp_path: Path) -> None:
    """Each is looked at again just before it goes: one that was retired is listed again, a broken upload goes on."""
    world = World(tmp_path, references=Meanwhile)
    left = a_bundle(tmp_path / "left", model=b"left")
    third = a_bundle(tmp_path / "third", model=b"third")
    world.references.upload(left.digest, left.files, left.manifest)
    world.publish(third)
    world.retire("yeast", third.digest)
    world.clock.advance(2 * DAY)
    world.tell(())
    assert isinstance(world.references, Meanwhile)

    def others() -> None:
        world.publish(third)
        world.references.upload(left.digest, left.files, left.manifest)

    world.references.others = others
    done = world.prune()

    assert ([entry.digest for entry in done.entries], done.unlisted) == ([world.old.digest], ())
    assert world.digests() == (
        {world.new.digest, third.digest},
        {world.new.digest, third.digest, left.digest},
    )
    assert world.references.manifest(third.digest) == third.manifest


def test_what_is_sent_and_not_listed_yet_stays(tmp_path: Path) -> None:
    """Somebody publishes a retired bundle again, and has stored it, when pruning wants to remove it."""
    world = World(tmp_path, references=Meanwhile)
    assert isinstance(world.references, Meanwhile)
    world.references.first = lambda: world.references.upload(
        world.old.digest, world.old.files, world.old.manifest
    )

    assert world.prune().entries == ()
    assert world.references.manifest(world.old.digest) == world.old.manifest


def test_what_a_newer_release_lists_meanwhile_stays(tmp_path: Path) -> None:
    """What cannot be read may name the very bundle that was to be removed."""
    world = World(tmp_path, references=Meanwhile)
    assert isinstance(world.references, Meanwhile)
    catalogue = world.references.catalogue
    newer = lambda *, anew=False: replace(catalogue(anew=anew), beyond="what is called x")  # noqa: E731
    world.references.first = lambda: setattr(world.references, "catalogue", newer)

    assert world.prune().entries == ()
    assert world.references.manifest(world.old.digest) == world.old.manifest


@pytest.mark.parametrize("dry_run", [False, True], ids=["", "only told"])
def test_beside_a_damaged_entry_nothing_is_removed(tmp_path: Path, *, dry_run: bool) -> None:
    """Any bundle may be its own; it is said what to do."""
    world = World(tmp_path)
    damaged = Unreadable(0, "an entry", None, "7")
    before = world.references.catalogue()
    world.references.replace(before, replace(before, unreadable=(damaged,)))

    with pytest.raises(FatalError, match=r"an entry\), and any bundle may be theirs. Publish"):
        world.prune(dry_run=dry_run)
    assert world.references.manifest(world.old.digest) == world.old.manifest


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_pruning_may_be_killed_at_any_call(tmp_path: Path, *, after: bool) -> None:
    """What is listed is stored at every moment, and later runs remove the rest."""
    for at in range(1, 8):
        world = World(tmp_path / str(at))
        try:
            world.prune(Crashes(at, after=after))
        except CrashError:
            listed, stored = world.digests()
            assert listed <= stored
        world.clock.advance(2 * DAY)
        world.tell(())
        world.prune()
        assert world.digests() == ({world.new.digest},) * 2


def test_retired_by_name_and_again(tmp_path: Path) -> None:
    """What was retired already is not retired again."""
    world = World(tmp_path)

    assert [world.retire("yeast"), world.retire("yeast")] == [1, 0]
    assert world.references.catalogue().current("yeast") is None


def test_a_check_looks_for_no_bundle_that_was_pruned(tmp_path: Path) -> None:
    """It is named, and nothing is wrong with it."""
    world = World(tmp_path)
    world.prune()

    assert [(each.entry.digest, each.problems) for each in check_references(world.references)] == [
        (world.old.digest, ()),
        (world.new.digest, ()),
    ]


def test_a_check_reads_everything(tmp_path: Path) -> None:
    """Each listed bundle, retired or not: what is missing, short or has other bytes is named."""
    world = World(tmp_path)
    sound = [checked.problems for checked in check_references(world.references)]
    files, old, new = world.references.files, world.old.digest, world.new.digest
    found = {}
    for what, place, content in (
        ("other bytes", (old, "model.bin"), b"OLD"),
        ("instead of 3", (old, "model.bin"), b"longer"),
        ("model.bin is missing", (new, "model.bin"), None),
        ("no manifest", (new, "manifest.json"), b"{}"),
        ("is that of bundle", (old, "manifest.json"), files[new, "manifest.json"]),
        ("manifest is missing", (new, "manifest.json"), None),
    ):
        kept = dict(files)
        files.pop(place)
        if content is not None:
            files[place] = content
        found[what] = [p for checked in check_references(world.references) for p in checked.problems]
        files.clear()
        files.update(kept)

    assert sound == [(), ()]
    assert {what: [what in each for each in told] for what, told in found.items()} == {
        what: [True] for what in found
    }
