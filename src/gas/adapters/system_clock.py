"""The machine's clock."""

from datetime import UTC, datetime, timedelta


class SystemClock:
    """Implements `Clock`."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        return datetime.now(UTC)

    def ahead(self) -> timedelta:
        """Nothing: there is no other clock."""
        return timedelta(0)

    def trouble(self) -> None:
        """Nothing is known."""

    def ask(self) -> None:
        """Nobody is there to be asked."""
