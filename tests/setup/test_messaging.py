"""Queues and topics beside what others set on them."""

import json

from gas.domain.names import Channel, Names
from tests.support.aws import TestCloud, listed
from tests.support.setup_runs import Setup, about

KEY = "arn:aws:kms:us-east-1:123456789012:key/theirs"


def test_queues_and_topics_keep_what_others_may_do(cloud: TestCloud, names: Names, setup: Setup) -> None:
    """Statements of others, a key of KMS and a longer keeping stay; ours that was lost comes back, and is named."""
    sqs, sns = cloud.client("sqs"), cloud.client("sns")
    setup()
    theirs = {"Sid": "audit", "Effect": "Deny", "Principal": "*", "Action": "sqs:PurgeQueue", "Resource": "*"}
    url = sqs.get_queue_url(QueueName=names.queue(Channel.THAW))["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [theirs]})
    changed = {
        "Policy": policy,
        "KmsMasterKeyId": KEY,
        "MessageRetentionPeriod": "1209600",
        "VisibilityTimeout": "7",
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes=changed)
    topic = next(
        t["TopicArn"]
        for t in listed(sns, "list_topics", "Topics")
        if t["TopicArn"].endswith(f":{names.topic(Channel.THAW)}")
    )
    on_topic = json.dumps({"Version": "2012-10-17", "Statement": {**theirs, "Action": "sns:Publish"}})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=on_topic)

    said = setup()

    now = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    sids = [each["Sid"] for each in json.loads(now["Policy"])["Statement"]]
    on = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])["Statement"]
    assert sids == ["audit", "topics"]
    assert [each["Sid"] for each in on] == ["audit", "bucket"]
    assert (now["KmsMasterKeyId"], now["MessageRetentionPeriod"]) == (KEY, "1209600")
    assert now["VisibilityTimeout"] == found["VisibilityTimeout"]
    told = about(said, names.queue(Channel.THAW))
    assert f"VisibilityTimeout: 7 -> {found['VisibilityTimeout']}" in told
    assert any(line.startswith("policy statement topics: not set -> ") for line in told)
    assert {line.split()[0] for line in setup() if not line.startswith("gas-setup")} == {"unchanged"}
