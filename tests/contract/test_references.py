"""The contract of `PublishedReferences`, for memory and S3 alike."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from gas.adapters.aws import references_s3
from gas.adapters.aws.bucket_rules import BucketSpec
from gas.adapters.aws.catalogue_cache import CATALOGUE_AGE
from gas.adapters.aws.references_s3 import S3References
from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.overviews import InMemoryOverviewBoard
from gas.adapters.memory.references import InMemoryReferences
from gas.domain.built_in_references import BUILT_IN, RCRS
from gas.domain.catalogue import Catalogue, Entry, with_built_in
from gas.domain.errors import ConflictError, FatalError, NotFoundError, UsageError
from gas.domain.keys import bundle_key, catalogue_key
from gas.domain.manifest import Manifest
from gas.domain.names import Bucket, Names
from gas.domain.overview import Overview
from gas.ports.references import PublishedReferences
from gas.services.prefer_reference import prefer_reference
from gas.services.prune_references import PruneReferences
from gas.services.publish_reference import PublishReference
from gas.services.retire_reference import RetireReference
from gas_setup.infrastructure import TopicSpec
from tests.contract.adapters import BACKENDS, NOW, THREADS, client, fresh_names, race
from tests.support.references import ABundle, a_bundle, an_entry

PART = 5 * 1024**2
"""S3's smallest part."""


@dataclass(frozen=True)
class Place:
    """References of which nothing is published yet, as several programs have them."""

    another: Callable[[], PublishedReferences]
    """What another program has of the same references."""
    clock: FakeClock


@pytest.fixture(params=BACKENDS)
def place(request: pytest.FixtureRequest) -> Place:
    """New references of each kind."""
    clock = FakeClock(NOW)
    if request.param == "memory":
        references = InMemoryReferences(clock)
        return Place(lambda: references, clock)
    names = fresh_names(BucketSpec, TopicSpec)
    return Place(lambda: in_s3(names, clock), clock)


@pytest.fixture
def references(place: Place) -> PublishedReferences:
    """What one program has."""
    return place.another()


def in_s3(names: Names, clock: FakeClock) -> S3References:
    """The references of an installation; what is large here is small elsewhere."""
    bucket = names.bucket(Bucket.REFERENCES)
    return S3References(client("s3"), bucket, names.instance, clock, large_bytes=2 * PART, part_bytes=PART)


def listed(*entries: Entry) -> Catalogue:
    """A catalogue with these beside what annotators bring."""
    return with_built_in(entries, BUILT_IN)


@pytest.fixture
def bundle(tmp_path: Path) -> ABundle:
    """A small bundle."""
    return a_bundle(tmp_path / "bundle", model=b"genes", sequence=b"bases" * 1000)


def test_nothing_published_is_what_annotators_bring(references: PublishedReferences) -> None:
    """A new installation has the built-in references alone."""
    assert references.catalogue() == Catalogue(BUILT_IN)


def test_what_was_published_is_read(place: Place, references: PublishedReferences) -> None:
    """All that an entry says, in the order of publishing, by whoever reads it; the built-in ones stay what they are."""
    old = an_entry(retired=NOW + timedelta(days=1))
    new = an_entry(digest="b" * 64, default=True)
    pruned = an_entry("yeast", "d" * 64, contigs=(), retired=NOW, pruned=NOW + timedelta(days=1))
    published = listed(old, new, an_entry("yeast", "c" * 64, sources=(), contigs=()), pruned)

    references.replace(references.catalogue(), published)

    assert references.catalogue() == published
    assert place.another().catalogue() == published
    assert RCRS.built_in


def test_a_pruned_release_stays_and_comes_back(
    place: Place, references: PublishedReferences, bundle: ABundle
) -> None:
    """Its entry tells every program what its results say, while nothing of it is stored; published again it is whole."""
    references.upload(bundle.digest, bundle.files, bundle.manifest)
    entry = Manifest.from_json(bundle.manifest).entry(NOW)
    gone = replace(entry, retired=NOW, pruned=NOW, contigs=())
    references.replace(references.catalogue(), listed(gone, an_entry()))
    references.remove(bundle.digest)

    seen = place.another().catalogue()
    again = PublishReference(references, place.clock)(bundle.manifest, bundle.files, default=False)

    assert (seen.pinned(bundle.digest), seen.current(entry.name)) == (gone, None)
    place.clock.advance(CATALOGUE_AGE)
    assert place.another().catalogue().current(entry.name) == again.entry == entry
    assert references.manifest(bundle.digest) == bundle.manifest


def test_a_catalogue_that_is_read_anew(place: Place, references: PublishedReferences) -> None:
    """Who has read it a moment ago and reads it anew sees what was published since, and knows it from then on."""
    other = place.another()
    before = other.catalogue()
    published = listed(an_entry())
    references.replace(references.catalogue(), published)

    assert other.catalogue(anew=True) == published
    assert other.catalogue() == published
    assert before == Catalogue(BUILT_IN)


def test_a_release_is_seen_within_a_minute(place: Place, references: PublishedReferences) -> None:
    """Whoever has read the catalogue reads it again when it is a minute old, also while nothing changes."""
    other = place.another()
    for published in ((), (), (an_entry(),), (an_entry(),), ()):
        before = references.catalogue()
        references.replace(before, listed(*published))

        place.clock.advance(CATALOGUE_AGE)

        assert other.catalogue() == listed(*published)
        place.clock.advance(CATALOGUE_AGE)
        assert other.catalogue() == listed(*published)


@pytest.mark.parametrize("published", [(), (an_entry(),)], ids=["first", "later"])
def test_of_many_publishers_one_wins(
    place: Place, references: PublishedReferences, published: tuple[Entry, ...]
) -> None:
    """All who write over the same catalogue conflict, but for one; whoever reads again and writes then loses nothing."""
    if published:
        references.replace(references.catalogue(), listed(*published))
    before = references.catalogue()
    several = [place.another() for _ in range(THREADS)]

    answers = race(
        *(
            lambda n=n, mine=mine: mine.replace(before, listed(*published, an_entry(f"r{n}", f"{n:064x}")))
            for n, mine in enumerate(several)
        )
    )

    assert [answer for answer in answers if answer is None] == [None]
    assert all(isinstance(answer, ConflictError) for answer in answers if answer is not None)
    winner = references if published else place.another()
    place.clock.advance(CATALOGUE_AGE)
    won = winner.catalogue().entries
    assert len(won) == len(BUILT_IN) + len(published) + 1
    mine = several[0]
    mine.replace(mine.catalogue(), Catalogue((*mine.catalogue().entries, an_entry("last", "f" * 64))))
    assert mine.catalogue().entries == (*won, an_entry("last", "f" * 64))


def test_an_old_catalogue_is_not_written_over(place: Place, references: PublishedReferences) -> None:
    """What was read before somebody else wrote is a conflict, also when what is cached still looks the same."""
    other = place.another()
    before = other.catalogue()
    references.replace(references.catalogue(), listed(an_entry()))

    with pytest.raises(ConflictError, match="read it again"):
        other.replace(before, listed(an_entry("other", "d" * 64)))

    assert other.catalogue() == listed(an_entry())


def test_a_bundle_is_stored_and_fetched(
    place: Place, references: PublishedReferences, bundle: ABundle, tmp_path: Path
) -> None:
    """Manifest and files come as they were, by whoever asks; storing it again sends and changes nothing."""
    sent = list[str]()
    for _ in range(2):
        references.upload(
            bundle.digest, bundle.files, bundle.manifest, sending=lambda name, _size: sent.append(name)
        )

    assert sent == list(bundle.files)
    other = place.another()
    assert other.manifest(bundle.digest) == bundle.manifest
    for name, path in bundle.files.items():
        other.download(bundle.digest, name, tmp_path / name)
        assert (tmp_path / name).read_bytes() == path.read_bytes()
        content = path.read_bytes()
        assert other.checksum(bundle.digest, name) == (len(content), hashlib.sha256(content).hexdigest())
    assert set(other.stored()) == {bundle.digest}


def test_a_large_file_goes_in_parts(references: PublishedReferences, tmp_path: Path) -> None:
    """A file of several parts, the last one short, comes whole."""
    content = hashlib.sha256().digest() * (PART // 16) + b"rest"
    bundle = a_bundle(tmp_path / "bundle", sequence=content)

    for _ in range(2):
        references.upload(bundle.digest, bundle.files, bundle.manifest)

    references.download(bundle.digest, "sequence.bin", tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == content
    assert references.checksum(bundle.digest, "sequence.bin")[1] == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    "there", [0, 1, 2500, 4999, 5000], ids=["nothing", "a byte", "half", "all but one", "all"]
)
def test_a_download_goes_on(
    references: PublishedReferences, bundle: ABundle, tmp_path: Path, there: int
) -> None:
    """Bytes of an earlier try are kept, and the rest comes after them."""
    references.upload(bundle.digest, bundle.files, bundle.manifest)
    content = bundle.files["sequence.bin"].read_bytes()
    target = tmp_path / "fetched"
    target.write_bytes(content[:there])

    references.download(bundle.digest, "sequence.bin", target)

    assert target.read_bytes() == content


def test_too_many_bytes_are_begun_anew(
    references: PublishedReferences, bundle: ABundle, tmp_path: Path
) -> None:
    """A file that is longer than what is stored is none of it."""
    references.upload(bundle.digest, bundle.files, bundle.manifest)
    target = tmp_path / "fetched"
    target.write_bytes(b"x" * 5001)

    references.download(bundle.digest, "sequence.bin", target)

    assert target.read_bytes() == bundle.files["sequence.bin"].read_bytes()


class StopError(Exception):
    """What a checkpoint raises."""


def test_a_stopped_download_leaves_what_came(references: PublishedReferences, tmp_path: Path) -> None:
    """It ends with what its checkpoint raised, keeps the pieces before that, and goes on from there."""
    content = bytes(range(256)) * 8 * 1024
    bundle = a_bundle(tmp_path / "bundle", sequence=content)
    references.upload(bundle.digest, bundle.files, bundle.manifest)
    target, asked = tmp_path / "fetched", []

    def stop() -> None:
        asked.append(1)
        if len(asked) == 2:
            raise StopError

    with pytest.raises(StopError):
        references.download(bundle.digest, "sequence.bin", target, checkpoint=stop)

    came = target.read_bytes()
    assert 0 < len(came) < len(content)
    assert content.startswith(came)
    references.download(bundle.digest, "sequence.bin", target)
    assert target.read_bytes() == content


def test_what_is_not_there(references: PublishedReferences, bundle: ABundle, tmp_path: Path) -> None:
    """A missing bundle, and a missing file of one that is there, are told as such; a missing bundle can be removed."""
    references.upload(bundle.digest, bundle.files, bundle.manifest)

    for digest, name in (("0" * 64, "model.bin"), (bundle.digest, "other.bin")):
        with pytest.raises(NotFoundError):
            references.download(digest, name, tmp_path / "fetched")
        with pytest.raises(NotFoundError):
            references.checksum(digest, name)
    with pytest.raises(NotFoundError):
        references.manifest("0" * 64)
    references.remove("0" * 64)
    assert not (tmp_path / "fetched").exists()


def test_a_wrong_bundle_is_not_stored(references: PublishedReferences, bundle: ABundle) -> None:
    """Files that are not those of the manifest, or another digest, are refused before anything is sent."""
    shorter = dict(bundle.files)
    shorter.pop("model.bin")
    bundle.files["sequence.bin"].write_bytes(b"damaged")

    for digest, files in ((bundle.digest, shorter), (bundle.digest, bundle.files), ("0" * 64, bundle.files)):
        with pytest.raises(UsageError):
            references.upload(digest, files, bundle.manifest)

    assert references.stored() == {}


def test_removed_bundles_are_gone_and_others_stay(
    references: PublishedReferences, bundle: ABundle, tmp_path: Path
) -> None:
    """A bundle goes with all its files, and again is no error."""
    other = a_bundle(tmp_path / "other", model=b"other genes")
    for each in (bundle, other):
        references.upload(each.digest, each.files, each.manifest)

    for _ in range(2):
        references.remove(bundle.digest)

    assert set(references.stored()) == {other.digest}
    with pytest.raises(NotFoundError):
        references.manifest(bundle.digest)
    assert references.manifest(other.digest) == other.manifest


def s3_of(names: Names) -> tuple[S3References, str]:
    """The references of an installation in S3, and its bucket."""
    return in_s3(names, FakeClock(NOW)), names.bucket(Bucket.REFERENCES)


def test_half_an_upload_has_no_manifest(bundle: ABundle) -> None:
    """Killed before its end, an upload left files and no manifest; it is stored nevertheless, and the next one completes it.

    A file of another content, which only a stranger could have left there, is sent again.
    """
    names = fresh_names(BucketSpec, TopicSpec)
    references, bucket = s3_of(names)
    key = bundle_key(names.instance, bundle.digest, "model.bin")
    client("s3").put_object(Bucket=bucket, Key=key, Body=b"GENES")

    with pytest.raises(NotFoundError):
        references.manifest(bundle.digest)
    assert set(references.stored()) == {bundle.digest}

    references.upload(bundle.digest, bundle.files, bundle.manifest)
    assert client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() == b"genes"
    before = client("s3").head_object(Bucket=bucket, Key=key)["LastModified"]
    references.upload(bundle.digest, bundle.files, bundle.manifest)
    assert client("s3").head_object(Bucket=bucket, Key=key)["LastModified"] == before


def test_no_more_is_read_than_a_manifest_can_have(bundle: ABundle, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies in its place and is larger does not fill the memory of whoever asks."""
    references, _ = s3_of(fresh_names(BucketSpec, TopicSpec))
    references.upload(bundle.digest, bundle.files, bundle.manifest)
    monkeypatch.setattr(references_s3, "MOST_MANIFEST_BYTES", len(bundle.manifest))
    assert references.manifest(bundle.digest) == bundle.manifest
    monkeypatch.setattr(references_s3, "MOST_MANIFEST_BYTES", len(bundle.manifest) - 1)

    with pytest.raises(UsageError, match="larger than any manifest"):
        references.manifest(bundle.digest)


def test_what_only_seems_to_be_there_is_sent_again(tmp_path: Path) -> None:
    """Size and noted SHA-256 of a file may be right, and its bytes not: who knows that has all sent again."""
    names = fresh_names(BucketSpec, TopicSpec)
    references, bucket = s3_of(names)
    bundle = a_bundle(tmp_path / "bundle", model=b"genes")
    noted = {"sha256": hashlib.sha256(b"genes").hexdigest()}
    key = bundle_key(names.instance, bundle.digest, "model.bin")
    client("s3").put_object(Bucket=bucket, Key=key, Body=b"GENES", Metadata=noted)
    found = []

    for again in (False, True):
        references.upload(bundle.digest, bundle.files, bundle.manifest, again=again)
        found.append(client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())

    assert found == [b"GENES", b"genes"]


def test_a_file_that_changes_while_it_is_sent(tmp_path: Path) -> None:
    """Neither is it stored under a SHA-256 that it has not, nor is the bundle called whole."""
    references, _ = s3_of(fresh_names(BucketSpec, TopicSpec))
    bundle = a_bundle(tmp_path / "bundle", sequence=b"A" * (2 * PART + 1))
    bundle.files["sequence.bin"].write_bytes(b"A" * 2 * PART + b"C")

    with pytest.raises(UsageError, match=r"sequence.bin has other bytes"):
        references.upload(bundle.digest, bundle.files, bundle.manifest)

    assert references.stored() == {}


def test_an_installation_without_the_bucket_has_published_nothing() -> None:
    """One that was made by an earlier release goes on with what its annotators bring."""
    assert s3_of(Names("never-made"))[0].catalogue() == Catalogue(BUILT_IN)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (b"{}", "publish anew"),
        (b"no JSON", "publish anew"),
        (b'{"schema": 2, "entries": []}', "newer"),
    ],
    ids=["empty", "no JSON", "newer schema"],
)
def test_a_document_that_is_no_catalogue(document: bytes, told: str) -> None:
    """What cannot be read is said, and never taken for nothing."""
    names = fresh_names(BucketSpec, TopicSpec)
    references, bucket = s3_of(names)
    client("s3").put_object(Bucket=bucket, Key=catalogue_key(names.instance), Body=document)

    with pytest.raises(FatalError, match=told):
        references.catalogue()


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("document", "what is called new"),
        ("entry", "what is called new of GRCh38@aaaaaaaaaaaa"),
        ("source", "what is called new of GRCh38@aaaaaaaaaaaa"),
        ("contig", "what is called new of GRCh38@aaaaaaaaaaaa"),
    ],
)
def test_what_a_newer_release_wrote_is_not_lost(bundle: ABundle, where: str, told: str) -> None:
    """It is passed over on reading, so that it makes no catalogue unreadable; who would write without it is refused, and changes nothing."""
    names = fresh_names(BucketSpec, TopicSpec)
    references, bucket = s3_of(names)
    references.replace(references.catalogue(), listed(an_entry()))
    place = {"Bucket": bucket, "Key": catalogue_key(names.instance)}
    document = json.loads(client("s3").get_object(**place)["Body"].read())
    [entry] = document["entries"]
    match where:
        case "document":
            document["new"] = 7
        case "entry":
            entry["new"] = 7
        case _:
            entry[f"{where}s"][1]["new"] = 7
    newer = json.dumps(document).encode()
    client("s3").put_object(**place, Body=newer)
    clock, overviews = FakeClock(NOW), InMemoryOverviewBoard()
    overviews.write(Overview(NOW, timedelta(hours=1), pinned=()))
    mine = s3_of(names)[0]

    assert mine.catalogue().entries == listed(an_entry()).entries
    for edit in (
        lambda: PublishReference(mine, clock)(bundle.manifest, bundle.files, default=False),
        lambda: RetireReference(mine, clock)("GRCh38", None),
        lambda: prefer_reference(mine, "GRCh38"),
        lambda: PruneReferences(mine, overviews, clock)(dry_run=False),
        lambda: PruneReferences(mine, overviews, clock)(dry_run=True),
    ):
        with pytest.raises(FatalError, match=told) as refused:
            edit()
        assert "Use the newest release's gas-reference" in str(refused.value)
    assert client("s3").get_object(**place)["Body"].read() == newer
    assert mine.stored() == {}


def test_a_removed_catalogue_is_a_conflict() -> None:
    """Whoever writes over one that somebody has removed reads again."""
    names = fresh_names(BucketSpec, TopicSpec)
    references, bucket = s3_of(names)
    references.replace(references.catalogue(), listed(an_entry()))
    before = references.catalogue()
    client("s3").delete_object(Bucket=bucket, Key=catalogue_key(names.instance))

    with pytest.raises(ConflictError):
        references.replace(before, listed(an_entry(), replace(an_entry(), digest="b" * 64)))
    assert references.catalogue() == Catalogue(BUILT_IN)


def move_away(bucket: str, key: str) -> None:
    """What a lifecycle rule of the bucket does to an object."""
    client("s3").copy_object(
        Bucket=bucket,
        Key=key,
        CopySource={"Bucket": bucket, "Key": key},
        StorageClass="GLACIER",
        MetadataDirective="COPY",
    )


def test_what_a_rule_moved_to_the_archive_waits_for_operators(bundle: ABundle, tmp_path: Path) -> None:
    """Nobody brings it back by waiting: catalogue and bundles are refused for good, with AWS's word for it."""
    names = fresh_names(BucketSpec, TopicSpec)
    references, bucket = s3_of(names)
    references.upload(bundle.digest, bundle.files, bundle.manifest)
    references.replace(references.catalogue(), listed(an_entry()))
    for key in (
        catalogue_key(names.instance),
        *(bundle_key(names.instance, bundle.digest, name) for name in ("manifest.json", "model.bin")),
    ):
        move_away(bucket, key)
    references, _ = s3_of(names)
    calls: list[Callable[[], object]] = [
        references.catalogue,
        lambda: references.manifest(bundle.digest),
        lambda: references.download(bundle.digest, "model.bin", tmp_path / "model.bin"),
        lambda: references.checksum(bundle.digest, "model.bin"),
    ]

    said, advised = [], []
    for call in calls:
        with pytest.raises(FatalError, match="a lifecycle rule") as refused:
            call()
        said.append(refused.value.said)
        advised.append("publish its bundle again" in str(refused.value))

    assert said == ["InvalidObjectState"] * len(calls)
    assert advised == [False, True, True, True]
    references.upload(bundle.digest, bundle.files, bundle.manifest)
    assert references.manifest(bundle.digest) == bundle.manifest
    assert references.checksum(bundle.digest, "model.bin")[0] == len(b"genes")
