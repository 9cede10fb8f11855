"""Time-limited permissions to send bytes to, and fetch bytes from, the object store without passing through GAS."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

LONGEST_DOWNLOAD = timedelta(seconds=60)
"""How long a link may be valid: it is made for one click, and followed at once."""


@dataclass(frozen=True)
class UploadPermit:
    """What an upload may be: one key, `min_bytes` to `max_bytes` bytes, one content type, this metadata, nothing else.

    `redirect` is where a browser goes after the upload. `metadata` has lower-case names and ASCII values.
    """

    bucket: str
    key: str
    max_bytes: int
    content_type: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    redirect: str | None = None
    min_bytes: int = 1


@dataclass(frozen=True)
class UploadForm:
    """Where to POST a form, and its fields; the file itself comes last, as the field `file`."""

    url: str
    fields: Mapping[str, str]
    expires: datetime


@dataclass(frozen=True)
class Link:
    """An address that gives one object's bytes to whoever holds it, until it expires."""

    url: str
    file_name: str
    expires: datetime


class Links(Protocol):
    """Signs forms and links. Nothing is sent to the store; all methods raise `FatalError` without credentials."""

    def upload(self, permit: UploadPermit, lifetime: timedelta) -> UploadForm:
        """A form that the store refuses once it has expired, or when any part of the permit is not kept.

        Raises:
            ValueError: the lifetime is not between a second and `gas.domain.uploads.LONGEST_UPLOAD`.
        """
        ...

    def download(self, bucket: str, key: str, file_name: str, lifetime: timedelta) -> Link:
        """A link that saves the object under that name, and that the store refuses once it has expired.

        Raises:
            ValueError: the lifetime is not between a second and `LONGEST_DOWNLOAD`.
        """
        ...
