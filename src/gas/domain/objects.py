"""What was seen of an object in S3 or in the archive."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


@dataclass(frozen=True)
class HotObject:
    """An object where people and annotators read it."""

    size_bytes: int
    etag: str
    sha256: str | None = None
    """In hexadecimal; None when the store keeps none for it."""
    archived: bool = False
    """True when it is not hot after all: a rule of the bucket moved it to where it has to be retrieved from."""


ARCHIVED_INPUT = "a rule of its bucket moved it into the archive, where it cannot be read. Upload it again."
"""Why an input is refused that was moved before it was read: nothing restores inputs by itself."""


class Retrieved(Enum):
    """How far a retrieval from the archive has come."""

    NO = "No"
    """None was asked for, or its temporary copy has expired."""
    RUNNING = "Running"
    READY = "Ready"


@dataclass(frozen=True)
class ArchivedObject:
    """A copy in the archive. Whether it can be read is told by its retrieval, never by its storage class."""

    size_bytes: int
    sha256: str | None
    retrieved: Retrieved = Retrieved.NO
    readable_until: datetime | None = None
