"""What S3 says of an object's storage class: whether it can be read at once, and how far a retrieval has come."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from gas.domain.objects import Retrieved

Head = dict[str, Any]

ARCHIVE_CLASS = "GLACIER"
"""What results are archived in."""

HOT_CLASS = "STANDARD"

RESTING_CLASSES = frozenset({"GLACIER", "DEEP_ARCHIVE", "GLACIER_IR", "INTELLIGENT_TIERING"})
"""Where a rule of the bucket may have put an archived copy, which then rests there as cheaply."""

_RETRIEVED_FROM = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""All other classes are read at once; INTELLIGENT_TIERING unless `ArchiveStatus` says otherwise."""

_ONGOING = re.compile(r'ongoing-request="(true|false)"')
_EXPIRY = re.compile(r'expiry-date="([^"]+)"')


def storage_class(head: Head) -> str:
    """The object's class; S3 does not name the usual one."""
    return str(head.get("StorageClass") or HOT_CLASS)


def is_archived(head: Head) -> bool:
    """True when the object has to be retrieved before it can be read, be that done or not."""
    return storage_class(head) in _RETRIEVED_FROM or comes_back_itself(head)


def comes_back_itself(head: Head) -> bool:
    """True in an archive tier of INTELLIGENT_TIERING: what is retrieved is the object itself, not a copy for some days."""
    return bool(head.get("ArchiveStatus"))


def retrieval(head: Head) -> tuple[Retrieved, datetime | None]:
    """How far a retrieval is, and until when its copy can be read; what needs none is ready for good."""
    if not is_archived(head):
        return Retrieved.READY, None
    header = str(head.get("Restore") or "")
    ongoing, expiry = _ONGOING.search(header), _EXPIRY.search(header)
    if ongoing is None:
        return Retrieved.NO, None
    if ongoing[1] == "true":
        return Retrieved.RUNNING, None
    until = parsedate_to_datetime(expiry[1]).astimezone(UTC) if expiry else None
    if until is not None and until <= _server_time(head):
        return Retrieved.NO, None
    return Retrieved.READY, until


def _server_time(head: Head) -> datetime:
    """The time by S3's own clock: ours may be wrong, and the copy's life is told by S3's."""
    date = head.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    # Without a date nothing is known to have expired.
    return parsedate_to_datetime(date).astimezone(UTC) if date else datetime.min.replace(tzinfo=UTC)
