"""The job: its states, the events that reach it, the total table of what each event does, and the job itself."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from gas.domain.errors import InvalidTransitionError
from gas.domain.outputs import Output
from gas.domain.own_file import OwnFile
from gas.domain.reasons import Reason
from gas.domain.record import (
    AcceptedInput,
    Intents,
    Lease,
    Publication,
    ReferenceWait,
    Refusal,
    ResourceRef,
    Result,
    Retrieval,
)
from gas.domain.spec import InputRef, JobPolicy, RestoreRequest

MAX_HISTORY = 40
"""The record keeps this many moves: a job archived and restored every day stays readable for a week and small."""


class JobStatus(Enum):
    """Where a job is. The value is `job_status` in the record and `phase` in the resource."""

    PENDING = "Pending"
    QUEUED = "Queued"
    RUNNING = "Running"
    COMPLETED = "Completed"
    ARCHIVED = "Archived"
    RESTORING = "Restoring"
    RESTORED = "Restored"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    DELETED = "Deleted"


UNFINISHED = frozenset({JobStatus.PENDING, JobStatus.QUEUED, JobStatus.RUNNING})
"""States in which the annotation is still to come."""
UNFINISHED_WORD = "unfinished"
"""The one word that stands for more than one state where jobs are looked for, on the page and in the API."""
HOT = frozenset({JobStatus.COMPLETED, JobStatus.RESTORED})
"""States in which the result can be downloaded."""
ANNOTATED = HOT | {JobStatus.ARCHIVED, JobStatus.RESTORING}
"""States in which there is a result, hot or archived."""


class JobEvent(Enum):
    """What happens to a job, in the past tense."""

    INPUT_ACCEPTED = "InputAccepted"
    INPUT_REFUSED = "InputRefused"
    SUSPENDED = "Suspended"
    CANCELLED = "Cancelled"
    DEADLINE_PASSED = "DeadlinePassed"
    CLAIMED = "Claimed"
    FINISHED = "Finished"
    RUN_REFUSED = "RunRefused"
    HANDED_BACK = "HandedBack"
    LEASE_LOST = "LeaseLost"
    ATTEMPTS_EXHAUSTED = "AttemptsExhausted"
    ARCHIVED = "Archived"
    RETRIEVAL_STARTED = "RetrievalStarted"
    RETRIEVAL_FAILED = "RetrievalFailed"
    RESTORED = "Restored"
    RETRIED = "Retried"
    DELETED = "Deleted"


class Ignored(Enum):
    """The stated answer to an event that is late or a duplicate: nothing moves."""

    LATE_OR_DUPLICATE = "LateOrDuplicate"


_MOVES: dict[JobEvent, dict[JobStatus, JobStatus]] = {
    JobEvent.INPUT_ACCEPTED: {JobStatus.PENDING: JobStatus.QUEUED},
    JobEvent.INPUT_REFUSED: {JobStatus.PENDING: JobStatus.FAILED},
    JobEvent.SUSPENDED: {JobStatus.QUEUED: JobStatus.PENDING, JobStatus.RUNNING: JobStatus.PENDING},
    JobEvent.CANCELLED: dict.fromkeys(UNFINISHED, JobStatus.CANCELLED),
    JobEvent.DEADLINE_PASSED: dict.fromkeys(UNFINISHED, JobStatus.FAILED),
    JobEvent.CLAIMED: {JobStatus.QUEUED: JobStatus.RUNNING},
    JobEvent.FINISHED: {JobStatus.RUNNING: JobStatus.COMPLETED},
    JobEvent.RUN_REFUSED: {JobStatus.RUNNING: JobStatus.FAILED},
    JobEvent.HANDED_BACK: {JobStatus.RUNNING: JobStatus.QUEUED},
    JobEvent.LEASE_LOST: {JobStatus.RUNNING: JobStatus.QUEUED},
    JobEvent.ATTEMPTS_EXHAUSTED: {JobStatus.RUNNING: JobStatus.FAILED},
    JobEvent.ARCHIVED: {JobStatus.COMPLETED: JobStatus.ARCHIVED, JobStatus.RESTORED: JobStatus.ARCHIVED},
    JobEvent.RETRIEVAL_STARTED: {
        JobStatus.ARCHIVED: JobStatus.RESTORING,
        # Hot bytes that vanished while the archived copy is still there come back by themselves.
        JobStatus.COMPLETED: JobStatus.RESTORING,
        JobStatus.RESTORED: JobStatus.RESTORING,
    },
    JobEvent.RETRIEVAL_FAILED: {JobStatus.RESTORING: JobStatus.ARCHIVED},
    JobEvent.RESTORED: {JobStatus.RESTORING: JobStatus.RESTORED, JobStatus.ARCHIVED: JobStatus.RESTORED},
    JobEvent.RETRIED: {JobStatus.FAILED: JobStatus.QUEUED},
    JobEvent.DELETED: dict.fromkeys(set(JobStatus) - {JobStatus.DELETED}, JobStatus.DELETED),
}

_OURS_ALONE = frozenset(
    {
        JobEvent.INPUT_ACCEPTED,
        JobEvent.INPUT_REFUSED,
        JobEvent.ATTEMPTS_EXHAUSTED,
        JobEvent.ARCHIVED,
        JobEvent.RETRIEVAL_STARTED,
        JobEvent.RETRIEVAL_FAILED,
        JobEvent.RESTORED,
    }
)
"""Events that only the controllers raise, from a state they have just read and write on condition of. In any other
state they are a defect; the others come from people, annotators and clocks, which may be late or say a thing twice."""

_LATE_BUT_OURS: frozenset[tuple[JobStatus, JobEvent]] = frozenset(
    {
        (JobStatus.ARCHIVED, JobEvent.ARCHIVED),
        (JobStatus.RESTORING, JobEvent.RETRIEVAL_STARTED),
        (JobStatus.RESTORED, JobEvent.RESTORED),
        (JobStatus.QUEUED, JobEvent.INPUT_ACCEPTED),
    }
)
"""A controller that was replaced in the middle may repeat its last move: that is a duplicate, not a defect."""


def _cell(status: JobStatus, event: JobEvent) -> "JobStatus | Ignored | None":
    move = _MOVES[event].get(status)
    if move is not None:
        return move
    if event in _OURS_ALONE and (status, event) not in _LATE_BUT_OURS:
        return None
    return Ignored.LATE_OR_DUPLICATE


TRANSITIONS: dict[tuple[JobStatus, JobEvent], "JobStatus | Ignored | None"] = {
    (status, event): _cell(status, event) for status in JobStatus for event in JobEvent
}
"""The total table: a pair is a move, a stated no-op (`Ignored`), or None, an error."""

MOVES: frozenset[tuple[JobStatus, JobStatus]] = frozenset(
    (before, after) for (before, _), after in TRANSITIONS.items() if isinstance(after, JobStatus)
)
"""From where to where a job can go, whatever the event."""


def next_status(status: JobStatus, event: JobEvent) -> "JobStatus | Ignored":
    """The state that an event moves a job to, or `Ignored` when it is late or a duplicate.

    Raises:
        InvalidTransitionError: GAS itself raised an event that is impossible in this state.
    """
    cell = TRANSITIONS[status, event]
    if cell is None:
        raise InvalidTransitionError(f"{event.value} cannot happen to a job that is {status.value}")
    return cell


@dataclass(frozen=True)
class HistoryEntry:
    """One move: the state that was entered, and when."""

    status: JobStatus
    time: datetime


@dataclass(frozen=True)
class Job:
    """One job, as its record says. Immutable: every change makes a new one."""

    job_id: str
    user_id: str
    input: InputRef
    reference: str
    submit_time: datetime
    policy: JobPolicy = field(default_factory=JobPolicy)
    status: JobStatus = JobStatus.PENDING
    version: int = 1
    history: tuple[HistoryEntry, ...] = ()
    reason: Reason | None = None
    detail: str | None = None
    """What the reason's sentence needs to be told, such as the line that was refused."""
    intents: Intents = field(default_factory=Intents)
    own_file: OwnFile | None = None
    """What its owner brought to it beside the input, if anything."""
    own_sha256: str | None = None
    """The SHA-256 of the own file that was looked up for the result; None where none was, or by an older annotator."""
    submitted_etag: str | None = None
    """The input's ETag when the web submitted the job; None for one that came by its resource."""
    traceparent: str | None = None
    """The trace of its whole life, begun by whoever made the record (`domain/traces.py`). It decides nothing."""
    reference_digest: str | None = None
    """The bundle that `reference` meant when the job was submitted; None until then, and in records of older releases."""
    reference_wait: ReferenceWait | None = None
    """Which bundle an annotator waits for, of those who took the job up; of a queued job only it means anything."""
    accepted_input: AcceptedInput | None = None
    publication: Publication = field(default_factory=Publication)
    attempts: int = 0
    """Attempts that were lost; one that was handed back does not count."""
    fence: int = 0
    """Counts claims. Only the newest may write."""
    lease: Lease | None = None
    start_time: datetime | None = None
    progress_percent: int = 0
    result: Result | None = None
    complete_time: datetime | None = None
    swept_fence: int = 0
    """Leftovers of attempts up to and including this fence are removed."""
    archiving: datetime | None = None
    """Since when copies may lie in the archive of which no id is recorded: from before the first is made until all ids are
    recorded, or all copies deleted."""
    archive_time: datetime | None = None
    delete_hot_after: datetime | None = None
    """The hot bytes are still there, and are to be deleted after this time."""
    hot_deletion: datetime | None = None
    """When the last deletion of the hot bytes was begun: it may land late. Kept until the archived copy is deleted."""
    look_for_result: datetime | None = None
    """The result's bytes are missing or damaged, with no other copy, and are looked for again after this time."""
    hot_seen: datetime | None = None
    """When the hot bytes were last looked for and found where people read them."""
    refusal: Refusal | None = None
    """What the file store refuses, until it does not any more or the job moves on."""
    retrieval: Retrieval | None = None
    restore_time: datetime | None = None
    restore_served: frozenset[datetime] = frozenset()
    """The request times of the restore requests that were served: at most the two that stand, one of each door."""
    restore_hold_from: datetime | None = None
    """When they were served: they hold until their own retention ends."""
    retain_until: datetime | None = None
    claimed_mails: frozenset[str] = frozenset()
    resource: ResourceRef = field(default_factory=ResourceRef)
    due: datetime | None = None
    tombstone: str | None = None
    """What a deleted job is known by once its record has forgotten whose it was (`domain/tombstone.py`)."""

    @property
    def archive_id(self) -> str | None:
        """What the archive calls the copy of the annotated VCF."""
        return None if self.result is None else self.result.outputs[Output.RESULT].archive_id

    @property
    def own_place(self) -> InputRef | None:
        """Where its own file lies, if it has one."""
        return None if self.own_file is None else self.own_file.place

    @property
    def finished(self) -> bool:
        """True when no annotator will work on the job any more."""
        return self.status not in UNFINISHED

    @property
    def annotated(self) -> bool:
        """True when there is a result, hot or archived."""
        return self.status in ANNOTATED

    @property
    def archived(self) -> bool:
        """The original's attribute: true exactly in Archived and Restoring."""
        return self.status in {JobStatus.ARCHIVED, JobStatus.RESTORING}

    @property
    def attempts_made(self) -> int:
        """How often an annotator began, but for what was handed back: what was lost, and the one that runs or has ended."""
        # A deletion changes nothing of how often it was tried.
        moves = [each.status for each in self.history if each.status is not JobStatus.DELETED]
        status = moves[-1] if moves and self.status is JobStatus.DELETED else self.status
        # The last of too many lost attempts is counted with them.
        exhausted = self.reason is Reason.ATTEMPTS_EXHAUSTED or self.attempts > self.policy.backoff_limit
        stopped = moves[-2:-1] == [JobStatus.RUNNING] and not exhausted
        ended = status in ANNOTATED or (status in {JobStatus.FAILED, JobStatus.CANCELLED} and stopped)
        return self.attempts + (status is JobStatus.RUNNING or ended)

    @property
    def retryable(self) -> bool:
        """True when the job may run once more: it failed, and not before its input was accepted."""
        return self.status is JobStatus.FAILED and self.accepted_input is not None

    @property
    def retry_wanted(self) -> bool:
        """True when a retry was asked for that the controllers have not begun."""
        asked = self.intents.retry_requested
        return self.retryable and asked is not None and asked > self.last_move

    @property
    def last_move(self) -> datetime:
        """When the job entered its state."""
        return self.history[-1].time if self.history else self.submit_time

    @property
    def downloadable(self) -> bool:
        """True while the result's bytes are where people can read them, as far as is known."""
        return self.status in HOT and self.look_for_result is None

    @property
    def missed(self) -> bool:
        """True when somebody could not read the result's bytes after they were last seen, or made."""
        reported = self.intents.result_missed
        return reported is not None and reported > self.last_seen_hot

    @property
    def last_seen_hot(self) -> datetime:
        """When the hot bytes were last known to be in their place: seen, made or restored."""
        return max(self.last_move, self.hot_seen or self.last_move)

    @property
    def restore_requests(self) -> tuple[RestoreRequest, ...]:
        """The restore requests that stand, served or not: at most one of each door."""
        return tuple(r for r in (self.policy.restore, self.intents.restore_requested) if r is not None)

    @property
    def unserved_restore(self) -> RestoreRequest | None:
        """The latest restore request that has not been served yet, if any; a request is known by its time alone."""
        unserved = [r for r in self.restore_requests if r.request_time not in self.restore_served]
        return max(unserved, key=lambda request: request.request_time, default=None)

    @property
    def restore_expected(self) -> datetime | None:
        """When the result that is being restored is expected back, as far as that is known."""
        restoring = self.status is JobStatus.RESTORING
        return self.retrieval.expected if restoring and self.retrieval is not None else None

    @property
    def restore_wanted(self) -> bool:
        """True when a restore was asked for that the controllers have not begun, and that has not failed."""
        failed = self.reason is Reason.RETRIEVAL_FAILED  # Then only a new request brings another one.
        return self.status is JobStatus.ARCHIVED and self.unserved_restore is not None and not failed

    @property
    def cancel_wanted(self) -> bool:
        """True when either door asked for the job to be cancelled, and nobody asked for a retry after that."""
        cancel, retry = self.intents.cancel_requested, self.intents.retry_requested
        asked = cancel is not None and (retry is None or retry <= cancel)
        return self.policy.cancel or asked

    @property
    def pinned_etag(self) -> str | None:
        """The ETag that the input must have: as it was accepted, before that as it was submitted, if anybody saw it."""
        return self.submitted_etag if self.accepted_input is None else self.accepted_input.etag

    @property
    def deadline(self) -> datetime | None:
        """When an unfinished job fails; counted from submission, waiting included."""
        if self.policy.active_deadline is None:
            return None
        return self.submit_time + self.policy.active_deadline

    def moved(self, event: JobEvent, now: datetime, **changes: Any) -> "Job":
        """The job after an event, with the move in its history; itself when the event is late or a duplicate.

        Raises:
            InvalidTransitionError: GAS itself raised an event that is impossible in this state.
        """
        status = next_status(self.status, event)
        if isinstance(status, Ignored):
            return self
        history = (*self.history, HistoryEntry(status, now))[-MAX_HISTORY:]
        settled: dict[str, Any] = dict.fromkeys(
            ("reason", "detail", "retain_until", "look_for_result", "refusal", "reference_wait")
        )
        return replace(self, status=status, history=history, **settled | changes)

    def claimed(self, holder: str, now: datetime, lease: timedelta) -> "Job":
        """The job as an annotator holds it: a new fence, a lease, and the controllers due at the lease's end."""
        expires = now + lease
        return self.moved(
            JobEvent.CLAIMED,
            now,
            fence=self.fence + 1,
            lease=Lease(holder, expires),
            start_time=self.start_time or now,
            progress_percent=0,
            reason=Reason.ANNOTATING,
            due=expires,
        )

    def finished_with(self, result: Result, now: datetime, own_sha256: str | None = None) -> "Job":
        """The job with its result, and what own file was looked up for it. The controllers are due at once."""
        return self.moved(
            JobEvent.FINISHED,
            now,
            result=result,
            own_sha256=own_sha256,
            complete_time=now,
            progress_percent=100,
            lease=None,
            due=now,
        )

    def refused_with(self, reason: Reason, detail: str, now: datetime) -> "Job":
        """The job failed by what its own file or limits are: trying again would change nothing."""
        return self.moved(JobEvent.RUN_REFUSED, now, reason=reason, detail=detail, lease=None, due=now)

    def handed_back(
        self,
        now: datetime,
        pause: timedelta = timedelta(0),
        refusal: Refusal | None = None,
        reference_wait: ReferenceWait | None = None,
    ) -> "Job":
        """The job back in the queue, at no cost: its annotator cannot go on. It is published after the pause."""
        return self.moved(
            JobEvent.HANDED_BACK,
            now,
            reason=Reason.WAITING_FOR_ANNOTATOR,
            lease=None,
            publication=Publication(0, now + pause),
            progress_percent=0,
            refusal=refusal,
            reference_wait=reference_wait,
            due=now + pause,
        )


def created(job: Job) -> Job:
    """A new job with its first history entry, due at once."""
    return replace(job, history=(HistoryEntry(job.status, job.submit_time),), due=job.submit_time)
