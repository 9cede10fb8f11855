"""A way to the local AWS that a test can close: it holds, fails and counts the requests of the part behind it.

A request that is held has either not reached AWS yet, or (`after`) has taken effect there while its answer is still
to come: so a test can kill a program at exactly one of its calls, before or after that call has worked.
"""

import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from dev.run.cloud.errors import aws_error
from dev.run.cloud.exchange import Request, Response
from dev.run.cloud.http_server import http_server
from dev.run.cloud.operations import Operation, recognise
from tests.support.waiting import PATIENCE_SECONDS

ANSWER_SECONDS = 40
"""Longer than the longest poll."""

_NOT_PASSED_ON = {"host", "connection", "content-length", "transfer-encoding", "expect"}


@dataclass(frozen=True)
class Seen:
    """One request: its operation, and its path and body as text."""

    operation: str
    text: str

    def fits(self, operation: str, texts: tuple[str, ...]) -> bool:
        """True when it is that operation and all texts occur in it."""
        return operation in {"*", self.operation} and all(text in self.text for text in texts)


@dataclass
class Hold:
    """Requests of one kind that are held, the next `count` of them. `wait` returns when the first is."""

    operation: str
    texts: tuple[str, ...]
    after: bool = False
    count: int = 1
    held: Seen | None = None
    _ever_held: set[Seen] = field(default_factory=set)
    _arrived: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)
    _dropped: bool = False

    @property
    def is_held(self) -> bool:
        """True once a request is, or was, held."""
        return self._arrived.is_set()

    def wait(self, seconds: float = PATIENCE_SECONDS) -> Seen:
        """The request that is held."""
        assert self._arrived.wait(seconds), f"no {self.operation} with {self.texts} within {seconds} s"
        assert self.held is not None
        return self.held

    def release(self) -> None:
        """Let what is held go on."""
        self._ended.set()

    def drop(self) -> None:
        """Forget what is held: its sender is dead. What had not reached AWS never will."""
        self._dropped = True
        self._ended.set()

    def holds(self, seen: Seen) -> bool:
        """True for a request that is, or was, held: the SDK sends it again when no answer comes in time."""
        return seen in self._ever_held and not self._ended.is_set()

    def pass_on(self, seen: Seen, forward: Callable[[], Response]) -> Response:
        """Answer a request under this hold; one that is sent again takes no effect twice before the end."""
        response = forward() if self.after and seen not in self._ever_held else None
        self._ever_held.add(seen)
        self.held = seen
        self._arrived.set()
        self._ended.wait()
        if self._dropped:
            raise ConnectionAbortedError
        return response or forward()


@dataclass
class _Failure:
    operation: str
    texts: tuple[str, ...]
    code: str
    left: int | None


class Gateway:
    """Passes requests on to the local AWS at `endpoint`; listens on `address`."""

    def __init__(self, endpoint: str) -> None:
        self._target = urlsplit(endpoint)
        self._lock = threading.Lock()
        self._holds: list[Hold] = []
        self._failures: list[_Failure] = []
        self._waiting: list[Hold] = []
        self.seen: list[Seen] = []
        self.polls = 0
        """How many receive messages now, be their senders alive or not."""
        self._server = http_server(self._answer, 0)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        """The endpoint to give to a part."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def settings(self) -> dict[str, str]:
        """The setting that sends a part through this gateway."""
        return {"GAS_AWS__ENDPOINT_URL": self.address}

    def hold(self, operation: str, *texts: str, after: bool = False, count: int = 1) -> Hold:
        """Hold the next requests of an operation (in AWS's spelling) in which all the texts occur."""
        hold = Hold(operation, texts, after=after, count=count)
        with self._lock:
            self._holds.append(hold)
            self._waiting.append(hold)
        return hold

    def fail(self, operation: str, *texts: str, code: str, count: int | None = 1) -> None:
        """Answer the next requests of an operation, or of all (`*`), with an error of AWS."""
        with self._lock:
            self._failures.append(_Failure(operation, texts, code, count))

    def clear(self) -> None:
        """Let everything pass from now on; what is still held is forgotten."""
        with self._lock:
            self._failures.clear()
            self._holds.clear()
            waiting, self._waiting = self._waiting, []
        for hold in waiting:
            hold.drop()

    def count(self, operation: str, *texts: str) -> int:
        """How many such requests came."""
        return sum(seen.fits(operation, texts) for seen in list(self.seen))

    def close(self) -> None:
        """Stop listening."""
        self.clear()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answer(self, request: Request) -> Response:
        operation = recognise(request)
        seen = Seen(operation.name, f"{request.path} {request.body.decode('utf-8', 'replace')[:20_000]}")
        self.seen.append(seen)
        if failure := self._failure(seen):
            return aws_error(operation.service, failure.code)
        hold = self._hold(seen)
        if hold is None:
            return self._forward(request, operation)
        return hold.pass_on(seen, lambda: self._forward(request, operation))

    def _hold(self, seen: Seen) -> Hold | None:
        with self._lock:
            for hold in self._waiting:
                if hold.holds(seen):
                    return hold
            for hold in self._holds:
                if seen.fits(hold.operation, hold.texts):
                    hold.count -= 1
                    if hold.count == 0:
                        self._holds.remove(hold)
                    return hold
        return None

    def _failure(self, seen: Seen) -> _Failure | None:
        with self._lock:
            for failure in self._failures:
                if seen.fits(failure.operation, failure.texts):
                    if failure.left is not None:
                        failure.left -= 1
                        if failure.left == 0:
                            self._failures.remove(failure)
                    return failure
        return None

    def _forward(self, request: Request, operation: Operation) -> Response:
        headers = {
            name[5:].replace("_", "-").title(): str(value)
            for name, value in request.environ.items()
            if name.startswith("HTTP_") and name[5:].replace("_", "-").lower() not in _NOT_PASSED_ON
        }
        if request.environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = str(request.environ["CONTENT_TYPE"])
        connection = http.client.HTTPConnection(
            str(self._target.hostname), self._target.port, timeout=ANSWER_SECONDS
        )
        polls = operation.name == "ReceiveMessage"
        try:
            self._count_poll(polls)
            connection.request(request.method, str(request.environ["RAW_URI"]), request.body, headers)
            answer = connection.getresponse()
            return Response(answer.status, tuple(answer.getheaders()), answer.read())
        except OSError:
            return aws_error(operation.service, "ServiceUnavailable")
        finally:
            self._count_poll(-polls)
            connection.close()

    def _count_poll(self, change: int) -> None:
        with self._lock:
            self.polls += change
