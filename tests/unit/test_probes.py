"""What the probes answer."""

import http.client
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter

from gas import probes
from gas.probes import MAX_CONNECTIONS, ProbeServer
from tests.support.waiting import PATIENCE_SECONDS, until


class Health:
    """What the probes are told; tests change it."""

    live: str | None = None
    ready: str | None = None
    broken = False

    def tell_ready(self) -> str | None:
        """The reason why the program is not ready."""
        if self.broken:
            raise KeyError("s3cr3t")
        return self.ready


@pytest.fixture
def health() -> Health:
    """A program that is well."""
    return Health()


@pytest.fixture
def server(health: Health) -> Iterator[ProbeServer]:
    """A probe server with one metric."""
    registry = CollectorRegistry()
    Counter("gas_jobs", "Jobs.", registry=registry).inc(3)
    with ProbeServer(lambda: health.live, health.tell_ready, registry=registry) as server:
        yield server


def ask(server: ProbeServer, path: str, method: str = "GET") -> tuple[int, str]:
    """The status and the body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/readyz?verbose=1"])
def test_well_program_answers_ok(server: ProbeServer, path: str) -> None:
    """A program that is well answers 200."""
    assert ask(server, path) == (200, "ok\n")


def test_reasons_are_told_apart(server: ProbeServer, health: Health) -> None:
    """A reason is answered with 503 and its sentence, by its own probe only."""
    health.ready = "the first sweep is not done"

    assert ask(server, "/readyz") == (503, "the first sweep is not done\n")
    assert ask(server, "/livez") == (200, "ok\n")


def test_stuck_program_is_not_live(server: ProbeServer, health: Health) -> None:
    """A stuck program answers /livez with 503."""
    health.live = "no progress for 120 s"

    assert ask(server, "/livez") == (503, "no progress for 120 s\n")


def test_failing_probe_is_not_well(server: ProbeServer, health: Health) -> None:
    """A probe that raises is answered with 503, without its details."""
    health.broken = True

    assert ask(server, "/readyz") == (503, "the probe itself failed: KeyError\n")


def test_metrics_are_served(server: ProbeServer) -> None:
    """/metrics answers in the format of Prometheus."""
    status, body = ask(server, "/metrics")

    assert status == 200
    assert "gas_jobs_total 3.0" in body


def test_other_paths_and_methods(server: ProbeServer) -> None:
    """HEAD has no body, an unknown path is 404, and nothing can be posted."""
    assert ask(server, "/livez", "HEAD") == (200, "")
    assert ask(server, "/")[0] == 404
    assert ask(server, "/livez", "POST")[0] == 501


def test_stopping_frees_the_port(health: Health) -> None:
    """After a stop, even a second one, nobody answers and the port can be taken again."""
    server = ProbeServer(lambda: None, health.tell_ready).start()

    server.stop()
    server.stop()

    with pytest.raises(ConnectionRefusedError):
        ask(server, "/livez")
    ProbeServer(lambda: None, lambda: None, port=server.port).stop()


def stalled(server: ProbeServer) -> socket.socket:
    """A connection that asks for half of something."""
    connection = socket.create_connection(("127.0.0.1", server.port), PATIENCE_SECONDS)
    connection.sendall(b"GET /livez HT")
    return connection


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A time for each request that no test outlasts."""
    monkeypatch.setattr(probes, "REQUEST_SECONDS", 100 * PATIENCE_SECONDS)


def test_who_stalls_keeps_nobody_from_the_answer(
    unhurried: None, server: ProbeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With many times as many stalled connections as it keeps, the kubelet is answered, and the oldest are hung up on."""
    before = threading.active_count()
    monkeypatch.setattr(probes, "YOUNG_SECONDS", 0.1)
    with ExitStack() as all_of_them:
        held = [all_of_them.enter_context(stalled(server)) for _ in range(5 * MAX_CONNECTIONS)]

        assert ask(server, "/livez") == (200, "ok\n")
        assert held[0].recv(1) == b""
        assert until(lambda: threading.active_count() - before <= MAX_CONNECTIONS)
        assert ask(server, "/metrics")[0] == 200


@pytest.mark.parametrize("asked", [True, False], ids=["asked", "about to ask"])
def test_many_at_once_do_not_close_who_came_before(
    unhurried: None, monkeypatch: pytest.MonkeyPatch, *, asked: bool
) -> None:
    """The kubelet came a moment before many times as many as are kept: it is answered all the same."""
    monkeypatch.setattr(probes, "YOUNG_SECONDS", 0.0 if asked else 100 * PATIENCE_SECONDS)
    begun, go_on = threading.Event(), threading.Event()

    def live() -> None:
        begun.set()
        go_on.wait(PATIENCE_SECONDS)

    with ProbeServer(live, lambda: None) as server, ExitStack() as all_of_them:
        before = threading.active_count()
        first = all_of_them.enter_context(stalled(server))
        if asked:
            first.sendall(b"TP/1.0\r\n\r\n")
            assert begun.wait(PATIENCE_SECONDS)
        held = [all_of_them.enter_context(stalled(server)) for _ in range(2 * MAX_CONNECTIONS)]
        if asked:
            held[0].setblocking(False)
            assert until(lambda: is_closed(held[0]))
        else:
            assert until(lambda: threading.active_count() - before > len(held))
            first.sendall(b"TP/1.0\r\n\r\n")
        go_on.set()

        assert first.recv(1) == b"H"


class Broken:
    """A collector that cannot read what it measures."""

    def describe(self) -> list[Any]:
        """Nothing that is known before."""
        return []

    def collect(self) -> list[Any]:
        """Fail."""
        raise PermissionError("the folder of bundles")


def test_a_metric_that_cannot_be_read_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    """It is no client that hung up: the log says what it was."""
    registry = CollectorRegistry()
    registry.register(Broken())

    with ProbeServer(lambda: None, lambda: None, registry=registry) as server, suppress(OSError):
        ask(server, "/metrics")

    assert "PermissionError: the folder of bundles" in capfd.readouterr().err


def test_a_request_has_a_time_in_all(server: ProbeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then keeps no connection open: it is closed when the time of one request is over."""
    monkeypatch.setattr(probes, "REQUEST_SECONDS", 0.5)

    with stalled(server) as connection:
        connection.setblocking(False)
        assert until(lambda: is_closed(connection))


def is_closed(connection: socket.socket) -> bool:
    """Send a byte, and see whether the other side has hung up."""
    try:
        connection.sendall(b"x")
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_who_hangs_up_is_no_error(
    server: ProbeServer, health: Health, capfd: pytest.CaptureFixture[str]
) -> None:
    """A client that is gone before all of its answer is there leaves no traceback."""
    before = threading.active_count()
    health.live = "x" * 20_000_000

    with stalled(server) as connection:
        connection.sendall(b"TP/1.0\r\n\r\n")
        assert connection.recv(1) == b"H"
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert until(lambda: threading.active_count() == before)
    assert "Traceback" not in capfd.readouterr().err
