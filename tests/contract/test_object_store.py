"""The contract of `ObjectStore`, for memory and S3 alike."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gas.adapters.aws.bucket_rules import BucketSpec
from gas.adapters.aws.objects_s3 import S3ObjectStore, content_disposition
from gas.adapters.memory.objects import InMemoryObjectStore
from gas.domain.errors import ConflictError, FatalError, NotFoundError
from gas.domain.names import Bucket
from gas.ports.objects import ObjectStore
from gas_setup.infrastructure import TopicSpec
from tests.contract.adapters import BACKENDS, client, fresh_names, local_cloud

KEY = "gas/" + "u" * 26 + "/job-1~f1~sample é+ ~.vcf.gz"
CONTENT = b"##fileformat=VCFv4.2\n" * 5


@dataclass(frozen=True)
class Place:
    """An object store with an empty bucket."""

    objects: ObjectStore
    bucket: str


@pytest.fixture(params=BACKENDS)
def place(request: pytest.FixtureRequest) -> Place:
    """An empty bucket of each kind."""
    if request.param == "memory":
        return Place(InMemoryObjectStore(), "bucket")
    names = fresh_names(BucketSpec, TopicSpec)
    return Place(S3ObjectStore(client("s3")), names.bucket(Bucket.RESULTS))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A small file."""
    path = tmp_path / "out.vcf.gz"
    path.write_bytes(CONTENT)
    return path


def test_missing_object_is_none(place: Place) -> None:
    """What is not there is None."""
    assert place.objects.head(place.bucket, KEY) is None


def test_upload_is_seen(place: Place, file: Path) -> None:
    """An upload tells size, ETag and SHA-256, and a look at it tells the same; twice is once."""
    first = place.objects.upload(place.bucket, KEY, file, "sample é.vcf.gz", "application/gzip")
    second = place.objects.upload(place.bucket, KEY, file, "sample é.vcf.gz", "application/gzip")

    assert first == second == place.objects.head(place.bucket, KEY)
    assert (first.size_bytes, first.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert first.etag
    assert '"' not in first.etag


def test_empty_file_is_stored(place: Place, tmp_path: Path) -> None:
    """An empty file is an object of no bytes."""
    (tmp_path / "empty").touch()

    stored = place.objects.upload(place.bucket, KEY, tmp_path / "empty", "empty", "text/plain")

    assert stored.size_bytes == 0
    assert place.objects.head(place.bucket, KEY) == stored


def test_download_gives_the_bytes(place: Place, file: Path, tmp_path: Path) -> None:
    """A download, even a second one, writes the bytes and leaves nothing else in the folder."""
    stored = place.objects.upload(place.bucket, KEY, file, "a", "text/plain")
    folder = tmp_path / "in"
    folder.mkdir()

    for _ in range(2):
        place.objects.download(place.bucket, KEY, folder / "input.vcf", stored.etag)

    assert [path.name for path in folder.iterdir()] == ["input.vcf"]
    assert (folder / "input.vcf").read_bytes() == CONTENT


def test_download_of_a_changed_object_conflicts(place: Place, file: Path, tmp_path: Path) -> None:
    """Another ETag is a conflict, and no file appears."""
    stored = place.objects.upload(place.bucket, KEY, file, "a", "text/plain")
    file.write_bytes(b"other")
    place.objects.upload(place.bucket, KEY, file, "a", "text/plain")
    target = tmp_path / "in" / "input.vcf"
    target.parent.mkdir()

    with pytest.raises(ConflictError):
        place.objects.download(place.bucket, KEY, target, stored.etag)
    assert list(target.parent.iterdir()) == []


def test_download_of_a_missing_object(place: Place, tmp_path: Path) -> None:
    """A missing object is NotFoundError, and no file appears."""
    with pytest.raises(NotFoundError, match="job-1"):
        place.objects.download(place.bucket, KEY, tmp_path / "input.vcf", "e")
    assert list(tmp_path.iterdir()) == []


class StopError(Exception):
    """What a checkpoint raises."""


class StopAt:
    """A checkpoint that raises when it is asked for that time, and not again."""

    def __init__(self, turn: int) -> None:
        self.turn = turn
        self.asked = 0

    def __call__(self) -> None:
        """Count, and raise when it is time."""
        self.asked += 1
        if self.asked == self.turn:
            raise StopError


@pytest.mark.parametrize("turn", [1, 3])
def test_stopped_download(place: Place, tmp_path: Path, turn: int) -> None:
    """A download ends where its checkpoint says so, with what that raised, and leaves no file."""
    (tmp_path / "large").write_bytes(CONTENT * 2000)
    stored = place.objects.upload(place.bucket, KEY, tmp_path / "large", "a", "text/plain")
    target = tmp_path / "in" / "input.vcf"
    target.parent.mkdir()
    stop = StopAt(turn)

    with pytest.raises(StopError):
        place.objects.download(place.bucket, KEY, target, stored.etag, checkpoint=stop)

    assert stop.asked == turn
    assert list(target.parent.iterdir()) == []
    place.objects.download(place.bucket, KEY, target, stored.etag)
    assert target.read_bytes() == CONTENT * 2000


@pytest.mark.parametrize("place_of_stop", ["first", "last"])
def test_stopped_upload(place: Place, tmp_path: Path, place_of_stop: str) -> None:
    """An upload ends where its checkpoint says so, with what that raised, and stores nothing."""
    large = tmp_path / "large"
    large.write_bytes(CONTENT * 2000)
    whole = StopAt(0)
    place.objects.upload(place.bucket, "whole", large, "a", "text/plain", checkpoint=whole)
    assert whole.asked > 1

    stop = StopAt(1 if place_of_stop == "first" else whole.asked)
    with pytest.raises(StopError):
        place.objects.upload(place.bucket, KEY, large, "a", "text/plain", checkpoint=stop)

    assert stop.asked == stop.turn
    assert place.objects.head(place.bucket, KEY) is None
    place.objects.upload(place.bucket, KEY, large, "a", "text/plain")
    assert place.objects.head(place.bucket, KEY) == place.objects.head(place.bucket, "whole")


@pytest.mark.parametrize(
    ("content", "size", "expected"),
    [(CONTENT, 10, CONTENT[:10]), (CONTENT, len(CONTENT) + 1, CONTENT), (b"", 10, b"")],
    ids=["shorter", "longer", "empty"],
)
def test_start_of_an_object(place: Place, tmp_path: Path, content: bytes, size: int, expected: bytes) -> None:
    """The first bytes come alone; of a shorter object all of them do."""
    path = tmp_path / "file"
    path.write_bytes(content)
    place.objects.upload(place.bucket, KEY, path, "a", "text/plain")

    assert place.objects.read_start(place.bucket, KEY, size) == expected


def test_start_of_a_missing_object(place: Place) -> None:
    """A missing object has no start."""
    with pytest.raises(NotFoundError, match="job-1"):
        place.objects.read_start(place.bucket, KEY, 10)


def test_delete_removes_some_and_again_is_no_error(place: Place, file: Path) -> None:
    """Deleted objects are gone, others stay; missing ones and no keys at all are no error."""
    for name in ("a", "b", "c"):
        place.objects.upload(place.bucket, name, file, name, "text/plain")

    for _ in range(2):
        place.objects.delete(place.bucket, ("a", "b", "never"))
    place.objects.delete(place.bucket, ())

    seen = [place.objects.head(place.bucket, name) is not None for name in ("a", "b", "c")]
    assert seen == [False, False, True]


def test_erased_objects_are_gone_and_again_is_no_error(place: Place, file: Path) -> None:
    """As with deletion: named objects go, others stay."""
    for name in ("a", "ab"):
        place.objects.upload(place.bucket, name, file, name, "text/plain")

    for _ in range(2):
        place.objects.erase(place.bucket, ("a", "never"))
    place.objects.erase(place.bucket, ())

    assert [place.objects.head(place.bucket, name) is not None for name in ("a", "ab")] == [False, True]


def versioned_bucket(status: str = "Enabled", *, lock: bool = False) -> str:
    """A results bucket that keeps versions, and perhaps locks them."""
    names, s3 = fresh_names(TopicSpec), client("s3")
    bucket = names.bucket(Bucket.RESULTS)
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=lock)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
    return bucket


def kept_in(bucket: str) -> list[tuple[str, str]]:
    """The versions and delete markers that a bucket keeps, by kind and key."""
    listed = client("s3").list_object_versions(Bucket=bucket)
    return sorted(
        (kind, each["Key"]) for kind in ("Versions", "DeleteMarkers") for each in listed.get(kind, [])
    )


def test_erasing_takes_every_version_along(file: Path) -> None:
    """Of a versioned bucket nothing is left, of whatever age, and deletions before it leave no marker; others' stay."""
    bucket, store = versioned_bucket(), S3ObjectStore(client("s3"))
    for name in ("job~a", "job~b", "job~ab"):
        for _ in range(2):
            store.upload(bucket, name, file, name, "text/plain")
    store.delete(bucket, ("job~a",))

    for _ in range(2):
        store.erase(bucket, ("job~a", "job~b", "job~never"))

    assert kept_in(bucket) == [("Versions", "job~ab")] * 2


def test_deleting_leaves_the_versions(file: Path) -> None:
    """What is archived or left over is deleted as any administrator of a versioned bucket expects."""
    bucket, store = versioned_bucket(), S3ObjectStore(client("s3"))
    store.upload(bucket, "a", file, "a", "text/plain")

    store.delete(bucket, ("a",))

    assert kept_in(bucket) == [("DeleteMarkers", "a"), ("Versions", "a")]


def test_a_lock_is_a_refusal_and_hides_the_object(file: Path) -> None:
    """A locked version stays, which is told; its marker stays as well, so that nobody sees it again meanwhile.

    However often it is tried again, it stays one marker.
    """
    bucket, store, s3 = versioned_bucket(lock=True), S3ObjectStore(client("s3")), client("s3")
    store.upload(bucket, "locked", file, "a", "text/plain")
    store.upload(bucket, "free", file, "a", "text/plain")
    until = datetime.now(UTC) + timedelta(days=1)
    s3.put_object_retention(
        Bucket=bucket, Key="locked", Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until}
    )

    for _ in range(3):
        with pytest.raises(FatalError, match="object lock") as refused:
            store.erase(bucket, ("locked", "free"))

    assert refused.value.said == "AccessDenied"
    assert store.head(bucket, "locked") is None
    kept = kept_in(bucket)
    assert ("Versions", "locked") in kept
    assert ("Versions", "free") not in kept
    assert kept.count(("DeleteMarkers", "locked")) == 1
    assert kept.count(("DeleteMarkers", "free")) == 1


def test_what_cannot_be_listed_is_hidden_all_the_same(file: Path) -> None:
    """Without the right to list versions, files are gone from a bucket that keeps none, and hidden in one that does."""
    plain = fresh_names(BucketSpec, TopicSpec).bucket(Bucket.RESULTS)
    versioned, store = versioned_bucket(), S3ObjectStore(client("s3"))
    for bucket in (plain, versioned):
        store.upload(bucket, "a", file, "a", "text/plain")
    local_cloud().faults("s3", "ListObjectVersions", error="AccessDenied")

    try:
        store.erase(plain, ("a",))
        with pytest.raises(FatalError, match="versions in bucket"):
            store.erase(versioned, ("a",))
    finally:
        local_cloud().clear_faults()

    assert kept_in(plain) == []
    assert kept_in(versioned) == [("DeleteMarkers", "a"), ("Versions", "a")]


def test_what_comes_while_a_lock_holds_is_hidden_too(file: Path) -> None:
    """A version that lands on the marker is seen again: the next try hides it, and takes it away."""
    bucket, store, s3 = versioned_bucket(lock=True), S3ObjectStore(client("s3")), client("s3")
    until = datetime.now(UTC) + timedelta(days=1)
    store.upload(bucket, "locked", file, "a", "text/plain")
    s3.put_object_retention(
        Bucket=bucket, Key="locked", Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until}
    )
    with pytest.raises(FatalError):
        store.erase(bucket, ("locked",))
    store.upload(bucket, "locked", file, "a", "text/plain")

    with pytest.raises(FatalError):
        store.erase(bucket, ("locked",))

    assert store.head(bucket, "locked") is None
    assert kept_in(bucket).count(("Versions", "locked")) == 1


def test_missing_bucket_is_not_a_missing_object() -> None:
    """A look into a bucket that does not exist is an error for the operator, not a missing input."""
    with pytest.raises(FatalError, match=r"no-such-bucket.*gas-setup"):
        S3ObjectStore(client("s3")).head("no-such-bucket", KEY)


def test_s3_keeps_name_type_and_encryption(file: Path) -> None:
    """People see the original name; the object is encrypted and its checksum kept by S3."""
    bucket = fresh_names(BucketSpec, TopicSpec).bucket(Bucket.RESULTS)

    S3ObjectStore(client("s3")).upload(bucket, KEY, file, 'sam"ple é.vcf.gz', "application/gzip")

    head = client("s3").head_object(Bucket=bucket, Key=KEY, ChecksumMode="ENABLED")
    assert head["ContentDisposition"] == (
        "attachment; filename=\"sam_ple _.vcf.gz\"; filename*=UTF-8''sam%22ple%20%C3%A9.vcf.gz"
    )
    assert head["ContentType"] == "application/gzip"
    assert head["ServerSideEncryption"] == "AES256"
    assert head["ChecksumSHA256"]


@pytest.mark.parametrize("name", ["a\r\nX: y.vcf", 'a";b.vcf', "a\\b", "a%22b", "a\x00b", "日本.vcf"])
def test_no_name_breaks_the_header(name: str) -> None:
    """Whatever the name, the header is one line of ASCII with one pair of quotes."""
    header = content_disposition(name)

    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert "\\" not in header
