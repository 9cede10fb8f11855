"""The lines that queued jobs stand in. Which of them a job does, the terms of its owner's plan say (`plan.py`)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gas.domain.names import Channel

_NAME = re.compile(r"[a-z][a-z0-9]{0,19}")


@dataclass(frozen=True)
class Line:
    """What queued jobs stand in: it has a channel, and annotators that take jobs from that and no other.

    Guarantees: two lines never share a channel, and none has that of anything else, nor a dead-letter queue's name.
    """

    name: str

    def __post_init__(self) -> None:
        """Refuse a name that could not stand in those of queues and Deployments.

        Raises:
            ValueError: it has other characters than a-z and 0-9, begins with a digit, is too long, or is `dead`.
        """
        if _NAME.fullmatch(self.name) is None or self.name == "dead":
            msg = f"line {self.name!r}: use at most 20 characters a-z and 0-9, starting with a letter, and not dead"
            raise ValueError(msg)

    @property
    def channel(self) -> Channel:
        """Where requests of its jobs are published."""
        first = Channel.JOB_REQUESTS
        return first if self.name == _FIRST else Channel(f"{first.value}-{self.name}")


_FIRST = "everybody"

EVERYBODY = Line(_FIRST)
"""The line of every job whose owner's plan has none of its own."""


def channels_of(lines: Iterable[Line]) -> tuple[Channel, ...]:
    """Every channel of an installation with these lines, those of requests first."""
    return (*(line.channel for line in lines), *Channel.OTHERS)
