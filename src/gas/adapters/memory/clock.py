"""A clock that tests move by hand."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""Noon of an arbitrary day: no test should depend on which."""


class FakeClock:
    """Implements `Clock`; time stands still until somebody moves it. `wrong` is what its machine's clock is said to be."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self.wrong: str | None = None
        self.asked = 0
        """How often somebody wanted to know better."""

    def now(self) -> datetime:
        """The time that was set last."""
        return self._now

    def advance(self, span: timedelta) -> datetime:
        """Move on by a span, and tell the new time."""
        self._now += span
        return self._now

    def set(self, now: datetime) -> None:
        """Jump to a time."""
        self._now = now.astimezone(UTC)

    def ahead(self) -> timedelta:
        """Nothing: the machine's clock is this one."""
        return timedelta(0)

    def trouble(self) -> str | None:
        """What a test said to be wrong."""
        return self.wrong

    def ask(self) -> None:
        """Count it."""
        self.asked += 1
