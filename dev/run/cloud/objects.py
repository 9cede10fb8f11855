"""Finds moto's own object behind a bucket and a key, for the rules that moto does not know."""

from typing import Any
from urllib.parse import parse_qs, unquote

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from dev.run.cloud.exchange import Request


def backend() -> Any:
    """The S3 of moto, with all its buckets."""
    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]


def find_object(bucket: str, key: str, version_id: str | None = None) -> Any:
    """The object as it is now, or None."""
    s3 = backend()
    return s3.get_object(bucket, key, version_id=version_id) if bucket in s3.buckets else None


def find_source(request: Request) -> Any:
    """The object that a copy is made of, or None."""
    path, _, query = request.header("x-amz-copy-source").partition("?")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    return find_object(bucket, key, parse_qs(query).get("versionId", [None])[0])
