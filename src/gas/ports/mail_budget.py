"""How many e-mails one recipient may get."""

from datetime import datetime, timedelta
from typing import Protocol


class MailBudget(Protocol):
    """Counts by recipient and purpose, in windows that follow one another; errors as in `JobStore`.

    What is counted is forgotten when its window is over, and no address can be read from it.
    """

    def take(self, purpose: str, recipient: str, most: int, window: timedelta, now: datetime) -> bool:
        """Count one more; False, and nothing counted, when there were `most` in this window. Exact under any race."""
        ...
