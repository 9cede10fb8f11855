"""Somebody who looks at a page all the time, and notes when it does not answer."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import requests


class Visitor:
    """Looks until the block is left; every answer that is not good is a failure."""

    def __init__(self, look: Callable[[], requests.Response], pause: float = 0.2) -> None:
        self._look = look
        self._pause = pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._visit)
        self.visits = 0
        self.failures: list[str] = []

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End looking."""
        self._over.set()
        self._thread.join()

    def _visit(self) -> None:
        while not self._over.wait(self._pause):
            self.visits += 1
            try:
                answer = self._look()
            except requests.RequestException as error:
                self.failures.append(repr(error))
            else:
                if not answer.ok:
                    self.failures.append(f"{answer.status_code} {answer.text[:200]}")
