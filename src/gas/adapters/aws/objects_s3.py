"""Hot objects in S3."""

import base64
import hashlib
import io
import os
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from gas.adapters.aws.deletion_s3 import delete_objects, erase_objects
from gas.adapters.aws.encryption import BUCKETS_DEFAULT, Encryption
from gas.adapters.aws.errors import NOT_FOUND, aws_errors, code_of, named_object
from gas.adapters.aws.storage_classes import is_archived
from gas.domain.errors import FatalError, GasError, TransientError, UsageError
from gas.domain.objects import HotObject
from gas.ports.objects import Checkpoint, no_stop

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_BYTES = 5 * 1024**3
"""The most that S3 stores, or copies, in one request."""
_CHUNK = 64 * 1024
"""Small, so that a slow line, too, comes to its next checkpoint soon."""


class S3ObjectStore:
    """Implements `ObjectStore`."""

    def __init__(self, client: Any, encryption: Encryption = BUCKETS_DEFAULT) -> None:
        self._client = client
        self._encryption = encryption

    def head(self, bucket: str, key: str) -> HotObject | None:
        """What is there, or None."""
        answer = head_object(self._client, bucket, key)
        if answer is None:
            return None
        return HotObject(
            answer["ContentLength"], answer["ETag"].strip('"'), sha256_of(answer), is_archived(answer)
        )

    def download(
        self, bucket: str, key: str, path: Path, etag: str, *, checkpoint: Checkpoint = no_stop
    ) -> None:
        """Write the object's bytes to a new file, which appears only once it is complete."""
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        try:
            with os.fdopen(handle, "wb") as file, aws_errors(named_object(bucket, key)):
                answer = self._client.get_object(Bucket=bucket, Key=key, IfMatch=f'"{etag}"')
                with closing(answer["Body"]) as body:
                    checkpoint()
                    for chunk in body.iter_chunks(_CHUNK):
                        file.write(chunk)
                        checkpoint()
                received = file.tell()
            if received != answer["ContentLength"]:
                raise TransientError(
                    f"The {named_object(bucket, key)} came incomplete: {received} of {answer['ContentLength']} bytes."
                )
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)

    def read_start(self, bucket: str, key: str, size_bytes: int) -> bytes:
        """The first bytes of an object."""
        with aws_errors(named_object(bucket, key)):
            try:
                answer = self._client.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{size_bytes - 1}")
            except ClientError as error:
                if code_of(error) == "InvalidRange":  # No byte of an empty object can be asked for.
                    return b""
                raise
            content: bytes = answer["Body"].read(size_bytes)
        return content

    def upload(
        self,
        bucket: str,
        key: str,
        path: Path,
        download_name: str,
        content_type: str,
        *,
        checkpoint: Checkpoint = no_stop,
    ) -> HotObject:
        """Store a file in one request, with its SHA-256 checked by S3."""
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise UsageError(
                f"{download_name} has {size} bytes; at most {MAX_BYTES} can be stored in one object."
            )
        with _AskingFile(path, size, checkpoint) as file:
            digest = hashlib.file_digest(file, "sha256")
            file.seek(0)
            try:
                with aws_errors(named_object(bucket, key)):
                    answer = self._client.put_object(
                        Bucket=bucket,
                        Key=key,
                        Body=file,
                        ContentLength=size,
                        ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
                        ContentDisposition=content_disposition(download_name),
                        ContentType=content_type,
                        **self._encryption.arguments(),
                    )
            except GasError:
                # The SDK takes whatever ends a transfer for the network's fault.
                if file.stopped_by is not None:
                    raise file.stopped_by from None
                raise
        return HotObject(size, answer["ETag"].strip('"'), digest.hexdigest())

    def delete(self, bucket: str, keys: tuple[str, ...]) -> None:
        """Remove objects; one that is not there is no error."""
        delete_objects(self._client, bucket, keys)

    def erase(self, bucket: str, keys: tuple[str, ...]) -> None:
        """Remove objects with all their versions; one that is not there is no error."""
        erase_objects(self._client, bucket, keys)


class _AskingFile(io.FileIO):
    """A file that asks a checkpoint before each piece that is read, and remembers what was raised."""

    def __init__(self, path: Path, size: int, checkpoint: Checkpoint) -> None:
        super().__init__(path, "rb")
        self._size = size
        self._checkpoint = checkpoint
        self.stopped_by: Exception | None = None

    def read(self, size: int | None = -1) -> bytes:
        self._ask()
        return super().read(-1 if size is None else size)

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._ask()
        return super().readinto(buffer)

    def _ask(self) -> None:
        if self.stopped_by is not None:  # The SDK tries again.
            raise self.stopped_by
        if self.tell() == self._size:  # All is sent, and is stored whatever is raised now.
            return
        try:
            self._checkpoint()
        except Exception as error:
            self.stopped_by = error
            raise


def head_object(client: Any, bucket: str, key: str) -> dict[str, Any] | None:
    """S3's own description of an object, with its checksum; None when there is none.

    Raises:
        FatalError: the bucket itself is missing, which S3 does not tell apart in its answer about an object.
    """
    with aws_errors(named_object(bucket, key)):
        try:
            answer: dict[str, Any] = client.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            if code_of(error) not in NOT_FOUND:
                raise
        else:
            return answer
    _require_bucket(client, bucket)
    return None


def sha256_of(answer: dict[str, Any]) -> str | None:
    """The SHA-256 of the whole object in hexadecimal, if S3 keeps one; that of a multipart upload is of its parts."""
    checksum = answer.get("ChecksumSHA256")
    if not checksum or "-" in checksum:
        return None
    return base64.b64decode(checksum).hex()


def stream_sha256(client: Any, bucket: str, key: str, etag: str) -> str:
    """The SHA-256 of an object's bytes, read as they are now."""
    digest = hashlib.sha256()
    with aws_errors(named_object(bucket, key)):
        body = client.get_object(Bucket=bucket, Key=key, IfMatch=etag)["Body"]
        for chunk in body.iter_chunks(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def content_disposition(name: str) -> str:
    """The header that makes a browser save the object under that name (RFC 6266): plain ASCII, and the true name."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _require_bucket(client: Any, bucket: str) -> None:
    with aws_errors(f"bucket {bucket}"):
        try:
            client.head_bucket(Bucket=bucket)
        except ClientError as error:
            if code_of(error) in NOT_FOUND:
                raise FatalError(f"The bucket {bucket} is missing on AWS: run `gas-setup`.") from error
            # A role without the right to list may not ask. Then the first answer has to do.
