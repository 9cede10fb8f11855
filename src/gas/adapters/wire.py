"""How a job and a user are written in DynamoDB: the attribute names, the schema's version, and the exact way back.

Attributes are plain Python values (str, int, Decimal, bool, dict, list, set of str); the AWS adapter adds DynamoDB's
type letters, the in-memory stores keep them as they are. Fields with different writers are top-level attributes of
their own, so that no writer ever overwrites another's. The names of the original service are kept where it had them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from gas.adapters.wire_outputs import OUTPUTS, beside_the_map, with_outputs
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
from gas.domain.own_file import OwnFile
from gas.domain.plan import CpuLimit, EmailLetter, EmailWish, Plan, PlanStanding, User
from gas.domain.problems import Problem
from gas.domain.reasons import Reason
from gas.domain.record import (
    AcceptedInput,
    Home,
    Intents,
    Lease,
    Publication,
    ReferenceWait,
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

_PLACE = Shape(InputRef, columns(TEXT, "bucket", "key", "file_name"))

_OWN_FILE = Shape(OwnFile, columns(TEXT, "etag") | columns(INTEGER, "size_bytes"), {"place": _PLACE})

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
        **columns(OUTPUTS, "outputs"),
        **columns(INTEGER, "variants", "annotated_variants"),
        **columns(_PROBLEMS, "problems"),
    },
)

_PLAN = Codec(lambda plan: plan.value, lambda written: Plan(TEXT.read(written)))
"""A plan that this installation does not know is read as well: the table of plans says what holds then."""

_CPU_LIMIT = Shape(CpuLimit, columns(INTEGER, "seconds") | columns(_PLAN, "plan"))

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

_REFERENCE_WAIT = Shape(
    ReferenceWait, columns(TEXT, "digest", "why") | columns(TIME, "until") | columns(INTEGER, "size_bytes")
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

HOME = Shape(Home, columns(TEXT, "crd_uid", "namespace_uid"))

_RESOURCE = Shape(
    ResourceRef,
    {
        **columns(one_of(ResourceState), "state"),
        **columns(TEXT, "uid"),
        **columns(INTEGER, "generation"),
        **columns(TIME, "created", "meant", "believed", "confirmed"),
        **columns(mapped(HOME), "home"),
    },
)

_HISTORY_ENTRY = Shape(HistoryEntry, columns(one_of(JobStatus), "status") | columns(TIME, "time"))

_JOB = Shape(
    Job,
    {
        **columns(TEXT, "job_id", "user_id", "reference", "detail", "submitted_etag", "tombstone"),
        **columns(TEXT, "reference_digest", "own_sha256"),
        **columns(mapped(_OWN_FILE), "own_file"),
        **columns(mapped(_REFERENCE_WAIT), "reference_wait"),
        **columns(TRACEPARENT, "traceparent"),
        **columns(INTEGER, "version", "attempts", "fence", "progress_percent", "swept_fence"),
        **columns(TIME, "submit_time", "start_time", "complete_time", "archive_time", "delete_hot_after"),
        **columns(TIME, "archiving"),
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
        "due": Column("due_at", TIME),
    },
    {"input": _INPUT, "intents": _INTENTS, "lease": _LEASE, "result": _RESULT},
    # Every write is on condition of these: one that took its default here would never be written again.
    needed=("status", "version"),
)

_FORGOTTEN: Item = dict.fromkeys(
    ("user_id", "reference", *(column.attribute for column in _INPUT.columns.values())), ""
)
"""What a tombstone says of these: nothing. An empty text could not stand in an index of DynamoDB."""

_LEFT_BEHIND = ("outputs", "own_file", "own_sha256")
"""What an older release, which does not know it, leaves in the record of a job that it deletes."""

_STANDING = Shape(PlanStanding, columns(_PLAN, "plan") | {"since": Column("plan_since", TIME)})

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
    "suspended",
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


def job_difference(before: Item, after: Item) -> Difference:
    """The attributes in which two records of a job differ.

    A deleted job has no files: what an older release left behind when it deleted the job goes with the next write, for it
    names the job's owner.
    """
    changed = difference(before, after)
    if changed.empty or after["job_status"] != JobStatus.DELETED.value:
        return changed
    left = {name for name in _LEFT_BEHIND if name not in after}
    return replace(changed, to_remove=tuple({*changed.to_remove, *left}))


def job_to_item(job: Job, due_shards: int) -> Item:
    """The record of a job. A tombstone has none of the attributes that told whose job it was, and of what."""
    item = {"schema": SCHEMA, "archived": job.archived} | _JOB.write(job) | beside_the_map(job.result)
    told = {name: value for name, value in item.items() if name not in _FORGOTTEN or value}
    return told | _shard(job.job_id, job.due, due_shards)


def job_from_item(item: Mapping[str, Any]) -> Job:
    """The job that a record describes.

    Raises:
        FatalError: the record was written by a newer GAS, or an attribute of it cannot be read.
    """
    forgotten = _FORGOTTEN if "tombstone" in item else {}
    return _read(_JOB, with_outputs({**forgotten, **item}), f"The record of job {item.get('job_id')!r}")


def intents_to_item(intents: Intents) -> Item:
    """The attributes of those intents that are not None."""
    return _INTENTS.write(intents)


def reference_wait_to_item(wait: ReferenceWait) -> Item:
    """The attribute that says which bundle is waited for."""
    return {"reference_wait": _REFERENCE_WAIT.write(wait)}


def user_to_item(user: User, due_shards: int) -> Item:
    """The row of a user."""
    return {"schema": SCHEMA} | _USER.write(user) | _shard(user.user_id, user.due, due_shards)


def user_from_item(item: Mapping[str, Any]) -> User:
    """The user that a row describes.

    Raises:
        FatalError: the row was written by a newer GAS, or an attribute of it cannot be read.
    """
    return _read(_USER, item, f"The row of user {item.get('user_id')!r}")


def watched_of_job(before: Job, changed: Difference) -> tuple[str, ...]:
    """What of a job's record must be as it was before: state, version, the lease of a run, and a due time that is written.

    `make_due` leaves the version alone, and so do heartbeats: without the last two a commit would undo what they did.
    """
    lease = ("lease_expires_at",) if before.status is JobStatus.RUNNING else ()
    due = ("due_at",) if changed.moves_due else ()
    return ("job_status", "version", *lease, *due)


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
