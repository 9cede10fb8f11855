"""What each part may do on AWS, and no more: the policies of their roles, by the names of one installation.

Every action here is one that the adapters really call: `tests/contract/test_policies.py` runs each part behind a gateway
that refuses everything else, and finds no action that nobody used.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gas.adapters.aws.infrastructure_requests import Json
from gas.adapters.wire_mail_budget import KEY_PREFIX
from gas.domain.keys import ARCHIVE_PREFIX
from gas.domain.names import Bucket, Channel, Names, Table, TableIndex

ANY_ACCOUNT = "*"
"""A policy of a role reaches no further than its account, unless another account lets it."""

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
    "problems",
    "progress_percent",
    "publication",
    "reason",
    "refusal",
    "result_sha256",
    "result_size_bytes",
    "retain_until",
    "s3_key_index_file",
    "s3_key_log_file",
    "s3_key_preview_file",
    "s3_key_problems_file",
    "s3_key_provenance_file",
    "s3_key_result_file",
    "s3_key_statistics_file",
    "s3_key_summary_file",
    "s3_key_table_file",
    "s3_results_bucket",
    "start_time",
    "variants",
    "version",
)
"""What a claim, a heartbeat and an end write to a record, or compare: not whose it is, nor what people asked for."""


@dataclass(frozen=True)
class _Grant:
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Json = field(default_factory=dict)

    def statement(self) -> Json:
        condition = {"Condition": self.condition} if self.condition else {}
        return {
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
            **condition,
        }


@dataclass(frozen=True)
class Place:
    """Where an installation lives: what an ARN says beside a name."""

    region: str
    account: str = ANY_ACCOUNT
    partition: str = "aws"


class _Arns:
    def __init__(self, names: Names, place: Place) -> None:
        self._names, self._place = names, place

    def _arn(self, service: str, resource: str) -> str:
        place = self._place
        return f"arn:{place.partition}:{service}:{place.region}:{place.account}:{resource}"

    def queues(self, channels: Iterable[Channel]) -> tuple[str, ...]:
        return tuple(self._arn("sqs", self._names.queue(channel)) for channel in channels)

    def dead_letter_queues(self, channels: Iterable[Channel]) -> tuple[str, ...]:
        return tuple(self._arn("sqs", self._names.dead_letter_queue(channel)) for channel in channels)

    def topics(self, *channels: Channel) -> tuple[str, ...]:
        return tuple(self._arn("sns", self._names.topic(channel)) for channel in channels)

    def tables(self, *tables: Table) -> tuple[str, ...]:
        return tuple(self._arn("dynamodb", f"table/{self._names.table(table)}") for table in tables)

    def index(self, table: Table, *indexes: TableIndex) -> tuple[str, ...]:
        [arn] = self.tables(table)
        return tuple(f"{arn}/index/{index.value}" for index in indexes)

    def buckets(self, *buckets: Bucket) -> tuple[str, ...]:
        return tuple(f"arn:{self._place.partition}:s3:::{self._names.bucket(bucket)}" for bucket in buckets)

    def hot(self, bucket: Bucket) -> str:
        return f"{self.buckets(bucket)[0]}/{self._names.instance}/*"

    def archived(self) -> str:
        return f"{self.buckets(Bucket.RESULTS)[0]}/{ARCHIVE_PREFIX}{self._names.instance}/*"

    def identities(self) -> tuple[str, ...]:
        return (self._arn("ses", "identity/*"),)


_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}
_REQUESTS = (Channel.JOB_REQUESTS, Channel.PREMIUM_REQUESTS)
_CONSUMED = tuple(channel for channel in Channel if channel not in _REQUESTS)
_TOPICS = tuple(channel for channel in Channel if channel is not Channel.ARCHIVE)
_CONSUME = ("sqs:GetQueueUrl", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")


def policies(names: Names, place: Place, mail_sender: str, kms_key_id: str = "") -> dict[str, Json]:
    """The policy document of each part, of KEDA's role, and of whoever runs `gas-setup`."""
    arns = _Arns(names, place)
    key = _key(kms_key_id, place)
    grants = {
        "web": _web(arns) + key,
        "annotator": _annotator(arns) + key,
        "controllers": _controllers(arns, mail_sender) + key,
        "keda": [_Grant(("sqs:GetQueueAttributes",), arns.queues(_REQUESTS))],
        "setup": _setup(arns),
    }
    return {
        part: {"Version": "2012-10-17", "Statement": [grant.statement() for grant in each]}
        for part, each in grants.items()
    }


def _key(kms_key_id: str, place: Place) -> list[_Grant]:
    """What S3 does with our key in the name of whoever reads or writes an object, and nobody without S3."""
    if not kms_key_id:
        return []
    by_s3 = {
        "StringEquals": {
            "kms:ViaService": f"s3.{place.region}.{_SUFFIXES.get(place.partition, 'amazonaws.com')}"
        }
    }
    return [_Grant(("kms:Decrypt", "kms:GenerateDataKey"), (kms_key_id,), by_s3)]


def _web(arns: _Arns) -> list[_Grant]:
    inputs, results = arns.hot(Bucket.INPUTS), arns.hot(Bucket.RESULTS)
    return [
        _Grant(("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"), arns.tables(*Table)),
        _Grant(("dynamodb:BatchGetItem",), arns.tables(Table.JOBS)),
        _Grant(("dynamodb:DeleteItem",), arns.tables(Table.SESSIONS)),
        _Grant(
            ("dynamodb:Query",),
            arns.index(Table.JOBS, TableIndex.JOBS_BY_USER, TableIndex.BY_DUE)
            + arns.index(Table.SESSIONS, TableIndex.TOKENS_BY_USER),
        ),
        # What a form or a link allows is done by their bearer in the name of who signed it.
        _Grant(("s3:PutObject",), (inputs,)),
        _Grant(("s3:GetObject",), (inputs, results)),
        # Without it S3 does not say whether an object is missing or forbidden.
        _Grant(("s3:ListBucket",), arns.buckets(Bucket.INPUTS, Bucket.RESULTS)),
        _Grant(("sns:Publish",), arns.topics(Channel.JOB_RESULTS, Channel.RESTORE)),
    ]


def _annotator(arns: _Arns) -> list[_Grant]:
    """It parses strangers' files: nothing that lists or deletes objects, and of a record only what is its own."""
    own = {"ForAllValues:StringEquals": {"dynamodb:Attributes": list(ANNOTATOR_ATTRIBUTES)}}
    return [
        _Grant(_CONSUME, arns.queues(_REQUESTS)),
        _Grant(("dynamodb:GetItem",), arns.tables(Table.JOBS)),
        _Grant(("dynamodb:UpdateItem",), arns.tables(Table.JOBS), own),
        _Grant(("s3:GetObject",), (arns.hot(Bucket.INPUTS),)),
        _Grant(("s3:PutObject",), (arns.hot(Bucket.RESULTS),)),
        _Grant(("sns:Publish",), arns.topics(Channel.JOB_RESULTS)),
    ]


def _controllers(arns: _Arns, mail_sender: str) -> list[_Grant]:
    inputs, results, archived = arns.hot(Bucket.INPUTS), arns.hot(Bucket.RESULTS), arns.archived()
    return [
        _Grant(_CONSUME, arns.queues(_CONSUMED)),
        # How deep each is, and whether the requests' are empty.
        _Grant(
            ("sqs:GetQueueUrl", "sqs:GetQueueAttributes"),
            arns.queues(Channel) + arns.dead_letter_queues(Channel),
        ),
        _Grant(("sns:Publish",), arns.topics(*_REQUESTS)),
        _Grant(("dynamodb:GetItem", "dynamodb:UpdateItem"), arns.tables(Table.JOBS, Table.USERS)),
        _Grant(("dynamodb:BatchGetItem",), arns.tables(Table.JOBS)),
        # How many e-mails an address got, in a table that also says who is signed in.
        _Grant(
            ("dynamodb:UpdateItem",),
            arns.tables(Table.SESSIONS),
            {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{KEY_PREFIX}*"]}},
        ),
        # A new job's record, and the overview, which lies in the users' table.
        _Grant(("dynamodb:PutItem",), arns.tables(Table.JOBS, Table.USERS)),
        _Grant(
            ("dynamodb:Query",),
            arns.index(Table.JOBS, TableIndex.BY_DUE, TableIndex.JOBS_BY_USER)
            + arns.index(Table.USERS, TableIndex.BY_DUE, TableIndex.IDENTITIES_BY_USER)
            + arns.index(Table.SESSIONS, TableIndex.TOKENS_BY_USER),
        ),
        # Accounts whose users asked for that.
        _Grant(("dynamodb:DeleteItem",), arns.tables(Table.USERS, Table.SESSIONS)),
        _Grant(("s3:GetObject",), (inputs, results, archived)),
        _Grant(("s3:PutObject",), (results, archived)),
        # What people delete goes with the versions that a versioned bucket keeps.
        _Grant(("s3:DeleteObject", "s3:DeleteObjectVersion"), (inputs, results, archived)),
        _Grant(("s3:ListBucketVersions",), arns.buckets(Bucket.INPUTS, Bucket.RESULTS)),
        # A hot result, too, where a rule of somebody else moved it.
        _Grant(("s3:RestoreObject",), (results, archived)),
        # Without it S3 does not say whether an object is missing or forbidden.
        _Grant(("s3:ListBucket",), arns.buckets(Bucket.INPUTS, Bucket.RESULTS)),
        # What others set on the buckets, which `--check` tells.
        _Grant(
            (
                "s3:GetLifecycleConfiguration",
                "s3:GetBucketVersioning",
                "s3:GetBucketObjectLockConfiguration",
            ),
            arns.buckets(Bucket.INPUTS, Bucket.RESULTS),
        ),
        _Grant(("ses:SendEmail",), arns.identities(), {"StringEquals": {"ses:FromAddress": mail_sender}}),
    ]


def _setup(arns: _Arns) -> list[_Grant]:
    """Makes and compares; deletes nothing and reads no data."""
    return [
        _Grant(
            ("sqs:CreateQueue", "sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:SetQueueAttributes"),
            arns.queues(Channel) + arns.dead_letter_queues(Channel),
        ),
        _Grant(
            (
                "sns:CreateTopic",
                "sns:GetTopicAttributes",
                "sns:SetTopicAttributes",
                "sns:Subscribe",
                "sns:ListSubscriptionsByTopic",
            ),
            arns.topics(*_TOPICS),
        ),
        _Grant(
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
        _Grant(
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
            ),
            arns.buckets(*Bucket),
        ),
        # These know no resources.
        _Grant(
            (
                "ses:GetIdentityVerificationAttributes",
                "ses:VerifyEmailIdentity",
                "sns:GetSubscriptionAttributes",
                "sns:SetSubscriptionAttributes",
            ),
            ("*",),
        ),
    ]
