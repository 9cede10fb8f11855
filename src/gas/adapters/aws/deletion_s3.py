"""Deleting objects of S3, and erasing them: with every version that a versioned bucket keeps."""

import os.path
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gas.adapters.aws.errors import NOT_FOUND, aws_errors, in_words, named_object
from gas.domain.errors import FatalError, TransientError

_BATCH = 1000
"""The most that S3 deletes in one request."""

_GONE = NOT_FOUND | {"NoSuchVersion"}
_REFUSED = frozenset({"AccessDenied", "InvalidRequest", "MethodNotAllowed"})

Entry = dict[str, str]
"""A key, or one version of it."""


@dataclass(frozen=True)
class _Version:
    """A version of an object, or a delete marker in its place; the latest is what can be seen."""

    entry: Entry
    is_latest: bool
    is_marker: bool


def delete_objects(client: Any, bucket: str, keys: tuple[str, ...]) -> None:
    """Remove objects; a versioned bucket keeps them as earlier versions.

    Raises:
        FatalError: AWS refuses, for want of a right.
        TransientError: one of them could not be deleted now.
    """
    _delete(client, bucket, [{"Key": key} for key in keys])


def erase_objects(client: Any, bucket: str, keys: tuple[str, ...]) -> None:
    """Remove objects and every version of them.

    Objects that can be seen are hidden first, as any deletion does; what a lock holds is hidden already when it is tried
    again, and needs no second delete marker. The markers go last, and only when all is gone that they hide: without them an
    earlier version would be there again for all to see.

    Raises:
        FatalError: AWS refuses, for want of a right or because an object lock still holds.
        TransientError: one of them could not be deleted now.
    """
    try:
        found = [*_versions(client, bucket, keys)]
    except FatalError:
        # Without the right to list versions they can be hidden, and in a bucket that keeps none they are gone with that.
        if _delete(client, bucket, [{"Key": key} for key in keys]):
            raise
        return
    seen = [{"Key": each.entry["Key"]} for each in found if each.is_latest and not each.is_marker]
    if seen:
        if not _delete(client, bucket, seen):
            return  # It keeps no versions.
        # What came until it was hidden is among them now, and so are the markers.
        found = [*_versions(client, bucket, keys)]
    _delete(client, bucket, [each.entry for each in found if not each.is_marker])
    _delete(client, bucket, [each.entry for each in found if each.is_marker])


def _delete(client: Any, bucket: str, entries: list[Entry]) -> bool:
    """Delete entries; True when the bucket turned out to be versioned."""
    hidden = False
    for start in range(0, len(entries), _BATCH):
        with aws_errors(f"bucket {bucket}"):
            answer = client.delete_objects(Bucket=bucket, Delete={"Objects": entries[start : start + _BATCH]})
        hidden = hidden or any(each.get("DeleteMarker") for each in answer.get("Deleted", []))
        for refused in answer.get("Errors", []):
            _raise_undeleted(bucket, refused)
    return hidden


def _versions(client: Any, bucket: str, keys: tuple[str, ...]) -> Iterator[_Version]:
    """Every version and delete marker of these keys. The files of one job begin alike, so that one list has them all."""
    if not keys:
        return
    wanted = set(keys)
    with aws_errors(f"versions in bucket {bucket}"):
        pages = client.get_paginator("list_object_versions").paginate(
            Bucket=bucket,
            Prefix=os.path.commonprefix(keys),  # noqa: RUF071 - keys are no paths
        )
        for page in pages:
            for kind in ("Versions", "DeleteMarkers"):
                for found in page.get(kind, []):
                    if found["Key"] in wanted:
                        entry = {"Key": found["Key"], "VersionId": found["VersionId"]}
                        yield _Version(entry, found["IsLatest"], kind == "DeleteMarkers")


def _raise_undeleted(bucket: str, refused: Entry) -> None:
    code, key = refused.get("Code", ""), refused.get("Key", "")
    if code in _GONE:
        return
    named = named_object(bucket, key)
    if code in _REFUSED:
        raise FatalError(
            f"AWS refuses to delete the {named} ({code}): grant s3:DeleteObject, and s3:DeleteObjectVersion where the "
            f"bucket keeps versions, to this program's role, or wait for the end of its object lock. "
            f"AWS says: {in_words(refused.get('Message', ''))}",
            code,
        )
    raise TransientError(f"The {named} could not be deleted now ({code}): try again later.")
