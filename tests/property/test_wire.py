"""Whatever is written is read back exactly."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gas.adapters.wire import difference, job_from_item, job_to_item, user_from_item, user_to_item
from gas.adapters.wire_messages import parse_cursor, parse_message, write_cursor, write_message
from gas.adapters.wire_overview import overview_from_item, overview_to_item
from gas.adapters.wire_values import from_epoch, to_epoch
from gas.domain.errors import UsageError
from gas.domain.job import HistoryEntry, Job, JobStatus
from gas.domain.messages import HintEvent, JobHint, ThawHint, UserHint
from gas.domain.names import Channel
from gas.domain.overview import Overview, Pool, QueueDepth, Standing, Wait
from gas.domain.plan import PlanStanding, User
from gas.domain.record import ResourceRef, Retrieval
from gas.domain.spec import InputRef, JobPolicy, RestoreRequest

TIMES = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
SPANS = st.timedeltas(timedelta(0), timedelta(days=4000))
COUNTS = st.integers(0, 10**9)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
JOB_IDS = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
TRACEPARENTS = st.from_regex(r"00-[0-9a-f]{31}[1-9a-f]-[0-9a-f]{15}[1-9a-f]-0[01]", fullmatch=True)
USER_IDS = st.from_regex(r"[a-z0-9]{26}", fullmatch=True)

for _type, _strategy in ((datetime, TIMES), (timedelta, SPANS), (int, COUNTS), (str, TEXTS)):
    st.register_type_strategy(_type, _strategy)

JOBS = st.builds(
    Job,
    job_id=JOB_IDS,
    user_id=USER_IDS,
    input=st.builds(InputRef),
    policy=st.builds(
        JobPolicy,
        active_deadline=st.none() | SPANS,
        backoff_limit=COUNTS,
        ttl_after_finished=SPANS,
        retention=st.none() | SPANS,
        restore=st.none() | st.builds(RestoreRequest),
        suspend=st.booleans(),
        cancel=st.booleans(),
    ),
    history=st.lists(st.builds(HistoryEntry), max_size=4).map(tuple),
    reason=...,
    detail=...,
    intents=...,
    submitted_etag=...,
    traceparent=st.none() | TRACEPARENTS,
    accepted_input=...,
    publication=...,
    lease=...,
    start_time=...,
    result=...,
    complete_time=...,
    archive_id=...,
    archive_time=...,
    delete_hot_after=...,
    retrieval=st.none()
    | st.builds(Retrieval, requested=..., expected=..., next_try=..., ready=..., tries=...),
    restore_time=...,
    restore_served=...,
    restore_hold_from=...,
    retain_until=...,
    claimed_mails=...,
    resource=st.builds(
        ResourceRef,
        state=...,
        uid=...,
        generation=...,
        created=...,
        home=...,
        meant=...,
        believed=...,
        confirmed=...,
    ),
    due=...,
    version=...,
    attempts=...,
    fence=...,
    progress_percent=...,
    swept_fence=...,
    status=...,
)
OVERVIEWS = st.builds(
    Overview,
    period=SPANS,
    standings=st.dictionaries(st.builds(Standing), COUNTS),
    longest_wait=st.none() | st.builds(Wait),
    requests=st.none() | st.builds(QueueDepth, visible=COUNTS, in_flight=COUNTS, delayed=COUNTS),
    dead_letters=st.dictionaries(st.sampled_from(Channel), COUNTS),
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
    unserved=st.booleans(),
)
USERS = st.builds(
    User,
    user_id=USER_IDS,
    standing=st.builds(PlanStanding),
    due=...,
    cursor=...,
    plan_version=...,
    mailed_plan_version=...,
    told_plan_version=...,
)


@given(JOBS, st.integers(1, 256))
def test_job_survives_its_record(job: Job, shards: int) -> None:
    """A job read from its record is the job that was written."""
    item = job_to_item(job, shards)

    assert job_from_item(item) == job


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
    st.sampled_from(Channel),
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


@given(st.text(max_size=60))
def test_made_up_cursors_are_refused(cursor: str) -> None:
    """Text that no list has given out is a UsageError."""
    with pytest.raises(UsageError, match="page mark"):
        parse_cursor("u" * 26, cursor)
