"""The probes of a program: /livez, /readyz and /metrics, answered from memory. No probe ever calls AWS."""

import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

Probe = Callable[[], str | None]
"""None when all is well, else the reason why not."""

REQUEST_SECONDS = 5.0
"""From the connection to the end of the answer: whoever takes longer is hung up on, be it by sending a byte now and then."""

MAX_CONNECTIONS = 64
"""Many times as many as kubelet and Prometheus ever have. With one more the oldest is closed that has asked for nothing yet."""

YOUNG_SECONDS = 1.0
"""Whoever came since may not have had the time to ask: it is closed for no other ..."""

MAX_YOUNG = 4 * MAX_CONNECTIONS
"""... unless so many come at once. Each holds a thread until then."""

_POLL_SECONDS = 0.1
"""How long a stop may take."""


class ProbeServer:
    """Answers probes from a daemon thread, on the given address; port 0 takes a free one."""

    def __init__(
        self,
        live: Probe,
        ready: Probe,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        self._server = _Server((host, port), _handler({"/livez": live, "/readyz": ready}, registry))
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="probes", daemon=True
        )

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering and free the port; again is no error."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    """A thread for each connection, few connections, and a short life for each: its port is open to the whole cluster."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 2 * MAX_CONNECTIONS

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._since: dict[socket.socket, float] = {}  # Oldest first
        self._asking = set[socket.socket]()
        super().__init__(address, handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        request, address = super().get_request()
        self._since[request] = time.monotonic()
        self._make_room()
        return request, address

    def asked(self, request: socket.socket) -> None:
        """The whole of its request is there: it is answered before all that stall."""
        self._asking.add(request)

    def service_actions(self) -> None:
        """Called after each connection, and as often when none comes as a stop is looked for."""
        for request, since in list(self._since.items()):
            if time.monotonic() - since < REQUEST_SECONDS:
                break
            self._hang_up(request)
        self._make_room()

    def close_request(self, request: Any) -> None:
        self._forget(request)
        super().close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Whoever hangs up, or is hung up on, is no trouble of ours.
        hung_up = request not in self._since or isinstance(sys.exc_info()[1], ConnectionError)
        if not hung_up:
            super().handle_error(request, client_address)

    def _make_room(self) -> None:
        """Close the oldest of too many: those that stall first, and of the young ones only what is beyond all measure."""
        now, left = time.monotonic(), dict(self._since)
        stalling_first = sorted(left, key=self._asking.__contains__)
        for place, request in enumerate(stalling_first[:-MAX_CONNECTIONS]):
            if now - left[request] >= YOUNG_SECONDS or len(left) - place > MAX_YOUNG:
                self._hang_up(request)

    def _forget(self, request: socket.socket) -> None:
        self._since.pop(request, None)
        self._asking.discard(request)

    def _hang_up(self, request: socket.socket) -> None:
        self._forget(request)
        with suppress(OSError):  # Its own thread may have closed it meanwhile.
            request.shutdown(socket.SHUT_RDWR)


def _handler(probes: dict[str, Probe], registry: CollectorRegistry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = "gas"
        sys_version = ""

        def do_GET(self) -> None:
            assert isinstance(self.server, _Server)
            self.server.asked(self.connection)
            path = self.path.partition("?")[0]
            if path == "/metrics":
                self._answer(HTTPStatus.OK, generate_latest(registry), CONTENT_TYPE_LATEST)
            elif path in probes:
                reason = _reason(probes[path])
                status = HTTPStatus.OK if reason is None else HTTPStatus.SERVICE_UNAVAILABLE
                self._answer(status, f"{reason or 'ok'}\n".encode())
            else:
                self._answer(HTTPStatus.NOT_FOUND, b"there are /livez, /readyz and /metrics\n")

        do_HEAD = do_GET  # noqa: N815 - the name is http.server's

        def _answer(
            self, status: HTTPStatus, body: bytes, content_type: str = "text/plain; charset=utf-8"
        ) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            """Say nothing: a line for every probe would hide all others."""

    return Handler


def _reason(probe: Probe) -> str | None:
    try:
        return probe()
    except Exception as error:  # noqa: BLE001 - a probe that fails is a program that is not well
        return f"the probe itself failed: {type(error).__name__}"
