"""Waiting in tests: look again until it is so, or a deadline has passed."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def until(look: Callable[[], Found], seconds: float = 10, pause: float = 0.02) -> Found:
    """The first true answer of `look`; fails with the last one when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {seconds} seconds; the last answer was {found!r}"
        time.sleep(pause)
    return found
