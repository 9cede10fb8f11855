"""The web's own server in a thread, and clients that behave badly at it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any

import requests

from gas_web.server import Server

SECONDS = 20
"""How long anything here may take on a machine that is busy with something else."""


@contextmanager
def serving(application: Any, **more: Any) -> Iterator[Server]:
    """Serve an application on a free port until the end of the block."""
    server = Server(application, "127.0.0.1", 0, **more)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.leave()
        thread.join(SECONDS)
    assert not thread.is_alive()


@contextmanager
def stalled(
    port: int, sent: bytes, count: int = 200, window: int | None = None
) -> Iterator[list[socket.socket]]:
    """So many connections that have sent this, and do nothing more. A small window is soon full."""
    with ExitStack() as stack:
        sockets = []
        for _ in range(count):
            one = stack.enter_context(socket.socket())
            if window is not None:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
            one.settimeout(SECONDS)
            one.connect(("127.0.0.1", port))
            one.sendall(sent)
            sockets.append(one)
        yield sockets


def usual_look(url: str, looks: int = 9) -> float:
    """How long a look at a page usually takes: the median of some, each on a connection of its own.

    On a busy machine any one of them may wait for a processor; a client that stalls would hold most of them.
    """
    took = []
    for _ in range(looks):
        began = time.monotonic()
        answer = requests.get(url, timeout=SECONDS)
        took.append(time.monotonic() - began)
        assert answer.status_code == 200
    return median(took)


def talk(port: int, *sent: bytes) -> bytes:
    """What the server answers until it hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as one:
        for each in sent:
            one.sendall(each)
        return read_all(one)


def read_all(one: socket.socket, until: bytes | None = None) -> bytes:
    """All that comes until the other side hangs up, or until it has sent this."""
    read = b""
    while not (until and read.endswith(until)) and (part := one.recv(65536)):
        read += part
    return read
