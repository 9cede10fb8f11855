"""The contract of `Archive`, for memory and S3's GLACIER class alike, and for one whose ids are its own."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gas.adapters.aws.archive_s3 import S3Archive
from gas.adapters.aws.bucket_rules import BucketSpec
from gas.adapters.aws.encryption import Encryption
from gas.adapters.aws.objects_s3 import S3ObjectStore
from gas.adapters.memory.objects import InMemoryArchive, InMemoryObjectStore, InMemoryVault
from gas.adapters.system_clock import SystemClock
from gas.domain.errors import (
    ArchivedObjectError,
    FatalError,
    NotFoundError,
    RetrievalRefusedError,
    VerificationError,
)
from gas.domain.keys import archive_key
from gas.domain.names import Bucket
from gas.domain.objects import ArchivedObject, Retrieved
from gas.domain.spec import RetrievalTier
from gas.ports.objects import Archive, ObjectStore
from gas_setup.infrastructure import TopicSpec
from tests.contract.adapters import (
    BACKENDS,
    DAY_SECONDS,
    THAW_SECONDS,
    client,
    fresh_names,
    local_cloud,
)
from tests.support.waiting import until

READABLE = (
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
)
"""The storage classes of S3 that are read at once. EXPRESS_ONEZONE is of directory buckets alone."""
COLD = (
    "GLACIER",
    "DEEP_ARCHIVE",
    "INTELLIGENT_TIERING/ARCHIVE_ACCESS",
    "INTELLIGENT_TIERING/DEEP_ARCHIVE_ACCESS",
)
"""Those that have to be retrieved from, and the tiers of a class that have."""
DEEP = ("DEEP_ARCHIVE", "INTELLIGENT_TIERING/DEEP_ARCHIVE_ACCESS")
"""From these nothing comes back fast."""

KEY = "gas/" + "u" * 26 + "/job-1~f1~sample é+ ~.annot.vcf.gz"
NO_ID = archive_key(KEY)
"""What no archive here calls anything until the result is stored; and then S3 alone."""
CONTENT = b"annotated\n" * 20
SIZE = len(CONTENT)
SHA256 = hashlib.sha256(CONTENT).hexdigest()

SLOW_SECONDS = 3.0
"""Of a retrieval that a test looks at on the way."""

SHORT_SECONDS = 0.5
"""Of a copy whose end a test waits for."""


@dataclass(frozen=True)
class Vault:
    """An archive, the hot objects beside it, and their bucket."""

    archive: Archive
    objects: ObjectStore
    bucket: str
    file: Path

    def retrievals_take(self, thaw_seconds: float = THAW_SECONDS, day_seconds: float = DAY_SECONDS) -> None:
        """How long they take from now on, and how long their copies live."""
        if isinstance(self.archive, InMemoryArchive):
            self.archive.thaw = timedelta(seconds=thaw_seconds)
            self.archive.copy_life = timedelta(seconds=day_seconds)
        else:
            local_cloud().retrievals_take(thaw_seconds=thaw_seconds, day_seconds=day_seconds)

    def put_hot(self, content: bytes = CONTENT) -> None:
        """Store the result, as an annotator does."""
        self.file.write_bytes(content)
        self.objects.upload(self.bucket, KEY, self.file, "sample é.vcf.gz", "application/gzip")

    def place(self, key: str, storage_class: str) -> None:
        """Leave the result under a key in a storage class, or a tier of one, as administrators and their rules do."""
        if isinstance(self.archive, InMemoryArchive):
            self.archive.place(self.bucket, key, CONTENT, storage_class)
            return
        name, _, tier = storage_class.partition("/")
        client("s3").put_object(
            Bucket=self.bucket, Key=key, Body=CONTENT, StorageClass=name, ChecksumAlgorithm="SHA256"
        )
        if tier:
            local_cloud().tier(self.bucket, key, tier)

    def place_copy(self, storage_class: str) -> None:
        """Leave the result in the archive alone, and its copy in that class."""
        self.archive_only()
        self.place(self.id, storage_class)

    def retrieve_as_s3_lets(self, storage_class: str, key: str | None = None) -> None:
        """Retrieve at the fastest pace that the class has, and wait until the bytes can be read."""
        place = self.id if key is None else key
        tier = RetrievalTier.STANDARD if storage_class in DEEP else RetrievalTier.EXPEDITED
        self.archive.retrieve(self.bucket, place, tier)
        until(lambda: self.seen(place).retrieved is Retrieved.READY)

    def keep_versions(self) -> None:
        """Let the bucket keep versions; that of an archive in memory always does."""
        if not isinstance(self.archive, InMemoryArchive):
            client("s3").put_bucket_versioning(
                Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"}
            )

    def versions(self, *archive_ids: str) -> int:
        """How many versions there are of these copies, whether they can be seen or not."""
        if isinstance(self.archive, InMemoryArchive):
            seen = sum(self.archive.look(self.bucket, each) is not None for each in archive_ids)
            return seen + sum(self.archive.earlier.count((self.bucket, each)) for each in archive_ids)
        listed = client("s3").list_object_versions(Bucket=self.bucket)
        return sum(each["Key"] in archive_ids for each in listed.get("Versions", []))

    @property
    def id(self) -> str:
        """What the archive calls the copy."""
        [archive_id] = self.archive.copies_of(self.bucket, KEY)
        return archive_id

    @property
    def copies(self) -> list[ArchivedObject]:
        """Every copy that there is of the result."""
        found = (self.archive.look(self.bucket, each) for each in self.archive.copies_of(self.bucket, KEY))
        return [copy for copy in found if copy is not None]

    def seen(self, archive_id: str) -> ArchivedObject:
        """What the archive says of a copy that is there."""
        seen = self.archive.look(self.bucket, archive_id)
        assert seen is not None
        return seen

    def store(self, sha256: str = SHA256, size: int = SIZE) -> str:
        """Archive the result."""
        return self.archive.store(self.bucket, KEY, size, sha256)

    def bring_back(self, sha256: str = SHA256, size: int = SIZE) -> None:
        """Copy the result back."""
        self.archive.bring_back(self.bucket, self.id, KEY, size, sha256)

    def refused_to_bring_back(self) -> bool:
        """Whether the archive says that there is no retrieved copy; what was brought back is deleted again."""
        try:
            self.bring_back()
        except ArchivedObjectError:
            return True
        self.objects.delete(self.bucket, (KEY,))
        return False

    def retrieved(self) -> Retrieved:
        """How far the retrieval is."""
        return self.seen(self.id).retrieved

    def retrieve(self) -> None:
        """Retrieve, and wait until the bytes can be read."""
        self.archive.retrieve(self.bucket, self.id, RetrievalTier.EXPEDITED)
        until(lambda: self.retrieved() is Retrieved.READY)

    def archive_only(self) -> None:
        """Leave the result in the archive alone."""
        self.put_hot()
        self.store()
        self.objects.delete(self.bucket, (KEY,))


OWN_IDS = "memory-with-ids-of-its-own"


@pytest.fixture(params=[*BACKENDS, OWN_IDS])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    """An empty archive of each kind, whose retrievals are quick and whose copies last."""
    if request.param in {"memory", OWN_IDS}:
        objects = InMemoryObjectStore()
        kind = InMemoryVault if request.param == OWN_IDS else InMemoryArchive
        vault = Vault(kind(objects, SystemClock()), objects, "bucket", tmp_path / "result")
    else:
        vault = s3_vault(tmp_path)
    vault.retrievals_take()
    return vault


def s3_vault(folder: Path) -> Vault:
    """An empty archive on the local AWS."""
    bucket = fresh_names(BucketSpec, TopicSpec).bucket(Bucket.RESULTS)
    return Vault(S3Archive(client("s3")), S3ObjectStore(client("s3")), bucket, folder / "result")


def test_stored_copy_is_seen_and_the_hot_one_stays(vault: Vault) -> None:
    """After storing, even twice, the archive tells size and hash, and nothing was retrieved or deleted."""
    vault.put_hot()

    ids = {vault.store() for _ in range(2)}

    assert ids == {vault.id}
    assert vault.archive.look(vault.bucket, vault.id) == ArchivedObject(SIZE, SHA256)
    assert vault.objects.head(vault.bucket, KEY) is not None


def test_nothing_archived_is_none(vault: Vault) -> None:
    """What was never archived is None, and has no copies."""
    assert vault.archive.look(vault.bucket, NO_ID) is None
    assert vault.copies == []


def test_storing_what_is_not_there(vault: Vault) -> None:
    """A missing hot object is NotFoundError."""
    with pytest.raises(NotFoundError, match="job-1"):
        vault.store()
    assert vault.copies == []


def test_a_copy_whose_id_was_lost_is_found_again(vault: Vault) -> None:
    """Who had it made may have died before its id was recorded, and the hot one may be gone: storing again tells the id."""
    vault.put_hot()
    made = vault.store()
    vault.objects.delete(vault.bucket, (KEY,))

    again = vault.store()

    assert again == made
    assert vault.copies == [ArchivedObject(SIZE, SHA256)]


def test_every_copy_is_found_by_what_it_was_made_of(vault: Vault) -> None:
    """So that none stays for ever: of another object none is found."""
    vault.put_hot()
    made = vault.store()

    other = vault.archive.copies_of(vault.bucket, f"{KEY}.tbi")

    assert vault.archive.copies_of(vault.bucket, KEY) == (made,)
    assert not [each for each in other if vault.archive.look(vault.bucket, each)]


@pytest.mark.parametrize(("sha256", "size"), [("00" * 32, SIZE), (SHA256, SIZE + 1)], ids=["hash", "size"])
def test_storing_other_bytes_than_recorded(vault: Vault, sha256: str, size: int) -> None:
    """Bytes that are not those that were recorded are not archived as a good copy."""
    vault.put_hot()

    with pytest.raises(VerificationError, match="recorded"):
        vault.store(sha256, size)
    with pytest.raises(VerificationError, match="recorded"):
        vault.store(sha256, size)


def test_wrong_copy_in_the_archive_is_replaced(vault: Vault) -> None:
    """A copy of other bytes under the same id gives way to the right one."""
    vault.put_hot(b"older")
    vault.store(hashlib.sha256(b"older").hexdigest(), 5)
    vault.put_hot()

    made = vault.store()

    assert vault.archive.look(vault.bucket, made) == ArchivedObject(SIZE, SHA256)


def test_retrieval_runs_and_becomes_ready(vault: Vault) -> None:
    """A retrieval is running, then ready with the time until which it can be read; asking again is accepted."""
    vault.retrievals_take(SLOW_SECONDS)
    vault.archive_only()

    vault.archive.retrieve(vault.bucket, vault.id, RetrievalTier.EXPEDITED)
    first = vault.retrieved()
    vault.archive.retrieve(vault.bucket, vault.id, RetrievalTier.EXPEDITED)
    until(lambda: vault.retrieved() is Retrieved.READY)
    vault.archive.retrieve(vault.bucket, vault.id, RetrievalTier.STANDARD)

    seen = vault.archive.look(vault.bucket, vault.id)
    assert first is Retrieved.RUNNING
    assert seen is not None
    assert seen.retrieved is Retrieved.READY
    assert seen.readable_until is not None
    assert seen.readable_until > datetime.now(UTC)


@pytest.mark.parametrize("storage_class", READABLE)
def test_a_copy_that_administrators_made_readable_comes_back(vault: Vault, storage_class: str) -> None:
    """It is ready without a retrieval, and one that is asked for all the same counts as done."""
    vault.place_copy(storage_class)

    seen = vault.seen(vault.id)
    vault.archive.retrieve(vault.bucket, vault.id, RetrievalTier.EXPEDITED)
    vault.bring_back()

    hot = vault.objects.head(vault.bucket, KEY)
    assert (seen.retrieved, seen.readable_until) == (Retrieved.READY, None)
    assert hot is not None
    assert (hot.sha256, hot.archived) == (SHA256, False)


@pytest.mark.parametrize("storage_class", COLD)
def test_a_copy_in_any_class_of_the_archive_comes_back(vault: Vault, storage_class: str) -> None:
    """It has to be retrieved, and is then copied back as an ordinary object."""
    vault.place_copy(storage_class)
    assert vault.retrieved() is Retrieved.NO
    with pytest.raises(ArchivedObjectError):
        vault.bring_back()

    vault.retrieve_as_s3_lets(storage_class)
    vault.bring_back()

    hot = vault.objects.head(vault.bucket, KEY)
    assert hot is not None
    assert (hot.sha256, hot.archived) == (SHA256, False)


@pytest.mark.parametrize("storage_class", DEEP)
def test_what_lies_deep_comes_at_no_fast_pace(vault: Vault, storage_class: str) -> None:
    """A class without Expedited refuses the tier, and takes Standard."""
    vault.place_copy(storage_class)

    with pytest.raises(RetrievalRefusedError):
        vault.archive.retrieve(vault.bucket, vault.id, RetrievalTier.EXPEDITED)
    vault.archive.retrieve(vault.bucket, vault.id, RetrievalTier.STANDARD)

    assert vault.retrieved() is Retrieved.RUNNING


@pytest.mark.parametrize("storage_class", [*READABLE, *COLD])
def test_hot_bytes_that_a_rule_moved_are_told(vault: Vault, storage_class: str) -> None:
    """Whatever the class, the object is there with its size and hash; whether it is hot depends on the class."""
    vault.place(KEY, storage_class)

    hot = vault.objects.head(vault.bucket, KEY)

    assert hot is not None
    assert (hot.size_bytes, hot.sha256, hot.archived) == (SIZE, SHA256, storage_class in COLD)


@pytest.mark.parametrize("storage_class", COLD)
def test_hot_bytes_that_a_rule_moved_come_back_where_they_lie(vault: Vault, storage_class: str) -> None:
    """They cannot be archived as they are; retrieved under their own key, they become hot again in place."""
    vault.place(KEY, storage_class)
    with pytest.raises(ArchivedObjectError):
        vault.store()

    vault.retrieve_as_s3_lets(storage_class, KEY)
    for _ in range(2):
        vault.archive.bring_back(vault.bucket, KEY, KEY, SIZE, SHA256)

    hot = vault.objects.head(vault.bucket, KEY)
    assert hot is not None
    assert (hot.sha256, hot.archived) == (SHA256, False)


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
def test_right_hot_bytes_in_the_archive_give_way_to_the_copy(vault: Vault, storage_class: str) -> None:
    """A hot key whose bytes a rule moved is no reason to think that the result is back."""
    vault.archive_only()
    vault.retrieve()
    vault.place(KEY, storage_class)

    vault.bring_back()

    hot = vault.objects.head(vault.bucket, KEY)
    assert hot is not None
    assert not hot.archived


@pytest.mark.parametrize("storage_class", ["DEEP_ARCHIVE", "GLACIER_IR", "INTELLIGENT_TIERING"])
def test_a_copy_that_rests_in_another_class_is_not_made_anew(vault: Vault, storage_class: str) -> None:
    """A rule of the bucket may put archived copies elsewhere: storing again accepts the right one."""
    vault.place_copy(storage_class)

    before = vault.id
    vault.store()

    assert vault.id == before
    assert vault.archive.look(vault.bucket, before) is not None


@pytest.mark.parametrize(
    "code", ["InvalidArgument", "MalformedXML", "InvalidRequest", "NotImplemented", "SomethingNew"]
)
def test_a_refused_expedited_retrieval_is_one_whatever_s3_calls_it(tmp_path: Path, code: str) -> None:
    """Only a want of rights is told as such: any other word against Expedited leaves Standard to be tried."""
    bucket = fresh_names(BucketSpec, TopicSpec).bucket(Bucket.RESULTS)
    vault = Vault(S3Archive(client("s3")), S3ObjectStore(client("s3")), bucket, tmp_path / "result")
    vault.archive_only()
    local_cloud().faults("s3", "RestoreObject", error=code, count=1)

    try:
        with pytest.raises(RetrievalRefusedError):
            vault.archive.retrieve(bucket, vault.id, RetrievalTier.EXPEDITED)
        local_cloud().faults("s3", "RestoreObject", error="AccessDenied", count=1)
        with pytest.raises(FatalError, match="grant"):
            vault.archive.retrieve(bucket, vault.id, RetrievalTier.EXPEDITED)
    finally:
        local_cloud().clear_faults()
    vault.archive.retrieve(bucket, vault.id, RetrievalTier.STANDARD)

    assert vault.retrieved() is Retrieved.RUNNING


def test_retrieving_what_is_not_archived(vault: Vault) -> None:
    """A retrieval of nothing is NotFoundError."""
    with pytest.raises(NotFoundError):
        vault.archive.retrieve(vault.bucket, NO_ID, RetrievalTier.STANDARD)


def test_bringing_back_restores_the_very_object(vault: Vault, tmp_path: Path) -> None:
    """After bringing back, even twice, the bytes are at their key and the archived copy is still there."""
    vault.archive_only()
    vault.retrieve()

    for _ in range(2):
        vault.bring_back()

    hot = vault.objects.head(vault.bucket, KEY)
    assert hot is not None
    assert (hot.size_bytes, hot.sha256) == (SIZE, SHA256)
    vault.objects.download(vault.bucket, KEY, tmp_path / "back", hot.etag)
    assert (tmp_path / "back").read_bytes() == CONTENT
    assert vault.archive.look(vault.bucket, vault.id) is not None


def test_bringing_back_needs_no_retrieval_while_the_hot_copy_is_there(vault: Vault) -> None:
    """A right hot copy is enough, retrieved or not."""
    vault.put_hot()
    vault.store()

    vault.bring_back()

    assert vault.objects.head(vault.bucket, KEY) is not None


@pytest.mark.parametrize("asked", [False, True], ids=["never-asked", "still-running"])
def test_bringing_back_too_early(vault: Vault, asked: bool) -> None:  # noqa: FBT001 - a test's parameter
    """Without a retrieved copy nothing can be brought back."""
    vault.retrievals_take(SLOW_SECONDS)
    vault.archive_only()
    if asked:
        vault.archive.retrieve(vault.bucket, vault.id, RetrievalTier.EXPEDITED)

    with pytest.raises(ArchivedObjectError, match="retrieve"):
        vault.bring_back()
    assert vault.objects.head(vault.bucket, KEY) is None


def test_bringing_back_after_the_copy_has_ended(vault: Vault) -> None:
    """Once the temporary copy has ended, the archive says that nothing is retrieved, and can be asked again."""
    vault.retrievals_take(day_seconds=SHORT_SECONDS)
    vault.archive_only()
    vault.archive.retrieve(vault.bucket, vault.id, RetrievalTier.EXPEDITED)
    until(lambda: vault.retrieved() is Retrieved.NO)

    # The end is told in whole seconds: the copy itself may live a moment longer.
    until(vault.refused_to_bring_back)
    vault.retrievals_take()
    vault.retrieve()
    vault.bring_back()

    assert vault.objects.head(vault.bucket, KEY) is not None


def test_bringing_back_other_bytes_than_recorded(vault: Vault) -> None:
    """Bytes that are not those that were recorded are an error."""
    vault.archive_only()
    vault.retrieve()

    with pytest.raises(VerificationError, match="recorded"):
        vault.bring_back("00" * 32)


def test_bringing_back_what_is_not_archived(vault: Vault) -> None:
    """Nothing hot and nothing archived is NotFoundError."""
    with pytest.raises(NotFoundError):
        vault.archive.bring_back(vault.bucket, NO_ID, KEY, SIZE, SHA256)


def test_delete_removes_the_archived_copy_only(vault: Vault) -> None:
    """The archived copy goes, the hot one stays; again is no error."""
    vault.put_hot()
    made = vault.store()

    for _ in range(2):
        vault.archive.delete(vault.bucket, made)

    assert vault.archive.look(vault.bucket, made) is None
    assert vault.copies == []
    assert vault.objects.head(vault.bucket, KEY) is not None


@pytest.mark.parametrize(("remove", "left"), [("delete", 2), ("erase", 0)])
def test_only_erasing_takes_the_versions_along(vault: Vault, remove: str, left: int) -> None:
    """Of a copy that was replaced and then removed both versions stay when it is deleted, and none when it is erased."""
    vault.keep_versions()
    vault.put_hot(b"older")
    older = vault.store(hashlib.sha256(b"older").hexdigest(), 5)
    vault.put_hot()
    ids = {older, vault.store()}
    before = vault.versions(*ids)

    for archive_id in (*ids, *ids):
        getattr(vault.archive, remove)(vault.bucket, archive_id)

    assert (before, vault.versions(*ids)) == (2, left)
    assert vault.copies == []
    assert vault.objects.head(vault.bucket, KEY) is not None


def test_ids_of_a_vault_tell_nothing(tmp_path: Path) -> None:
    """Nobody can make such an id of a key, and a copy that is made anew has another."""
    objects = InMemoryObjectStore()
    vault = Vault(InMemoryVault(objects, SystemClock()), objects, "bucket", tmp_path / "result")
    vault.put_hot()
    first = vault.store()
    vault.archive.delete(vault.bucket, first)

    second = vault.store()

    assert "job-1" not in first
    assert first != second


def test_refused_expedited_retrieval_in_memory(tmp_path: Path) -> None:
    """An archive without capacity refuses Expedited and takes Standard."""
    objects = InMemoryObjectStore()
    archive = InMemoryArchive(objects, SystemClock(), expedited_refused=True)
    vault = Vault(archive, objects, "bucket", tmp_path / "result")
    vault.archive_only()

    with pytest.raises(RetrievalRefusedError):
        archive.retrieve("bucket", vault.id, RetrievalTier.EXPEDITED)
    archive.retrieve("bucket", vault.id, RetrievalTier.STANDARD)

    assert vault.retrieved() is Retrieved.RUNNING


def test_refused_expedited_retrieval_on_s3(tmp_path: Path) -> None:
    """S3's 503 for Expedited is a refusal of the tier, not a passing trouble."""
    vault = s3_vault(tmp_path)
    vault.retrievals_take(SLOW_SECONDS)
    vault.archive_only()
    local_cloud().faults("s3", "RestoreObject", error="GlacierExpeditedRetrievalNotAvailable", count=3)

    try:
        with pytest.raises(RetrievalRefusedError):
            vault.archive.retrieve(vault.bucket, vault.id, RetrievalTier.EXPEDITED)
    finally:
        local_cloud().clear_faults()
    vault.archive.retrieve(vault.bucket, vault.id, RetrievalTier.STANDARD)

    assert vault.retrieved() is Retrieved.RUNNING


def test_s3_classes_names_and_encryption(tmp_path: Path) -> None:
    """The archived copy is of class GLACIER, the one brought back is not, and the download name survives both."""
    vault = s3_vault(tmp_path)
    vault.retrievals_take()
    vault.archive_only()
    archived = client("s3").head_object(Bucket=vault.bucket, Key=vault.id)
    vault.retrieve()

    vault.bring_back()

    hot = client("s3").head_object(Bucket=vault.bucket, Key=KEY)
    assert archived["StorageClass"] == "GLACIER"
    assert hot.get("StorageClass", "STANDARD") == "STANDARD"
    assert hot["ContentDisposition"] == archived["ContentDisposition"]
    assert "sample%20%C3%A9.vcf.gz" in hot["ContentDisposition"]
    assert hot["ContentType"] == "application/gzip"
    assert hot["ServerSideEncryption"] == "AES256"


OWN_KEY = f"arn:aws:kms:us-east-1:123456789012:key/{'1' * 8}-1111-1111-1111-{'1' * 12}"
OTHER_KEY = OWN_KEY.replace("1", "2")


@pytest.mark.parametrize(
    ("setting", "bucket_key", "object_key", "expected"),
    [
        ("", "", "", ("AES256", None)),
        ("", OTHER_KEY, "", ("aws:kms", OTHER_KEY)),
        ("", "", OTHER_KEY, ("aws:kms", OTHER_KEY)),
        (OWN_KEY, "", "", ("aws:kms", OWN_KEY)),
        (OWN_KEY, OTHER_KEY, OTHER_KEY, ("aws:kms", OWN_KEY)),
    ],
    ids=["none", "the-buckets", "the-objects", "ours", "ours-over-others"],
)
def test_encryption_survives_the_way_there_and_back(
    tmp_path: Path, setting: str, bucket_key: str, object_key: str, expected: tuple[str, str | None]
) -> None:
    """What is stored, archived and brought back is encrypted by our key, else as the bucket and the object were."""
    bucket, s3 = fresh_names(BucketSpec, TopicSpec).bucket(Bucket.RESULTS), client("s3")
    if bucket_key:
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": bucket_key}
        rules = [{"ApplyServerSideEncryptionByDefault": default}]
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})
    encryption = Encryption(setting)
    vault = Vault(S3Archive(s3, encryption), S3ObjectStore(s3, encryption), bucket, tmp_path / "result")
    vault.put_hot()
    if object_key:
        s3.copy_object(
            Bucket=bucket,
            Key=KEY,
            CopySource={"Bucket": bucket, "Key": KEY},
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=object_key,
        )
    vault.store()
    archived = s3.head_object(Bucket=bucket, Key=vault.id)
    vault.objects.delete(bucket, (KEY,))
    vault.retrieve()

    vault.bring_back()

    hot = s3.head_object(Bucket=bucket, Key=KEY)
    for head in (archived, hot):
        assert (head["ServerSideEncryption"], head.get("SSEKMSKeyId")) == expected
        assert head["ContentLength"] == SIZE


def test_two_layers_of_encryption_survive_the_way_there_and_back(tmp_path: Path) -> None:
    """Our key takes the place of the bucket's, and no layer is lost; which key it is the local AWS does not tell then."""
    bucket, s3 = fresh_names(BucketSpec, TopicSpec).bucket(Bucket.RESULTS), client("s3")
    default = {"SSEAlgorithm": "aws:kms:dsse", "KMSMasterKeyID": OTHER_KEY}
    rules = [{"ApplyServerSideEncryptionByDefault": default}]
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})
    archive, objects = S3Archive(s3, Encryption(OWN_KEY)), S3ObjectStore(s3)
    vault = Vault(archive, objects, bucket, tmp_path / "result")
    vault.put_hot()
    vault.store()
    archived = s3.head_object(Bucket=bucket, Key=vault.id)
    objects.delete(bucket, (KEY,))
    vault.retrieve()

    vault.bring_back()

    hot = s3.head_object(Bucket=bucket, Key=KEY)
    assert [head["ServerSideEncryption"] for head in (archived, hot)] == ["aws:kms:dsse"] * 2
