"""Whatever is written is read back exactly."""

import base64
import json
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gas.adapters.wire import difference, job_from_item, job_to_item, user_from_item, user_to_item
from gas.adapters.wire_messages import parse_cursor, parse_message, write_cursor, write_message
from gas.adapters.wire_overview import overview_from_item, overview_to_item
from gas.adapters.wire_values import from_epoch, to_epoch
from gas.domain.errors import FatalError, UsageError
from gas.domain.job import Job, JobStatus
from gas.domain.messages import HintEvent, JobHint, ThawHint, UserHint
from gas.domain.names import Channel
from gas.domain.outputs import Output
from gas.domain.overview import Overview, PauseCause, Pool, QueueDepth, Situation, Wait
from gas.domain.plan import User
from gas.domain.record import ClusterSight, Home, Result, StoredOutput
from gas.domain.spec import InputRef
from tests.support.plans import CHANNELS

TIMES = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
SPANS = st.timedeltas(timedelta(0), timedelta(days=4000))
COUNTS = st.integers(0, 10**9)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
JOB_IDS = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
TRACEPARENTS = st.from_regex(r"00-[0-9a-f]{31}[1-9a-f]-[0-9a-f]{15}[1-9a-f]-0[01]", fullmatch=True)
USER_IDS = st.from_regex(r"[a-z0-9]{26}", fullmatch=True)

SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    datetime: TIMES,
    timedelta: SPANS,
    int: COUNTS,
    str: TEXTS,
    bool: st.booleans(),
    type(None): st.none(),
}
for _type in (datetime, timedelta, int, str):
    st.register_type_strategy(_type, SIMPLE[_type])


def values(hint: Any, **known: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Any value of a type; of a dataclass every field is tried, by its own type or as it is `known`."""
    if isinstance(hint, type) and is_dataclass(hint):
        known = FIELDS.get(hint, {}) | known
        types = get_type_hints(hint)
        others = {each.name: values(types[each.name]) for each in fields(hint) if each.name not in known}
        return st.builds(hint, **known, **others)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return st.one_of(*map(values, inner))
    if origin is tuple:
        return st.lists(values(inner[0]), max_size=3).map(tuple)
    if origin is frozenset:
        return st.frozensets(values(inner[0]), max_size=3)
    return SIMPLE[hint]


def outputs() -> st.SearchStrategy[dict[Output | str, StoredOutput]]:
    """A result's files: what a record must say of the result, any of the others, and what a newer release has."""
    result = values(StoredOutput, size_bytes=COUNTS, sha256=TEXTS, archive_id=st.none())
    others = st.sampled_from([output for output in Output if output is not Output.RESULT])
    newer = TEXTS.filter(lambda name: name not in {output.value for output in Output})
    return st.builds(
        lambda first, more: {Output.RESULT: first, **more},
        result,
        st.dictionaries(others | newer, values(StoredOutput), max_size=4),
    )


FIELDS: dict[Any, dict[str, st.SearchStrategy[Any]]] = {}
FIELDS[Result] = {"outputs": outputs()}
FIELDS[User] = {"user_id": USER_IDS}
FIELDS[Job] = {
    "job_id": JOB_IDS,
    "user_id": USER_IDS,
    "traceparent": st.none() | TRACEPARENTS,
    # What a tombstone forgets is not read back: `tests/contract/test_job_store.py` has those.
    "tombstone": st.none(),
}
JOBS = values(Job)
USERS = values(User)
OVERVIEWS = st.builds(
    Overview,
    period=SPANS,
    situations=st.dictionaries(st.builds(Situation), COUNTS),
    longest_wait=st.none() | st.builds(Wait),
    requests=st.none() | st.builds(QueueDepth, visible=COUNTS, in_flight=COUNTS, delayed=COUNTS),
    dead_letters=st.dictionaries(st.sampled_from(CHANNELS), COUNTS),
    pools=st.lists(st.builds(Pool, wanted=st.none() | COUNTS, ready=st.none() | COUNTS), max_size=3).map(
        tuple
    ),
    late_retrievals=COUNTS,
    sweep_age=SPANS,
    sweep_period=SPANS,
    drift=COUNTS,
    started=st.none() | TIMES,
    absent=COUNTS,
    absences_paused=st.booleans(),
    absence_limit=st.none() | COUNTS,
    pinned=st.none() | st.lists(TEXTS, max_size=3).map(tuple),
    unserved=st.booleans(),
    pause_cause=st.none() | st.sampled_from(PauseCause),
    sight=st.none() | st.builds(ClusterSight, st.builds(Home, TEXTS, TEXTS), COUNTS),
)


@given(JOBS, st.integers(1, 256))
def test_job_survives_its_record(job: Job, shards: int) -> None:
    """A job read from its record is the job that was written."""
    item = job_to_item(job, shards)

    assert job_from_item(item) == job


TYPED = st.recursive(
    st.none() | st.booleans() | st.decimals(-(10**20), 10**20, places=2) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=4,
)
"""What may be typed into an attribute by hand."""


@given(JOBS, TYPED)
def test_a_record_is_read_or_said_to_be_unreadable(job: Job, typed: object) -> None:
    """Whatever is typed into whichever attribute, nothing else goes wrong: among many it would cost all others their read."""
    item = job_to_item(job, 1)

    for attribute in item.keys() - {"job_id"}:
        with suppress(FatalError):
            assert job_from_item(item | {attribute: typed}).job_id == job.job_id


@given(JOBS, st.integers(1, 256))
def test_record_holds_no_none_and_tells_archived_and_due(job: Job, shards: int) -> None:
    """None is an absent attribute; `archived` follows the state; `due_shard` stands exactly beside `due_at`."""
    item = job_to_item(job, shards)

    assert None not in item.values()
    assert item["archived"] is (job.status in {JobStatus.ARCHIVED, JobStatus.RESTORING})
    assert ("due_shard" in item) == ("due_at" in item) == (job.due is not None)
    assert job.due is None or 0 <= int(item["due_shard"]) < shards


@given(JOBS, JOBS)
def test_difference_leads_from_one_record_to_the_other(one: Job, other: Job) -> None:
    """Applying what differs to the first record gives the second."""
    before, after = job_to_item(one, 4), job_to_item(other, 4)

    assert difference(before, after).applied_to(before) == after
    assert difference(before, before).empty


@given(JOBS)
def test_unknown_attributes_are_ignored(job: Job) -> None:
    """A record with attributes of a later version reads as if they were not there."""
    item = {**job_to_item(job, 1), "colour": "blue", "nested": {"a": [1]}}

    assert job_from_item(item) == job


@given(USERS, st.integers(1, 16))
def test_user_survives_the_row(user: User, shards: int) -> None:
    """A user read from the row is the user that was written."""
    item = user_to_item(user, shards)

    assert user_from_item(item) == user


@given(OVERVIEWS)
def test_overview_survives_its_item(overview: Overview) -> None:
    """An overview read from its item is the one that was written, and nothing unknown became zero."""
    item = overview_to_item(overview)

    assert overview_from_item(item) == overview
    assert None not in item.values()


@given(TIMES)
def test_time_is_exact_and_written_in_one_way(time: datetime) -> None:
    """A time keeps its microseconds, and equal times are equal texts."""
    number = to_epoch(time)

    assert from_epoch(number) == time
    assert str(number) == str(to_epoch(from_epoch(Decimal(str(number)))))


@given(TIMES, TIMES)
def test_numbers_are_ordered_as_times(one: datetime, other: datetime) -> None:
    """The sort key of the indexes sorts as the times do."""
    assert (to_epoch(one) < to_epoch(other)) == (one < other)


@given(st.builds(JobHint, job_id=JOB_IDS, version=COUNTS, event=st.none() | st.sampled_from(HintEvent)))
def test_job_hint_survives_its_message(hint: JobHint) -> None:
    """A job hint read from its message is the hint that was sent."""
    assert parse_message(Channel.JOB_RESULTS, write_message(hint)) == hint


@given(USER_IDS, TEXTS)
def test_other_hints_survive_their_messages(user_id: str, archive_id: str) -> None:
    """User and thaw hints read from their messages are the hints that were sent."""
    user, thaw = UserHint(user_id), ThawHint(archive_id)

    assert parse_message(Channel.RESTORE, write_message(user)) == user
    assert parse_message(Channel.THAW, write_message(thaw)) == thaw


@given(
    st.text()
    | st.recursive(
        st.none() | st.text(),
        lambda v: st.dictionaries(
            st.sampled_from(
                [
                    "schema",
                    "job_id",
                    "user_id",
                    "archive_id",
                    "Records",
                    "Event",
                    "version",
                    "event",
                    "Type",
                    "Message",
                ]
            ),
            v | st.lists(v),
        ),
    ).map(lambda v: __import__("json").dumps(v)),
    st.sampled_from(CHANNELS),
)
def test_any_other_body_is_refused_with_a_sentence(body: str, channel: Channel) -> None:
    """A stranger's message is either a hint or a UsageError, never another error."""
    said = ""

    try:
        hint = parse_message(channel, body)
    except UsageError as error:
        said = str(error)

    assert said or isinstance(hint, JobHint | UserHint | ThawHint)


@given(USER_IDS, TIMES, JOB_IDS)
def test_cursor_survives_and_belongs_to_its_user(user_id: str, time: datetime, job_id: str) -> None:
    """A cursor marks a job of the user that it was given to, and of nobody else."""
    cursor = write_cursor(Job(job_id, user_id, InputRef("b", "k", "f"), "rCRS", time))

    assert parse_cursor(user_id, cursor) == (to_epoch(time), job_id)
    with pytest.raises(UsageError):
        parse_cursor("z" * 25 + "-", cursor)


@pytest.mark.parametrize(
    "time", ["1e999", "1" * 50, "0." + "1" * 50, "Infinity", "٣", "", None, [0, [1], 0]], ids=str
)
def test_a_cursor_marks_a_time_that_a_table_takes(time: object) -> None:
    """Its user may write one themselves: no number is asked for that DynamoDB does not know."""
    cursor = base64.urlsafe_b64encode(json.dumps(["u" * 26, time, "job-1"]).encode()).decode()

    with pytest.raises(UsageError, match="page mark"):
        parse_cursor("u" * 26, cursor)


@given(st.text(max_size=60))
def test_made_up_cursors_are_refused(cursor: str) -> None:
    """Text that no list has given out is a UsageError."""
    with pytest.raises(UsageError, match="page mark"):
        parse_cursor("u" * 26, cursor)
