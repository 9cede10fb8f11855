"""How long forms and links live."""

from datetime import timedelta


def seconds_within(lifetime: timedelta, longest: timedelta) -> int:
    """The whole seconds of a lifetime.

    Raises:
        ValueError: it is shorter than a second or longer than the longest.
    """
    if not timedelta(seconds=1) <= lifetime <= longest:
        raise ValueError(
            f"a lifetime of {lifetime.total_seconds():g} s: between 1 and {longest.total_seconds():g} s"
        )
    return int(lifetime.total_seconds())
