"""Sample jobs, one in each state, and the rules that tests of the lifecycle share."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gas.domain.built_in_references import RCRS
from gas.domain.decision import (
    AnyFact,
    BringBack,
    Decision,
    DeleteArchived,
    DeleteResultObjects,
    Fact,
    Facts,
    FactValue,
    RequestRetrieval,
    Rules,
    StoreInArchive,
)
from gas.domain.job import HistoryEntry, Job, JobStatus, created
from gas.domain.keys import attempt_keys
from gas.domain.lifecycle import decide
from gas.domain.objects import ArchivedObject
from gas.domain.outputs import Output
from gas.domain.own_file import OwnFile
from gas.domain.plan import Plan, PlanStanding
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
    StoredOutput,
)
from gas.domain.spec import InputRef, RestoreRequest, RetrievalTier
from tests.support.plans import PLANS

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=1)
USER = "u" * 26
JOB_ID = "job-1"
INPUTS, RESULTS, PREFIX = "gas-inputs", "gas-results", "gas"
SHA = "0" * 64
RULES = Rules(inputs_bucket=INPUTS, key_prefix=PREFIX, plans=PLANS, form_lands=timedelta(minutes=10))
"""An upload's form lands within the hour that the sample jobs are old."""
FREE = PlanStanding(Plan.FREE, BEFORE)
PREMIUM = PlanStanding(Plan.PREMIUM, BEFORE)
PRESENT = ResourceRef(ResourceState.PRESENT, "uid-1", 1, BEFORE)
INPUT = InputRef(INPUTS, f"{PREFIX}/{USER}/{JOB_ID}~a.vcf", "a.vcf")
OWN = InputRef(INPUTS, f"{PREFIX}/{USER}/upload-2~mine.bed", "mine.bed")
OWN_FILE = OwnFile(OWN, "own etag", 50)

FactsOfFiles = dict[Fact, FactValue | ArchivedObject]
"""Facts of which one of a result may be told of one file, for all of them."""

ATTEMPT_1 = attempt_keys(PREFIX, USER, JOB_ID, "a.vcf", 1)


def stored(
    keys: Mapping[Output, str], size_bytes: int = 10, sha256: str = SHA
) -> dict[Output | str, StoredOutput]:
    """The files of an attempt, all of one size and hash."""
    return {output: StoredOutput(key, size_bytes, sha256) for output, key in keys.items()}


RESULT = Result(
    bucket=RESULTS,
    outputs=stored(ATTEMPT_1),
    variants=3,
    annotated_variants=2,
    problems=(Problem("reference_mismatch", 1, 7),),
)
COPIES = {output: f"archive/{each.key}" for output, each in RESULT.archivable.items()}
"""What the archive calls the copies of those that go there."""
COPIED = RESULT.with_copies(COPIES)
ARCHIVE_ID = COPIES[Output.RESULT]
STORE = tuple(map(StoreInArchive, COPIES))
BRING_BACK = tuple(map(BringBack, COPIES))
REMOVE_COPIES = tuple(DeleteArchived(RESULT.outputs[output].key, each) for output, each in COPIES.items())
REMOVE_HOT = (DeleteResultObjects(tuple(RESULT.outputs[output].key for output in COPIES)),)

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
    JobStatus.ARCHIVED: {**_COMPLETED, "result": COPIED, "archive_time": BEFORE},
    JobStatus.RESTORING: {
        **_COMPLETED,
        "result": COPIED,
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
    job = Job(JOB_ID, USER, INPUT, "rCRS", BEFORE, reference_digest=RCRS.digest, resource=PRESENT)
    return replace(created(job), **changes)


def job_in(status: JobStatus, **changes: Any) -> Job:
    """A job that entered a state an hour ago, with the fields that the state goes with.

    With an `archive_id` all that goes to the archive has a copy there, and with None nothing has.
    """
    if "archive_id" in changes:
        changes["result"] = RESULT if changes.pop("archive_id") is None else COPIED
    history: tuple[HistoryEntry, ...] = (HistoryEntry(JobStatus.PENDING, BEFORE),)
    if status is not JobStatus.PENDING:
        history = (*history, HistoryEntry(status, BEFORE))
    return replace(pending(), **{"status": status, "history": history, **_FIELDS[status], **changes})


def asked(at: datetime, tier: RetrievalTier = RetrievalTier.EXPEDITED) -> Intents:
    """The web's restore request."""
    return Intents(restore_requested=RestoreRequest(at, tier))


def retrievals(tier: RetrievalTier) -> tuple[RequestRetrieval, ...]:
    """All that is asked for: the result last."""
    return tuple(RequestRetrieval(output, tier) for output in reversed(COPIES))


def of_all_files(facts: Mapping[Any, FactValue | ArchivedObject]) -> dict[AnyFact, FactValue]:
    """The facts, where one of a result that is told of one file holds for all that go to the archive."""
    return {
        fact: dict.fromkeys(COPIES, value)  # type: ignore[misc]
        if fact in {Fact.HOT_RESULT, Fact.ARCHIVED_RESULT} and not isinstance(value, Mapping)
        else value
        for fact, value in facts.items()
    }


def decided(
    job: Job,
    plan: PlanStanding | None = FREE,
    facts: Mapping[Any, FactValue | ArchivedObject] | None = None,
    now: datetime = NOW,
    rules: Rules = RULES,
) -> Decision:
    """What the lifecycle decides about a job; unless a fact says otherwise, it is its turn, and no other job names its files."""
    usual: dict[AnyFact, FactValue] = {Fact.TURN: True, Fact.SHARED_FILES: frozenset()}
    return decide(job, plan, Facts({**usual, **of_all_files(facts or {})}), now, rules)
