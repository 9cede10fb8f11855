"""The control endpoints under `/_gas/`: what a test sets and looks at. AWS has nothing like them."""

import json
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dev.run.cloud import queues
from dev.run.cloud.classes import move_to_tier
from dev.run.cloud.exchange import Handler, Request, Response
from dev.run.cloud.faults import Fault, FaultBook
from dev.run.cloud.mail import Mailbox
from dev.run.cloud.operations import Operation
from dev.run.cloud.restores import Restores

PREFIX = "/_gas/"

KEPT_DURATIONS = 20_000
"""Of each operation, the newest."""


@dataclass(frozen=True)
class RequestCounts:
    """How many requests each operation got, the failed ones included."""

    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, request: Request, operation: Operation, inner: Handler) -> Response:
        """Count a request and pass it on."""
        with self._lock:
            self._counts[operation.service, operation.name] += 1
        return inner(request)

    def by_service(self) -> dict[str, dict[str, int]]:
        """The counts, by service and operation."""
        counts: dict[str, dict[str, int]] = {}
        with self._lock:
            for (service, name), number in sorted(self._counts.items()):
                counts.setdefault(service, {})[name] = number
        return counts


@dataclass(frozen=True)
class RequestDurations:
    """How long requests took in here, waiting for the lock included, by operation."""

    _taken: dict[tuple[str, str], deque[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def measure(self, request: Request, operation: Operation, inner: Handler) -> Response:
        """Pass a request on, and keep how long that took."""
        began = time.perf_counter()
        try:
            return inner(request)
        finally:
            taken = (time.perf_counter() - began) * 1000
            with self._lock:
                kept = self._taken.setdefault(
                    (operation.service, operation.name), deque(maxlen=KEPT_DURATIONS)
                )
                kept.append(taken)

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._taken.clear()

    def by_operation(self) -> dict[str, list[float]]:
        """The milliseconds of each operation's requests, as `service Operation`, in no order."""
        with self._lock:
            return {
                f"{service} {name}": list(taken) for (service, name), taken in sorted(self._taken.items())
            }


@dataclass(frozen=True)
class Control:
    """Answers what lies under `/_gas/`; everything else is AWS's."""

    faults: FaultBook
    mailbox: Mailbox
    counts: RequestCounts
    durations: RequestDurations
    retrievals: Restores

    def answer(self, request: Request) -> Response:
        """Answer a control request; 400 with a sentence when it cannot be done as asked."""
        try:
            return self._answer(request)
        except (ValueError, TypeError, AttributeError) as wrong:
            return _json({"error": str(wrong)}, 400)
        except KeyError as missing:
            return _json({"error": f"there is no queue {missing}"}, 404)

    def _answer(self, request: Request) -> Response:
        told: dict[str, Callable[[], Any]] = {
            "health": lambda: {"status": "ok"},
            "mail": self.mailbox.sent,
            "requests": self.counts.by_service,
            "durations": self.durations.by_operation,
        }
        match request.method, request.path.removeprefix(PREFIX):
            case "GET", name if name in told:
                return _json(told[name]())
            case "DELETE", "durations":
                self.durations.forget()
                return _json({"status": "forgotten"})
            case "POST", "faults":
                self.faults.add(Fault.from_json(_body(request)))
                return _json({"status": "set"})
            case "DELETE", "faults":
                self.faults.clear()
                return _json({"status": "cleared"})
            case "POST", "retrievals":
                self.retrievals.times.change(_body(request))
                return _json({"status": "set"})
            case "DELETE", "retrievals":
                return _json({"ended": self.retrievals.end_all()})
            case "POST", "purge":
                return _json({"queues": queues.purge(_body(request).get("queue"))})
            case "POST", "tier":
                move_to_tier(**_body(request))
                return _json({"status": "moved"})
            case _:
                return _json(
                    {
                        "error": "know GET health, mail, requests, durations; POST faults, purge, retrievals, tier; "
                        "DELETE faults, durations, retrievals"
                    },
                    404,
                )


def _body(request: Request) -> dict[str, Any]:
    fields = json.loads(request.body or b"{}")
    if not isinstance(fields, dict):
        raise ValueError("the body is no JSON object")  # noqa: TRY004 - a wrong wish, not a wrong type in our code
    return fields


def _json(answer: Any, status: int = 200) -> Response:
    return Response(status, (("Content-Type", "application/json"),), json.dumps(answer).encode() + b"\n")
