"""The counts of e-mails in memory."""

from datetime import datetime, timedelta
from threading import Lock

from gas.adapters.memory.table import InMemoryTable, same
from gas.adapters.wire import Difference
from gas.adapters.wire_mail_budget import COUNT, CountedWindow
from gas.adapters.wire_sessions import TABLE_KEY


class InMemoryMailBudget:
    """Implements `MailBudget`."""

    def __init__(self) -> None:
        self._table = InMemoryTable(TABLE_KEY)
        self._lock = Lock()

    def take(self, purpose: str, recipient: str, most: int, window: timedelta, now: datetime) -> bool:
        """Count one more."""
        counted = CountedWindow.at(purpose, recipient, window, now)
        with self._lock:
            found = self._table.get(counted.key)
            if (found[COUNT] if found else 0) >= most:
                return False
            if found is None:
                return self._table.create(counted.first)
            self._table.update(counted.key, same({}, ()), Difference({COUNT: found[COUNT] + 1}, ()))
            return True
