"""Free loopback ports."""

import contextlib
import socket


def free_ports(count: int) -> list[int]:
    """As many different ports as asked for that nobody listens on at this moment.

    All are held open until the last is chosen, so that they differ.
    """
    with contextlib.ExitStack() as held:
        ports: list[int] = []
        for _ in range(count):
            listener = held.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            ports.append(listener.getsockname()[1])
        return ports
