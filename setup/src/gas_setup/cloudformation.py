"""The same infrastructure as a CloudFormation template, for accounts where people may not create by themselves."""

import json
from typing import assert_never

from gas.adapters.aws.bucket_rules import ABORT_UPLOADS_RULE, EXPIRY_RULE, UPLOADS_RULE, BucketSpec, Json
from gas.adapters.aws.encryption import KMS
from gas.domain.keys import ARCHIVE_PREFIX
from gas.domain.messages import MAX_RECEIVES
from gas_setup.infrastructure import (
    RESTORE_COMPLETED,
    QueueSpec,
    Resource,
    SenderSpec,
    SubscriptionSpec,
    TableSpec,
    TopicSpec,
    topics_of_queues,
)
from gas_setup.request_parts import (
    ENCRYPTION_ALGORITHM,
    PREFLIGHT_SECONDS,
    PRIVATE,
    UPLOAD_METHODS,
    attribute_definitions,
    global_index,
    key_schema,
    queue_rights,
    topic_rights,
)


def cloudformation_template(resources: list[Resource]) -> str:
    """A JSON template that makes the resources under the very names that `gas-setup` gives them."""
    logical: dict[str, Json] = {}
    for resource in resources:
        logical.update(_logical(resource))
    for queue, topics in topics_of_queues(resources).items():
        rights = queue_rights(_arn("queue", queue), [_arn("topic", topic) for topic in topics])
        logical[_id("queue-policy", queue)] = _resource(
            "AWS::SQS::QueuePolicy", {"Queues": [{"Ref": _id("queue", queue)}], "PolicyDocument": rights}
        )
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Description": "GAS", "Resources": logical}
    return json.dumps(template, indent=2)


def _logical(resource: Resource) -> dict[str, Json]:
    match resource:
        case QueueSpec():
            return {_id("queue", resource.name): _queue(resource)}
        case TopicSpec():
            return _topic(resource)
        case SubscriptionSpec():
            return {_id("subscription", resource.topic, resource.queue): _subscription(resource)}
        case TableSpec():
            return {_id("table", resource.name): _table(resource)}
        case BucketSpec():
            return {_id("bucket", resource.name): _bucket(resource)}
        case SenderSpec():
            return {"Sender": _resource("AWS::SES::EmailIdentity", {"EmailIdentity": resource.address})}
        case _:
            assert_never(resource)


def _queue(spec: QueueSpec) -> Json:
    properties: Json = {
        "QueueName": spec.name,
        "DelaySeconds": spec.delay_seconds,
        "VisibilityTimeout": spec.visibility_seconds,
        "ReceiveMessageWaitTimeSeconds": spec.wait_seconds,
        "MessageRetentionPeriod": spec.keep_seconds,
        "SqsManagedSseEnabled": True,
    }
    if spec.dead_letter_queue is not None:
        target = _arn("queue", spec.dead_letter_queue)
        properties["RedrivePolicy"] = {"deadLetterTargetArn": target, "maxReceiveCount": MAX_RECEIVES}
    return _resource("AWS::SQS::Queue", properties)


def _topic(spec: TopicSpec) -> dict[str, Json]:
    topic = {_id("topic", spec.name): _resource("AWS::SNS::Topic", {"TopicName": spec.name})}
    if spec.publishing_bucket is None:
        return topic
    # The bucket's ARN is written out: a reference would make bucket and rights wait for each other.
    bucket_arn: Json = {"Fn::Sub": "arn:${AWS::Partition}:s3:::" + spec.publishing_bucket}
    rights = topic_rights(_arn("topic", spec.name), bucket_arn, {"Ref": "AWS::AccountId"})
    properties = {"Topics": [_arn("topic", spec.name)], "PolicyDocument": rights}
    return {**topic, _id("topic-policy", spec.name): _resource("AWS::SNS::TopicPolicy", properties)}


def _subscription(spec: SubscriptionSpec) -> Json:
    properties: Json = {
        "Protocol": "sqs",
        "TopicArn": _arn("topic", spec.topic),
        "Endpoint": _arn("queue", spec.queue),
        "RawMessageDelivery": True,
    }
    if spec.event is not None:
        properties["FilterPolicy"] = {"event": [spec.event]}
    return _resource("AWS::SNS::Subscription", properties)


def _table(spec: TableSpec) -> Json:
    properties: Json = {
        "TableName": spec.name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": key_schema(spec.key, None),
        "AttributeDefinitions": attribute_definitions(spec),
    }
    if spec.indexes:
        properties["GlobalSecondaryIndexes"] = [global_index(index) for index in spec.indexes]
    if spec.expiry_attribute is not None:
        properties["TimeToLiveSpecification"] = {"AttributeName": spec.expiry_attribute, "Enabled": True}
    if spec.recoverable:
        properties["PointInTimeRecoverySpecification"] = {"PointInTimeRecoveryEnabled": True}
    return {
        **_resource("AWS::DynamoDB::Table", properties),
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
    }


def _bucket(spec: BucketSpec) -> Json:
    rules: list[Json] = [
        {
            "Id": ABORT_UPLOADS_RULE,
            "Status": "Enabled",
            "Prefix": spec.keys,
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        }
    ]
    if spec.expire_days is not None:
        expiry: Json = {"Id": EXPIRY_RULE, "Status": "Enabled", "Prefix": spec.keys}
        rules.append({**expiry, "ExpirationInDays": spec.expire_days})
    default = {"SSEAlgorithm": ENCRYPTION_ALGORITHM}
    encryption: Json = {"ServerSideEncryptionByDefault": default}
    if spec.kms_key_id:
        by_key = {"SSEAlgorithm": KMS, "KMSMasterKeyID": spec.kms_key_id}
        encryption = {"ServerSideEncryptionByDefault": by_key, "BucketKeyEnabled": True}
    properties: Json = {
        "BucketName": spec.name,
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]},
        "LifecycleConfiguration": {"Rules": rules},
        "PublicAccessBlockConfiguration": PRIVATE,
    }
    if spec.uploads_from is not None:
        cors = {
            "Id": UPLOADS_RULE,
            "AllowedOrigins": [spec.uploads_from],
            "AllowedMethods": UPLOAD_METHODS,
            "MaxAge": PREFLIGHT_SECONDS,
        }
        properties["CorsConfiguration"] = {"CorsRules": [cors]}
    resource = _resource("AWS::S3::Bucket", properties)
    if spec.restores_topic is not None:
        prefix = {"S3Key": {"Rules": [{"Name": "prefix", "Value": ARCHIVE_PREFIX}]}}
        topic = _arn("topic", spec.restores_topic)
        properties["NotificationConfiguration"] = {
            "TopicConfigurations": [{"Event": RESTORE_COMPLETED, "Topic": topic, "Filter": prefix}]
        }
        # S3 refuses the notification until the topic lets it publish.
        resource["DependsOn"] = [_id("topic-policy", spec.restores_topic)]
    return {**resource, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def _resource(kind: str, properties: Json) -> Json:
    return {"Type": kind, "Properties": properties}


def _arn(kind: str, name: str) -> Json:
    # A topic's reference is its ARN; a queue's is its address.
    return {"Ref": _id(kind, name)} if kind == "topic" else {"Fn::GetAtt": [_id(kind, name), "Arn"]}


def _id(kind: str, *names: str) -> str:
    words = [kind, *names]
    return "".join(part.capitalize() for word in words for part in word.split("-"))
