"""What each part may do on AWS, and no more: the rights of their roles, by the names of one installation.

Every action here is one that the adapters really call: `tests/setup/test_rights.py` runs each part behind a gateway
that refuses everything else, and finds no action that nobody used.
"""

from collections.abc import Sequence

from gas.adapters.aws.bucket_rules import Json
from gas.adapters.wire_mail_budget import KEY_PREFIX
from gas.adapters.wire_outputs import EARLIER_ATTRIBUTES
from gas.adapters.wire_overview import OVERVIEW_KEY
from gas.domain.line import Line
from gas.domain.names import Bucket, Channel, Names, Table, TableIndex
from gas_setup.arns import Arns, Grant, Place

ANNOTATOR_ATTRIBUTES = (
    "annotated_variants",
    "complete_time",
    "detail",
    "due_at",
    "due_shard",
    "fence",
    "history",
    "job_id",
    "job_status",
    "lease_expires_at",
    "lease_holder",
    "look_for_result",
    "own_sha256",
    "problems",
    "progress_percent",
    "publication",
    "reason",
    "reference_digest",
    "reference_wait",
    "refusal",
    "retain_until",
    "s3_results_bucket",
    "start_time",
    "variants",
    "version",
    # All files of a result in one map: a new one needs no new right.
    "outputs",
    *EARLIER_ATTRIBUTES,
)
"""What a claim, a heartbeat and an end write to a record, or compare: not whose it is, nor what people asked for."""


_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}
_CONSUME = ("sqs:GetQueueUrl", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")


def rights_of_parts(
    names: Names, place: Place, lines: Sequence[Line], mail_sender: str, kms_key_id: str = ""
) -> dict[str, Json]:
    """The rights of each part, of KEDA's role, and of whoever publishes references or runs `gas-setup`: policy documents of IAM."""
    arns = Arns(names, place, lines)
    key = _key(kms_key_id, place)
    grants = {
        "web": _web(arns) + key,
        "annotator": _annotator(arns) + key,
        "controllers": _controllers(arns, mail_sender) + key,
        "keda": [Grant(("sqs:GetQueueAttributes",), arns.queues(arns.requests))],
        "publisher": _publisher(arns) + key,
        "setup": _setup(arns),
    }
    return {
        part: {"Version": "2012-10-17", "Statement": [grant.statement() for grant in each]}
        for part, each in grants.items()
    }


def _key(kms_key_id: str, place: Place) -> list[Grant]:
    """What S3 does with our key in the name of whoever reads or writes an object, and nobody without S3."""
    if not kms_key_id:
        return []
    by_s3 = {
        "StringEquals": {
            "kms:ViaService": f"s3.{place.region}.{_SUFFIXES.get(place.partition, 'amazonaws.com')}"
        }
    }
    return [Grant(("kms:Decrypt", "kms:GenerateDataKey"), (kms_key_id,), by_s3)]


def _web(arns: Arns) -> list[Grant]:
    inputs, results = arns.hot(Bucket.INPUTS), arns.hot(Bucket.RESULTS)
    return [
        Grant(("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"), arns.tables(*Table)),
        Grant(("dynamodb:BatchGetItem",), arns.tables(Table.JOBS)),
        Grant(("dynamodb:DeleteItem",), arns.tables(Table.SESSIONS)),
        Grant(
            ("dynamodb:Query",),
            arns.index(Table.JOBS, TableIndex.JOBS_BY_USER, TableIndex.BY_DUE)
            + arns.index(Table.SESSIONS, TableIndex.TOKENS_BY_USER),
        ),
        # What a form or a link allows is done by their bearer in the name of who signed it.
        Grant(("s3:PutObject",), (inputs,)),
        Grant(("s3:GetObject",), (inputs, results, arns.catalogue())),
        # Without it S3 does not say whether an object is missing or forbidden.
        Grant(("s3:ListBucket",), arns.buckets(Bucket.INPUTS, Bucket.RESULTS)),
        Grant(("sns:Publish",), arns.topics(Channel.JOB_RESULTS, Channel.RESTORE)),
    ]


def _annotator(arns: Arns) -> list[Grant]:
    """It parses strangers' files: nothing that lists or deletes objects, and of a record only what is its own."""
    own = {"ForAllValues:StringEquals": {"dynamodb:Attributes": list(ANNOTATOR_ATTRIBUTES)}}
    return [
        Grant(_CONSUME, arns.queues(arns.requests)),
        Grant(("dynamodb:GetItem",), arns.tables(Table.JOBS)),
        Grant(("dynamodb:UpdateItem",), arns.tables(Table.JOBS), own),
        Grant(("s3:GetObject",), (arns.hot(Bucket.INPUTS), arns.catalogue(), arns.bundles())),
        Grant(("s3:PutObject",), (arns.hot(Bucket.RESULTS),)),
        Grant(("sns:Publish",), arns.topics(Channel.JOB_RESULTS)),
    ]


def _controllers(arns: Arns, mail_sender: str) -> list[Grant]:
    inputs, results, archived = arns.hot(Bucket.INPUTS), arns.hot(Bucket.RESULTS), arns.archived()
    return [
        Grant(_CONSUME, arns.queues(Channel.OTHERS)),
        # How deep each is, and whether the requests' are empty.
        Grant(
            ("sqs:GetQueueUrl", "sqs:GetQueueAttributes"),
            arns.queues(arns.channels) + arns.dead_letter_queues(arns.channels),
        ),
        Grant(("sns:Publish",), arns.topics(*arns.requests)),
        Grant(("dynamodb:GetItem", "dynamodb:UpdateItem"), arns.tables(Table.JOBS, Table.USERS)),
        Grant(("dynamodb:BatchGetItem",), arns.tables(Table.JOBS)),
        # How many e-mails an address got, in a table that also says who is signed in.
        Grant(
            ("dynamodb:UpdateItem",),
            arns.tables(Table.SESSIONS),
            {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{KEY_PREFIX}*"]}},
        ),
        # A new job's record, and the overview, which lies in the users' table.
        Grant(("dynamodb:PutItem",), arns.tables(Table.JOBS, Table.USERS)),
        Grant(
            ("dynamodb:Query",),
            arns.index(Table.JOBS, TableIndex.BY_DUE, TableIndex.JOBS_BY_USER, TableIndex.JOBS_BY_ARCHIVE_ID)
            + arns.index(Table.USERS, TableIndex.BY_DUE, TableIndex.IDENTITIES_BY_USER)
            + arns.index(Table.SESSIONS, TableIndex.TOKENS_BY_USER),
        ),
        # Accounts whose users asked for that.
        Grant(("dynamodb:DeleteItem",), arns.tables(Table.USERS, Table.SESSIONS)),
        Grant(("s3:GetObject",), (inputs, results, archived, arns.catalogue())),
        Grant(("s3:PutObject",), (results, archived)),
        # What people delete goes with the versions that a versioned bucket keeps.
        Grant(("s3:DeleteObject", "s3:DeleteObjectVersion"), (inputs, results, archived)),
        Grant(("s3:ListBucketVersions",), arns.buckets(Bucket.INPUTS, Bucket.RESULTS)),
        # A hot result, too, where a rule of somebody else moved it.
        Grant(("s3:RestoreObject",), (results, archived)),
        # Without it S3 does not say whether an object is missing or forbidden.
        Grant(("s3:ListBucket",), arns.buckets(Bucket.INPUTS, Bucket.RESULTS)),
        # What others set on the buckets, which `--check` tells.
        Grant(
            (
                "s3:GetLifecycleConfiguration",
                "s3:GetBucketVersioning",
                "s3:GetBucketObjectLockConfiguration",
                "s3:GetReplicationConfiguration",
                "s3:GetEncryptionConfiguration",
            ),
            arns.buckets(*Bucket),
        ),
        Grant(("ses:SendEmail",), arns.identities(), {"StringEquals": {"ses:FromAddress": mail_sender}}),
    ]


def _publisher(arns: Arns) -> list[Grant]:
    """Writes what everybody reads, the references; of all else it sees the controllers' overview."""
    return [
        Grant(
            ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
            (arns.hot(Bucket.REFERENCES),),
        ),
        # Which bundles unfinished jobs need, which the controllers tell in a table that also says who people are.
        Grant(
            ("dynamodb:GetItem",),
            arns.tables(Table.USERS),
            {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [OVERVIEW_KEY]}},
        ),
        # What is stored, for `prune`; and without it S3 does not say whether an object is missing or forbidden.
        Grant(("s3:ListBucket",), arns.buckets(Bucket.REFERENCES)),
    ]


def _setup(arns: Arns) -> list[Grant]:
    """Makes and compares; deletes nothing and reads no data."""
    return [
        Grant(
            ("sqs:CreateQueue", "sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:SetQueueAttributes"),
            arns.queues(arns.channels) + arns.dead_letter_queues(arns.channels),
        ),
        Grant(
            (
                "sns:CreateTopic",
                "sns:GetTopicAttributes",
                "sns:SetTopicAttributes",
                "sns:Subscribe",
                "sns:ListSubscriptionsByTopic",
            ),
            arns.topics(*(channel for channel in arns.channels if channel != Channel.ARCHIVE)),
        ),
        Grant(
            (
                "dynamodb:CreateTable",
                "dynamodb:DescribeTable",
                "dynamodb:UpdateTable",
                "dynamodb:DescribeTimeToLive",
                "dynamodb:UpdateTimeToLive",
                "dynamodb:DescribeContinuousBackups",
                "dynamodb:UpdateContinuousBackups",
            ),
            arns.tables(*Table),
        ),
        Grant(
            (
                "s3:CreateBucket",
                "s3:ListBucket",
                "s3:GetBucketPublicAccessBlock",
                "s3:PutBucketPublicAccessBlock",
                "s3:GetEncryptionConfiguration",
                "s3:PutEncryptionConfiguration",
                "s3:GetLifecycleConfiguration",
                "s3:PutLifecycleConfiguration",
                "s3:GetBucketNotification",
                "s3:PutBucketNotification",
                "s3:GetBucketCORS",
                "s3:PutBucketCORS",
                "s3:GetBucketVersioning",
                "s3:GetBucketObjectLockConfiguration",
                "s3:GetReplicationConfiguration",
            ),
            arns.buckets(*Bucket),
        ),
        # These know no resources.
        Grant(
            (
                "ses:GetIdentityVerificationAttributes",
                "ses:VerifyEmailIdentity",
                "sns:GetSubscriptionAttributes",
                "sns:SetSubscriptionAttributes",
            ),
            ("*",),
        ),
    ]
