"""Presigned POST: what the policy says holds, each field is covered by it, and an expired policy is refused."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from werkzeug.formparser import parse_form_data

from dev.run.cloud.errors import aws_error
from dev.run.cloud.exchange import Handler, Request, Response
from dev.run.cloud.objects import find_object
from dev.run.cloud.operations import Operation

_UNCOVERED = {"policy", "x-amz-signature", "signature", "awsaccesskeyid", "file", "submit"}
"""The fields that AWS does not want a condition for; so are those that start with `x-ignore-`."""


def enforce_post_policy(request: Request, operation: Operation, inner: Handler) -> Response:
    """Let a form upload pass only when its policy allows this key, these fields and this size now."""
    if (operation.service, operation.name) != ("s3", "PostObject"):
        return inner(request)
    _, form, files = parse_form_data(request.to_environ())
    fields = {name.lower(): value for name, value in form.items()}
    if "policy" not in fields or not (fields.get("x-amz-signature") or fields.get("signature")):
        return _denied("Access Denied: a form upload needs a policy and its signature")
    if "file" not in files:
        return aws_error("s3", "InvalidArgument", "POST requires exactly one file upload per request.")
    try:
        policy = json.loads(base64.b64decode(fields["policy"], validate=True))
        expires = datetime.fromisoformat(policy["expiration"])
        conditions = [_normalised(condition) for condition in policy["conditions"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return aws_error(
            "s3", "InvalidPolicyDocument", "Invalid Policy: it is no JSON with expiration and conditions"
        )
    if expires <= datetime.now(UTC):
        return _denied("Invalid according to Policy: Policy expired.")
    size = len(files["file"].stream.read())
    fields["bucket"] = operation.bucket
    refusal = _first_refusal(fields, conditions, size)
    if refusal is not None:
        return refusal
    answer = inner(request)
    if answer.ok:
        _encrypt(operation.bucket, fields)
    return answer


def _encrypt(bucket: str, fields: Mapping[str, str]) -> None:
    """Note the encryption that the form asked for, of which moto reads nothing."""
    key, algorithm = find_object(bucket, fields["key"]), fields.get("x-amz-server-side-encryption")
    if key is not None and algorithm is not None:
        key.encryption = algorithm
        key.kms_key_id = fields.get("x-amz-server-side-encryption-aws-kms-key-id")


def _normalised(condition: Any) -> tuple[str, Any, Any]:
    if isinstance(condition, dict):
        ((name, value),) = condition.items()
        return "eq", name.lower(), value
    kind, first, second = condition
    if kind.lower() == "content-length-range":
        return "content-length-range", int(first), int(second)
    return kind.lower(), first.removeprefix("$").lower(), second


def _first_refusal(
    fields: Mapping[str, str], conditions: list[tuple[str, Any, Any]], size: int
) -> Response | None:
    covered: set[str] = set()
    for kind, first, second in conditions:
        if kind == "content-length-range":
            if size > second:
                return aws_error(
                    "s3", "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"
                )
            if size < first:
                return aws_error(
                    "s3", "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size"
                )
            continue
        covered.add(first)
        value = fields.get(first, "")
        holds = value == second if kind == "eq" else kind == "starts-with" and value.startswith(second)
        if not holds:
            shown = json.dumps([kind, f"${first}", second])
            return _denied(f"Invalid according to Policy: Policy Condition failed: {shown}")
    extra = sorted(n for n in fields if n not in covered | _UNCOVERED and not n.startswith("x-ignore-"))
    if extra:
        return _denied(f"Invalid according to Policy: Extra input fields: {', '.join(extra)}")
    return None


def _denied(message: str) -> Response:
    return aws_error("s3", "AccessDenied", message)
