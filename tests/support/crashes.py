"""Makes a program die at any one of its calls to the outside, before or after the call has worked."""

from dataclasses import dataclass
from typing import Any


class CrashError(BaseException):
    """The program was killed. No `except Exception` may survive it."""


@dataclass
class Crashes:
    """Counts calls; the one with number `at` is the last. Without `at` nothing crashes, and `calls` tells how many there are."""

    at: int | None = None
    after: bool = False
    calls: int = 0

    def proxy(self, port: Any) -> Any:
        """A port whose calls are counted."""
        return _Proxy(port, self)

    def call(self, method: Any, args: Any, kwargs: Any) -> Any:
        """One call."""
        self.calls += 1
        if self.calls == self.at and not self.after:
            raise CrashError
        answer = method(*args, **kwargs)
        if self.calls == self.at:
            raise CrashError
        return answer


class _Proxy:
    def __init__(self, port: Any, crashes: Crashes) -> None:
        self._port = port
        self._crashes = crashes

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found
        return lambda *args, **kwargs: self._crashes.call(found, args, kwargs)
