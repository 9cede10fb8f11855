"""The clock, injected so that tests own the time."""

from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        ...

    def ahead(self) -> timedelta:
        """How far this machine's own clock is ahead of that time, as far as is known; negative when it is behind."""
        ...

    def trouble(self) -> str | None:
        """What is wrong with the machine's clock and what to do, in one sentence; None while nothing is known to be."""
        ...

    def ask(self) -> None:
        """Find out what time it is, as far as that can be; `now`, `ahead` and `trouble` go by it from then on."""
        ...
