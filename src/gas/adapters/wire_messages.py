"""How hints and page cursors are written as text, and read again from strangers' hands."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, assert_never
from urllib.parse import unquote_plus

from gas.adapters.wire_values import SCHEMA, to_epoch
from gas.domain.errors import UsageError
from gas.domain.job import Job
from gas.domain.messages import ChannelTest, Hint, HintEvent, JobHint, ThawHint, UserHint
from gas.domain.names import Channel, job_id_is_valid, user_id_is_valid
from gas.domain.traces import known_traceparent

_RESTORE_COMPLETED = "ObjectRestore:Completed"
_CURSOR_PARTS = 3
_CURSOR_TIME = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
"""As `to_epoch` writes it. DynamoDB takes no number of many digits or of a large exponent."""

Fields = dict[str, Any]


def write_message(hint: JobHint | UserHint | ThawHint, traceparent: str | None = None) -> str:
    """A hint as the body of a message, with the trace that it is a part of."""
    match hint:
        case JobHint():
            event = {"event": hint.event.value} if hint.event else {}
            fields: Fields = {"job_id": hint.job_id, "version": hint.version, **event}
        case UserHint():
            fields = {"user_id": hint.user_id}
        case ThawHint():
            fields = {"archive_id": hint.archive_id}
        case _:
            assert_never(hint)
    trace = {"traceparent": traceparent} if traceparent else {}
    return json.dumps({"schema": SCHEMA, **fields, **trace})


def parse_message(channel: Channel, body: str) -> Hint:
    """The hint in a message of a channel. Fields that are not known are ignored.

    Raises:
        UsageError: the message cannot be read; the text says what is wrong with it.
    """
    fields = _fields(body)
    for name, (belongs, read) in _READERS.items():
        if name in fields:
            if not belongs(channel):
                raise UsageError(f"the message has {name}, which does not belong on {channel.value}")
            return read(fields)
    raise UsageError(f"the message on {channel.value} names no job, user, archived object or S3 event")


def traceparent_of(body: str) -> str | None:
    """The trace that a message is a part of; None when it says none, or nonsense: no message is unreadable for it."""
    try:
        return known_traceparent(_fields(body).get("traceparent"))
    except UsageError:
        return None


def write_cursor(last: Job) -> str:
    """An opaque mark of the last job of a page."""
    return cursor_of_item(
        {"user_id": last.user_id, "submit_time": to_epoch(last.submit_time), "job_id": last.job_id}
    )


def cursor_of_item(last: Mapping[str, Any]) -> str:
    """The same of the last record of a page, whether or not it can be read: these three are what lists go by."""
    parts = [last["user_id"], str(last["submit_time"]), last["job_id"]]
    text = json.dumps(parts, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def parse_cursor(user_id: str, cursor: str) -> tuple[Decimal, str]:
    """The submit time and the id of the job that a cursor marks.

    Raises:
        UsageError: the cursor is not one that this user's list has given out.
    """
    refused = UsageError("This page mark is not one of this list's: start again from the first page.")
    try:
        parts = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(parts, list) or len(parts) != _CURSOR_PARTS or parts[0] != user_id:
            raise refused
        time, job_id = str(parts[1]), str(parts[2])
    except (binascii.Error, ValueError, RecursionError) as error:
        raise refused from error
    if not _CURSOR_TIME.fullmatch(time) or not job_id_is_valid(job_id):
        raise refused
    return Decimal(time), job_id


def _fields(body: str) -> Fields:
    fields = _object(_load(body, "the message"), "the message")
    if fields.get("Type") == "Notification" and isinstance(fields.get("Message"), str):
        # A subscription without raw delivery wraps the body: a wrong switch must not lose messages.
        fields = _object(_load(fields["Message"], "the wrapped message"), "the wrapped message")
    return fields


def _load(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{what} is not JSON: {error}") from error


def _object(value: Any, what: str) -> Fields:
    if not isinstance(value, dict):
        raise UsageError(f"{what} is not a JSON object")
    return value


def _check_schema(fields: Fields) -> None:
    version = fields.get("schema", SCHEMA)
    if version != SCHEMA or isinstance(version, bool):
        raise UsageError(f"the message has schema {version!r}, and this GAS reads schema {SCHEMA}")


def _job_hint(fields: Fields) -> JobHint:
    _check_schema(fields)
    job_id, version, event = fields["job_id"], fields.get("version", 0), fields.get("event")
    if not isinstance(job_id, str) or not job_id_is_valid(job_id):
        raise UsageError(f"job_id {job_id!r} is no job id: a DNS label of at most 63 characters")
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise UsageError(f"version {version!r} is no whole number")
    try:
        return JobHint(job_id, version, None if event is None else HintEvent(event))
    except ValueError as error:
        raise UsageError(f"event {event!r} is none of {[e.value for e in HintEvent]}") from error


def _user_hint(fields: Fields) -> UserHint:
    _check_schema(fields)
    user_id = fields["user_id"]
    if not isinstance(user_id, str) or not user_id_is_valid(user_id):
        raise UsageError(f"user_id {user_id!r} is no user id: 26 characters a-z and 0-9")
    return UserHint(user_id)


def _thaw_hint(fields: Fields) -> ThawHint:
    _check_schema(fields)
    archive_id = fields["archive_id"]
    if not isinstance(archive_id, str) or not archive_id:
        raise UsageError(f"archive_id {archive_id!r} is no key of the archive")
    return ThawHint(archive_id)


def _s3_event(fields: Fields) -> ThawHint:
    # S3 puts one record into a message. Were there more, the sweep would find the others.
    try:
        record = fields["Records"][0]
        name, key = record["eventName"], record["s3"]["object"]["key"]
    except (LookupError, TypeError) as error:
        raise UsageError("the S3 event names no object") from error
    if not isinstance(name, str) or name.removeprefix("s3:") != _RESTORE_COMPLETED:
        raise UsageError(f"the S3 event is {name!r}, and only {_RESTORE_COMPLETED} is expected here")
    if not isinstance(key, str) or not key:
        raise UsageError(f"the S3 event's key {key!r} is no key")
    return ThawHint(unquote_plus(key))


def _s3_test_event(_fields: Fields) -> ChannelTest:
    return ChannelTest()


def _about_jobs(channel: Channel) -> bool:
    """Every line's requests and what the controllers consume, but for what comes from the archive."""
    return channel != Channel.THAW


_READERS: dict[str, tuple[Callable[[Channel], bool], Callable[[Fields], Hint]]] = {
    "job_id": (_about_jobs, _job_hint),
    "user_id": (Channel.RESTORE.__eq__, _user_hint),
    "archive_id": (Channel.THAW.__eq__, _thaw_hint),
    "Records": (Channel.THAW.__eq__, _s3_event),
    "Event": (Channel.THAW.__eq__, _s3_test_event),
}
"""Which field tells the kind of a message, where that kind belongs, and who reads it. "event" is not "Event"."""
