"""The parts of AWS requests that `gas-setup` sends and the CloudFormation template states alike."""

from typing import Any

from gas.adapters.aws.infrastructure import RESTORE_COMPLETED, Attribute, BucketSpec, IndexSpec, TableSpec
from gas.domain.keys import ARCHIVE_PREFIX

Json = dict[str, Any]

ENCRYPTION_ALGORITHM = "AES256"
PRIVATE = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}
EXPIRY_RULE = "gas-expire"
ABORT_UPLOADS_RULE = "gas-abort-unfinished-uploads"
UPLOADS_RULE = "gas-uploads"
RESTORES_NOTICE = "gas-restores"
FORMER_IDS = {
    EXPIRY_RULE: "expire",
    ABORT_UPLOADS_RULE: "abort-unfinished-uploads",
    UPLOADS_RULE: "uploads",
    RESTORES_NOTICE: "restores",
}
"""What they were called until release 0.1.0: names that anybody may have given, so that these alone tell nothing."""

UPLOAD_METHODS = ["POST"]
"""A presigned form is a POST of multipart/form-data, for which no header has to be allowed. A page that shows the
progress of an upload is asked for permission first, by a preflight."""

PREFLIGHT_SECONDS = 3600
"""How long browsers remember that permission: an hour after a change of the public address all of them know."""


def lifecycle_rules(spec: BucketSpec) -> list[Json]:
    """The lifecycle rules of ours in a bucket, for all that is in it."""
    every: Json = {"Status": "Enabled", "Filter": {"Prefix": ""}}
    rules = [
        {"ID": ABORT_UPLOADS_RULE, **every, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}
    ]
    if spec.expire_days is not None:
        rules.append({"ID": EXPIRY_RULE, **every, "Expiration": {"Days": spec.expire_days}})
    return rules


def uploads_rule(origin: str) -> Json:
    """The CORS rule that lets the pages of an origin send files."""
    return {
        "ID": UPLOADS_RULE,
        "AllowedOrigins": [origin],
        "AllowedMethods": UPLOAD_METHODS,
        "MaxAgeSeconds": PREFLIGHT_SECONDS,
    }


def restores_notice(topic_arn: str) -> Json:
    """The notification that tells a topic of each completed retrieval in the archive."""
    return {
        "Id": RESTORES_NOTICE,
        "TopicArn": topic_arn,
        "Events": [RESTORE_COMPLETED],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": ARCHIVE_PREFIX}]}},
    }


def queue_policy(queue_arn: Any, topic_arns: list[Any]) -> Json:
    """A queue's policy: these topics may send to it, and no other sender of another account or service."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "topics",
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue_arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": topic_arns}},
            }
        ],
    }


def topic_policy(topic_arn: Any, bucket_arn: Any, account: Any) -> Json:
    """A topic's policy: this bucket of this account may publish to it."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "bucket",
                "Effect": "Allow",
                "Principal": {"Service": "s3.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": topic_arn,
                "Condition": {
                    "ArnEquals": {"aws:SourceArn": bucket_arn},
                    "StringEquals": {"aws:SourceAccount": account},
                },
            }
        ],
    }


def key_schema(partition: Attribute, sort: Attribute | None) -> list[Json]:
    """The key of a table or index."""
    schema: list[Json] = [{"AttributeName": partition.name, "KeyType": "HASH"}]
    return [*schema, {"AttributeName": sort.name, "KeyType": "RANGE"}] if sort else schema


def attribute_definitions(spec: TableSpec) -> list[Json]:
    """The types of all key attributes of a table and its indexes."""
    keys = [spec.key, *(a for index in spec.indexes for a in (index.partition, index.sort) if a is not None)]
    return [{"AttributeName": a.name, "AttributeType": a.type.value} for a in dict.fromkeys(keys)]


def global_index(index: IndexSpec) -> Json:
    """A secondary index."""
    return {
        "IndexName": index.name,
        "KeySchema": key_schema(index.partition, index.sort),
        "Projection": {"ProjectionType": "ALL" if index.whole_items else "KEYS_ONLY"},
    }
