"""Uploads with a wrong checksum are refused, and a checksum that came without its algorithm's name is kept."""

import base64
import hashlib

from moto.s3.utils import compute_checksum

from dev.run.cloud.errors import aws_error
from dev.run.cloud.exchange import Handler, Request, Response
from dev.run.cloud.operations import Operation

# CRC32C and CRC64NVME are left to moto: without their libraries it would compute another sum and refuse good bytes.
_VERIFIED = ("SHA256", "SHA1", "CRC32")


def verify_checksums(request: Request, operation: Operation, inner: Handler) -> Response:
    """Refuse an upload whose bytes are not those that the client summed."""
    if operation.service != "s3" or operation.name not in {"PutObject", "UploadPart"}:
        return inner(request)
    if request.header("x-amz-content-sha256").startswith("STREAMING-"):
        # The body is framed by aws-chunked; botocore does so over https only, which the local AWS does not speak.
        return inner(request)
    claimed_md5 = request.header("Content-MD5")
    if claimed_md5 and claimed_md5 != base64.b64encode(hashlib.md5(request.body).digest()).decode():  # noqa: S324 - AWS's header
        return _bad_digest("Content-MD5")
    for algorithm in _VERIFIED:
        claimed = request.header(f"x-amz-checksum-{algorithm.lower()}")
        if not claimed:
            continue
        if claimed != compute_checksum(request.body, algorithm=algorithm).decode():
            return _bad_digest(algorithm)
        if not request.header("x-amz-sdk-checksum-algorithm"):
            return inner(request.with_header("x-amz-sdk-checksum-algorithm", algorithm))
    return inner(request)


def _bad_digest(kind: str) -> Response:
    return aws_error("s3", "BadDigest", f"The {kind} you specified did not match the calculated checksum.")
