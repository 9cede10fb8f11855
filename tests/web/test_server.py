"""The web's server: a client that stalls or reads slowly costs nobody else anything, and nothing is lost at its end."""

import http.client
import io
import itertools
import re
import select
import socket
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import waitress
from flask import Flask, Response, request
from structlog.testing import capture_logs
from waitress.channel import HTTPChannel

from gas_web import server as module
from gas_web.metrics import NO_ROUTE
from gas_web.server import MAX_BODY_BYTES, MAX_HEADER_BYTES, READ_PAST_BYTES, Server, _Request
from tests.support.live_server import SECONDS, read_all, serving, stalled, talk, usual_look
from tests.support.pages import PageSite, make_page_site
from tests.support.safe_headers import missing_headers
from tests.support.stopwatch import thread_seconds
from tests.support.waiting import until

STALLED = 200
NOTHING = b""
STALLS = {
    "says nothing": (NOTHING, None),
    "half a request line": (b"GET /login HT", None),
    "half its headers": (b"GET /login HTTP/1.1\r\nHost: gas\r\nX-Slow: a", None),
    "half a body": (
        (
            b"POST /login HTTP/1.1\r\nHost: gas\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: 1000\r\n\r\nnext=/profi"
        ),
        None,
    ),
    "half a chunk": (
        b"POST /login HTTP/1.1\r\nHost: gas\r\nTransfer-Encoding: chunked\r\n\r\n400\r\nnext=",
        None,
    ),
    "reads no answer": (b"GET /long HTTP/1.1\r\nHost: gas\r\n\r\n", 2048),
    "reads none of many answers": (b"GET /long HTTP/1.1\r\nHost: gas\r\n\r\n" * 20, 2048),
    "reads nothing of a stream": (b"GET /stream HTTP/1.1\r\nHost: gas\r\n\r\n", 2048),
    "keeps an idle connection": (b"GET /login HTTP/1.1\r\nHost: gas\r\n\r\n", None),
    "waits to be told to go on": (
        b"POST /login HTTP/1.1\r\nHost: gas\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
        None,
    ),
}
"""What the clients have sent before they stall, and how much they take in."""

STREAMED_PART = b"s" * 1_000_000
STREAMED_PARTS = 40
"""A stream of more than the server keeps for all its clients, and than Waitress lets pile up for one."""


@pytest.fixture
def site() -> PageSite:
    """The pages, and some that are longer than any of them: no buffer of the kernel takes those."""
    site = make_page_site()

    @site.app.get("/longest")
    def longest() -> str:
        return "long " * 3_000_000

    @site.app.get("/long")
    def long() -> str:
        return "long " * 200_000

    @site.app.get("/stream")
    def stream() -> Response:
        return Response((STREAMED_PART for _ in range(STREAMED_PARTS)), content_type="text/plain")

    return site


@pytest.fixture
def server(site: PageSite) -> Iterator[Server]:
    """The pages as they are served."""
    with serving(site.app.wsgi_app) as server:
        yield server


def address(server: Server, path: str = "/login") -> str:
    """Where a page is."""
    return f"http://127.0.0.1:{server.port}{path}"


@pytest.mark.parametrize("stall", STALLS)
def test_stalled_clients_cost_others_no_second(server: Server, stall: str) -> None:
    """With 200 of them, others wait no longer than a second, or than ten times as long as before on a busy machine.

    Of those that ask for a stream a few are enough: each could hold a thread.
    """
    sent, window = STALLS[stall]
    many = 2 * module.THREADS if "stream" in stall else STALLED
    quiet = usual_look(address(server))

    with stalled(server.port, sent, many, window):
        # Work is shared with those who came first; a stall is what is left when it is done.
        until(lambda: all(channel.waits for channel in list(server.active_channels.values())), SECONDS)
        slow = usual_look(address(server))

    assert slow <= max(1.0, 10 * quiet), f"{slow:.2f} s beside {many} stalled clients, {quiet:.2f} s without"


@pytest.mark.parametrize(
    ("stall", "limit"),
    [
        ("half a request line", "HEADER_SECONDS"),
        ("half its headers", "HEADER_SECONDS"),
        ("half a body", "BODY_SECONDS"),
    ],
)
def test_half_a_request_is_told_that_it_is_late(
    server: Server, monkeypatch: pytest.MonkeyPatch, stall: str, limit: str
) -> None:
    """Bounded from its first byte on, however slowly more of it comes; and it stands in the log."""
    monkeypatch.setattr(module, limit, 0.1)

    with capture_logs() as logs:
        answer = talk(server.port, STALLS[stall][0]).decode()

    assert answer.startswith(("HTTP/1.1 408 ", "HTTP/1.0 408 "))
    assert "did not arrive whole in time" in answer
    assert [line["status"] for line in logs if line["event"] == "request"] == [408]


@pytest.mark.parametrize(
    ("stall", "seconds"),
    [
        ("half a request line", 10),
        ("half its headers", 10),
        ("half a body", 30),
        ("keeps an idle connection", 100),
        ("says nothing", 100),
    ],
)
def test_how_long_each_step_may_take(server: Server, stall: str, seconds: int) -> None:
    """As ADR 49 and the chart's README tell, which makes owners set what is in front of the web by it: so long, and no longer."""
    with stalled(server.port, STALLS[stall][0], 1):
        [channel] = until(lambda: list(filter(CAME[stall], list(server.active_channels.values()))), SECONDS)
        overdue = [channel.overdue(channel.since + seconds + more) for more in (-0.1, 0.1)]

    assert overdue == [False, True]


CAME: dict[str, Callable[[Any], bool]] = {
    "half a request line": lambda channel: channel.request is not None,
    "half its headers": lambda channel: channel.request is not None,
    "half a body": lambda channel: channel.request is not None and channel.request.headers_finished,
    "keeps an idle connection": lambda channel: bool(channel.served and channel.waits),
    "says nothing": lambda _: True,
}
"""How it is seen that the server has taken in what such a client sends."""


def test_drops_do_not_lengthen_the_time(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that sends a byte now and then is late like one that sends none."""
    monkeypatch.setattr(module, "HEADER_SECONDS", 1)
    over = threading.Event()

    with socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS) as one:
        one.sendall(b"GET /login HTTP/1.1\r\nX: ")

        def drip() -> None:
            while not over.wait(0.1):
                try:
                    one.sendall(b"x")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        answer = one.recv(100)
        over.set()
        thread.join(SECONDS)

    assert b" 408 " in answer


@pytest.mark.parametrize(
    ("sent", "window", "limit"),
    [
        (b"GET /longest HTTP/1.1\r\nHost: gas\r\n\r\n", 2048, "ANSWER_SECONDS"),
        (b"GET /login HTTP/1.1\r\nHost: gas\r\n\r\n", None, "KEEP_ALIVE_SECONDS"),
        (NOTHING, None, "KEEP_ALIVE_SECONDS"),
    ],
    ids=["reads no answer", "keeps an idle connection", "says nothing"],
)
def test_silent_connections_end(
    server: Server, monkeypatch: pytest.MonkeyPatch, sent: bytes, window: int | None, limit: str
) -> None:
    """Idle ones and those whose answer nobody reads are hung up on."""
    monkeypatch.setattr(module, limit, 0.1)

    with stalled(server.port, sent, 3, window):
        met = until(lambda: len(server.active_channels) == 3 or server.active_channels == {}, SECONDS)
        ended = until(lambda: not server.active_channels, SECONDS)

    assert met
    assert ended


@pytest.mark.parametrize("path", ["/stream", "/longest"])
def test_who_goes_on_reading_gets_the_time_for_it(server: Server, path: str) -> None:
    """As long as they are no slower on average than the slowest line that the server waits for; drips have an end."""
    ask = f"GET {path} HTTP/1.1\r\nHost: gas\r\nConnection: close\r\n\r\n".encode()

    with stalled(server.port, ask, 1, 2048) as [one]:
        until(lambda: [each for each in server.active_channels.values() if each.served], SECONDS)
        read = len(one.recv(100_000))
        [channel] = server.active_channels.values()
        late = channel.since + module.ANSWER_SECONDS
        channel.moved = late
        early = [channel.overdue(late - 1), channel.overdue(late + read / module.SLOWEST_BYTES_A_SECOND)]
        rests = channel.overdue(late + module.ANSWER_SECONDS + 1)
        channel.moved = far = late + channel.sent / module.SLOWEST_BYTES_A_SECOND + 1
        drips = channel.overdue(far)
        while part := one.recv(1_000_000):
            read += len(part)

    assert early == [False, False]
    assert rests
    assert drips
    assert read > 15_000_000


def test_what_is_unread_has_a_bound(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond it those go that leave most unread; the folder that overflowing buffers are written to is small."""
    monkeypatch.setattr(module, "UNREAD_BYTES", 20_000_000)
    short, long = (f"GET {path} HTTP/1.1\r\nHost: gas\r\n\r\n".encode() for path in ("/long", "/longest"))

    with stalled(server.port, short, 1, 2048), stalled(server.port, long, 6, 2048):
        # The kernel takes some of each answer, but never so much that two of the long ones fit.
        settled = until(
            lambda: (
                sorted(each.total_outbufs_len > 1_000_000 for each in list(server.active_channels.values()))
                == [False, True]
            ),
            SECONDS,
        )

    assert settled


def test_a_full_house_makes_room(site: PageSite) -> None:
    """Four times as many stalled clients as there may be connections, and others get in."""
    with (
        serving(site.app.wsgi_app, connections=50) as server,
        stalled(server.port, STALLS["half its headers"][0], STALLED),
    ):
        slow = usual_look(address(server))
        known = len(server.active_channels)

    assert slow <= 1.0 + SECONDS / 10
    assert known <= 50


def test_who_was_served_stays_in_a_full_house(site: PageSite) -> None:
    """A proxy's idle connection outlives those of clients that never asked for anything."""
    ask = b"HEAD /login HTTP/1.1\r\nHost: gas\r\n\r\n"
    with serving(site.app.wsgi_app, connections=50) as server, stalled(server.port, ask, 1) as [proxy]:
        first = proxy.recv(65536)
        with stalled(server.port, NOTHING, STALLED):
            usual_look(address(server), 1)
            proxy.sendall(ask)
            second = proxy.recv(65536)

    assert [answer.split()[1] for answer in (first, second)] == [b"200", b"200"]


def test_who_was_just_served_stays_in_a_full_house(site: PageSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when its thread had no processor since the answer went out."""
    ask = b"HEAD /login HTTP/1.1\r\nHost: gas\r\n\r\n"
    noted, first = threading.Event(), itertools.count()

    def slow_at_first(
        channel: HTTPChannel, service: Callable[[HTTPChannel], None] = HTTPChannel.service
    ) -> None:
        number = next(first)
        service(channel)
        assert number or noted.wait(SECONDS)

    monkeypatch.setattr(HTTPChannel, "service", slow_at_first)
    with serving(site.app.wsgi_app, connections=50) as server, stalled(server.port, ask, 1) as [proxy]:
        answers = [proxy.recv(65536)]
        with stalled(server.port, NOTHING, STALLED):
            usual_look(address(server), 1)
            noted.set()
            proxy.sendall(ask)
            answers.append(proxy.recv(65536))

    assert [answer[:12] for answer in answers] == [b"HTTP/1.1 200"] * 2


WRONG = {
    "no request at all": (b"\x16\x03\x01\x02\x00 hello\r\n\r\n", 400),
    "a header without a colon": (b"GET /login HTTP/1.1\r\nHost gas\r\n\r\n", 400),
    "a length that is none": (b"POST /login HTTP/1.1\r\nHost: gas\r\nContent-Length: many\r\n\r\n", 400),
    "two lengths": (
        b"POST /login HTTP/1.1\r\nHost: gas\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        400,
    ),
    "an unknown coding": (b"POST /login HTTP/1.1\r\nHost: gas\r\nTransfer-Encoding: br\r\n\r\n", 501),
    "a chunk without a size": (
        b"POST /login HTTP/1.1\r\nHost: gas\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
        400,
    ),
    "a length that Python takes for an attack": (
        b"POST /login HTTP/1.1\r\nHost: gas\r\nContent-Length: " + b"1" * 5000 + b"\r\n\r\n",
        400,
    ),
    "half an address": (b"GET http://[ HTTP/1.1\r\nHost: gas\r\n\r\n", 400),
    "a header in two lines": (b"GET /login HTTP/1.1\r\nHost: gas\r\nX-Long: a\r\n b\r\n\r\n", 400),
    "a wrong length of who asks first": (
        b"POST /login HTTP/1.1\r\nHost: gas\r\nExpect: 100-continue\r\nContent-Length: many\r\n\r\n",
        400,
    ),
    "endless headers": (b"GET /login HTTP/1.1\r\nX: " + b"x" * MAX_HEADER_BYTES + b"\r\n\r\n", 431),
    "a size of a chunk without an end": (
        b"POST /login HTTP/1.1\r\nHost: gas\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 100_000,
        413,
    ),
    "too much": (b"POST /login HTTP/1.1\r\nHost: gas\r\nContent-Length: 100000000\r\n\r\nx", 413),
}
"""What no application gets to see."""


@pytest.mark.parametrize("wrong", WRONG)
def test_what_the_server_refuses_is_answered_like_all_else(server: Server, wrong: str) -> None:
    """By our page, with our headers, and by one line in the log."""
    sent, status = WRONG[wrong]

    with capture_logs() as logs:
        head, _, body = talk(server.port, sent).partition(b"\r\n\r\n")

    first, _, rest = head.partition(b"\r\n")
    headers = http.client.parse_headers(io.BytesIO(rest + b"\r\n\r\n"))
    assert int(first.split()[1]) == status
    assert missing_headers(SimpleNamespace(headers=headers)) == set()
    assert headers["Connection"] == "close"
    assert "Server" not in headers
    assert b"<h1" in body
    assert b"waitress" not in (head + body).lower()
    assert [(line["event"], line["route"], line["status"]) for line in logs] == [
        ("request", NO_ROUTE, status)
    ]


def test_nothing_that_is_sent_passes_for_a_refusal(server: Server) -> None:
    """What the server notes about a request cannot come from outside."""
    answer = requests.get(
        address(server), headers={"gas.refused": "500", "Gas-Refused": "500"}, timeout=SECONDS
    )

    assert answer.status_code == 200


def test_too_much_is_told_and_not_cut_off(server: Server) -> None:
    """A client that sends all of it before it reads still gets the sentence: in JSON where it asked the API."""
    for _ in range(10):
        answer = requests.post(
            address(server, "/api/v1/uploads"),
            data=b"x" * 2_000_000,
            headers={"Content-Type": "application/json"},
            timeout=SECONDS,
        )

        assert answer.status_code == 413
        assert answer.json()["detail"]


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 2_000_000, READ_PAST_BYTES - 1000])
@pytest.mark.parametrize(
    ("told", "end"),
    [("Content-Length: {0}\r\n\r\n", b""), ("Transfer-Encoding: chunked\r\n\r\n{0:x}\r\n", b"\r\n0\r\n\r\n")],
    ids=["told", "in chunks"],
)
def test_too_much_is_read_past_before_it_is_refused(server: Server, size: int, told: str, end: bytes) -> None:
    """A proxy that is answered in the middle of a body hangs up on the client that still sends it."""
    head = "POST /api/v1/uploads HTTP/1.1\r\nHost: gas\r\n" + told.format(size)
    with socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS) as proxy:
        proxy.sendall(head.encode() + b"x" * (size - 1))
        early = select.select([proxy], [], [], 0.2)[0]
        proxy.sendall(b"x" + end)
        answer = read_all(proxy)

    assert early == []
    assert answer.split()[1] == b"413"


def test_too_much_is_not_kept(server: Server) -> None:
    """However many send it: memory is for what is taken."""
    sent = f"POST /login HTTP/1.1\r\nHost: gas\r\nContent-Length: {READ_PAST_BYTES - 1}\r\n\r\n".encode()
    with stalled(server.port, sent, 5) as clients:
        until(lambda: _halves(server, 0, 5))
        for client in clients:
            client.sendall(b"x" * 1_000_000)
        halves = until(lambda: _halves(server, 1_000_000, 5))

        assert [half.body_rcv.buf.overflowed for half in halves] == [False] * 5
        assert all(len(half.body_rcv) <= MAX_BODY_BYTES for half in halves)


def _halves(server: Server, size: int, count: int) -> list[Any]:
    """So many requests of which so much has come; none before."""
    halves = [channel.request for channel in list(server.active_channels.values())]
    found = [half for half in halves if half is not None and half.body_bytes_received >= size]
    return found if len(found) == count else []


def test_too_much_that_comes_too_slowly_is_too_much(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a matter of time: sent again it would be refused again."""
    monkeypatch.setattr(module, "BODY_SECONDS", 0.1)

    answer = talk(server.port, b"POST /login HTTP/1.1\r\nHost: gas\r\nContent-Length: 2000000\r\n\r\nx")

    assert answer.split()[1] == b"413"


@pytest.mark.parametrize(
    ("asked", "status"),
    [("GET /login HTTP/1.1\r\n", b"200"), ("POST /nowhere HTTP/1.1\r\nContent-Length: 0\r\n", b"404")],
)
def test_who_asks_first_and_sends_nothing_is_answered(server: Server, asked: str, status: bytes) -> None:
    """What is complete without a body is not told to go on."""
    answer = talk(
        server.port, f"{asked}Host: gas\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n".encode()
    )

    assert answer.split()[1] == status


COSTLY = {
    "an address of digits": lambda n: b"GET a://" + b"1" * n + b" x\r\nHost: gas",
    "blanks before a value": lambda n: b"GET / HTTP/1.1\r\nX:" + b" " * n + b"a",
    "blanks over many lines": lambda n: b"GET / HTTP/1.1\r\nX:" + (b" " * 60 + b"\r\n") * (n // 62) + b" a",
    "what is no character": lambda n: b"GET / HTTP/1.1\r\nX: " + b"a " * (n // 2) + b"\x01",
    "many blanks in many headers": lambda n: b"GET / HTTP/1.1" + (b"\r\nX:" + b" " * 64 + b"a") * (n // 70),
}
"""Headers that Waitress' own patterns take the square of their length for, and the most that goes past ours."""


@pytest.mark.parametrize("shape", COSTLY)
def test_no_headers_take_longer_than_their_length(server: Server, shape: str) -> None:
    """All other connections wait meanwhile: eight times as many bytes take about eight times as long."""

    def seconds(length: int) -> float:
        sent = COSTLY[shape](length) + b"\r\n\r\n"
        return thread_seconds(lambda: _Request(server.adj).received(sent))

    assert seconds(16_000) < 8 * 5 * seconds(2_000) + 0.05


def test_too_much_need_not_be_sent_by_who_asks_first(server: Server) -> None:
    """The answer to "Expect: 100-continue" is the refusal itself."""
    answer = talk(
        server.port,
        b"POST /login HTTP/1.1\r\nHost: gas\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n",
    )

    assert answer.split()[1] == b"413"


def test_the_largest_form_arrives(site: PageSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole, whether its length is told or not, and never in a file."""
    lengths = []
    monkeypatch.setattr(waitress.buffers, "TempfileBasedBuffer", None)

    @site.app.post("/login/measure")
    def measure() -> str:
        lengths.append(len(request.get_data()))
        return "ok"

    body = b"x" * MAX_BODY_BYTES
    with serving(site.app.wsgi_app) as server:
        told = requests.post(address(server, "/login/measure"), data=body, timeout=SECONDS)
        chunks = requests.post(
            address(server, "/login/measure"), data=iter([body[:7], body[7:]]), timeout=SECONDS
        )

    assert (told.status_code, chunks.status_code) == (200, 200)
    assert lengths == [MAX_BODY_BYTES] * 2


def test_a_page_that_watches_keeps_its_connection(site: PageSite) -> None:
    """An answer without a body is no reason to begin anew: nothing else happens every two seconds."""

    @site.app.get("/unchanged")
    def unchanged() -> Response:
        return Response(status=304)

    ask = b"GET /unchanged HTTP/1.1\r\nHost: gas\r\n\r\n"
    with serving(site.app.wsgi_app) as server, socket.create_connection(("127.0.0.1", server.port)) as one:
        one.settimeout(SECONDS)
        heads = []
        for _ in range(3):
            one.sendall(ask)
            heads.append(one.recv(65536))

    assert [head.split()[1] for head in heads] == [b"304"] * 3
    assert all(b"connection: close" not in head.lower() for head in heads)


def test_requests_sent_at_once_are_answered_one_by_one(server: Server) -> None:
    """Of what is sent before the first answer only the first is answered, and the connection says that it ends."""
    answer = talk(server.port, b"GET /login HTTP/1.1\r\nHost: gas\r\n\r\n" * 3)

    assert len(re.findall(rb"^HTTP/1\.1 200", answer, re.MULTILINE)) == 1
    assert b"Connection: close" in answer


def _slow_app() -> tuple[Flask, threading.Event, threading.Event]:
    app, entered, go_on = Flask("slow"), threading.Event(), threading.Event()

    @app.get("/")
    def slow() -> str:
        entered.set()
        assert go_on.wait(SECONDS)
        return "done"

    return app, entered, go_on


def test_nothing_is_lost_at_the_end() -> None:
    """What runs, what waits for a thread and what has only knocked is answered, and told that the connection ends."""
    app, entered, go_on = _slow_app()
    server = Server(app.wsgi_app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    with stalled(server.port, b"GET / HTTP/1.1\r\nHost: gas\r\n\r\n", 20) as clients:
        assert entered.wait(SECONDS)

        server.leave()
        go_on.set()
        answers = [read_all(client) for client in clients]
        thread.join(SECONDS)

    assert all(answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"done") for answer in answers)
    assert sum(b"Connection: close" in answer for answer in answers) >= 12
    assert not thread.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS).close()


def test_an_idle_connection_is_still_served_at_the_end() -> None:
    """A proxy that sends on it just then gets its answer, and is told to come no more."""
    app, _, go_on = _slow_app()
    go_on.set()
    ask = b"GET / HTTP/1.1\r\nHost: gas\r\n\r\n"
    with serving(app.wsgi_app) as server, socket.create_connection(("127.0.0.1", server.port)) as one:
        one.settimeout(SECONDS)
        one.sendall(ask)
        first = read_all(one, until=b"done")
        server.leave()
        one.sendall(ask)
        second = read_all(one)

    assert b"Connection: close" not in first
    assert second.startswith(b"HTTP/1.1 200")
    assert b"Connection: close" in second


def test_probes_tell_the_end_and_a_loop_that_stands(server: Server) -> None:
    """Not ready as soon as it is told to leave; not alive when nothing has moved for half a minute."""
    well = (server.stuck(), server.away())

    server._turned -= 31
    stands = server.stuck()
    server.leave()

    assert well == (None, None)
    assert stands is not None
    assert "31 seconds" in stands
    assert server.away() == "the web is ending"


def test_idle_connections_outlive_those_of_proxies() -> None:
    """Whoever keeps the connection shorter decides when it ends: a request may be under way when the web closes it."""
    assert module.KEEP_ALIVE_SECONDS > 90
