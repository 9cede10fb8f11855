"""Retrievals from the archive classes: they take time, tell by themselves when they are done, and their copies end.

moto's own restore completes at once, or when somebody looks. Here a timer completes it, so that a consumer of the
notice can be tested without anyone polling.
"""

import itertools
import math
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_api import state_manager
from moto.s3 import notifications

from dev.run.cloud.classes import access_tier
from dev.run.cloud.deliveries import delivering
from dev.run.cloud.errors import aws_error
from dev.run.cloud.exchange import Handler, Request, Response
from dev.run.cloud.faults import FaultBook
from dev.run.cloud.locks import S3_LOCK
from dev.run.cloud.objects import backend, find_object
from dev.run.cloud.operations import Operation
from dev.run.cloud.timers import Timers

TIER_FACTOR = {"Expedited": 1.0, "Standard": 2.0, "Bulk": 4.0}
"""How long each tier takes, as a multiple of the thaw time, which is that of the fastest."""

_ARCHIVE_CLASSES = {"GLACIER", "DEEP_ARCHIVE"}
_DEEP = {"DEEP_ARCHIVE", "DEEP_ARCHIVE_ACCESS"}
"""No Expedited from these."""
_DAY_SECONDS = 86_400
_EVENTS = notifications.S3NotificationEvent
_IN_PROGRESS, _RESTORED = "IN_PROGRESS", "RESTORED"


@dataclass
class RetrievalTimes:
    """How long a retrieval takes, and a day of the copy that it makes; what has begun keeps the times it began with."""

    thaw_seconds: float
    day_seconds: float = _DAY_SECONDS

    def change(self, fields: dict[str, Any]) -> None:
        """Take other times from now on.

        Raises:
            ValueError: a field is unknown, or no number of seconds.
        """
        known = {"thawSeconds": "thaw_seconds", "daySeconds": "day_seconds"}
        if unknown := fields.keys() - known:
            raise ValueError(f"unknown fields {sorted(unknown)}; retrievals have {sorted(known)}")
        for name, seconds in fields.items():
            if not isinstance(seconds, int | float) or seconds <= 0:
                raise ValueError(f"{name} must be a number of seconds above 0")
        for name, seconds in fields.items():
            setattr(self, known[name], seconds)


@dataclass(frozen=True)
class Restores:
    """Answers RestoreObject; short times spare tests the hours of a thaw and the days of a copy."""

    timers: Timers
    faults: FaultBook
    times: RetrievalTimes
    _under_way: dict[int, tuple[Any, int]] = field(default_factory=dict)
    """The keys that are being retrieved, each with the days of its copy; whoever takes one out completes it."""
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def end_all(self) -> int:
        """Complete every retrieval that is under way, however long it would still take; how many they were."""
        with S3_LOCK:
            numbers = list(self._under_way)
            for number in numbers:
                self._complete(number)
        return len(numbers)

    def answer(self, request: Request, operation: Operation, inner: Handler) -> Response:
        """Start a retrieval, or say why not; pass every other request on."""
        if (operation.service, operation.name) != ("s3", "RestoreObject"):
            return inner(request)
        key = find_object(operation.bucket, operation.key, request.query.get("versionId"))
        if key is None:
            return inner(request)
        place = access_tier(key) or key.storage_class
        if access_tier(key) is None and key.storage_class not in _ARCHIVE_CLASSES:
            return aws_error(
                "s3", "InvalidObjectState", "Restore is not allowed for the object's current storage class"
            )
        try:
            days, tier = _wish(request.body, comes_back=access_tier(key) is not None)
        except ValueError as wrong:
            return aws_error("s3", "MalformedXML", str(wrong))
        if tier == "Expedited" and place in _DEEP:
            return aws_error(
                "s3", "InvalidArgument", "Retrieval option is not supported by this storage class"
            )
        if key._status == _IN_PROGRESS:  # noqa: SLF001 - reading the property would move it
            return aws_error("s3", "RestoreAlreadyInProgress", "Object restore is already in progress")
        if key._status == _RESTORED:  # noqa: SLF001
            self._extend(key, days)
            return Response(200)
        self._start(key, days, tier)
        return Response(202)

    def _start(self, key: Any, days: int, tier: str) -> None:
        # moto shows a retrieval only once the key has an expiry; the true one is set when the copy is there.
        key.set_expiry(datetime.now(UTC).replace(tzinfo=None))
        key._status = _IN_PROGRESS  # noqa: SLF001
        self._notify(_EVENTS.OBJECT_RESTORE_POST_EVENT, key)
        number = next(self._numbers)
        self._under_way[number] = key, days
        self.timers.call_after(self.times.thaw_seconds * TIER_FACTOR[tier], lambda: self._complete(number))

    def _complete(self, number: int) -> None:
        with S3_LOCK:
            key, days = self._under_way.pop(number, (None, 0))
            if key is None or not _is_current(key):
                return
            if access_tier(key) is None:
                key._status = _RESTORED  # noqa: SLF001
                self._extend(key, days)
            else:
                # Out of an archive tier the object itself comes back, and stays.
                key.set_expiry(None)
                key._status = key.gas_access_tier = None  # noqa: SLF001
            self._notify(_EVENTS.OBJECT_RESTORE_COMPLETED_EVENT, key)

    def _extend(self, key: Any, days: int) -> None:
        expiry = datetime.now(UTC) + timedelta(seconds=days * self.times.day_seconds)
        if self.times.day_seconds == _DAY_SECONDS:
            # AWS rounds up to the next midnight UTC.
            midnights = math.ceil(expiry.timestamp() / _DAY_SECONDS)
            expiry = datetime.fromtimestamp(midnights * _DAY_SECONDS, UTC)
        key.set_expiry(expiry.replace(tzinfo=None))
        left = expiry - datetime.now(UTC)
        self.timers.call_after(left.total_seconds(), lambda: self._end(key))

    def _end(self, key: Any) -> None:
        with S3_LOCK:
            now = datetime.now(UTC).replace(tzinfo=None)
            if not _is_current(key) or key._expiry is None or key._expiry > now:  # noqa: SLF001
                return
            key.set_expiry(None)
            key._status = None  # noqa: SLF001
            self._notify(_EVENTS.OBJECT_RESTORE_DELETE_EVENT, key)

    def _notify(self, event: Any, key: Any) -> None:
        fault = (
            self.faults.take("sns", "Publish") if event is _EVENTS.OBJECT_RESTORE_COMPLETED_EVENT else None
        )
        with delivering(fault.copies if fault else 1):
            notifications.send_event(DEFAULT_ACCOUNT_ID, event, backend().get_bucket(key.bucket_name), key)


def _wish(body: bytes, *, comes_back: bool) -> tuple[int, str]:
    try:
        root = ET.fromstring(body)  # noqa: S314 - only this machine's own clients write it
    except ET.ParseError:
        raise ValueError("The XML you provided was not well-formed") from None
    texts = {element.tag.rpartition("}")[2]: (element.text or "").strip() for element in root.iter()}
    days, tier = texts.get("Days", ""), texts.get("Tier") or "Standard"
    if comes_back and days:
        raise ValueError("The XML you provided does not validate: an archive tier knows no Days")
    if not comes_back and (not days.isdigit() or int(days) < 1):
        raise ValueError("The XML you provided does not validate: Days is required and at least 1")
    if tier not in TIER_FACTOR:
        raise ValueError(f"The XML you provided does not validate: unknown Tier {tier}")
    return int(days or 0), tier


def _is_current(key: Any) -> bool:
    """True unless the object was deleted or written again since."""
    return not key.disposed and find_object(key.bucket_name, key.name) is key


def install() -> None:
    """Stop moto from completing retrievals when somebody looks: only the timer moves them."""
    state_manager.set_transition("s3::keyrestore", {"progression": "manual", "times": 10**12})
