"""Lets a program be told to stop while it is still being loaded.

A container's first process does not hear a signal that it has no handler for. Loading takes a second, or many on a busy
node, and whoever is told to stop in that time would go on, and take work, until the grace period ends and it is killed.
"""

import importlib
import signal
import sys


def launch(module: str) -> int:
    """Load a program and run its `main`; the exit code. A stop that comes before `main` listens ends it in order."""
    hear_stops()
    code: int = importlib.import_module(module).main()
    return code


def hear_stops() -> None:
    """Let a stop end the program in order, by SystemExit, until somebody else listens for it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
