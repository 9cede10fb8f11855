"""The status of a resource against the design's condition table and the CRD's schema."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from gas.domain.admission import RefuseResource, SeenResource
from gas.domain.built_in_references import NOTHING_PUBLISHED, RCRS
from gas.domain.job import HistoryEntry, Job, JobEvent, JobStatus
from gas.domain.outputs import Output
from gas.domain.own_file import about_own_file
from gas.domain.plan import User
from gas.domain.problems import Problem
from gas.domain.reasons import Reason
from gas.domain.record import ResourceRef
from gas.domain.spec import JobPolicy
from gas.services.job_view import job_view
from gas_controllers.telling.projection import project, project_refusal, same_status
from tests.support.jobs import ARCHIVE_ID, BEFORE, INPUT, JOB_ID, NOW, OWN, PREMIUM, RESULT, USER, job_in
from tests.support.plans import PLANS

CRD = Path(__file__).parents[4] / "crds" / "annotationjobs.gas.io.yaml"
TYPES = ("Ready", "Completed", "Archived", "Restored", "Failed")

TABLE = {
    "Pending": ("FFFFF", ["CheckingInput", "Suspended"]),
    "Queued": (
        "FFFFF",
        ["WaitingForAnnotator", "WaitingForTurn", "WakingAnnotator", "WaitingForReference", "Retrying"],
    ),
    "Running": ("FFFFF", ["Annotating"]),
    "Completed": ("TTFFF", ["RetentionRunning", "Premium", "PolicyNever"]),
    "Archived": ("FTTFF", ["RetentionOver", "PolicyImmediate", "RetrievalFailed"]),
    "Restoring": ("FTTFF", ["RetrievalExpedited", "RetrievalStandard", "CopyingBack"]),
    "Restored": ("TTFTF", ["RetentionRunning", "Premium", "PolicyNever"]),
    "Failed": (
        "FFFFT",
        [
            "InputNotFound",
            "ReferenceUnknown",
            "InputNotOwned",
            "InputTooLarge",
            "InputChanged",
            "InputRefused",
            "LimitExceeded",
            "DeadlineExceeded",
            "AttemptsExhausted",
        ],
    ),
    "Cancelled": ("FFFFF", ["Cancelled"]),
    "Deleted": ("FFFFF", ["Deleted"]),
}
"""Design, section 5, word for word."""

ROWS = [(phase, truths, reason) for phase, (truths, reasons) in TABLE.items() for reason in reasons]


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    """The CRD's schema of a status, closed: an unknown field would be dropped by the API server in silence."""
    crd = yaml.safe_load(CRD.read_text())
    whole = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return Draft202012Validator(_closed(whole["properties"]["status"]))


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in schema.items()}
    return {**closed, "additionalProperties": False} if isinstance(schema.get("properties"), dict) else closed


def conditions(status: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The conditions by type."""
    return {condition["type"]: condition for condition in status["conditions"]}


@pytest.mark.parametrize(("phase", "truths", "reason"), ROWS, ids=[f"{row[0]}-{row[2]}" for row in ROWS])
def test_condition_table(phase: str, truths: str, reason: str, schema: Draft202012Validator) -> None:
    """Each phase shows the conditions of the design's table, and the API server would take the status."""
    status = project(job_in(JobStatus(phase), reason=Reason(reason)), PLANS)

    shown = conditions(status)
    assert [shown[kind]["status"][0] for kind in TYPES] == list(truths)
    assert shown["Ready"]["reason"] == reason
    assert status["phase"] == phase
    assert list(schema.iter_errors(status)) == []
    if phase == "Failed":
        assert shown["Failed"]["reason"] == reason
    if phase == "Pending":
        assert shown["Restored"]["reason"] == "NotRequested"


def test_all_phases_are_in_the_table() -> None:
    """The table has a row for every state."""
    assert set(TABLE) == {status.value for status in JobStatus}


def test_status_of_a_completed_job() -> None:
    """The status tells the times, the places and the numbers of the record, and leaves out what is not there."""
    job = job_in(JobStatus.COMPLETED, retain_until=NOW, version=7, progress_percent=100, attempts=1)

    status = project(job, PLANS)

    assert {name: value for name, value in status.items() if name != "conditions"} == {
        "phase": "Completed",
        "observedGeneration": 1,
        "recordVersion": 7,
        "startTime": "2026-11-23T11:00:00Z",
        "completionTime": "2026-11-23T11:00:00Z",
        "retainUntilTime": "2026-11-23T12:00:00Z",
        "referenceDigest": RCRS.digest,
        "attempts": 2,
        "progressPercent": 100,
        "variants": 3,
        "result": {"bucket": RESULT.bucket, "key": RESULT.key, "sizeBytes": 10, "sha256": RESULT.sha256},
        "log": {"bucket": RESULT.bucket, "key": RESULT.outputs[Output.LOG].key},
    }


def test_a_result_with_gaps_is_described() -> None:
    """`kubectl describe` tells of a wrong REF what pages tell; the state stays, for there is a result."""
    job = job_in(JobStatus.COMPLETED)
    problems = (Problem("reference_mismatch", 1, 7),)
    short = replace(RESULT, variants=2, annotated_variants=1, problems=problems)

    completed = conditions(project(replace(job, result=short), PLANS))["Completed"]

    assert completed["status"] == "True"
    assert completed["message"] == (
        "The result and its log are stored. 1 of 2 annotated; 1 does not match the reference, see line 7."
    )


@pytest.mark.parametrize(
    ("phase", "made"),
    [("Queued", 1), ("Running", 2), ("Completed", 2), ("Archived", 2), ("Restoring", 2), ("Failed", 1)],
)
def test_attempts_that_were_made(phase: str, made: int) -> None:
    """The running attempt counts, and so does the one that ended well."""
    assert project(job_in(JobStatus(phase), attempts=1), PLANS)["attempts"] == made


QUEUED = job_in(JobStatus.QUEUED)
RUNNING = QUEUED.claimed("annotator", NOW, timedelta(minutes=1))
ENDS: dict[str, tuple[Job, int]] = {
    "not begun": (QUEUED, 0),
    "not begun and cancelled": (QUEUED.moved(JobEvent.CANCELLED, NOW), 0),
    "begun": (RUNNING, 1),
    "handed back": (RUNNING.handed_back(NOW), 0),
    "refused": (RUNNING.refused_with(Reason.INPUT_REFUSED, "line 7", NOW), 1),
    "cancelled": (RUNNING.moved(JobEvent.CANCELLED, NOW, reason=Reason.CANCELLED), 1),
    "lost": (RUNNING.moved(JobEvent.LEASE_LOST, NOW, attempts=1), 1),
    "lost for the last time": (
        RUNNING.moved(JobEvent.ATTEMPTS_EXHAUSTED, NOW, attempts=3, reason=Reason.ATTEMPTS_EXHAUSTED),
        3,
    ),
    "completed": (RUNNING.finished_with(RESULT, NOW), 1),
}


@pytest.mark.parametrize(("job", "made"), ENDS.values(), ids=ENDS)
def test_attempts_mean_one_thing(job: Job, made: int) -> None:
    """However a run ends, kubectl and the API count the same attempts."""
    user = User(job.user_id, "ada@example.org", "Ada", PREMIUM)

    assert (project(job, PLANS)["attempts"], job_view(job, user, PLANS, NOTHING_PUBLISHED).attempts) == (
        made,
        made,
    )


@pytest.mark.parametrize(("job", "made"), ENDS.values(), ids=ENDS)
def test_a_deletion_makes_no_attempt_undone(job: Job, made: int) -> None:
    """A job that is deleted was tried as often as before."""
    at_rest = job if job.finished else job.moved(JobEvent.CANCELLED, NOW, reason=Reason.CANCELLED)
    deleted = at_rest.moved(JobEvent.DELETED, NOW, reason=Reason.DELETED)

    assert deleted.attempts_made == at_rest.attempts_made >= made
    assert deleted.status is JobStatus.DELETED


@pytest.mark.parametrize(
    ("phase", "truths"), [("Completed", "FTFFF"), ("Restored", "FTFTF"), ("Archived", "FTTFF")]
)
def test_missing_result_is_not_ready(phase: str, truths: str, schema: Draft202012Validator) -> None:
    """A result whose bytes are missing is not Ready in any state, and no condition says that it is stored."""
    status = project(job_in(JobStatus(phase), reason=Reason.RESULT_MISSING, detail="table"), PLANS)

    shown = conditions(status)
    assert [shown[kind]["status"][0] for kind in TYPES] == list(truths)
    assert [shown[kind]["reason"] for kind in ("Ready", "Completed")] == ["ResultMissing", "ResultMissing"]
    assert shown["Ready"]["message"].startswith("A file of the result is missing or damaged (table).")
    assert list(schema.iter_errors(status)) == []


def test_failed_retrieval_was_asked_for() -> None:
    """Where a retrieval failed, no condition says that nobody asked for one."""
    shown = conditions(project(job_in(JobStatus.ARCHIVED, reason=Reason.RETRIEVAL_FAILED), PLANS))

    assert (shown["Restored"]["status"], shown["Restored"]["reason"]) == ("False", "RetrievalFailed")
    assert "Nobody" not in shown["Restored"]["message"]


def test_status_of_the_archive() -> None:
    """Archive id, time and expectation are shown while they hold."""
    archived, restoring = (
        project(job_in(JobStatus.ARCHIVED), PLANS),
        project(job_in(JobStatus.RESTORING), PLANS),
    )
    restored = project(job_in(JobStatus.RESTORED, archive_time=BEFORE, archive_id=ARCHIVE_ID), PLANS)

    assert archived["archiveID"] == ARCHIVE_ID
    assert archived["archiveTime"] == "2026-11-23T11:00:00Z"
    assert "restoreExpectedTime" not in archived
    assert restoring["restoreExpectedTime"] == "2026-11-23T12:05:00Z"
    assert not {"archiveID", "archiveTime", "restoreExpectedTime"} & set(restored)


@pytest.mark.parametrize(
    ("exact", "shown"), [(0, 0), (24, 0), (25, 25), (74, 50), (99, 75), (100, 100)], ids=str
)
def test_progress_goes_in_quarters(exact: int, shown: int) -> None:
    """Progress is shown in steps of 25 percent."""
    assert project(job_in(JobStatus.RUNNING, progress_percent=exact), PLANS)["progressPercent"] == shown


def test_conditions_change_when_their_truth_does() -> None:
    """The transition time of a condition is that of its own last change, not of the last move."""
    moves = ["Pending", "Queued", "Running", "Completed", "Archived", "Restoring", "Restored"]
    history = tuple(
        HistoryEntry(JobStatus(phase), NOW + timedelta(minutes=minute)) for minute, phase in enumerate(moves)
    )

    shown = conditions(project(job_in(JobStatus.RESTORED, history=history), PLANS))

    times = {kind: shown[kind]["lastTransitionTime"][14:16] for kind in TYPES}
    assert times == {"Ready": "06", "Completed": "03", "Archived": "06", "Restored": "06", "Failed": "00"}


def test_job_without_history() -> None:
    """A record without moves changed when it was submitted."""
    shown = conditions(project(job_in(JobStatus.PENDING, history=()), PLANS))

    assert shown["Ready"]["lastTransitionTime"] == "2026-11-23T11:00:00Z"


@pytest.mark.parametrize("reason", [Reason.INPUT_NOT_OWNED, Reason.NAME_TAKEN], ids=lambda r: r.value)
def test_refusal(reason: Reason, schema: Draft202012Validator) -> None:
    """A resource without effect is Failed and not Ready, with the reason and a sentence that names what is wrong."""
    seen = SeenResource(JOB_ID, "uid-1", 3, BEFORE, USER, INPUT, "rCRS", JobPolicy())

    status = project_refusal(seen, RefuseResource(reason), NOW, PLANS)

    shown = conditions(status)
    assert [shown[kind]["status"][0] for kind in TYPES] == list("FFFFT")
    assert (shown["Ready"]["reason"], shown["Failed"]["reason"]) == (reason.value, reason.value)
    assert (status["phase"], status["observedGeneration"]) == ("Failed", 3)
    assert (USER if reason is Reason.INPUT_NOT_OWNED else JOB_ID) in shown["Ready"]["message"]
    assert list(schema.iter_errors(status)) == []


def test_refusal_of_an_own_file(schema: Draft202012Validator) -> None:
    """It says which of the two files is none of the user's."""
    own = replace(OWN, bucket="another")
    seen = SeenResource(JOB_ID, "uid-1", 3, BEFORE, USER, INPUT, "rCRS", JobPolicy(), own)

    status = project_refusal(seen, RefuseResource(Reason.INPUT_NOT_OWNED, about_own_file()), NOW, PLANS)

    said = conditions(status)["Ready"]["message"]
    assert said.startswith(f"The file s3://another/{OWN.key}, which spec.ownFile names, does not lie in")
    assert list(schema.iter_errors(status)) == []


def changed(job: Job, **changes: Any) -> bool:
    """Whether a change of the record needs a write of the status."""
    return not same_status(project(job, PLANS), project(replace(job, **changes), PLANS))


@pytest.mark.parametrize(
    ("changes", "written"),
    [
        ({"version": 9}, False),
        ({"due": NOW}, False),
        ({"progress_percent": 20}, False),
        ({"progress_percent": 30}, True),
        ({"reason": Reason.PREMIUM}, True),
        ({"resource": ResourceRef(generation=2)}, True),
    ],
    ids=["version", "due", "little-progress", "progress", "reason", "generation"],
)
def test_what_needs_a_write(changes: dict[str, Any], *, written: bool) -> None:
    """A status is written when something that people see has changed, and only then."""
    assert changed(job_in(JobStatus.COMPLETED), **changes) is written


def test_order_and_times_of_conditions_do_not_count() -> None:
    """Conditions in another order and with other times need no write; a missing one does."""
    wanted = project(job_in(JobStatus.RUNNING), PLANS)
    shuffled = {
        **wanted,
        "conditions": [{**c, "lastTransitionTime": "x"} for c in reversed(wanted["conditions"])],
    }

    assert same_status(shuffled, wanted)
    assert not same_status({**wanted, "conditions": wanted["conditions"][1:]}, wanted)
    assert not same_status({}, wanted)
