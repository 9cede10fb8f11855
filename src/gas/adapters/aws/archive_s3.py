"""The archive as a storage class of S3: GLACIER, read by RestoreObject.

Administrators and rules of the bucket may move copies to other classes: each object's own class says how it is read.
"""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from gas.adapters.aws.deletion_s3 import erase_objects
from gas.adapters.aws.encryption import BUCKETS_DEFAULT, Encryption
from gas.adapters.aws.errors import (
    ALREADY_RUNNING,
    NOT_ARCHIVED,
    aws_errors,
    code_of,
    is_unclassified,
    named_object,
)
from gas.adapters.aws.objects_s3 import head_object, sha256_of, stream_sha256
from gas.adapters.aws.storage_classes import (
    ARCHIVE_CLASS,
    HOT_CLASS,
    RESTING_CLASSES,
    Head,
    comes_back_itself,
    is_archived,
    retrieval,
    storage_class,
)
from gas.domain.errors import NotFoundError, RetrievalRefusedError, VerificationError
from gas.domain.keys import archive_key
from gas.domain.objects import ArchivedObject
from gas.domain.spec import RetrievalTier
from gas.domain.withheld import without_file_name


@dataclass(frozen=True)
class _Recorded:
    """What the annotator recorded of the result: every copy has to be just this."""

    size_bytes: int
    sha256: str

    def is_in(self, head: Head) -> bool:
        """True when S3 vouches for both."""
        return bool(head["ContentLength"] == self.size_bytes and sha256_of(head) == self.sha256)

    def require(self, bucket: str, key: str, head: Head, found: str | None) -> None:
        """Raise when what was found is not what was recorded; an unknown hash is judged later."""
        size = head["ContentLength"]
        if size != self.size_bytes or found not in {None, self.sha256}:
            raise VerificationError(
                f"The {named_object(bucket, key)} has {size} bytes and SHA-256 {found}; "
                f"recorded are {self.size_bytes} and {self.sha256}."
            )


class S3Archive:
    """Implements `Archive`. An archive id is the key of the copy in the same bucket, made of the hot object's.

    `copy_days` is how long the temporary copy of a retrieval lives; it is copied back at once, so a day is enough.
    """

    def __init__(self, client: Any, encryption: Encryption = BUCKETS_DEFAULT, copy_days: int = 1) -> None:
        self._client = client
        self._encryption = encryption
        self._copy_days = copy_days

    def store(self, bucket: str, key: str, size_bytes: int, sha256: str) -> str:
        """Make sure that a verified copy of a hot object is in the archive, and answer its archive id."""
        archive_id, recorded = archive_key(key), _Recorded(size_bytes, sha256)
        archived = head_object(self._client, bucket, archive_id)
        if not (archived and storage_class(archived) in RESTING_CLASSES and recorded.is_in(archived)):
            self._copy_verified(bucket, key, archive_id, ARCHIVE_CLASS, recorded)
        return archive_id

    def copies_of(self, bucket: str, key: str) -> tuple[str, ...]:  # noqa: ARG002 - every bucket keeps its own copies
        """The one key that a copy may have; earlier versions of it, too, where a bucket keeps them."""
        return (archive_key(key),)

    def look(self, bucket: str, archive_id: str) -> ArchivedObject | None:
        """What is in the archive under that id, or None."""
        head = head_object(self._client, bucket, archive_id)
        if head is None:
            return None
        retrieved, until = retrieval(head)
        return ArchivedObject(head["ContentLength"], sha256_of(head), retrieved, until)

    def retrieve(self, bucket: str, archive_id: str, tier: RetrievalTier) -> None:
        """Ask for the bytes; a retrieval that already runs or is done counts as accepted."""
        head = head_object(self._client, bucket, archive_id)
        if head is None:
            raise NotFoundError(f"The {named_object(bucket, archive_id)} does not exist.")
        if not is_archived(head):
            return
        days = {} if comes_back_itself(head) else {"Days": self._copy_days}
        with aws_errors(named_object(bucket, archive_id)):
            try:
                self._client.restore_object(
                    Bucket=bucket,
                    Key=archive_id,
                    RestoreRequest={**days, "GlacierJobParameters": {"Tier": tier.value}},
                )
            except ClientError as error:
                if code_of(error) in {ALREADY_RUNNING, NOT_ARCHIVED}:
                    return
                # Classes that know no Expedited refuse it in one word or another: asked for Standard, they say what is wrong.
                if tier is RetrievalTier.EXPEDITED and is_unclassified(error):
                    raise RetrievalRefusedError(
                        f"The {named_object(bucket, archive_id)} cannot be retrieved as Expedited; use a slower tier."
                    ) from error
                raise

    def bring_back(self, bucket: str, archive_id: str, key: str, size_bytes: int, sha256: str) -> None:
        """Make sure that a verified hot copy is at the original key; doing it again changes nothing."""
        recorded = _Recorded(size_bytes, sha256)
        hot = head_object(self._client, bucket, key)
        if hot and not is_archived(hot) and recorded.is_in(hot):
            return
        self._copy_verified(bucket, archive_id, key, HOT_CLASS, recorded)

    def delete(self, bucket: str, archive_id: str) -> None:
        """Remove the archived copy; one that is not there is no error."""
        with aws_errors(named_object(bucket, archive_id)):
            self._client.delete_object(Bucket=bucket, Key=archive_id)

    def erase(self, bucket: str, archive_id: str) -> None:
        """Remove the archived copy with all its versions; one that is not there is no error."""
        erase_objects(self._client, bucket, (archive_id,))

    def _copy_verified(
        self, bucket: str, source: str, target: str, wanted_class: str, recorded: _Recorded
    ) -> None:
        head = head_object(self._client, bucket, source)
        if head is None:
            raise NotFoundError(
                f"The {named_object(bucket, source)} does not exist, so it cannot be copied to {without_file_name(target)}."
            )
        etag = head["ETag"]
        recorded.require(bucket, source, head, sha256_of(head))
        with aws_errors(named_object(bucket, source)):
            self._client.copy_object(
                Bucket=bucket,
                Key=target,
                CopySource={"Bucket": bucket, "Key": source},
                CopySourceIfMatch=etag,
                StorageClass=wanted_class,
                ChecksumAlgorithm="SHA256",
                **self._encryption.arguments_of_copy(head),
            )
        copy = head_object(self._client, bucket, target)
        if copy is None:
            raise VerificationError(
                f"The {named_object(bucket, target)} was copied and is not there: try again."
            )
        # A store that keeps no checksum of the copy: the ETag pins the source's bytes, so their hash stands for it.
        found = sha256_of(copy) or stream_sha256(self._client, bucket, source, etag)
        recorded.require(bucket, target, copy, found)
