"""Files of any size to and from S3: uploads in parts, and downloads that go on after what came already."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from botocore.exceptions import ClientError

from gas.adapters.aws.encryption import Encryption
from gas.adapters.aws.errors import aws_errors, code_of
from gas.domain.errors import TransientError, UsageError
from gas.ports.objects import Checkpoint

LARGE_BYTES = 100 * 1024**2
"""A file over this size is sent in parts: what S3 advises, and one that is lost costs a part again and not the file."""
PART_BYTES = 64 * 1024**2
_MOST_PARTS = 10_000
"""S3's limit. Larger files have larger parts."""
_CHUNK = 1024**2
_OUT_OF_RANGE = "InvalidRange"


def upload_file(
    client: Any,
    bucket: str,
    key: str,
    path: Path,
    *,
    sha256: str,
    encryption: Encryption,
    large_bytes: int = LARGE_BYTES,
    part_bytes: int = PART_BYTES,
) -> None:
    """Store a file, in parts where it is large; it appears whole or not at all. S3 checks what it gets by SHA-256.

    The SHA-256 of the whole is kept beside it, since of parts S3 keeps only that of their sums.

    Raises:
        UsageError: it has other bytes than that SHA-256 says.
    """
    size = path.stat().st_size
    how = {"Metadata": {"sha256": sha256}, **encryption.arguments()}
    with aws_errors(f"object s3://{bucket}/{key}"), path.open("rb") as file:
        if size <= large_bytes:
            client.put_object(
                Bucket=bucket, Key=key, Body=file, ContentLength=size, ChecksumSHA256=_base64(sha256), **how
            )
            return
        upload = client.create_multipart_upload(Bucket=bucket, Key=key, ChecksumAlgorithm="SHA256", **how)
        place = {"Bucket": bucket, "Key": key, "UploadId": upload["UploadId"]}
        # What is left of one that breaks off is ended by the bucket's own rule.
        whole = hashlib.sha256()
        parts = list(_sent(client, place, file, max(part_bytes, -(-size // _MOST_PARTS)), whole))
        if whole.hexdigest() != sha256:
            raise UsageError(
                f"{path} has other bytes than when its SHA-256 was taken: build the bundle again."
            )
        client.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})


def download_rest(client: Any, bucket: str, key: str, path: Path, checkpoint: Checkpoint) -> None:
    """Bring an object to a file, going on after the bytes that are there; a longer file is of something else, and begun anew.

    The last byte that is there is asked for again: S3 has no empty range, so that a whole file could not be told from a
    longer one.
    """
    named = f"object s3://{bucket}/{key}"
    there = path.stat().st_size if path.exists() else 0
    with aws_errors(named):
        try:
            again = {"Range": f"bytes={there - 1}-"} if there else {}
            answer = client.get_object(Bucket=bucket, Key=key, **again)
        except ClientError as error:
            if code_of(error) != _OUT_OF_RANGE:
                raise
            there, answer = 0, client.get_object(Bucket=bucket, Key=key)
        start = there - 1 if there else 0
        expected = start + answer["ContentLength"]
        with closing(answer["Body"]) as body, path.open("r+b" if start else "wb") as file:
            file.seek(start)
            checkpoint()
            for chunk in body.iter_chunks(_CHUNK):
                file.write(chunk)
                checkpoint()
            received = file.tell()
    if received != expected:
        raise TransientError(f"The {named} came incomplete: {received} of {expected} bytes. Try again.")


def read_checksum(client: Any, bucket: str, key: str) -> tuple[int, str]:
    """Size and SHA-256 of an object's bytes, read whole."""
    digest, size = hashlib.sha256(), 0
    with aws_errors(f"object s3://{bucket}/{key}"):
        answer = client.get_object(Bucket=bucket, Key=key)
        with closing(answer["Body"]) as body:
            for chunk in body.iter_chunks(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    if size != answer["ContentLength"]:
        raise TransientError(f"The object s3://{bucket}/{key} came incomplete: {size} bytes. Try again.")
    return size, digest.hexdigest()


def _sent(
    client: Any, place: dict[str, str], file: IO[bytes], part_bytes: int, whole: "hashlib._Hash"
) -> Iterator[dict[str, Any]]:
    number = 0
    while part := file.read(part_bytes):
        number += 1
        whole.update(part)
        checksum = _base64(hashlib.sha256(part).hexdigest())
        answer = client.upload_part(**place, PartNumber=number, Body=part, ChecksumSHA256=checksum)
        yield {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum}


def _base64(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()
