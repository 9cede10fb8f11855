"""Hints to SNS topics."""

from collections.abc import Callable
from typing import Any

from gas.adapters.aws.errors import aws_errors
from gas.adapters.wire_messages import write_message
from gas.domain.messages import JobHint, ThawHint, UserHint
from gas.domain.names import Channel
from gas.tracing import traceparent


class SnsPublisher:
    """Implements `Publisher`. `topic_arn` tells the address of a channel's topic."""

    def __init__(self, client: Any, topic_arn: Callable[[Channel], str]) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def publish(self, channel: Channel, hint: JobHint | UserHint | ThawHint) -> None:
        """Send a hint to a channel's topic; a JobHint's event becomes the message attribute `event`."""
        event = hint.event if isinstance(hint, JobHint) else None
        attributes = {"event": {"DataType": "String", "StringValue": event.value}} if event else {}
        with aws_errors(f"topic of {channel.value}"):
            self._client.publish(
                TopicArn=self._topic_arn(channel),
                Message=write_message(hint, traceparent()),
                MessageAttributes=attributes,
            )


class TopicArns:
    """The addresses of the topics, made from their names and the account's number, which is asked for once.

    Asking STS needs no right; looking a topic up by name would need the right to list them all.
    """

    def __init__(self, sts_client: Any, topic_name: Callable[[Channel], str]) -> None:
        self._sts = sts_client
        self._topic_name = topic_name
        self._account: str | None = None

    def __call__(self, channel: Channel) -> str:
        """The ARN of a channel's topic."""
        if self._account is None:
            with aws_errors("account of this program's role"):
                self._account = str(self._sts.get_caller_identity()["Account"])
        meta = self._sts.meta
        return f"arn:{meta.partition}:sns:{meta.region_name}:{self._account}:{self._topic_name(channel)}"
