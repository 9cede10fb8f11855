"""What rights are given on: the ARNs of an installation's resources, and the form of a grant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gas.adapters.aws.bucket_rules import Json
from gas.domain.keys import ARCHIVE_PREFIX, bundles_prefix, catalogue_key
from gas.domain.line import Line, channels_of
from gas.domain.names import Bucket, Channel, Names, Table, TableIndex

ANY_ACCOUNT = "*"
"""A right of a role reaches no further than its account, unless another account lets it."""


@dataclass(frozen=True)
class Grant:
    """Actions on resources, under a condition where there is one."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Json = field(default_factory=dict)

    def statement(self) -> Json:
        """As IAM writes it."""
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


class Arns:
    """The ARNs of one installation's resources; `requests` are the channels of its lines, `channels` all of them."""

    def __init__(self, names: Names, place: Place, lines: Sequence[Line]) -> None:
        self._names, self._place = names, place
        self.requests = tuple(line.channel for line in lines)
        self.channels = channels_of(lines)

    def _arn(self, service: str, resource: str) -> str:
        place = self._place
        return f"arn:{place.partition}:{service}:{place.region}:{place.account}:{resource}"

    def queues(self, channels: Iterable[Channel]) -> tuple[str, ...]:
        """The queues of channels."""
        return tuple(self._arn("sqs", self._names.queue(channel)) for channel in channels)

    def dead_letter_queues(self, channels: Iterable[Channel]) -> tuple[str, ...]:
        """The queues of what nobody could read."""
        return tuple(self._arn("sqs", self._names.dead_letter_queue(channel)) for channel in channels)

    def topics(self, *channels: Channel) -> tuple[str, ...]:
        """The topics of channels."""
        return tuple(self._arn("sns", self._names.topic(channel)) for channel in channels)

    def tables(self, *tables: Table) -> tuple[str, ...]:
        """Tables."""
        return tuple(self._arn("dynamodb", f"table/{self._names.table(table)}") for table in tables)

    def index(self, table: Table, *indexes: TableIndex) -> tuple[str, ...]:
        """Indexes of a table."""
        [arn] = self.tables(table)
        return tuple(f"{arn}/index/{index.value}" for index in indexes)

    def buckets(self, *buckets: Bucket) -> tuple[str, ...]:
        """Buckets, without what is in them."""
        return tuple(f"arn:{self._place.partition}:s3:::{self._names.bucket(bucket)}" for bucket in buckets)

    def hot(self, bucket: Bucket) -> str:
        """What is in a bucket of this installation."""
        return f"{self.buckets(bucket)[0]}/{self._names.instance}/*"

    def archived(self) -> str:
        """The archived copies of results."""
        return f"{self.buckets(Bucket.RESULTS)[0]}/{ARCHIVE_PREFIX}{self._names.instance}/*"

    def catalogue(self) -> str:
        """The references catalogue."""
        return f"{self.buckets(Bucket.REFERENCES)[0]}/{catalogue_key(self._names.instance)}"

    def bundles(self) -> str:
        """Every file of every bundle."""
        return f"{self.buckets(Bucket.REFERENCES)[0]}/{bundles_prefix(self._names.instance)}*"

    def identities(self) -> tuple[str, ...]:
        """The addresses that e-mail can be sent from."""
        return (self._arn("ses", "identity/*"),)
