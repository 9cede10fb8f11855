"""Every name that GAS gives to a bucket, table, queue, topic or namespace, and the rules for the names it accepts."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

MAX_LABEL_LENGTH = 63
"""The longest DNS label (RFC 1123), and so the longest job id: it is the name of the custom resource."""

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_USER_ID = re.compile(r"[a-z0-9]{26}")
_INSTANCE = re.compile(r"[a-z]([-a-z0-9]{0,18}[a-z0-9])?")


@dataclass(frozen=True)
class Channel:
    """A message channel. Each has a queue, its dead-letter queue, and a topic where others publish to it.

    Every installation has these, and for each further line of jobs one of its own (`domain/line.py`).
    """

    value: str

    JOB_REQUESTS: ClassVar["Channel"]
    """Requests of everybody's jobs."""
    JOB_RESULTS: ClassVar["Channel"]
    ARCHIVE: ClassVar["Channel"]
    RESTORE: ClassVar["Channel"]
    THAW: ClassVar["Channel"]
    OTHERS: ClassVar[tuple["Channel", ...]]
    """Those that carry no requests: the controllers consume them."""


Channel.JOB_REQUESTS = Channel("job-requests")
Channel.JOB_RESULTS = Channel("job-results")
Channel.ARCHIVE = Channel("archive")
Channel.RESTORE = Channel("restore")
Channel.THAW = Channel("thaw")
Channel.OTHERS = (Channel.JOB_RESULTS, Channel.ARCHIVE, Channel.RESTORE, Channel.THAW)


class Table(Enum):
    """The DynamoDB tables."""

    JOBS = "jobs"
    USERS = "users"
    SESSIONS = "sessions"


class Bucket(Enum):
    """The S3 buckets. The archive is a storage class in the results bucket, not a bucket."""

    INPUTS = "inputs"
    RESULTS = "results"
    REFERENCES = "references"


class TableIndex(Enum):
    """The secondary indexes of the tables."""

    JOBS_BY_USER = "user_id-submit_time-index"
    JOBS_BY_ARCHIVE_ID = "results_file_archive_id-index"
    IDENTITIES_BY_USER = "belongs_to-index"
    TOKENS_BY_USER = "token_owner-created_at-index"
    BY_DUE = "due_shard-due_at-index"


@dataclass(frozen=True)
class Names:
    """All names of one installation, each prefixed by the instance, so that several live side by side.

    Guarantees: two different (instance, thing) pairs never share a name as long as no instance is another
    one's name followed by a dash and a thing's name; names fit S3's, SQS's and DynamoDB's rules.
    """

    instance: str = "gas"

    def __post_init__(self) -> None:
        """Refuse an instance name that would make an invalid bucket or namespace.

        Raises:
            ValueError: the instance is no DNS label of at most 20 characters that starts with a letter.
        """
        if not _INSTANCE.fullmatch(self.instance):
            msg = (
                f"instance {self.instance!r}: use at most 20 characters a-z, 0-9 and -, "
                "starting with a letter and not ending with -"
            )
            raise ValueError(msg)

    @property
    def namespace(self) -> str:
        """The Kubernetes namespace."""
        return self.instance

    def bucket(self, bucket: Bucket) -> str:
        """The S3 bucket's name."""
        return f"{self.instance}-{bucket.value}"

    def table(self, table: Table) -> str:
        """The DynamoDB table's name."""
        return f"{self.instance}-{table.value}"

    def queue(self, channel: Channel) -> str:
        """The SQS queue's name."""
        return f"{self.instance}-{channel.value}"

    def dead_letter_queue(self, channel: Channel) -> str:
        """The name of the queue that keeps the unreadable messages of a channel."""
        return f"{self.instance}-{channel.value}-dead"

    def topic(self, channel: Channel) -> str:
        """The SNS topic's name; ARCHIVE has none, for its queue is subscribed to JOB_RESULTS."""
        return f"{self.instance}-{channel.value}"


def job_id_is_valid(text: str) -> bool:
    """True when the text can be a job id: a DNS label of at most 63 characters."""
    return len(text) <= MAX_LABEL_LENGTH and _LABEL.fullmatch(text) is not None


def user_id_is_valid(text: str) -> bool:
    """True when the text can be a user id: 26 characters a-z and 0-9, opaque."""
    return _USER_ID.fullmatch(text) is not None
