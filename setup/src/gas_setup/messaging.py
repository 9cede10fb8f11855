"""Makes queues, topics and subscriptions as they should be, whatever an earlier run left."""

import json
from typing import Any

from botocore.exceptions import ClientError

from gas.adapters.aws.bucket_rules import Json
from gas.adapters.aws.errors import code_of
from gas.domain.messages import MAX_RECEIVES
from gas_setup.changes import Account, Change, SettingChange
from gas_setup.infrastructure import QueueSpec, SenderSpec, SubscriptionSpec, TopicSpec
from gas_setup.merge import changes, with_statement
from gas_setup.request_parts import queue_rights, topic_rights

_NO_QUEUE = {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}
_NO_TOPIC = {"NotFound", "NotFoundException", "ResourceNotFoundException"}
_DOCUMENTS = {"Policy", "RedrivePolicy", "FilterPolicy"}


def ensure_queue(account: Account, spec: QueueSpec, topics: list[str]) -> Change:
    """Make the queue, or set what differs; these topics may send to it."""
    sqs = account.client("sqs")
    wanted = _queue_attributes(account, spec, topics)
    try:
        url = sqs.get_queue_url(QueueName=spec.name)["QueueUrl"]
    except ClientError as error:
        if code_of(error) not in _NO_QUEUE:
            raise
        account.create(sqs.create_queue, QueueName=spec.name, Attributes=wanted)
        return account.change()
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    if different := _different(_no_weaker(wanted, found), found):
        account.set(_told(different, found), sqs.set_queue_attributes, QueueUrl=url, Attributes=different)
    return account.change()


def ensure_topic(account: Account, spec: TopicSpec) -> Change:
    """Make the topic, and let its bucket publish to it."""
    sns = account.client("sns")
    arn = account.arn("sns", spec.name)
    attributes = _topic_attributes(account, spec)
    try:
        found = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    except ClientError as error:
        if code_of(error) not in _NO_TOPIC:
            raise
        account.create(sns.create_topic, Name=spec.name, Attributes=attributes)
        return account.change()
    for name, value in _different(_no_weaker(attributes, found), found).items():
        told = _told({name: value}, found)
        account.set(told, sns.set_topic_attributes, TopicArn=arn, AttributeName=name, AttributeValue=value)
    return account.change()


def ensure_subscription(account: Account, spec: SubscriptionSpec) -> Change:
    """Subscribe the queue to the topic, raw, with its filter."""
    sns = account.client("sns")
    topic, queue = account.arn("sns", spec.topic), account.arn("sqs", spec.queue)
    wanted = {"RawMessageDelivery": "true"}
    if spec.event is not None:
        wanted["FilterPolicy"] = json.dumps({"event": [spec.event]})
    subscription = _subscription_arn(sns, topic, queue)
    if subscription is None:
        account.create(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=wanted)
        return account.change()
    found = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    if spec.event is None and json.loads(found.get("FilterPolicy") or "{}"):
        wanted["FilterPolicy"] = "{}"
    for attribute, value in _different(wanted, found).items():
        account.set(
            _told({attribute: value}, found),
            sns.set_subscription_attributes,
            SubscriptionArn=subscription,
            AttributeName=attribute,
            AttributeValue=value,
        )
    return account.change()


def ensure_sender(account: Account, spec: SenderSpec) -> Change:
    """Ask SES to verify the sender, unless it or its domain is verified, or asked for already."""
    ses = account.client("ses")
    domain = spec.address.rpartition("@")[2]
    known = ses.get_identity_verification_attributes(Identities=[spec.address, domain])[
        "VerificationAttributes"
    ]
    if any(state["VerificationStatus"] in {"Success", "Pending"} for state in known.values()):
        return account.change()
    account.create(ses.verify_email_identity, EmailAddress=spec.address)
    return account.change()


def _queue_attributes(account: Account, spec: QueueSpec, topics: list[str]) -> dict[str, str]:
    attributes = {
        "DelaySeconds": str(spec.delay_seconds),
        "VisibilityTimeout": str(spec.visibility_seconds),
        "ReceiveMessageWaitTimeSeconds": str(spec.wait_seconds),
        "MessageRetentionPeriod": str(spec.keep_seconds),
        "SqsManagedSseEnabled": "true",
    }
    if spec.dead_letter_queue is not None:
        target = account.arn("sqs", spec.dead_letter_queue)
        attributes["RedrivePolicy"] = json.dumps(
            {"deadLetterTargetArn": target, "maxReceiveCount": MAX_RECEIVES}
        )
    if topics:
        rights = queue_rights(account.arn("sqs", spec.name), [account.arn("sns", topic) for topic in topics])
        attributes["Policy"] = json.dumps(rights)
    return attributes


def _topic_attributes(account: Account, spec: TopicSpec) -> dict[str, str]:
    if spec.publishing_bucket is None:
        return {}
    bucket = account.bucket_arn(spec.publishing_bucket)
    return {"Policy": json.dumps(topic_rights(account.arn("sns", spec.name), bucket, account.number))}


def _subscription_arn(sns: Any, topic: str, queue: str) -> str | None:
    try:
        pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        subscriptions = [s for page in pages for s in page["Subscriptions"]]
    except ClientError as error:
        if code_of(error) not in _NO_TOPIC:
            raise
        return None
    return next((s["SubscriptionArn"] for s in subscriptions if s["Endpoint"] == queue), None)


def _no_weaker(wanted: dict[str, str], found: dict[str, Any]) -> dict[str, str]:
    """What to set where others have set something: their statements, their key and their longer keeping stay."""
    kept = dict(wanted)
    if "Policy" in wanted and found.get("Policy"):
        merged = with_statement(json.loads(found["Policy"]), json.loads(wanted["Policy"]))
        kept["Policy"] = json.dumps(merged)
    if found.get("KmsMasterKeyId"):
        kept.pop("SqsManagedSseEnabled", None)
    period = "MessageRetentionPeriod"
    if period in wanted and int(found.get(period, 0)) > int(wanted[period]):
        kept.pop(period)
    return kept


def _told(different: dict[str, str], found: dict[str, Any]) -> tuple[SettingChange, ...]:
    told: list[SettingChange] = []
    for name, value in different.items():
        before = found.get(name)
        if name == "Policy":
            told += changes("policy statement", _document(str(before or "{}")), _document(value))
        else:
            told.append(SettingChange(name, before, value))
    return tuple(told)


def _different(wanted: dict[str, str], found: dict[str, Any]) -> dict[str, str]:
    """The wanted attributes that are not as found; documents are compared by meaning, not by letter."""
    return {name: value for name, value in wanted.items() if not _same(name, value, found.get(name))}


def _same(name: str, wanted: str, found: Any) -> bool:
    if name not in _DOCUMENTS or not found:
        return str(found).lower() == wanted.lower()
    return _document(wanted) == _document(str(found))


def _document(text: str) -> Json:
    document: Json = json.loads(text)
    if "maxReceiveCount" in document:
        document["maxReceiveCount"] = int(document["maxReceiveCount"])
    return document
