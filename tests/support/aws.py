"""Plain boto3 clients and small resources for tests that talk to the local AWS."""

import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from dev.run.cloud.client import LocalCloud
from tests.support.waiting import PATIENCE_SECONDS

REGION = "us-east-1"
OUR_KEY = f"arn:aws:kms:{REGION}:{'1' * 12}:key/ours"
"""A key of KMS."""


@dataclass(frozen=True)
class TestCloud:
    """A running local AWS and its clients, which never retry: each answer is the first one."""

    __test__ = False
    local: LocalCloud
    deviations: frozenset[str] = frozenset()
    second: bool = False

    def client(self, service: str) -> Any:
        """The client of one service; made once, for making one takes a tenth of a second."""
        return _client(self.local.endpoint, service)

    def retrievals_take(self, thaw_seconds: float, day_seconds: float) -> None:
        """How long retrievals take, and a day of their copies: whoever looks at something that ends asks for long ones."""
        if not self.second:
            self.local.retrievals_take(thaw_seconds=thaw_seconds, day_seconds=day_seconds)


@cache
def _client(endpoint: str, service: str) -> Any:
    config = Config(
        signature_version="s3v4" if service == "s3" else None,
        s3={"addressing_style": "path"},
        retries={"total_max_attempts": 1},
        max_pool_connections=32,
        connect_timeout=PATIENCE_SECONDS,
        read_timeout=PATIENCE_SECONDS,
    )
    session = boto3.session.Session("test", "test", region_name=REGION)
    return session.client(service, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]  # the service is known at run time only


def unique(stem: str) -> str:
    """A name that no other test uses."""
    return f"{stem}-{uuid.uuid4().hex[:8]}"


def code(error: ClientError) -> str:
    """AWS's code of an error."""
    return str(error.response["Error"]["Code"])


def status(error: ClientError) -> int:
    """The HTTP status of an error."""
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


def listed(client: Any, operation: str, key: str) -> list[Any]:
    """All that is listed: AWS lists a hundred or so at a time, and the tests before may have made as many."""
    found: list[Any] = client.get_paginator(operation).paginate().build_full_result().get(key, [])
    return found
