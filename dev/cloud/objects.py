"""Finds moto's own object behind a bucket and a key, for the rules that moto does not know."""

from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends


def backend() -> Any:
    """The S3 of moto, with all its buckets."""
    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]


def find_object(bucket: str, key: str, version_id: str | None = None) -> Any:
    """The object as it is now, or None."""
    s3 = backend()
    return s3.get_object(bucket, key, version_id=version_id) if bucket in s3.buckets else None
