"""The carrier that leads into a node."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from kube.node.forward import listen
from kube.ports import free_ports
from tests.support.waiting import PATIENCE_SECONDS, until


@pytest.fixture
def carried() -> Iterator[tuple[int, socket.socket]]:
    """A carrier under way: the port that it listens on, and the server that it leads to."""
    target = listen()
    source = listen()
    port = source.getsockname()[1]
    command = [sys.executable, "-m", "kube.node.forward", str(source.fileno())]
    carrier = subprocess.Popen([*command, f"127.0.0.1:{target.getsockname()[1]}"], pass_fds=[source.fileno()])
    source.close()
    yield port, target
    carrier.kill()
    carrier.wait()
    target.close()


def test_carrier_carries_both_ways_and_the_end(carried: tuple[int, socket.socket]) -> None:
    """A caller that has said everything still gets the answer."""
    port, target = carried
    target.settimeout(PATIENCE_SECONDS)

    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as caller:
        server, _ = target.accept()
        caller.sendall(b"question")
        caller.shutdown(socket.SHUT_WR)
        heard = server.recv(100) + server.recv(100)
        server.sendall(b"answer")
        server.close()
        answer = caller.recv(100)

    assert (heard, answer) == (b"question", b"answer")


def test_carrier_survives_a_target_that_is_not_there() -> None:
    """A refused connection ends the caller's and no other."""
    nobody, port = free_ports(2)
    carrier = subprocess.Popen(
        [sys.executable, "-m", "kube.node.forward", f"127.0.0.1:{port}", f"127.0.0.1:{nobody}"]
    )
    try:
        answers = [_answer(port), _answer(port)]
    finally:
        carrier.kill()
        carrier.wait()

    assert answers == [b"", b""]


def _answer(port: int) -> bytes:
    """What the carrier says to a caller; waits until it listens."""
    until(lambda: _listens(port))
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as caller:
        return caller.recv(100)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS).close()
    except ConnectionRefusedError:
        return False
    return True
