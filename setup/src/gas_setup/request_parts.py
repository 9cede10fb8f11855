"""The parts of AWS requests that `gas-setup` sends and the CloudFormation template states alike."""

from typing import Any

from gas.adapters.aws.bucket_rules import RESTORES_NOTICE, UPLOADS_RULE, Json
from gas.domain.keys import ARCHIVE_PREFIX
from gas_setup.infrastructure import RESTORE_COMPLETED, Attribute, IndexSpec, TableSpec

ENCRYPTION_ALGORITHM = "AES256"
PRIVATE = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}
UPLOAD_METHODS = ["POST"]
"""A presigned form is a POST of multipart/form-data, for which no header has to be allowed. A page that shows the
progress of an upload is asked for permission first, by a preflight."""

PREFLIGHT_SECONDS = 3600
"""How long browsers remember that permission: an hour after a change of the public address all of them know."""


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


def queue_rights(queue_arn: Any, topic_arns: list[Any]) -> Json:
    """Who may do what with a queue: these topics may send to it, and no other sender of another account or service."""
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


def topic_rights(topic_arn: Any, bucket_arn: Any, account: Any) -> Json:
    """Who may do what with a topic: this bucket of this account may publish to it."""
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
