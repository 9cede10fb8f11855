"""What records and messages look like, and what is refused."""

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gas.adapters import wire, wire_outputs
from gas.adapters.wire import (
    difference,
    job_difference,
    job_from_item,
    job_to_item,
    user_from_item,
    user_to_item,
)
from gas.adapters.wire_messages import parse_message, traceparent_of, write_message
from gas.adapters.wire_values import Shape
from gas.domain.errors import FatalError, UsageError
from gas.domain.job import Job, JobStatus
from gas.domain.messages import ChannelTest, Hint, HintEvent, JobHint, ThawHint
from gas.domain.names import Channel
from gas.domain.outputs import Output
from gas.domain.plan import Plan
from gas.domain.record import StoredOutput
from gas.domain.spec import InputRef, JobPolicy
from tests.support.jobs import OWN_FILE, SHA, job_in

NOW = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)
JOB = Job("job-1", "u" * 26, InputRef("gas-inputs", "gas/u/job-1~a.vcf", "a.vcf"), "rCRS", NOW, due=NOW)
DONE = job_in(JobStatus.COMPLETED)


def test_record_has_the_original_names() -> None:
    """The record of a new job is what the original service's scripts expect to read."""
    item = job_to_item(JOB, 1)

    assert {
        "job_id": "job-1",
        "user_id": "u" * 26,
        "input_file_name": "a.vcf",
        "s3_inputs_bucket": "gas-inputs",
        "s3_key_input_file": "gas/u/job-1~a.vcf",
        "submit_time": Decimal("1795435200.25"),
        "job_status": "Pending",
        "archived": False,
        "schema": 1,
        "due_at": Decimal("1795435200.25"),
        "due_shard": "0",
    }.items() <= item.items()


def test_smallest_record_has_the_defaults() -> None:
    """What is missing from a record takes its default."""
    item = {
        "job_id": "job-1",
        "user_id": "u" * 26,
        "s3_inputs_bucket": "b",
        "s3_key_input_file": "k",
        "input_file_name": "f",
        "reference": "rCRS",
        "submit_time": Decimal(0),
        "job_status": "Queued",
        "version": Decimal(1),
    }

    job = job_from_item(item)

    assert (job.status, job.version, job.policy, job.lease, job.result) == (
        JobStatus.QUEUED,
        1,
        JobPolicy(),
        None,
        None,
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": 2}, "schema 2.*newest version"),
        ({"job_status": "Lost"}, "job_status cannot be read"),
        ({"submit_time": "noon"}, "submit_time cannot be read"),
        ({"user_id": None}, "user_id.*missing"),
        ({"job_status": None}, r"\['job_status'\] are missing.*Repair the record"),
        ({"version": None}, r"\['version'\] are missing.*Repair the record"),
        ({"version": Decimal("1.5")}, "version cannot be read"),
        ({"policy": {"suspend": "yes"}}, "suspend cannot be read"),
        ({"lease_holder": "pod-1"}, "lease_expires_at.*missing"),
    ],
    ids=["schema", "state", "time", "missing", "no-state", "no-version", "integer", "nested", "half-a-lease"],
)
def test_broken_record_is_named(change: dict[str, object], said: str) -> None:
    """A record that cannot be read is a FatalError that names the job and the attribute."""
    item = job_to_item(JOB, 1) | change

    with pytest.raises(FatalError, match=f"(?s)job-1.*{said}"):
        job_from_item(item)


def test_broken_row_is_named() -> None:
    """A user's row that cannot be read is a FatalError that names the user."""
    with pytest.raises(FatalError, match=r"user 'ada'.*plan cannot be read"):
        user_from_item(
            {"user_id": "ada", "email": "e", "name": "n", "plan": Decimal(1), "plan_since": Decimal(1)}
        )


def test_a_plan_that_is_not_known_here_is_read() -> None:
    """An installation that gives up a plan still reads its users, and keeps the word in their rows."""
    row = {"user_id": "ada", "email": "e", "name": "n", "plan": "gold_user", "plan_since": Decimal(1)}

    user = user_from_item(row)

    assert user.standing.plan == Plan("gold_user")
    assert user_to_item(user, 1)["plan"] == "gold_user"


def shapes_in(shape: Shape[Any]) -> Iterator[Shape[Any]]:
    """A shape and all shapes that its parts have."""
    yield shape
    for part in shape.parts.values():
        yield from shapes_in(part)


WRITTEN = (*vars(wire).values(), *vars(wire_outputs).values())


@pytest.mark.parametrize(
    "shape",
    [shape for value in WRITTEN if isinstance(value, Shape) for shape in shapes_in(value)],
    ids=lambda shape: shape.made.__name__,
)
def test_every_field_is_written(shape: Shape[Any]) -> None:
    """No field of a job or user is forgotten when it is stored, and no two share an attribute."""
    attributes = [column.attribute for inner in shapes_in(shape) for column in inner.columns.values()]

    assert {field.name for field in fields(shape.made)} == {*shape.columns, *shape.parts}
    assert len(attributes) == len(set(attributes))


EARLIER = {
    "s3_key_result_file": "r",
    "s3_key_log_file": "l",
    "s3_key_preview_file": "p",
    "s3_key_statistics_file": "s",
    "s3_key_provenance_file": "v",
    "s3_key_index_file": "i",
    "result_size_bytes": Decimal(10),
    "result_sha256": SHA,
}
"""What 0.1.0 writes of a result's files, and reads."""


def test_a_result_of_the_first_release_is_read() -> None:
    """It has no map of outputs; of the other files it tells no size and no hash."""
    item = {name: value for name, value in job_to_item(DONE, 1).items() if name != "outputs"} | EARLIER

    result = job_from_item(item).result

    assert result is not None
    assert result.outputs == {
        Output.RESULT: StoredOutput("r", 10, SHA),
        Output.LOG: StoredOutput("l"),
        Output.PREVIEW: StoredOutput("p"),
        Output.STATISTICS: StoredOutput("s"),
        Output.PROVENANCE: StoredOutput("v"),
        Output.INDEX: StoredOutput("i"),
    }
    assert job_from_item(job_to_item(job_from_item(item), 1)).result == result


def test_the_files_that_came_between_the_first_release_and_the_map_are_read() -> None:
    """Three more files had keys of their own for a while."""
    between = {
        "s3_key_table_file": "t",
        "s3_key_problems_file": "x",
        "s3_key_summary_file": "y",
    }
    item = {n: v for n, v in job_to_item(DONE, 1).items() if n != "outputs"} | EARLIER | between

    result = job_from_item(item).result

    assert result is not None
    assert {result.outputs[o].key for o in (Output.TABLE, Output.PROBLEMS, Output.SUMMARY)} == {"t", "x", "y"}


def test_the_map_that_an_earlier_release_left_of_a_deleted_job_goes_with_the_next_write() -> None:
    """It names the job's owner, and no reader tells of it."""
    deleted = job_to_item(replace(DONE, status=JobStatus.DELETED, result=None), 1)

    changed = job_difference(deleted, deleted | {"swept_fence": 7})

    assert "outputs" in changed.to_remove
    assert job_difference(deleted, deleted).empty


def test_the_first_release_finds_what_it_reads() -> None:
    """Beside the map stands all that 0.1.0 knows of a result, so that one can go back to it."""
    item = job_to_item(DONE, 1)

    assert item.keys() >= EARLIER.keys()
    assert (item["result_size_bytes"], item["result_sha256"]) == (10, SHA)
    assert (item["s3_key_result_file"], item["s3_key_index_file"]) == (
        item["outputs"]["result"]["key"],
        item["outputs"]["index"]["key"],
    )


def test_files_of_a_newer_release_are_kept() -> None:
    """What this release does not know stays in the record, with its key among those that are deleted with the job."""
    item = job_to_item(DONE, 1)
    item["outputs"]["expression"] = {"key": "e", "size_bytes": Decimal(3), "sha256": SHA}

    job = job_from_item(item)

    assert job_to_item(job, 1) == item
    assert job.result is not None
    assert "e" in job.result.all_keys


def test_what_a_deletion_by_the_first_release_leaves_is_no_result() -> None:
    """It takes away the attributes that it knows, and the map stays: nobody has these files any more."""
    item = job_to_item(DONE, 1)
    left = {
        name: item[name] for name in ("job_id", "user_id", "version", "reference", "submit_time", "outputs")
    }
    place = {name: value for name, value in item.items() if "input" in name}

    assert job_from_item({**left, **place, "job_status": "Deleted"}).result is None


@pytest.mark.parametrize(
    "outputs",
    [{"result": {"key": "k", "sha256": "0"}}, {"result": {"key": "k", "size_bytes": Decimal(1)}}],
    ids=["no-size", "no-hash"],
)
def test_a_map_without_the_result_is_named(outputs: dict[str, object]) -> None:
    """What cannot be verified may not be archived: such a record needs a person."""
    with pytest.raises(FatalError, match="outputs cannot be read"):
        job_from_item(job_to_item(DONE, 1) | {"outputs": outputs})


def test_due_time_carries_its_shard() -> None:
    """A new due time writes the shard as well, though it did not change by itself."""
    before = job_to_item(JOB, 1)
    after = before | {"due_at": Decimal(5)}

    assert difference(before, after).to_set == {"due_at": Decimal(5), "due_shard": "0"}


RESTORED = {
    "Records": [
        {"eventName": "ObjectRestore:Completed", "s3": {"object": {"key": "archive/gas/u/j~f1~a+b%C3%A9.gz"}}}
    ]
}


@pytest.mark.parametrize(
    ("channel", "body", "hint"),
    [
        (Channel.THAW, json.dumps(RESTORED), ThawHint("archive/gas/u/j~f1~a bé.gz")),
        (
            Channel.THAW,
            json.dumps(RESTORED).replace('"Object', '"s3:Object'),
            ThawHint("archive/gas/u/j~f1~a bé.gz"),
        ),
        (Channel.THAW, '{"archive_id": "archive/x"}', ThawHint("archive/x")),
        (
            Channel.ARCHIVE,
            '{"job_id": "a", "version": 2, "event": "finished", "new": 1}',
            JobHint("a", 2, HintEvent.FINISHED),
        ),
        (
            Channel.JOB_REQUESTS,
            json.dumps({"Type": "Notification", "Message": '{"job_id": "a"}'}),
            JobHint("a", 0),
        ),
        (Channel.THAW, '{"Service": "Amazon S3", "Event": "s3:TestEvent"}', ChannelTest()),
    ],
    ids=["s3-event", "s3-prefix", "plain", "extra", "wrapped", "s3-test"],
)
def test_messages_of_others_are_read(channel: Channel, body: str, hint: Hint) -> None:
    """S3's event, a plain archive id, extra fields and SNS's envelope are understood."""
    assert parse_message(channel, body) == hint


@pytest.mark.parametrize(
    ("channel", "body", "said"),
    [
        (Channel.JOB_REQUESTS, "hello", "not JSON"),
        (Channel.JOB_REQUESTS, "[]", "not a JSON object"),
        (Channel.JOB_REQUESTS, "{}", "names no job"),
        (Channel.JOB_REQUESTS, '{"job_id": "../x"}', "no job id"),
        (Channel.JOB_REQUESTS, '{"job_id": "a", "version": true}', "version True"),
        (Channel.JOB_RESULTS, '{"job_id": "a", "event": "lost"}', "event 'lost'"),
        (Channel.JOB_REQUESTS, '{"schema": 2, "job_id": "a"}', "schema 2"),
        (Channel.JOB_REQUESTS, '{"archive_id": "a"}', "does not belong on job-requests"),
        (Channel.RESTORE, '{"user_id": "root"}', "no user id"),
        (Channel.THAW, '{"archive_id": ""}', "no key of the archive"),
        (Channel.THAW, '{"Records": []}', "names no object"),
        (Channel.THAW, json.dumps(RESTORED).replace("Completed", "Delete"), "only ObjectRestore:Completed"),
    ],
)
def test_unreadable_messages_say_what_is_wrong(channel: Channel, body: str, said: str) -> None:
    """A message that is no hint is refused with what is wrong with it."""
    with pytest.raises(UsageError, match=said):
        parse_message(channel, body)


TRACE = f"00-{'1' * 32}-{'2' * 16}-01"


def test_a_message_with_a_trace_reads_as_one_without() -> None:
    """An older part, which knows nothing of traces, finds the same hint."""
    hint = JobHint("job-1", 3, HintEvent.STARTED)

    body = write_message(hint, TRACE)

    assert parse_message(Channel.JOB_RESULTS, body) == hint
    assert json.loads(body) == json.loads(write_message(hint)) | {"traceparent": TRACE}
    assert traceparent_of(body) == TRACE
    assert traceparent_of(write_message(hint)) is None


@pytest.mark.parametrize(
    "body",
    [
        "hello",
        "[]",
        json.dumps({"job_id": "job-1", "traceparent": 7}),
        json.dumps({"job_id": "job-1", "traceparent": "x" * 1_000_000}),
        json.dumps({"job_id": "job-1", "traceparent": TRACE.replace("1", "0")}),
    ],
    ids=["no-json", "no-object", "a-number", "too-long", "zeros"],
)
def test_a_trace_that_is_none_is_no_trouble(body: str) -> None:
    """What the message asks for does not depend on it."""
    assert traceparent_of(body) is None


def test_a_wrapped_message_keeps_its_trace() -> None:
    """A subscription without raw delivery wraps the body."""
    body = json.dumps({"Type": "Notification", "Message": write_message(JobHint("job-1", 3), TRACE)})

    assert traceparent_of(body) == TRACE


@pytest.mark.parametrize("written", ["nonsense", 7, "", {"a": 1}], ids=repr)
def test_a_record_is_readable_whatever_its_trace_says(written: object) -> None:
    """The trace decides nothing: one that is none is as good as absent, and is left as it stands."""
    item = job_to_item(JOB, 1) | {"traceparent": written}

    job = job_from_item(item)

    assert job == JOB
    assert difference(job_to_item(job, 1), job_to_item(job, 1)).empty


def test_what_an_older_release_left_of_a_deleted_job_goes() -> None:
    """It knows of no own file, and leaves its attributes, which name the owner, in the record of a job that it deletes."""
    before = job_in(JobStatus.DELETED, own_file=OWN_FILE, own_sha256="0" * 64)
    left = job_to_item(job_in(JobStatus.DELETED), 1)

    changed = job_difference(left, {**left, "swept_fence": 2})

    assert {"own_file", "own_sha256"} <= set(changed.to_remove)
    assert {"own_file", "own_sha256"} <= set(job_to_item(before, 1))
    item = {**job_to_item(before, 1), **changed.to_set}
    assert "own_file" not in changed.applied_to(item)


def test_a_record_without_an_own_file() -> None:
    """Of an older release, or of a job that brought none: no attribute tells of one."""
    item = job_to_item(JOB, 1)

    assert not {name for name in item if name.startswith("own")}
    assert job_from_item(item).own_file is None
