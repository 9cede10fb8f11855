"""Sample jobs, one in each state, and the rules that tests of the lifecycle share."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gas.domain.decision import Decision, Fact, Facts, FactValue, Rules
from gas.domain.job import HistoryEntry, Job, JobStatus, created
from gas.domain.keys import Output, attempt_keys
from gas.domain.lifecycle import decide
from gas.domain.plan import Plan, PlanLimits, PlanStanding
from gas.domain.problems import Problem
from gas.domain.record import (
    AcceptedInput,
    Intents,
    Lease,
    Publication,
    ResourceRef,
    ResourceState,
    Result,
    Retrieval,
)
from gas.domain.spec import InputRef, RestoreRequest, RetrievalTier

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=1)
USER = "u" * 26
JOB_ID = "job-1"
INPUTS, RESULTS, PREFIX = "gas-inputs", "gas-results", "gas"
SHA = "0" * 64
RULES = Rules(inputs_bucket=INPUTS, key_prefix=PREFIX, limits=PlanLimits(1_000, 1_000_000, 30, 900))
FREE = PlanStanding(Plan.FREE, BEFORE)
PREMIUM = PlanStanding(Plan.PREMIUM, BEFORE)
PRESENT = ResourceRef(ResourceState.PRESENT, "uid-1", 1, BEFORE)
INPUT = InputRef(INPUTS, f"{PREFIX}/{USER}/{JOB_ID}~a.vcf", "a.vcf")

ATTEMPT_1 = attempt_keys(PREFIX, USER, JOB_ID, "a.vcf", 1)
RESULT = Result(
    bucket=RESULTS,
    key=ATTEMPT_1[Output.RESULT],
    size_bytes=10,
    sha256=SHA,
    variants=3,
    log_key=ATTEMPT_1[Output.LOG],
    preview_key=ATTEMPT_1[Output.PREVIEW],
    statistics_key=ATTEMPT_1[Output.STATISTICS],
    provenance_key=ATTEMPT_1[Output.PROVENANCE],
    index_key=ATTEMPT_1[Output.INDEX],
    table_key=ATTEMPT_1[Output.TABLE],
    problems_key=ATTEMPT_1[Output.PROBLEMS],
    summary_key=ATTEMPT_1[Output.SUMMARY],
    annotated_variants=2,
    problems=(Problem("reference_mismatch", 1, 7),),
)
ARCHIVE_ID = "archive/" + RESULT.key

_COMPLETED: dict[str, Any] = {
    "accepted_input": AcceptedInput("etag", 100),
    "fence": 1,
    "swept_fence": 1,
    "start_time": BEFORE,
    "result": RESULT,
    "complete_time": BEFORE,
    "claimed_mails": frozenset(
        {"completed", f"restored:{BEFORE.isoformat()}", f"failed:{BEFORE.isoformat()}"}
    ),
}
_FIELDS: dict[JobStatus, dict[str, Any]] = {
    JobStatus.PENDING: {},
    JobStatus.QUEUED: {
        "accepted_input": AcceptedInput("etag", 100),
        "publication": Publication(1, NOW + timedelta(seconds=10)),
    },
    JobStatus.RUNNING: {
        "accepted_input": AcceptedInput("etag", 100),
        "fence": 1,
        "lease": Lease("annotator-1", NOW + timedelta(minutes=1)),
        "start_time": BEFORE,
    },
    JobStatus.COMPLETED: _COMPLETED,
    JobStatus.ARCHIVED: {**_COMPLETED, "archive_id": ARCHIVE_ID, "archive_time": BEFORE},
    JobStatus.RESTORING: {
        **_COMPLETED,
        "archive_id": ARCHIVE_ID,
        "archive_time": BEFORE,
        "retrieval": Retrieval(RetrievalTier.EXPEDITED, expected=NOW + timedelta(minutes=5)),
    },
    JobStatus.RESTORED: {**_COMPLETED, "restore_time": BEFORE},
    JobStatus.FAILED: {
        "accepted_input": AcceptedInput("etag", 100),
        "claimed_mails": _COMPLETED["claimed_mails"],
    },
    JobStatus.CANCELLED: {},
    JobStatus.DELETED: {},
}


def pending(**changes: Any) -> Job:
    """A new job that nobody has looked at."""
    job = Job(JOB_ID, USER, INPUT, "grch38", BEFORE, resource=PRESENT)
    return replace(created(job), **changes)


def job_in(status: JobStatus, **changes: Any) -> Job:
    """A job that entered a state an hour ago, with the fields that the state goes with."""
    history: tuple[HistoryEntry, ...] = (HistoryEntry(JobStatus.PENDING, BEFORE),)
    if status is not JobStatus.PENDING:
        history = (*history, HistoryEntry(status, BEFORE))
    return replace(pending(), **{"status": status, "history": history, **_FIELDS[status], **changes})


def asked(at: datetime, tier: RetrievalTier = RetrievalTier.EXPEDITED) -> Intents:
    """The web's restore request."""
    return Intents(restore_requested=RestoreRequest(at, tier))


def decided(
    job: Job,
    plan: PlanStanding | None = FREE,
    facts: dict[Fact, FactValue] | None = None,
    now: datetime = NOW,
    rules: Rules = RULES,
) -> Decision:
    """What the lifecycle decides about a job; unless a fact says otherwise, it is its turn."""
    return decide(job, plan, Facts({Fact.TURN: True, **(facts or {})}), now, rules)
