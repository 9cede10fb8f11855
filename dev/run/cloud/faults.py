"""Faults that a test asks for: errors, delays, and messages that are lost or delivered twice."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dev.run.cloud.deliveries import delivering
from dev.run.cloud.errors import aws_error
from dev.run.cloud.exchange import Handler, Request, Response
from dev.run.cloud.operations import Operation

SERVICES = {"dynamodb", "s3", "sqs", "sns", "ses"}
_SENDING = {"SendMessage", "SendMessageBatch", "Publish", "PublishBatch", "SendEmail", "SendRawEmail"}
_REPEATABLE = _SENDING | {"ReceiveMessage"}


@dataclass(frozen=True)
class Fault:
    """What happens to the next `left` requests of one operation whose path or body holds a text; to all when it is None."""

    service: str
    operation: str
    error: str = ""
    said: str = ""
    delay_seconds: float = 0.0
    duplicate: bool = False
    drop: bool = False
    after: bool = False
    holding: str = ""
    left: int | None = None

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Fault":
        """Read a fault as a test writes it.

        Raises:
            ValueError: it names an unknown field or service, or what that operation cannot do.
        """
        known = {
            "service",
            "operation",
            "error",
            "said",
            "delayMs",
            "duplicate",
            "drop",
            "after",
            "holding",
            "count",
        }
        if unknown := set(fields) - known:
            raise ValueError(f"unknown fields {sorted(unknown)}; a fault has {sorted(known)}")
        fault = cls(
            service=str(fields.get("service", "")),
            operation=str(fields.get("operation", "")),
            error=str(fields.get("error") or ""),
            said=str(fields.get("said") or ""),
            delay_seconds=float(fields.get("delayMs") or 0) / 1000,
            duplicate=bool(fields.get("duplicate")),
            drop=bool(fields.get("drop")),
            after=bool(fields.get("after")),
            holding=str(fields.get("holding") or ""),
            left=None if fields.get("count") is None else int(fields["count"]),
        )
        if fault.service not in SERVICES or not fault.operation:
            raise ValueError(
                f"a fault names a service of {sorted(SERVICES)} and an operation in AWS's spelling"
            )
        if (fault.drop and fault.operation not in _SENDING) or (
            fault.duplicate and fault.operation not in _REPEATABLE
        ):
            raise ValueError(
                "drop suits an operation that sends; duplicate suits one that sends, or ReceiveMessage"
            )
        if not (fault.error or fault.delay_seconds or fault.duplicate or fault.drop):
            raise ValueError("a fault does something: error, delayMs, duplicate or drop")
        return fault

    @property
    def copies(self) -> int:
        """How many copies of a message are delivered under this fault."""
        return 0 if self.drop else 2 if self.duplicate else 1


class FaultBook:
    """The faults that are set; each request takes at most one, the oldest that fits."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Set one more fault."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._faults.clear()

    def take(self, service: str, operation: str, text: bytes = b"") -> Fault | None:
        """The fault that this request meets, counted down."""
        with self._lock:
            for place, fault in enumerate(self._faults):
                if (fault.service, fault.operation) != (service, operation):
                    continue
                if fault.holding.encode() not in text:
                    continue
                if fault.left is None:
                    return fault
                if fault.left > 1:
                    self._faults[place] = replace(fault, left=fault.left - 1)
                else:
                    del self._faults[place]
                return fault if fault.left > 0 else None
        return None

    def apply(self, request: Request, operation: Operation, inner: Handler) -> Response:
        """Answer a request under the fault that it meets, if any."""
        text = b"%s\n%s" % (request.path.encode(), request.body)
        fault = self.take(operation.service, operation.name, text)
        if fault is None:
            return inner(request)
        if not fault.after:
            time.sleep(fault.delay_seconds)
            if fault.error:
                return aws_error(operation.service, fault.error, fault.said)
        with delivering(fault.copies):
            response = inner(request)
        if fault.after:
            time.sleep(fault.delay_seconds)
            if fault.error:
                return aws_error(operation.service, fault.error, fault.said)
        return response
