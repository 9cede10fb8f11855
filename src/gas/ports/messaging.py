"""Messages and e-mail."""

from dataclasses import dataclass
from typing import Protocol

from gas.domain.messages import Hint, JobHint, ThawHint, UserHint
from gas.domain.names import Channel
from gas.domain.overview import QueueDepth


@dataclass(frozen=True)
class ReceivedMessage:
    """A message in our hands until its visibility ends. `hint` is None when it could not be read; `problem` says why.

    `traceparent` is the trace that it says to be a part of.
    """

    receipt: str
    hint: Hint | None
    problem: str | None = None
    receive_count: int = 1
    traceparent: str | None = None


class MessageQueue(Protocol):
    """One SQS queue. All methods raise `TransientError` or `FatalError`."""

    def receive(self, max_messages: int, wait_seconds: int, visibility_seconds: int) -> list[ReceivedMessage]:
        """At most `max_messages`, waiting up to `wait_seconds` for the first."""
        ...

    def delete(self, message: ReceivedMessage) -> None:
        """Forget a message; again is no error."""
        ...

    def hide(self, message: ReceivedMessage, seconds: int) -> None:
        """Let the message come back after so many seconds, 0 for at once; one that is gone is no error."""
        ...

    def depth(self) -> QueueDepth:
        """How many messages it holds, as far as the queue can tell."""
        ...

    def empty(self) -> bool:
        """True when no message is visible, in flight or delayed, as far as the queue can tell."""
        ...


class Publisher(Protocol):
    """Sends hints. All methods raise `TransientError` or `FatalError`."""

    def publish(self, channel: Channel, hint: JobHint | UserHint | ThawHint) -> None:
        """Send a hint to a channel's topic, with the trace of the current work.

        A JobHint's event becomes the message attribute `event`.
        """
        ...


@dataclass(frozen=True)
class Mail:
    """One e-mail in plain text."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Sends e-mail."""

    def send(self, mail: Mail) -> None:
        """Send one mail.

        Raises:
            UsageError: the address was refused; sending again changes nothing.
            TransientError: it was certainly not sent; try again later.
            MailUncertainError: it may have been sent; do not send it again.
        """
        ...
