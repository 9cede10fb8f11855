"""SQS: moto's protocol and rules over our own message store. Standard queues only; GAS has no other."""

import copy
import re
import time
from functools import cache
from typing import Any

import moto.sqs.models as moto_sqs
from moto.sqs.exceptions import (
    InvalidParameterValue,
    PurgeQueueInProgress,
    QueueDoesNotExist,
    ReceiptHandleIsInvalid,
)

from dev.run.cloud.deliveries import copies
from dev.run.cloud.queue_store import MessageState, QueueStore, StoredMessage

_HANDLE = re.compile(r"[0-9a-f]{64}")
_LONGEST_IN_FLIGHT_SECONDS = 43_200
_NO_DUPLICATE_PURGE_SECONDS = 60
_COUNTERS = {
    "ApproximateNumberOfMessages": MessageState.READY,
    "ApproximateNumberOfMessagesDelayed": MessageState.DELAYED,
    "ApproximateNumberOfMessagesNotVisible": MessageState.IN_FLIGHT,
}


class HonestQueue(moto_sqs.Queue):  # type: ignore[misc]  # moto is untyped here
    """A queue whose counters are kept, not recounted."""

    def __init__(self, name: str, region: str, account_id: str, **attributes: Any) -> None:
        if name.endswith(".fifo"):
            raise InvalidParameterValue("The local AWS has standard queues only; GAS uses no other.")
        self.store = QueueStore()
        super().__init__(name, region, account_id, **attributes)

    @property
    def approximate_number_of_messages(self) -> int:
        """How many messages a receiver would get now."""
        return self.store.count(MessageState.READY)

    @property
    def approximate_number_of_messages_delayed(self) -> int:
        """How many messages wait for their first delivery."""
        return self.store.count(MessageState.DELAYED)

    @property
    def approximate_number_of_messages_not_visible(self) -> int:
        """How many messages are in flight."""
        return self.store.count(MessageState.IN_FLIGHT)

    def add_message(self, message: Any) -> None:
        """Put a message into the store, in as many copies as the request delivers."""
        delay = max(0.0, message.delayed_until / 1000 - time.time()) if message.delayed_until else 0.0
        for _ in range(copies()):
            self.store.put(message, delay)


class HonestSQSBackend(moto_sqs.SQSBackend):  # type: ignore[misc]  # moto is untyped here
    """moto's SQS with its message handling replaced."""

    __module__ = moto_sqs.__name__  # moto finds a backend's addresses beside the module of its class

    def get_queue_attributes(self, queue_name: str, attribute_names: list[str]) -> dict[str, Any]:
        """The attributes that were asked for; counters cost the same at any depth."""
        if attribute_names and set(attribute_names) <= set(_COUNTERS):
            queue = self.get_queue(queue_name)
            return {name: queue.store.count(_COUNTERS[name]) for name in attribute_names}
        return dict(super().get_queue_attributes(queue_name, attribute_names))

    def receive_message(
        self,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Any]:
        """Messages, each under a new handle; those received too often move to the dead-letter queue."""
        queue = self.get_queue(queue_name)
        dead: list[Any] = []
        hide = 0 if copies() > 1 else visibility_timeout

        def refused(stored: StoredMessage) -> bool:
            limit = queue.redrive_policy and queue.redrive_policy["maxReceiveCount"]
            if queue.dead_letter_queue is not None and limit and stored.receives >= limit:
                dead.append(stored.content)
                return True
            oldest = (time.time() - queue.message_retention_period) * 1000
            return bool(stored.content.sent_timestamp < oldest)

        taken = queue.store.take(count, wait_seconds_timeout, hide, refused)
        for message in dead:
            queue.dead_letter_queue.store.put(message)
        return [_handed_out(stored, message_attribute_names or []) for stored in taken]

    def delete_message(self, queue_name: str, receipt_handle: str) -> None:
        """Delete by the newest handle; an older one succeeds without effect, as on AWS."""
        queue = self.get_queue(queue_name)
        if not _HANDLE.fullmatch(receipt_handle):
            raise ReceiptHandleIsInvalid
        queue.store.delete(receipt_handle)

    def change_message_visibility(
        self, queue_name: str, receipt_handle: str, visibility_timeout: int
    ) -> None:
        """Hide a message in flight for longer or shorter; at most 12 hours from its receipt."""
        queue = self.get_queue(queue_name)
        if not _HANDLE.fullmatch(receipt_handle):
            raise ReceiptHandleIsInvalid
        received_at = queue.store.received_at(receipt_handle)
        seconds = int(visibility_timeout)
        if (
            received_at is not None
            and time.monotonic() + seconds - received_at > _LONGEST_IN_FLIGHT_SECONDS + 1
        ):
            raise InvalidParameterValue(
                f"Value {seconds} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for "
                "the message is beyond the limit [43200 seconds]"
            )
        if not queue.store.hide(receipt_handle, seconds):
            raise InvalidParameterValue(
                f"Value {receipt_handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or "
                "is not available for visibility timeout change."
            )

    def purge_queue(self, queue_name: str) -> None:
        """Lose all messages; once a minute."""
        queue = self.get_queue(queue_name)
        now = time.time()
        if queue.last_purged_at is not None and now - queue.last_purged_at < _NO_DUPLICATE_PURGE_SECONDS:
            raise PurgeQueueInProgress(queue.name)
        queue.last_purged_at = now
        queue.store.clear()


def _handed_out(stored: StoredMessage, attribute_names: list[str]) -> Any:
    message = copy.copy(stored.content)
    message.receipt_handle = stored.handle
    message.approximate_receive_count = stored.receives
    if message.approximate_first_receive_timestamp is None:
        stored.content.approximate_first_receive_timestamp = int(time.time() * 1000)
        message.approximate_first_receive_timestamp = stored.content.approximate_first_receive_timestamp
    moto_sqs._filter_message_attributes(message, attribute_names)  # noqa: SLF001 - moto's only filter
    return message


def purge(queue_name: str | None) -> int:
    """Lose all messages of one queue, or of all; the number of queues emptied.

    Raises:
        KeyError: there is no such queue.
    """
    queues = [
        q for _, _, backend in moto_sqs.sqs_backends.iter_backends() for q in list(backend.queues.values())
    ]
    chosen = [q for q in queues if queue_name in (None, q.name)]
    if queue_name is not None and not chosen:
        raise KeyError(queue_name)
    for queue in chosen:
        queue.store.clear()
    return len(chosen)


def install() -> None:
    """Put the honest queues in moto's place, before the first request."""
    moto_sqs.Queue = HonestQueue
    # moto spells every attribute's name anew on each send.
    moto_sqs.camelcase_to_underscores = cache(moto_sqs.camelcase_to_underscores)
    moto_sqs.sqs_backends.backend = HonestSQSBackend


__all__ = ["HonestQueue", "HonestSQSBackend", "QueueDoesNotExist", "install", "purge"]
