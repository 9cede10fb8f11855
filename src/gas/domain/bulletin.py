"""What operators tell everybody, and whether new jobs are taken."""

from dataclasses import dataclass

from gas.domain.errors import UsageError

MAX_BANNER_LENGTH = 300
"""Two lines on a wide screen: whatever is longer belongs on a page of its own."""


@dataclass(frozen=True)
class Bulletin:
    """A sentence at the top of every page, and a switch that pauses submissions."""

    banner: str = ""
    paused: bool = False


def written(banner: str, *, paused: bool) -> Bulletin:
    """A bulletin of these words, without needless blanks.

    Raises:
        UsageError: the banner is too long.
    """
    line = " ".join(banner.split())
    if len(line) > MAX_BANNER_LENGTH:
        raise UsageError(f"A banner has at most {MAX_BANNER_LENGTH} characters; this one has {len(line)}.")
    return Bulletin(line, paused)
