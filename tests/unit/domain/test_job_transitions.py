"""The total table of states and events, against the design's table written down anew."""

from datetime import timedelta

import pytest

from gas.domain.errors import InvalidTransitionError
from gas.domain.job import MAX_HISTORY, TRANSITIONS, Ignored, Job, JobEvent, JobStatus, created, next_status
from gas.domain.record import Intents, Lease
from gas.domain.spec import JobPolicy, RestoreRequest
from tests.support.jobs import BEFORE, INPUT, NOW, RESULT, USER, job_in, pending

ERROR = "error"
IGNORED = Ignored.LATE_OR_DUPLICATE

DESIGN = {
    "Pending": {
        "InputAccepted": "Queued",
        "InputRefused": "Failed",
        "Cancelled": "Cancelled",
        "DeadlinePassed": "Failed",
    },
    "Queued": {
        "Claimed": "Running",
        "Suspended": "Pending",
        "Cancelled": "Cancelled",
        "DeadlinePassed": "Failed",
    },
    "Running": {
        "Finished": "Completed",
        "RunRefused": "Failed",
        "LeaseLost": "Queued",
        "HandedBack": "Queued",
        "AttemptsExhausted": "Failed",
        "Suspended": "Pending",
        "Cancelled": "Cancelled",
        "DeadlinePassed": "Failed",
    },
    "Completed": {"Archived": "Archived", "RetrievalStarted": "Restoring"},
    "Archived": {"RetrievalStarted": "Restoring", "Restored": "Restored"},
    "Restoring": {"Restored": "Restored", "RetrievalFailed": "Archived"},
    "Restored": {"Archived": "Archived", "RetrievalStarted": "Restoring"},
    "Failed": {"Retried": "Queued"},
    "Cancelled": {},
    "Deleted": {},
}
"""Design, section 4, and the way back of hot bytes that vanished. Deleting is possible everywhere and stands apart."""

NEVER_LATE = {
    "InputAccepted": {"Queued"},
    "InputRefused": set(),
    "AttemptsExhausted": set(),
    "Archived": {"Archived"},
    "RetrievalStarted": {"Restoring"},
    "RetrievalFailed": set(),
    "Restored": {"Restored"},
}
"""Events of the controllers alone are errors out of place, but for a repetition of their own last move."""


def expected(status: JobStatus, event: JobEvent) -> object:
    """The cell of the table by the design."""
    if event is JobEvent.DELETED:
        return IGNORED if status is JobStatus.DELETED else JobStatus.DELETED
    if event.value in DESIGN[status.value]:
        return JobStatus(DESIGN[status.value][event.value])
    repeated = NEVER_LATE.get(event.value)
    return IGNORED if repeated is None or status.value in repeated else ERROR


@pytest.mark.parametrize("status", JobStatus, ids=lambda s: s.value)
@pytest.mark.parametrize("event", JobEvent, ids=lambda e: e.value)
def test_every_pair(status: JobStatus, event: JobEvent) -> None:
    """Every pair of state and event is the move, the no-op or the error that the design names."""
    wanted = expected(status, event)

    if wanted == ERROR:
        with pytest.raises(InvalidTransitionError, match=f"{event.value} cannot happen.*{status.value}"):
            next_status(status, event)
    else:
        assert next_status(status, event) is wanted


def test_table_is_total() -> None:
    """There is a cell for every pair, and no state is beyond reach."""
    reached = {cell for cell in TRANSITIONS.values() if isinstance(cell, JobStatus)}

    assert len(TRANSITIONS) == len(JobStatus) * len(JobEvent)
    assert reached == set(JobStatus)


def test_tombstone_is_never_left() -> None:
    """No event leads out of Deleted."""
    leading_out = [
        event for event in JobEvent if isinstance(TRANSITIONS[JobStatus.DELETED, event], JobStatus)
    ]

    assert leading_out == []


def test_late_event_changes_nothing() -> None:
    """A finish that comes after a cancellation leaves the job as it is."""
    job = job_in(JobStatus.CANCELLED)

    assert job.finished_with(RESULT, NOW) is job


def test_history_is_bounded() -> None:
    """However often a job moves, its record keeps the newest moves only."""
    job = job_in(JobStatus.QUEUED)

    for number in range(60):
        job = job.claimed("a", NOW + timedelta(seconds=number), timedelta(minutes=1)).handed_back(NOW)

    assert len(job.history) == MAX_HISTORY
    assert job.fence == 60


def test_created_is_due() -> None:
    """A new job has its first history entry and is due at once."""
    job = created(Job("job-1", USER, INPUT, "rCRS", NOW))

    assert [(entry.status, entry.time) for entry in job.history] == [(JobStatus.PENDING, NOW)]
    assert job.due == NOW
    assert job.last_move == NOW


def test_job_without_history_moved_when_it_was_submitted() -> None:
    """A record from before the history existed still has a last move."""
    assert pending(history=()).last_move == BEFORE


def test_claim_raises_the_fence() -> None:
    """A claim takes a lease under the next fence and starts progress anew; the first start is kept."""
    job = job_in(JobStatus.QUEUED, fence=4, start_time=BEFORE, progress_percent=60)

    held = job.claimed("annotator-7", NOW, timedelta(minutes=1))

    assert (held.fence, held.progress_percent, held.start_time) == (5, 0, BEFORE)
    assert held.lease == Lease("annotator-7", NOW + timedelta(minutes=1))
    assert held.due == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("by_spec", "by_web", "served", "unserved"),
    [
        (None, None, set(), None),
        (1, None, set(), 1),
        (None, 2, set(), 2),
        (1, 2, set(), 2),
        (3, 2, set(), 3),
        (3, 2, {2, 3}, None),
        (3, 4, {2, 3}, 4),
        (9, 4, {9}, 4),
        (9, 4, {4}, 9),
    ],
    ids=[
        "none",
        "spec",
        "web",
        "web-newer",
        "spec-newer",
        "served",
        "newer-than-served",
        "older-than-served",
        "other-door-served",
    ],
)
def test_restore_requests_of_both_doors(
    by_spec: int | None, by_web: int | None, served: set[int], unserved: int | None
) -> None:
    """The newest request that was not served counts, whatever time one that was served names."""

    def moment(number: int | None) -> RestoreRequest | None:
        return None if number is None else RestoreRequest(NOW + timedelta(minutes=number))

    job = pending(
        policy=JobPolicy(restore=moment(by_spec)),
        intents=Intents(restore_requested=moment(by_web)),
        restore_served=frozenset(NOW + timedelta(minutes=number) for number in served),
    )

    assert job.unserved_restore == moment(unserved)


@pytest.mark.parametrize(
    ("spec", "cancel", "retry", "wanted"),
    [
        (False, None, None, False),
        (True, None, None, True),
        (False, 1, None, True),
        (False, 1, 2, False),
        (False, 2, 1, True),
    ],
    ids=["nobody", "spec", "web", "retried-after", "cancelled-after"],
)
def test_cancel_of_both_doors(cancel: int | None, retry: int | None, *, spec: bool, wanted: bool) -> None:
    """Either door cancels; a retry that was asked for later takes the web's wish back."""

    def moment(number: int | None) -> object:
        return None if number is None else NOW + timedelta(minutes=number)

    intents = Intents(cancel_requested=moment(cancel), retry_requested=moment(retry))  # type: ignore[arg-type]

    assert pending(policy=JobPolicy(cancel=spec), intents=intents).cancel_wanted is wanted


@pytest.mark.parametrize(
    ("status", "finished", "annotated", "archived"),
    [
        ("Pending", False, False, False),
        ("Queued", False, False, False),
        ("Running", False, False, False),
        ("Completed", True, True, False),
        ("Archived", True, True, True),
        ("Restoring", True, True, True),
        ("Restored", True, True, False),
        ("Failed", True, False, False),
        ("Cancelled", True, False, False),
        ("Deleted", True, False, False),
    ],
)
def test_what_a_state_says(status: str, *, finished: bool, annotated: bool, archived: bool) -> None:
    """`archived` is true exactly in Archived and Restoring; the other attributes follow the state too."""
    job = job_in(JobStatus(status))

    assert (job.finished, job.annotated, job.archived) == (finished, annotated, archived)
