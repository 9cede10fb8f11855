"""Waiting in tests: look again until it is so, or a deadline has passed."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE_SECONDS = 120.0
"""The longest that a test waits for anything: many times what it takes on an idle machine, as others may use it too."""


def until(look: Callable[[], Found], seconds: float = PATIENCE_SECONDS, pause: float = 0.02) -> Found:
    """The first true answer of `look`; fails with the last one when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {seconds} seconds; the last answer was {found!r}"
        time.sleep(pause)
    return found
