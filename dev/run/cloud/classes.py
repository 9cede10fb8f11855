"""Storage classes as S3 has them where moto does not: the archive tiers of INTELLIGENT_TIERING, and EXPRESS_ONEZONE.

S3 moves an object that nobody reads into these tiers by itself; here a test does it, by `POST /_gas/tier`.
"""

from dataclasses import replace
from typing import Any

from dev.run.cloud.errors import aws_error
from dev.run.cloud.exchange import Handler, Request, Response
from dev.run.cloud.locks import S3_LOCK
from dev.run.cloud.objects import find_object, find_source
from dev.run.cloud.operations import Operation

ARCHIVE_TIERS = {"ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"}
"""The tiers of INTELLIGENT_TIERING that cannot be read at once; asynchronous, as S3's documents say."""

_ELSEWHERE = "EXPRESS_ONEZONE"
"""A class of directory buckets alone."""


def enforce_classes(request: Request, operation: Operation, inner: Handler) -> Response:
    """Refuse to write a class that the bucket cannot have, and to read or copy what lies in an archive tier."""
    if operation.service != "s3" or not operation.key:
        return inner(request)
    if request.header("x-amz-storage-class") == _ELSEWHERE:
        return aws_error("s3", "InvalidStorageClass", "The storage class you specified is not valid")
    if operation.name == "CopyObject":
        if access_tier(find_source(request)):
            return aws_error(
                "s3",
                "ObjectNotInActiveTierError",
                "The source object of the COPY operation is not in the active tier",
            )
        return inner(request)
    tier = access_tier(find_object(operation.bucket, operation.key, request.query.get("versionId")))
    if tier is None or operation.name not in {"GetObject", "HeadObject"}:
        return inner(request)
    if operation.name == "GetObject":
        return aws_error(
            "s3", "InvalidObjectState", "The operation is not valid for the object's access tier"
        )
    answer = inner(request)
    return replace(answer, headers=(*answer.headers, ("x-amz-archive-status", tier)))


def access_tier(key: Any) -> str | None:
    """The archive tier that an object lies in, if it lies in one."""
    return getattr(key, "gas_access_tier", None)


def move_to_tier(bucket: str, name: str, tier: str | None) -> None:
    """Move an object of INTELLIGENT_TIERING into an archive tier, or out of it.

    Raises:
        ValueError: there is no such object or tier, or the object is of another class.
    """
    if tier is not None and tier not in ARCHIVE_TIERS:
        raise ValueError(f"there is no archive tier {tier}; there are {sorted(ARCHIVE_TIERS)}")
    with S3_LOCK:
        key = find_object(bucket, name)
        if key is None or key.storage_class != "INTELLIGENT_TIERING":
            raise ValueError(f"s3://{bucket}/{name} is no object of INTELLIGENT_TIERING")
        key.gas_access_tier = tier
