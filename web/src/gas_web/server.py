"""The HTTP server: it takes in a whole request before a thread is used, and a client that stalls or reads slowly holds none.

Waitress' one loop reads and writes all connections; its threads only see requests that are complete, and leave answers
behind in buffers. What is ours: what a request may look like, and how much of it is kept; how long a client may take for
each step, and who has to go when there are too many; that whatever the server refuses by itself is answered and logged
like everything else; and an end that loses no request.
"""

import logging
import re
import socket
import time
from contextlib import suppress
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import WSGITask
from waitress.utilities import BadRequest, RequestEntityTooLarge

THREADS = 8
"""Requests at a time in one pod."""

HEADER_SECONDS = 10
"""How long the first line and the headers of a request may take from their first byte on."""

BODY_SECONDS = 30
"""How long a whole request may take. No form of ours is longer than a page."""

ANSWER_SECONDS = 60
"""How long a client may read nothing of an answer."""

SLOWEST_BYTES_A_SECOND = 4 * 1024
"""What a client has to read on average beyond that time: who takes a byte now and then is hung up on."""

UNREAD_BYTES = 48 * 1024 * 1024
"""What all clients together may leave unread. Buffers overflow into /tmp, and a pod that fills it is ended
(`web.tmpSizeLimit`). Beyond this, those go that leave most."""

KEEP_ALIVE_SECONDS = 100
"""How long an idle connection stays open: longer than proxies keep theirs (60 s on AWS's balancer, 90 s in Traefik), for
one that is closed just when its next request is under way fails that request."""

CONNECTIONS = 1000
"""How many there may be. Beyond that, those go that have kept the server waiting for longest."""

MAX_HEADER_BYTES = 32 * 1024
"""The first line and the headers. Proxies take 8 to 32 kB."""

MAX_BODY_BYTES = 128 * 1024
"""The largest request body. Files never come here: browsers send them to the object store."""

READ_PAST_BYTES = 8 * 1024 * 1024
"""How much of a body that is too large is read past before it is refused. One that says that it is longer is refused at once.

A proxy that is answered while its client still sends hangs up on that client after a little: Go's reads 256 KiB more.
"""

_FIRST_LINE = re.compile(rb"[^ ]+ [^ ]+(?: HTTP/[0-9]\.[0-9])?")
"""What is no such line Waitress refuses as well, after a time that grows faster than its length."""

_UNREASONABLE = re.compile(rb"\r\n[ \t]|[ \t]{65}|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""A header that goes on in the next line, which RFC 9112 (5.2) lets a server refuse; more blanks than anybody writes; and control
characters. Waitress' patterns look at such again from each of its bytes, and everybody else waits meanwhile."""

_NEVER = 2**62
"""More bytes than any answer has. Waitress holds a thread where a client leaves more than this unread; none of ours is held."""

_FRAMES_BYTES = 64 * 1024
"""What may come around the chunks of a body: lines of their sizes, and what follows the last."""

GRACEFUL_SECONDS = 25
"""How long the requests under way may take to end after a stop."""

QUIET_SECONDS = 2
"""How long idle connections still live after a stop: a proxy may just be sending a request on one of them."""

_LINGER_SECONDS = 2
"""How long a client that was refused may go on sending before it reads why."""

_TURN_SECONDS = 1
_STUCK_SECONDS = 30
"""A loop that has not turned for so long will not turn again."""

REFUSED = "gas.refused"
"""Where the environment of a request says with which status the server has refused it."""


class _LateRequest(BadRequest):  # type: ignore[misc]  # Waitress has no types
    code = 408
    reason = "Request Timeout"


class _Body(OverflowableBuffer):  # type: ignore[misc]  # Waitress has no types
    """Keeps of a body no more than is taken, and counts all of it."""

    arrived = 0

    def append(self, data: bytes) -> None:
        """Keep these bytes, or only their number."""
        self.arrived += len(data)
        if self.arrived <= MAX_BODY_BYTES:
            super().append(data)


class _Request(HTTPRequestParser):  # type: ignore[misc]  # Waitress has no types
    """One request as it comes in. One whose body is too large is complete when that has been read past."""

    body_rcv: Any
    error: Any
    completed: bool
    expect_continue: bool
    content_length: int
    _body: _Body | None = None

    def parse_header(self, header_plus: bytes) -> None:
        """Read the headers, and see to it that too large a body is not kept.

        Raises:
            ParsingError: they are none.
        """
        if not _FIRST_LINE.fullmatch(header_plus.partition(b"\r\n")[0].rstrip()):
            raise ParsingError("the first line is none")
        if _UNREASONABLE.search(header_plus):
            raise ParsingError("headers as nobody writes them")
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # An address, or a length, that Python does not take.
            raise ParsingError(str(error)) from error
        if self.body_rcv is not None:
            # What fills it is still no file.
            self._body = self.body_rcv.buf = _Body(MAX_BODY_BYTES + 1)
        # Who asks first whether to send gets the answer instead of the body.
        if self.expect_continue and self.content_length > MAX_BODY_BYTES:
            self.body_rcv = None

    def received(self, data: bytes) -> int:
        """Take in bytes; their number."""
        taken: int = super().received(data)
        body = self._body
        if self.error is None and body is not None:
            framed = self.body_bytes_received - body.arrived > _FRAMES_BYTES
            if framed or (self.completed and self.too_large):
                self.completed, self.error = True, RequestEntityTooLarge("too large")
        if self.completed:
            # Waitress would say "go on", and wait for what was answered already.
            self.expect_continue = False
        return taken

    @property
    def too_large(self) -> bool:
        """True when the body is known to be larger than is taken."""
        arrived = 0 if self._body is None else self._body.arrived
        return max(arrived, self.content_length) > MAX_BODY_BYTES


class _Task(WSGITask):  # type: ignore[misc]  # Waitress has no types
    """One request in a thread."""

    def execute(self) -> None:
        """Answer; while the server ends, the last time on this connection."""
        if self.channel.server.leaving:
            self.request.headers["CONNECTION"] = "close"
        super().execute()

    @property
    def _is_last(self) -> bool:
        return bool(self.request.headers.get("CONNECTION", "").lower() == "close")

    def set_close_on_finish(self) -> None:
        """End the connection after this answer, but not only because it has no body.

        Waitress takes 204 and 304 for answers whose end cannot be seen; these are what a page that watches a job gets.
        """
        if self.has_body or self.version == "1.0" or self._is_last:
            super().set_close_on_finish()


class _Refusal(_Task):
    """What the server refuses by itself goes to the application as well, which gives it its headers and its line."""

    def __init__(self, channel: Any, request: Any) -> None:
        blank = {"command": "GET", "path": "/", "query": "", "request_uri": "/", "url_scheme": "http"}
        # Of what could not be read there may be nothing.
        for name, value in blank.items():
            if not hasattr(request, name):
                setattr(request, name, value)
        super().__init__(channel, request)

    def execute(self) -> None:
        """Answer, and end the connection: where in it the next request would begin is not always known."""
        self.request.headers["CONNECTION"] = "close"
        self.channel.linger = True
        super().execute()

    def get_environment(self) -> dict[str, Any]:
        """The request as far as it was read, and as what it was refused."""
        environ: dict[str, Any] = super().get_environment()
        return {**environ, REFUSED: self.request.error.code, "CONTENT_LENGTH": "0"}


class _Channel(HTTPChannel):  # type: ignore[misc]  # Waitress has no types
    """One connection."""

    parser_class = _Request
    task_class = _Task
    error_task_class = _Refusal
    request: Any
    """What has come of the next request."""
    linger = False
    """Whether the client may have more to send than was read."""
    _answering = 0
    """Threads that have not yet noted what they answered."""
    _goes: float | None = None
    """When a client that lingers is hung up on."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self.since = time.monotonic()
        """When that began which the server now waits for."""
        self.served = 0
        self.sent = 0
        """Bytes of the last answer that the client, or the kernel for it, has taken."""
        self.moved = self.since
        """When it last took some."""
        super().__init__(*args, **more)

    def send(self, data: bytes, do_close: bool = True) -> int:  # noqa: FBT001, FBT002 - Waitress' signature
        """Send, and count what was taken: who goes on reading gets the time for it."""
        taken: int = super().send(data, do_close)
        if taken:
            self.sent, self.moved = self.sent + taken, time.monotonic()
        return taken

    def received(self, data: bytes) -> bool:
        """Take in what has come; the first byte of a request starts its time."""
        if self.request is None:
            self.since, self.sent = time.monotonic(), 0
        taken: bool = super().received(data)
        return taken

    def service(self) -> None:
        """Answer one request, in a thread.

        What else was sent before its answer is not: no browser and no proxy does so, and the answers would pile up for
        a client that reads none.
        """
        with self.requests_lock:
            if len(self.requests) > 1:
                self.requests[0].headers["CONNECTION"] = "close"
                del self.requests[1:]
            # The client may have its answer, and the loop look for whom to hang up on, before this thread has noted that.
            self._answering += 1
        try:
            super().service()
        finally:
            with self.requests_lock:
                self.since, self.served = time.monotonic(), self.served + 1
                self._answering -= 1

    @property
    def waits(self) -> bool:
        """True while it is the client's turn: to send, or to read."""
        return not self.requests and not self._answering

    def overdue(self, now: float) -> bool:
        """True when the client has had its time."""
        if self._goes is not None:
            return now > self._goes
        if not self.waits:
            return False
        if self.total_outbufs_len:
            rests, lasts = now - max(self.since, self.moved), now - self.since
            return rests > ANSWER_SECONDS or lasts > ANSWER_SECONDS + self.sent / SLOWEST_BYTES_A_SECOND
        if self.request is None:
            return now - self.since > KEEP_ALIVE_SECONDS
        return now - self.since > (BODY_SECONDS if self.request.headers_finished else HEADER_SECONDS)

    def give_up(self) -> None:
        """Say to a client that sent half a request why that is not answered; hang up on all others."""
        with self.requests_lock:
            half = self.request
            if self._goes is not None or half is None or self.requests or self.total_outbufs_len:
                self.hang_up()
                return
            half.error = RequestEntityTooLarge("too large") if half.too_large else _LateRequest("late")
            half.completed, self.request = True, None
            self.requests.append(half)
            self.server.add_task(self)

    def hang_up(self) -> None:
        """Close now: a client that reads nothing would never be written to again, which is when Waitress closes."""
        self.linger = False
        self.handle_close()

    def readable(self) -> bool:
        """Also while lingering."""
        return self._goes is not None or bool(super().readable())

    def handle_read(self) -> None:
        """Read; while lingering, read past it."""
        if self._goes is None:
            super().handle_read()
            return
        try:
            self.recv(self.adj.recv_bytes)
        except OSError:
            self.handle_close()

    def handle_close(self) -> None:
        """Close; but a socket that is closed with bytes unread takes back what was answered, so read them first."""
        if self.linger and self.connected and self._goes is None:
            self._goes, self.will_close = time.monotonic() + _LINGER_SECONDS, False
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
            return
        super().handle_close()


class Server(TcpWSGIServer):  # type: ignore[misc]  # Waitress has no types
    """Serves a WSGI application at an address until it is told to leave; port 0 takes a free one."""

    channel_class = _Channel

    def __init__(self, application: Any, host: str, port: int, *, connections: int = CONNECTIONS) -> None:
        self.leaving = False
        self._turned = self._hurried = time.monotonic()
        # It warns of every request that waits for a thread; the figures tell that.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        super().__init__(
            application,
            adj=Adjustments(
                listen=f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
                threads=THREADS,
                connection_limit=connections,
                asyncore_use_poll=True,
                max_request_header_size=MAX_HEADER_BYTES,
                # Beyond it Waitress refuses by itself.
                max_request_body_size=READ_PAST_BYTES,
                outbuf_high_watermark=_NEVER,
                # Whom a proxy asks for is the application's to believe.
                clear_untrusted_proxy_headers=False,
                log_socket_errors=False,
                ident=None,
            ),
        )

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.effective_port)

    def serve(self) -> None:
        """Serve until `leave`, then answer what has come, and end."""
        while not self.leaving:
            self._turn(_TURN_SECONDS)
        self._shut_the_door()
        began = time.monotonic()
        while self.active_channels and time.monotonic() - began < GRACEFUL_SECONDS:
            if time.monotonic() - began > QUIET_SECONDS:
                self._send_idle_home()
            self._turn(_TURN_SECONDS / 10)
        self.task_dispatcher.shutdown(timeout=_TURN_SECONDS)
        wasyncore.close_all(self._map, ignore_all=True)

    def leave(self) -> None:
        """End soon. May be called from a signal handler or another thread; again is no error."""
        self.leaving = True
        with suppress(OSError):
            self.pull_trigger()

    def stuck(self) -> str | None:
        """Why the server is to be started anew; None when it is well."""
        still = time.monotonic() - self._turned
        return f"nothing was read or written for {still:.0f} seconds" if still > _STUCK_SECONDS else None

    def away(self) -> str | None:
        """Why nothing should be sent here; None when it may."""
        return "the web is ending" if self.leaving else self.stuck()

    def readable(self) -> bool:
        """Whether to take another connection: always, for room was made before."""
        return bool(self.accepting)

    def _hurry(self) -> None:
        """Once a second: give up on clients that have had their time."""
        now = time.monotonic()
        if now - self._hurried < _TURN_SECONDS:
            return
        self._hurried = now
        for channel in list(self.active_channels.values()):
            if channel.overdue(now):
                channel.give_up()

    @property
    def unread(self) -> int:
        """Bytes that were answered and not taken."""
        return sum(channel.total_outbufs_len for channel in list(self.active_channels.values()))

    def _bound_unread(self) -> None:
        while self.unread > UNREAD_BYTES:
            max(self.active_channels.values(), key=lambda channel: channel.total_outbufs_len).hang_up()

    def _make_room(self) -> None:
        waiting = [channel for channel in self.active_channels.values() if channel.waits]
        # Who was served before is a proxy or a browser; who never was may only be here to take a place.
        waiting.sort(key=lambda channel: (channel.served > 0, channel.since))
        for channel in waiting[: max(1, self.adj.connection_limit // 20)]:
            channel.hang_up()

    def _turn(self, seconds: float) -> None:
        # Between two looks at all sockets and never within one: a number that becomes free there may be the next client's.
        self._hurry()
        self._bound_unread()
        if len(self._map) >= self.adj.connection_limit:
            self._make_room()
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._map, count=1)
        self._turned = time.monotonic()

    def _shut_the_door(self) -> None:
        """Take in those who knocked already, then listen no more."""
        known = -1
        while known != len(self.active_channels):
            known = len(self.active_channels)
            self.handle_accept()
        wasyncore.dispatcher.close(self)

    def _send_idle_home(self) -> None:
        for channel in self.active_channels.values():
            if channel.waits and channel.request is None and not channel.total_outbufs_len:
                channel.will_close = True
