"""How a job and a user are written in DynamoDB: the attribute names, the schema's version, and the exact way back.

Attributes are plain Python values (str, int, Decimal, bool, dict, list, set of str); the AWS adapter adds DynamoDB's
type letters, the in-memory stores keep them as they are. Fields with different writers are top-level attributes of
their own, so that no writer ever overwrites another's. The names of the original service are kept where it had them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from gas.adapters.wire_values import (
    FLAG,
    INTEGER,
    SCHEMA,
    SECONDS,
    TEXT,
    TEXT_SET,
    TIME,
    TRACEPARENT,
    Codec,
    Column,
    Item,
    Shape,
    columns,
    due_shard,
    listed,
    mapped,
    one_of,
)
from gas.domain.errors import FatalError
from gas.domain.job import HistoryEntry, Job, JobStatus
from gas.domain.plan import CpuLimit, EmailLetter, EmailWish, Plan, PlanStanding, User
from gas.domain.problems import Problem
from gas.domain.reasons import Reason
from gas.domain.record import (
    AcceptedInput,
    Home,
    Intents,
    Lease,
    Publication,
    Refusal,
    ResourceRef,
    ResourceState,
    Result,
    Retrieval,
)
from gas.domain.spec import ArchivePolicy, DeletionPolicy, InputRef, JobPolicy, RestoreRequest, RetrievalTier

T = TypeVar("T")

_TIMES = Codec(
    lambda times: [TIME.write(time) for time in sorted(times)] or None,
    lambda written: frozenset(TIME.read(time) for time in written),
)
"""A set of times, written as a list in their order; one that is empty has no attribute."""

_RESTORE_REQUEST = Shape(
    RestoreRequest, columns(TIME, "request_time") | columns(one_of(RetrievalTier), "tier")
)

_INPUT = Shape(
    InputRef,
    {
        "bucket": Column("s3_inputs_bucket", TEXT),
        "key": Column("s3_key_input_file", TEXT),
        "file_name": Column("input_file_name", TEXT),
    },
)

_POLICY = Shape(
    JobPolicy,
    {
        **columns(FLAG, "suspend", "cancel"),
        **columns(INTEGER, "backoff_limit"),
        **columns(one_of(ArchivePolicy), "archive_policy"),
        **columns(one_of(DeletionPolicy), "deletion_policy"),
        **columns(mapped(_RESTORE_REQUEST), "restore"),
        "active_deadline": Column("active_deadline_seconds", SECONDS),
        "ttl_after_finished": Column("ttl_seconds_after_finished", SECONDS),
        "retention": Column("retention_seconds", SECONDS),
    },
)

_INTENTS = Shape(
    Intents,
    {
        **columns(TIME, "cancel_requested", "delete_requested", "retry_requested", "result_missed"),
        **columns(mapped(_RESTORE_REQUEST), "restore_requested"),
    },
)

_LEASE = Shape(Lease, {"holder": Column("lease_holder", TEXT), "expires": Column("lease_expires_at", TIME)})

_PROBLEM = Shape(Problem, columns(TEXT, "kind") | columns(INTEGER, "records", "first_line"))

_EACH_PROBLEM = listed(mapped(_PROBLEM))
_PROBLEMS = Codec(lambda problems: _EACH_PROBLEM.write(problems) or None, _EACH_PROBLEM.read)
"""Most results have none, and then no attribute."""

_RESULT = Shape(
    Result,
    {
        "bucket": Column("s3_results_bucket", TEXT),
        "key": Column("s3_key_result_file", TEXT),
        "log_key": Column("s3_key_log_file", TEXT),
        "preview_key": Column("s3_key_preview_file", TEXT),
        "statistics_key": Column("s3_key_statistics_file", TEXT),
        "provenance_key": Column("s3_key_provenance_file", TEXT),
        "index_key": Column("s3_key_index_file", TEXT),
        "table_key": Column("s3_key_table_file", TEXT),
        "problems_key": Column("s3_key_problems_file", TEXT),
        "summary_key": Column("s3_key_summary_file", TEXT),
        "size_bytes": Column("result_size_bytes", INTEGER),
        "sha256": Column("result_sha256", TEXT),
        **columns(INTEGER, "variants", "annotated_variants"),
        **columns(_PROBLEMS, "problems"),
    },
)

_CPU_LIMIT = Shape(CpuLimit, columns(INTEGER, "seconds") | columns(one_of(Plan), "plan"))

_ACCEPTED_INPUT = Shape(
    AcceptedInput,
    {
        **columns(TEXT, "etag"),
        **columns(INTEGER, "size_bytes"),
        **columns(mapped(_CPU_LIMIT), "cpu_limit"),
    },
)

_PUBLICATION = Shape(Publication, columns(INTEGER, "count") | columns(TIME, "next_time"))

_REFUSAL = Shape(
    Refusal, columns(one_of(Reason), "reason") | columns(TEXT, "detail") | columns(TIME, "next_try")
)

_RETRIEVAL = Shape(
    Retrieval,
    {
        **columns(one_of(RetrievalTier), "tier"),
        **columns(TIME, "requested", "expected", "next_try"),
        **columns(_TIMES, "answers"),
        **columns(FLAG, "ready"),
        **columns(INTEGER, "tries"),
    },
)

_HOME = Shape(Home, columns(TEXT, "crd_uid", "namespace_uid"))

_RESOURCE = Shape(
    ResourceRef,
    {
        **columns(one_of(ResourceState), "state"),
        **columns(TEXT, "uid"),
        **columns(INTEGER, "generation"),
        **columns(TIME, "created", "meant", "believed", "confirmed"),
        **columns(mapped(_HOME), "home"),
    },
)

_HISTORY_ENTRY = Shape(HistoryEntry, columns(one_of(JobStatus), "status") | columns(TIME, "time"))

_JOB = Shape(
    Job,
    {
        **columns(TEXT, "job_id", "user_id", "reference", "detail", "submitted_etag", "tombstone"),
        **columns(TRACEPARENT, "traceparent"),
        **columns(INTEGER, "version", "attempts", "fence", "progress_percent", "swept_fence"),
        **columns(TIME, "submit_time", "start_time", "complete_time", "archive_time", "delete_hot_after"),
        **columns(TIME, "hot_deletion", "look_for_result", "restore_time", "restore_hold_from"),
        **columns(TIME, "retain_until", "hot_seen"),
        **columns(mapped(_REFUSAL), "refusal"),
        **columns(_TIMES, "restore_served"),
        **columns(mapped(_POLICY), "policy"),
        **columns(one_of(Reason), "reason"),
        **columns(mapped(_ACCEPTED_INPUT), "accepted_input"),
        **columns(mapped(_PUBLICATION), "publication"),
        **columns(mapped(_RETRIEVAL), "retrieval"),
        **columns(mapped(_RESOURCE), "resource"),
        **columns(listed(mapped(_HISTORY_ENTRY)), "history"),
        **columns(TEXT_SET, "claimed_mails"),
        "status": Column("job_status", one_of(JobStatus)),
        "archive_id": Column("results_file_archive_id", TEXT),
        "due": Column("due_at", TIME),
    },
    {"input": _INPUT, "intents": _INTENTS, "lease": _LEASE, "result": _RESULT},
)

_FORGOTTEN: Item = dict.fromkeys(
    ("user_id", "reference", *(column.attribute for column in _INPUT.columns.values())), ""
)
"""What a tombstone says of these: nothing. An empty text could not stand in an index of DynamoDB."""

_STANDING = Shape(PlanStanding, columns(one_of(Plan), "plan") | {"since": Column("plan_since", TIME)})

_EMAIL_WISH = Shape(EmailWish, columns(TEXT, "address") | columns(TIME, "asked"))

_EMAIL_LETTER = Shape(EmailLetter, columns(TEXT, "address", "handle") | columns(TIME, "expires", "answers"))

_USER = Shape(
    User,
    {
        **columns(TEXT, "user_id", "email", "name", "cursor", "institution", "subject"),
        **columns(INTEGER, "plan_version", "mailed_plan_version", "told_plan_version"),
        **columns(TIME, "signed_out_everywhere", "tokens_revoked", "suspended", "delete_requested"),
        **columns(FLAG, "email_confirmed"),
        **columns(mapped(_EMAIL_WISH), "asked_email"),
        **columns(mapped(_EMAIL_LETTER), "email_letter"),
        "due": Column("due_at", TIME),
    },
    {"standing": _STANDING},
)


WATCHED_OF_USER = (
    "plan_version",
    "due_at",
    "cursor",
    "mailed_plan_version",
    "asked_email",
    "email_letter",
    "delete_requested",
)
"""What a conditional write of a user compares."""


@dataclass(frozen=True)
class Difference:
    """What one update has to write: attributes to set, and attributes to remove."""

    to_set: Item
    to_remove: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """True when there is nothing to write."""
        return not self.to_set and not self.to_remove

    @property
    def moves_due(self) -> bool:
        """True when the due time is written or removed."""
        return "due_at" in self.to_set or "due_at" in self.to_remove

    def applied_to(self, item: Item) -> Item:
        """A record after the update."""
        kept = {name: value for name, value in item.items() if name not in self.to_remove}
        return kept | self.to_set


def difference(before: Item, after: Item) -> Difference:
    """The attributes in which two records differ.

    A due time always carries its shard along, so that a record written under another number of shards moves over.
    """
    to_set = {name: value for name, value in after.items() if name not in before or before[name] != value}
    if "due_at" in to_set:
        to_set["due_shard"] = after["due_shard"]
    return Difference(to_set, tuple(name for name in before if name not in after))


def job_to_item(job: Job, due_shards: int) -> Item:
    """The record of a job. A tombstone has none of the attributes that told whose job it was, and of what."""
    item = {"schema": SCHEMA, "archived": job.archived} | _JOB.write(job)
    told = {name: value for name, value in item.items() if name not in _FORGOTTEN or value}
    return told | _shard(job.job_id, job.due, due_shards)


def job_from_item(item: Mapping[str, Any]) -> Job:
    """The job that a record describes.

    Raises:
        FatalError: the record was written by a newer GAS, or an attribute of it cannot be read.
    """
    forgotten = _FORGOTTEN if "tombstone" in item else {}
    return _read(_JOB, {**forgotten, **item}, f"The record of job {item.get('job_id')!r}")


def intents_to_item(intents: Intents) -> Item:
    """The attributes of those intents that are not None."""
    return _INTENTS.write(intents)


def user_to_item(user: User, due_shards: int) -> Item:
    """The row of a user."""
    return {"schema": SCHEMA} | _USER.write(user) | _shard(user.user_id, user.due, due_shards)


def user_from_item(item: Mapping[str, Any]) -> User:
    """The user that a row describes.

    Raises:
        FatalError: the row was written by a newer GAS, or an attribute of it cannot be read.
    """
    return _read(_USER, item, f"The row of user {item.get('user_id')!r}")


def on_plan(user: User, plan: Plan, now: datetime) -> User:
    """The user after a change of plan: a new standing, the next plan version, and the jobs to be told from the first."""
    return replace(
        user, standing=PlanStanding(plan, now), plan_version=user.plan_version + 1, due=now, cursor=None
    )


def due_attributes(key: str, now: datetime, due_shards: int) -> Item:
    """The two attributes that make a record due."""
    return {"due_at": TIME.write(now)} | _shard(key, now, due_shards)


def _shard(key: str, due: datetime | None, due_shards: int) -> Item:
    return {} if due is None else {"due_shard": due_shard(key, due_shards)}


def _read(shape: Shape[T], item: Mapping[str, Any], what: str) -> T:
    version = item.get("schema", SCHEMA)
    if version != SCHEMA:
        raise FatalError(
            f"{what} has schema {version}, and this GAS reads schema {SCHEMA}: "
            "run every part of the installation in the same, newest version."
        )
    try:
        return shape.read(item)
    except FatalError as error:
        raise FatalError(
            f"{what} cannot be read. {error}. Repair the record or restore it from a backup."
        ) from error
