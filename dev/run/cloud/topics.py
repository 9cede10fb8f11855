"""SNS: a publish succeeds whatever its subscribers do, and nothing that was published is kept."""

import logging
from collections.abc import Callable
from typing import Any

import moto.sns.models as moto_sns
from moto.sqs.exceptions import QueueDoesNotExist

_log = logging.getLogger(__name__)


def _tolerant(deliver: Callable[..., None]) -> Callable[..., None]:
    def publish(subscription: Any, *args: Any, **kwargs: Any) -> None:
        try:
            deliver(subscription, *args, **kwargs)
        except QueueDoesNotExist:
            # AWS delivers later and on its own: the publisher never learns of a missing queue.
            _log.warning("topic %s: the queue %s is missing", subscription.topic_arn, subscription.endpoint)

    return publish


def _forgetful(publish: Callable[..., str]) -> Callable[..., str]:
    def forget(topic: Any, *args: Any, **kwargs: Any) -> str:
        message_id = publish(topic, *args, **kwargs)
        # moto keeps every message for its own tests; a server that runs for days cannot.
        topic.sent_notifications.clear()
        return message_id

    return forget


def install() -> None:
    """Change moto's delivery, before the first request."""
    moto_sns.Subscription.publish = _tolerant(moto_sns.Subscription.publish)
    moto_sns.Topic.publish = _forgetful(moto_sns.Topic.publish)
