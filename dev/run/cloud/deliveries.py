"""How many copies of a message this request delivers: one, unless a fault says none or two."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_current = threading.local()


def copies() -> int:
    """The number of copies that the request of this thread delivers."""
    return int(getattr(_current, "copies", 1))


@contextmanager
def delivering(number: int) -> Iterator[None]:
    """Deliver that many copies of every message that this thread sends."""
    _current.copies = number
    try:
        yield
    finally:
        _current.copies = 1
