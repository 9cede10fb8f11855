"""Work that is done beside other work, and that ends when the other work fails: nobody waits for what nobody needs."""

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import TypeVar

Made = TypeVar("Made")

_LOOK_SECONDS = 0.1


class EndedError(Exception):
    """A command was ended because nobody waits for it any more."""


@contextmanager
def beside(work: Callable[[Event], Made]) -> Iterator[Future[Made]]:
    """Do some work in a thread. Where the block fails, the event that the work was given is set, and it has to end."""
    over = Event()
    with ThreadPoolExecutor(1) as thread:
        try:
            yield thread.submit(work, over)
        except BaseException:
            over.set()
            raise


def run_to_end(
    command: Sequence[str], *, seconds: float, over: Event, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command and hear what it says; `settings` are all of its environment, our own where there are none.

    Raises:
        TimeoutError: it was not done after so many seconds, and was ended.
        EndedError: the work that it belongs to is over, and so it was ended.
    """
    deadline = time.monotonic() + seconds
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=settings,
    ) as child:
        try:
            while True:
                try:
                    out, error = child.communicate(timeout=_LOOK_SECONDS)
                except subprocess.TimeoutExpired:
                    if over.is_set():
                        raise EndedError from None
                    if time.monotonic() >= deadline:
                        raise TimeoutError from None
                else:
                    return subprocess.CompletedProcess(command, child.returncode, out, error)
        finally:
            child.kill()
