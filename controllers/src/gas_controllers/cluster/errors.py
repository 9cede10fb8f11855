"""Kubernetes' errors, mapped once to GAS's own."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import urllib3.exceptions
from kubernetes.client.exceptions import ApiException

from gas.domain.errors import (
    ConflictError,
    FatalError,
    NotFoundError,
    NotTakenError,
    TransientError,
    UsageError,
)

CONFLICT, NOT_FOUND, FORBIDDEN, UNAUTHORIZED, INVALID, TOO_MANY = 409, 404, 403, 401, 422, 429
NOT_ALLOWED = 405
SERVER_ERROR = 500

_VALUE = re.compile(r"((?:Invalid|Unsupported|Duplicate) value|Not found): ")
"""As the API server begins to quote what it refuses."""

_OURS = re.compile(
    r"""User "[^"]*" cannot [a-z]+ resource "[^"]*"(?: in API group "[^"]*")?(?: in the namespace "[^"]*"| at the cluster scope)?"""
    r"""|exceeded quota: [\w.-]+"""
    r"""|admission webhook "[\w.-]+" denied the request"""
    r"""|ValidatingAdmissionPolicy '[\w.-]+' with binding '[\w.-]+' denied request"""
)
"""What it says by itself where it allows something not: who may not do what, and which quota, webhook or policy said so. What these
add may quote the resource."""

MOST_LETTERS = 500
"""Of what the API server says in an error."""


class NotServedError(NotTakenError):
    """The kind AnnotationJob, or the namespace, is not there: nothing can be learned of any resource."""


@contextmanager
def kubernetes_errors(doing: str) -> Iterator[None]:
    """Turn what the Kubernetes client raises into a GasError that says what was being done.

    Raises:
        NotFoundError: 404. ConflictError: 409. FatalError: 401 and 403. UsageError: 400 and 422.
        NotServedError: 405, and 403 where the namespace is going. TransientError: 429, 5xx, and no answer.
    """
    try:
        yield
    except ApiException as error:
        raise _mapped(error, doing) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise TransientError(
            f"{doing}: the Kubernetes API did not answer ({type(error).__name__})"
        ) from error


def _mapped(error: ApiException, doing: str) -> Exception:
    status = int(error.status or 0)
    said = f"{doing}: the Kubernetes API answered {status} {error.reason}"
    if status == NOT_FOUND:
        return NotFoundError(said)
    if status == CONFLICT:
        return ConflictError(said)
    # Nothing can be made any more of a kind, or in a namespace, that is being deleted.
    if status == NOT_ALLOWED or (status == FORBIDDEN and "NamespaceTerminating" in str(error.body)):
        return NotServedError(f"{said}: the kind, or the namespace, is being deleted")
    if status in {UNAUTHORIZED, FORBIDDEN}:
        return FatalError(f"{said}{_who(error)}. Check the Role of the controllers, quotas and webhooks")
    if status == TOO_MANY or status >= SERVER_ERROR or status == 0:
        return TransientError(said)
    return UsageError(f"{said}{_why_not(error)}")


def status_of(error: ApiException) -> dict[str, Any]:
    """The Status that the API server answered with; empty where it sent something else."""
    try:
        told = json.loads(error.body or "")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _who(error: ApiException) -> str:
    """Who does not allow it, as far as that can be told without what they say of the resource."""
    found = _OURS.search(str(status_of(error).get("message", "")))
    return f": {found[0][:MOST_LETTERS]}" if found else ""


def _why_not(error: ApiException) -> str:
    """What is wrong with a resource: field by field, without the values, of which one is what a user calls a file.

    Nothing where the API server names no fields: its message quotes them as it likes.
    """
    causes = (status_of(error).get("details") or {}).get("causes") or []
    said = "; ".join(f"{each.get('field')}: {_without_value(str(each.get('message')))}" for each in causes)
    return f": {said[:MOST_LETTERS]}" if said else ""


def _without_value(said: str) -> str:
    """What was said of a field: of a quoted value only what follows it for certain, behind the last colon.

    Where it ends as a value does, the value may itself have had a colon, and nothing may follow it.
    """
    begin = _VALUE.search(said)
    if begin is None:
        return said
    _, colon, rest = said[begin.end() :].rpartition(": ")
    told = colon + rest if begin[1] == "Invalid value" and not rest.endswith(('"', "}", "]", ")")) else ""
    return said[: begin.end(1)] + told
