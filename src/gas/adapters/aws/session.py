"""Makes the clients of AWS, all with the same care: timeouts, few retries, signatures and addresses that work everywhere."""

from dataclasses import dataclass, field
from typing import Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import UnknownRegionError

CONNECT_SECONDS = 3
READ_SECONDS = 10
OBJECT_READ_SECONDS = 20
"""S3 looks through up to 5 GiB before it answers an upload. All tries of a call together still end between an annotator's
drain and the end of its pod's grace period."""
COPY_READ_SECONDS = 60
"""S3 copies up to 5 GiB in one request, and may be silent meanwhile."""
HASTY_READ_SECONDS = 5
"""For what is small, and soon asked for again: a page waits for it, in a single try."""
POLL_READ_SECONDS = 30
"""Longer than the longest poll of 20 seconds: a poll that is cut leaves its message invisible. SQS's other calls are not
given so long, for a heartbeat makes one, and the next heartbeat is owed while the lease still lives."""
ATTEMPTS = 3

_READ_SECONDS = {"s3": OBJECT_READ_SECONDS}
_ATTEMPTS = {"ses": 1}
"""An e-mail is never sent again by the SDK: it may have been sent the first time."""

Addressing = Literal["path", "virtual"]


@dataclass(frozen=True)
class AwsClients:
    """Makes clients for one region, and one endpoint when it is not AWS itself; not by several threads at a time.

    Credentials are found by the SDK as usual, unless a session brings its own. All clients share one session: each new
    one would read the SDK's own files again, half a second for all that a program needs.
    """

    region: str
    endpoint_url: str | None = None
    max_connections: int = 50
    session: boto3.session.Session = field(default_factory=boto3.session.Session)
    addressing: Addressing = "path"
    """How S3's addresses name the bucket: `path`, which any endpoint understands, or `virtual`, in the host's name."""

    def client(self, service: str, read_seconds: int | None = None, attempts: int | None = None) -> Any:
        """A client of a service, with its usual patience or another; it may be used by many threads. Making one calls nothing."""
        return self.session.client(
            service,  # type: ignore[call-overload]  # the service is known at run time only
            region_name=self.region,
            endpoint_url=self.endpoint_url,
            config=client_config(service, self.max_connections, self.addressing, read_seconds, attempts),
        )


def client_config(
    service: str,
    max_connections: int = 50,
    addressing: Addressing = "path",
    read_seconds: int | None = None,
    attempts: int | None = None,
) -> Config:
    """The settings of a service's client."""
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds or _READ_SECONDS.get(service, READ_SECONDS),
        retries={"mode": "standard", "total_max_attempts": attempts or _ATTEMPTS.get(service, ATTEMPTS)},
        max_pool_connections=max_connections,
        signature_version="s3v4" if service == "s3" else None,
        s3={"addressing_style": addressing} if service == "s3" else None,
        tcp_keepalive=True,
    )


def partition_of(region: str) -> str:
    """The partition that a region lies in, such as `aws` or `aws-cn`; `aws` for a region that the SDK does not know."""
    try:
        return str(boto3.session.Session().get_partition_for_region(region))
    except UnknownRegionError:
        return "aws"
