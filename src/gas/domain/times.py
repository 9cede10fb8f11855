"""How times are written where programs read them."""

from datetime import datetime


def time_text(moment: datetime) -> str:
    """A time as RFC 3339 writes it, in UTC to the second: the form of the API, of status and of Events."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
