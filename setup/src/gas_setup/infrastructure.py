"""What GAS needs on AWS, as plain values: the one list that `gas-setup` makes, compares and prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from gas.adapters.aws.bucket_rules import BucketSpec, bucket_specs
from gas.domain.line import Line, channels_of
from gas.domain.names import Bucket, Channel, Names, Table, TableIndex

VISIBILITY_SECONDS = 60
"""As long as an annotator's lease: a message comes back when the lease of a dead one has ended."""

LONG_POLL_SECONDS = 20
"""SQS's longest. A reader may ask for less; one that does not ask must not spin."""

MAX_DELAY_SECONDS = 900
"""SQS's longest delay. A longer retention is kept by the sweep of due times, which needs no message."""

DEAD_LETTER_DAYS = 14
"""SQS's longest retention: time for an operator to read what nobody else could."""

RESTORE_COMPLETED = "s3:ObjectRestore:Completed"
FINISHED_EVENT = "finished"
DAY_SECONDS = 86_400


class AttributeType(Enum):
    """The types of DynamoDB's key attributes."""

    STRING = "S"
    NUMBER = "N"


@dataclass(frozen=True)
class Attribute:
    """A key attribute of a table or index."""

    name: str
    type: AttributeType = AttributeType.STRING


@dataclass(frozen=True)
class IndexSpec:
    """A secondary index; those without whole items hold keys only, for the base item is read again anyway."""

    name: str
    partition: Attribute
    sort: Attribute | None = None
    whole_items: bool = False


@dataclass(frozen=True)
class TableSpec:
    """A table, billed by request."""

    name: str
    key: Attribute
    indexes: tuple[IndexSpec, ...] = ()
    expiry_attribute: str | None = None
    recoverable: bool = False
    """Whether any second of the last 35 days can be brought back."""


@dataclass(frozen=True)
class QueueSpec:
    """A standard queue."""

    name: str
    dead_letter_queue: str | None = None
    delay_seconds: int = 0
    visibility_seconds: int = VISIBILITY_SECONDS
    wait_seconds: int = LONG_POLL_SECONDS
    keep_seconds: int = 4 * DAY_SECONDS


@dataclass(frozen=True)
class TopicSpec:
    """A topic, and the bucket that may publish to it, if one does."""

    name: str
    publishing_bucket: str | None = None


@dataclass(frozen=True)
class SubscriptionSpec:
    """A queue gets a topic's messages as they are; only those of one event, if one is named."""

    topic: str
    queue: str
    event: str | None = None


@dataclass(frozen=True)
class SenderSpec:
    """The address in every e-mail's From, which SES must have verified."""

    address: str


Resource = TableSpec | QueueSpec | TopicSpec | SubscriptionSpec | BucketSpec | SenderSpec


def infrastructure(
    names: Names,
    *,
    lines: Sequence[Line],
    archive_delay_seconds: int,
    inputs_expiry_days: int,
    mail_sender: str,
    uploads_from: str,
    kms_key_id: str = "",
) -> list[Resource]:
    """Every resource of one installation, each after those that it refers to.

    Pages of `uploads_from` send inputs, and nothing else. Downloads need no permission of the bucket: browsers follow a
    link to them, and no script reads them.
    """
    channels = channels_of(lines)
    return [
        *_queues(names, channels, min(archive_delay_seconds, MAX_DELAY_SECONDS)),
        *_topics(names, channels),
        *_subscriptions(names, channels),
        *_tables(names),
        *bucket_specs(
            names,
            inputs_expiry_days=inputs_expiry_days,
            uploads_from=uploads_from,
            kms_key_id=kms_key_id,
        ),
        SenderSpec(mail_sender),
    ]


def topics_of_queues(resources: list[Resource]) -> dict[str, list[str]]:
    """For each queue, the topics that may send to it."""
    subscriptions = sorted((r.queue, r.topic) for r in resources if isinstance(r, SubscriptionSpec))
    return {
        queue: [topic for _, topic in pairs]
        for queue, pairs in groupby(subscriptions, key=lambda pair: pair[0])
    }


def _queues(names: Names, channels: Sequence[Channel], archive_delay_seconds: int) -> list[Resource]:
    dead = [
        QueueSpec(names.dead_letter_queue(c), keep_seconds=DEAD_LETTER_DAYS * DAY_SECONDS) for c in channels
    ]
    delays = {Channel.ARCHIVE: archive_delay_seconds}
    live = [QueueSpec(names.queue(c), names.dead_letter_queue(c), delays.get(c, 0)) for c in channels]
    return [*dead, *live]


def _topics(names: Names, channels: Sequence[Channel]) -> list[Resource]:
    publishers = {Channel.THAW: names.bucket(Bucket.RESULTS)}
    return [TopicSpec(names.topic(c), publishers.get(c)) for c in channels if c != Channel.ARCHIVE]


def _subscriptions(names: Names, channels: Sequence[Channel]) -> list[Resource]:
    own = [SubscriptionSpec(names.topic(c), names.queue(c)) for c in channels if c != Channel.ARCHIVE]
    archive = SubscriptionSpec(names.topic(Channel.JOB_RESULTS), names.queue(Channel.ARCHIVE), FINISHED_EVENT)
    return [*own, archive]


def _tables(names: Names) -> list[Resource]:
    submit_time = Attribute("submit_time", AttributeType.NUMBER)
    # Sparse: an item without these two attributes is not in it, and so is never due.
    due = IndexSpec(
        TableIndex.BY_DUE.value, Attribute("due_shard"), Attribute("due_at", AttributeType.NUMBER)
    )
    by_user = IndexSpec(TableIndex.JOBS_BY_USER.value, Attribute("user_id"), submit_time, whole_items=True)
    by_archive_id = IndexSpec(TableIndex.JOBS_BY_ARCHIVE_ID.value, Attribute("results_file_archive_id"))
    # Sparse as well: only access tokens have an owner of that name, sessions have not.
    tokens = IndexSpec(
        TableIndex.TOKENS_BY_USER.value,
        Attribute("token_owner"),
        Attribute("created_at", AttributeType.NUMBER),
        whole_items=True,
    )
    # And here: only identities belong to a user.
    identities = IndexSpec(TableIndex.IDENTITIES_BY_USER.value, Attribute("belongs_to"))
    return [
        TableSpec(
            names.table(Table.JOBS), Attribute("job_id"), (by_user, by_archive_id, due), recoverable=True
        ),
        TableSpec(names.table(Table.USERS), Attribute("user_id"), (due, identities), recoverable=True),
        TableSpec(
            names.table(Table.SESSIONS), Attribute("session_hash"), (tokens,), expiry_attribute="expires_at"
        ),
    ]
