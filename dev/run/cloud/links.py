"""Presigned links end: a link is refused once its time is over, whatever the method."""

import time
from datetime import UTC, datetime

from dev.run.cloud.errors import aws_error
from dev.run.cloud.exchange import Handler, Request, Response
from dev.run.cloud.operations import Operation

LONGEST_SECONDS = 604_800
"""Seven days: the longest life that Signature Version 4 gives a link."""


def enforce_link_expiry(request: Request, operation: Operation, inner: Handler) -> Response:
    """Let a presigned request pass while it lives."""
    if operation.service != "s3":
        return inner(request)
    if "X-Amz-Expires" in request.query or "X-Amz-Signature" in request.query:
        return _sigv4_refusal(request) or inner(request)
    if "Expires" in request.query and "Signature" in request.query:
        expires = request.query["Expires"]
        return inner(request) if expires.isdigit() and int(expires) > time.time() else _expired()
    return inner(request)


def _sigv4_refusal(request: Request) -> Response | None:
    try:
        signed = datetime.strptime(request.query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        life = int(request.query["X-Amz-Expires"])
    except (KeyError, ValueError):
        return aws_error(
            "s3", "AuthorizationQueryParametersError", "X-Amz-Date and X-Amz-Expires are required"
        )
    if not 0 < life <= LONGEST_SECONDS:
        return aws_error(
            "s3", "AuthorizationQueryParametersError", "X-Amz-Expires must be between 1 and 604800 seconds"
        )
    age = datetime.now(UTC).timestamp() - signed.timestamp()
    return _expired() if age > life else None


def _expired() -> Response:
    return aws_error("s3", "AccessDenied", "Request has expired")
