"""How the e-mails of a recipient are counted: an item of the table that forgets by itself, for each window."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gas.adapters.wire_sessions import TABLE_KEY
from gas.adapters.wire_values import Item, to_epoch
from gas.domain.session import handle_of

COUNT = "mails"
KEY_PREFIX = "mails:"
"""How the key of each such item begins, and of no other item of that table."""


@dataclass(frozen=True)
class CountedWindow:
    """The item of one recipient, purpose and window."""

    key: str
    ends: int

    @classmethod
    def at(cls, purpose: str, recipient: str, window: timedelta, now: datetime) -> "CountedWindow":
        """The window that a moment lies in. The recipient is known by a hash, whatever the case of its letters."""
        seconds = int(window.total_seconds())
        number = int(to_epoch(now)) // seconds
        key = handle_of(f"{number}:{purpose}:{recipient.casefold()}")
        return cls(f"{KEY_PREFIX}{key}", (number + 1) * seconds)

    @property
    def first(self) -> Item:
        """The item after its first e-mail."""
        return {TABLE_KEY: self.key, "expires_at": self.ends, COUNT: 1}
