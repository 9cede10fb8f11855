"""The messages between the parts. Each is only a hint to look at something: it carries ids, never data."""

from dataclasses import dataclass
from enum import Enum

MAX_RECEIVES = 10
"""After so many receipts SQS takes a message for unreadable: each reader hides or deletes what it understands."""


class HintEvent(Enum):
    """Why somebody should look at a job: the message attribute `event` on the job-results channel."""

    SUBMITTED = "submitted"
    STARTED = "started"
    PROGRESSED = "progressed"
    FINISHED = "finished"
    INTENT = "intent"


@dataclass(frozen=True)
class JobHint:
    """Look at this job. `version` is the record's when the hint was sent, for logs only."""

    job_id: str
    version: int
    event: HintEvent | None = None


@dataclass(frozen=True)
class UserHint:
    """Look at this user: the plan may have changed."""

    user_id: str


@dataclass(frozen=True)
class ThawHint:
    """A retrieval from the archive is said to be complete."""

    archive_id: str


@dataclass(frozen=True)
class ChannelTest:
    """S3 tried the channel when it was set up; nothing is asked for."""


Hint = JobHint | UserHint | ThawHint | ChannelTest
