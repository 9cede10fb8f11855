"""Free loopback ports."""

import random
import socket
from pathlib import Path

LOWEST, HIGHEST = 10_000, 29_999
"""Above what well-known servers use, below the ports of Kubernetes' Services."""

_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_given: set[int] = set()


def free_ports(count: int) -> list[int]:
    """As many different ports as asked for that nobody listens on at this moment, and none that was given before.

    Whoever asks uses them only a while later. Of the ports that the kernel hands out by itself, to every outgoing
    connection, one would sometimes be gone by then: so others are chosen, where there are others.
    """
    return [_free_port() for _ in range(count)]


def _free_port() -> int:
    highest = min(HIGHEST, _lowest_ephemeral() - 1)
    candidates = [port for port in range(LOWEST, highest + 1) if port not in _given]
    random.shuffle(candidates)
    for port in [*candidates, 0]:
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            found = int(listener.getsockname()[1])
            _given.add(found)
            return found
    raise OSError("no port is free on 127.0.0.1")


def _lowest_ephemeral() -> int:
    try:
        return int(_EPHEMERAL.read_text().split()[0])
    except OSError:  # Not Linux: elsewhere they begin at 49152, or 32768 at the lowest.
        return HIGHEST + 1
