"""A clock that tests move by hand."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""Noon of an arbitrary day: no test should depend on which."""


class FakeClock:
    """Implements `Clock`; time stands still until somebody moves it."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

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
