"""Conditions on copies, which moto ignores: copy only what is still the same, and only where nothing is yet."""

from dev.run.cloud.errors import aws_error
from dev.run.cloud.exchange import Handler, Request, Response
from dev.run.cloud.objects import find_object, find_source
from dev.run.cloud.operations import Operation


def check_copy_conditions(request: Request, operation: Operation, inner: Handler) -> Response:
    """Refuse a copy whose conditions do not hold. It runs inside S3's lock, so they hold until the copy is made."""
    if (operation.service, operation.name) != ("s3", "CopyObject"):
        return inner(request)
    source = find_source(request)
    wanted = request.header("x-amz-copy-source-if-match").strip('"')
    if source is not None and wanted not in {"", source.etag.strip('"')}:
        return _failed("x-amz-copy-source-If-Match")
    target = find_object(operation.bucket, operation.key)
    if request.header("If-None-Match") == "*" and target is not None:
        return _failed("If-None-Match")
    if_match = request.header("If-Match").strip('"')
    if if_match and (target is None or target.etag.strip('"') != if_match):
        return _failed("If-Match")
    return inner(request)


def _failed(condition: str) -> Response:
    text = f"At least one of the pre-conditions you specified did not hold: {condition}"
    return aws_error("s3", "PreconditionFailed", text)
