"""What the probes answer."""

import http.client
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Counter

from gas.probes import ProbeServer
from tests.support.waiting import PATIENCE_SECONDS


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
