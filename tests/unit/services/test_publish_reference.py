"""A bundle is stored whole before it is listed, whatever is killed or done twice, and whoever else publishes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.references import InMemoryReferences
from gas.domain.built_in_references import BUILT_IN
from gas.domain.catalogue import Catalogue, with_built_in
from gas.domain.errors import ConflictError, UsageError
from gas.services.edit_catalogue import TRIES
from gas.services.publish_reference import Listed, PublishReference
from gas.services.retire_reference import RetireReference
from tests.support.crashes import CrashError, Crashes
from tests.support.references import ABundle, a_bundle, an_entry


@pytest.fixture
def bundle(tmp_path: Path) -> ABundle:
    """A bundle on the disk."""
    return a_bundle(tmp_path / "bundle", model=b"genes", sequence=b"bases")


class World:
    """References in memory, and who publishes."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.references = InMemoryReferences(self.clock)

    def publish(self, bundle: ABundle, crashes: Crashes | None = None, *, default: bool = False) -> Listed:
        """Publish a bundle."""
        references = self.references if crashes is None else crashes.proxy(self.references)
        return PublishReference(references, self.clock)(bundle.manifest, bundle.files, default=default)


def test_a_published_bundle_is_stored_and_listed(bundle: ABundle) -> None:
    """The catalogue says of it what its manifest does; publishing it again changes nothing."""
    world = World()

    first, second = world.publish(bundle), world.publish(bundle)

    assert (first, first.is_new) == (Listed(first.entry, None, first.entry), True)
    assert (second, second.is_new) == (Listed(first.entry, first.entry, first.entry), False)
    assert world.references.catalogue() == Catalogue((*BUILT_IN, first.entry))
    assert (first.entry.name, first.entry.digest, first.entry.size_bytes) == ("yeast", bundle.digest, 10)
    assert first.entry.published == world.clock.now()
    assert world.references.manifest(bundle.digest) == bundle.manifest


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_publisher_may_be_killed_at_any_call(bundle: ABundle, *, after: bool) -> None:
    """What is listed is always stored whole, and the next run ends as an undisturbed one does."""
    for at in range(1, 10):
        world, crashes = World(), Crashes(at, after=after)
        try:
            world.publish(bundle, crashes)
        except CrashError:
            for entry in world.references.catalogue().entries:
                assert entry.built_in or world.references.manifest(entry.digest) == bundle.manifest
            world.publish(bundle)
        else:
            assert at > 4
        assert [entry.digest for entry in world.references.catalogue().entries[1:]] == [bundle.digest]


class Racing(InMemoryReferences):
    """References to which somebody else publishes between a reading and a writing, so many times."""

    def __init__(self, clock: FakeClock, times: int) -> None:
        super().__init__(clock)
        self.times = times

    def replace(self, before: Catalogue, after: Catalogue) -> None:
        """Write, unless somebody was faster."""
        if self.times:
            self.times -= 1
            others = (*self.catalogue().entries[1:], an_entry(f"other{self.times}", f"{self.times:064x}"))
            super().replace(self.catalogue(), with_built_in(others, BUILT_IN))
        super().replace(before, after)


def test_two_publishers_lose_nothing(bundle: ABundle) -> None:
    """Who was overtaken reads again, and lists the bundle beside the other's; who is overtaken for ever says so."""
    references = Racing(FakeClock(), 2)
    PublishReference(references, FakeClock())(bundle.manifest, bundle.files, default=False)

    assert [entry.name for entry in references.catalogue().entries] == ["rCRS", "other1", "other0", "yeast"]
    with pytest.raises(ConflictError):
        PublishReference(Racing(FakeClock(), TRIES), FakeClock())(
            bundle.manifest, bundle.files, default=False
        )


def test_leftovers_that_are_pruned_meanwhile_are_sent_again(bundle: ABundle) -> None:
    """What an earlier, broken upload left may be removed in the very moment in which the bundle is listed."""
    world = World()

    class Pruned(InMemoryReferences):
        def replace(self, before: Catalogue, after: Catalogue) -> None:
            super().replace(before, after)
            self.remove(bundle.digest)

    references = Pruned(world.clock)
    PublishReference(references, world.clock)(bundle.manifest, bundle.files, default=False)

    assert references.manifest(bundle.digest) == bundle.manifest


def test_files_that_are_pruned_meanwhile_are_sent_again(bundle: ABundle) -> None:
    """Also where the manifest was stored again since, so that the bundle looks whole."""
    world = World()

    class Pruned(InMemoryReferences):
        def replace(self, before: Catalogue, after: Catalogue) -> None:
            super().replace(before, after)
            del self.files[bundle.digest, "model.bin"]

    references = Pruned(world.clock)
    PublishReference(references, world.clock)(bundle.manifest, bundle.files, default=False)

    assert references.checksum(bundle.digest, "model.bin")[0] == 5


def test_a_damaged_stored_bundle_is_mended(bundle: ABundle) -> None:
    """Publishing again brings back what is missing, although it is listed already."""
    world = World()
    world.publish(bundle)
    del world.references.files[bundle.digest, "model.bin"]

    assert not world.publish(bundle).is_new
    assert world.references.checksum(bundle.digest, "model.bin")[0] == 5


def test_it_is_told_what_is_sent_and_what_new_jobs_get(bundle: ABundle, tmp_path: Path) -> None:
    """What is there is not sent again; an older release stays the older one, and a retired one is the newest."""
    world, sent = World(), list[tuple[str, int]]()
    newer = a_bundle(tmp_path / "newer", model=b"newer", sequence=b"bases")
    publish = PublishReference(world.references, world.clock)

    def send(what: ABundle) -> Listed:
        return publish(
            what.manifest, what.files, default=False, sending=lambda name, size: sent.append((name, size))
        )

    send(bundle)
    newest, again = send(newer), send(bundle)
    retire = RetireReference(world.references, world.clock)
    [retired] = retire("yeast", bundle.digest)
    back = send(bundle)

    assert sent == [("model.bin", 5), ("sequence.bin", 5), ("model.bin", 5), ("sequence.bin", 5)]
    assert (again.is_new, again.current) == (False, newest.entry)
    assert (back.is_new, back.before, back.current) == (True, retired, back.entry)


def test_what_cannot_be_published_is_not_sent(bundle: ABundle, tmp_path: Path) -> None:
    """A name that nobody could ask for, a manifest that was changed, and one that says too little."""
    auto = a_bundle(tmp_path / "auto", told={"name": "auto"}, model=b"x")
    bare = a_bundle(tmp_path / "bare", told={"contigs": None}, model=b"x")
    changed = json.dumps(json.loads(bundle.manifest) | {"name": "other"}).encode()
    world = World()

    for each in (auto, bare, replace(bundle, manifest=changed)):
        with pytest.raises(UsageError):
            world.publish(each)

    assert world.references.files == {}
    assert world.references.catalogue() == Catalogue(BUILT_IN)


def test_the_manifest_says_what_the_catalogue_tells(tmp_path: Path) -> None:
    """Named sources stand once each, with their release; a bare file stands where nothing tells what it is."""
    sources = [
        {"what": "genes", "name": "Ensembl", "release": "116", "date": "2026-03-01", "licence": "open"},
        {"what": "sequence", "file": "a.fa", "sha256": "ab"},
        {"what": "genes", "file": "a.gff3", "sha256": "cd"},
        *(
            {"what": "known variants", "name": "ClinVar", "release": "7", "file": f}
            for f in ("1.vcf", "2.vcf")
        ),
    ]
    told = {"sources": sources, "assembly": "GRCh38.p14"}
    entry = World().publish(a_bundle(tmp_path / "b", told=told, model=b"x")).entry

    assert [(each.what, each.words) for each in entry.sources] == [
        ("genes", "Ensembl 116 (2026-03-01)"),
        ("sequence", "a.fa"),
        ("known variants", "ClinVar 7"),
    ]
    assert (entry.assembly, entry.gene_release) == ("GRCh38.p14", "Ensembl 116 (2026-03-01)")
