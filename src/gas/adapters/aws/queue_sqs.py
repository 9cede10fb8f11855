"""One SQS queue."""

import math
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from gas.adapters.aws.errors import aws_errors, code_of
from gas.adapters.wire_messages import parse_message, traceparent_of
from gas.domain.errors import TransientError, UsageError
from gas.domain.names import Channel
from gas.domain.overview import QueueDepth
from gas.ports.messaging import ReceivedMessage

MAX_BATCH = 10
"""SQS hands out at most ten messages at a time."""
MAX_HIDE_SECONDS = 43_200
"""SQS hides a message for at most twelve hours."""

_GONE = frozenset(
    {
        "MessageNotInflight",
        "AWS.SimpleQueueService.MessageNotInflight",
        "ReceiptHandleIsInvalid",
        "InvalidParameterValue",
    }
)
"""What SQS says of a message that is deleted, or that has become visible again."""

_DEPTHS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class SqsQueue:
    """Implements `MessageQueue`; `polls` is a client that waits longer for an answer than the longest poll lasts."""

    def __init__(self, client: Any, name: str, channel: Channel, *, polls: Any) -> None:
        self._client = client
        self._polls = polls
        self._name = name
        self._channel = channel

    def receive(self, max_messages: int, wait_seconds: int, visibility_seconds: int) -> list[ReceivedMessage]:
        """At most `max_messages`, never more than ten, waiting up to `wait_seconds` for the first."""
        with aws_errors(self._resource):
            answer = self._polls.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(max_messages, MAX_BATCH),
                WaitTimeSeconds=wait_seconds,
                VisibilityTimeout=_bounded(visibility_seconds),
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        return [self._read(message) for message in answer.get("Messages", [])]

    def delete(self, message: ReceivedMessage) -> None:
        """Forget a message; again is no error."""
        with aws_errors(self._resource):
            try:
                self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt)
            except ClientError as error:
                if code_of(error) not in _GONE:
                    raise

    def hide(self, message: ReceivedMessage, seconds: int) -> None:
        """Let the message come back after so many seconds, 0 for at once; one that is gone is no error."""
        with aws_errors(self._resource):
            try:
                self._client.change_message_visibility(
                    QueueUrl=self._url, ReceiptHandle=message.receipt, VisibilityTimeout=_bounded(seconds)
                )
            except ClientError as error:
                if code_of(error) not in _GONE:
                    raise

    def depth(self) -> QueueDepth:
        """How many messages it holds, as far as SQS can tell.

        Raises:
            TransientError: a number is missing from the answer: unknown is not zero.
        """
        told = self._told()
        if not told.keys() >= set(_DEPTHS):
            raise TransientError(f"AWS did not tell how deep the {self._resource} is: try again later.")
        return QueueDepth(*(int(told[name]) for name in _DEPTHS))

    def empty(self) -> bool:
        """True when no message is visible, in flight or delayed, as far as SQS can tell."""
        told = self._told()
        # A number that is missing is unknown, and unknown is not zero.
        return all(told.get(name) == "0" for name in _DEPTHS)

    def _told(self) -> dict[str, str]:
        with aws_errors(self._resource):
            answer = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=list(_DEPTHS))
        told: dict[str, str] = answer.get("Attributes", {})
        return told

    @cached_property
    def _url(self) -> str:
        with aws_errors(self._resource):
            return str(self._client.get_queue_url(QueueName=self._name)["QueueUrl"])

    @property
    def _resource(self) -> str:
        return f"queue {self._name}"

    def _read(self, message: dict[str, Any]) -> ReceivedMessage:
        receipt = message["ReceiptHandle"]
        count = int(message.get("Attributes", {}).get("ApproximateReceiveCount", 1))
        try:
            hint, problem = parse_message(self._channel, message["Body"]), None
        except UsageError as error:
            hint, problem = None, str(error)
        return ReceivedMessage(receipt, hint, problem, count, traceparent_of(message["Body"]))


def _bounded(seconds: float) -> int:
    return min(max(math.ceil(seconds), 0), MAX_HIDE_SECONDS)
