"""The policies of a job before it has a result: Pending, Queued and Running."""

from dataclasses import replace
from datetime import timedelta

from gas.domain.decision import AnnotatorsUp, Ask, Fact, PublishRequest, QueueEmpty, Stay, Step, View
from gas.domain.job import UNFINISHED, JobEvent, JobStatus
from gas.domain.line import Line
from gas.domain.objects import ARCHIVED_INPUT, HotObject
from gas.domain.own_file import MAX_OWN_BYTES, NamedFile, own_file_too_large
from gas.domain.plan import PlanTerms
from gas.domain.plan_limits import size_exceeded
from gas.domain.reasons import Reason
from gas.domain.record import AcceptedInput, Publication

EARLY_LOOK = timedelta(seconds=15)
"""After this the queue is looked at once: when it is empty, the message was lost and is published again."""

FIRST_REPEAT = timedelta(minutes=1)
LAST_REPEAT = timedelta(minutes=15)
"""A request that nobody claims is published again after 1, 2, 4 … 15 minutes: often enough to heal a loss, seldom
enough that a long queue is not filled with copies."""

SUSPENDED_LOOK = timedelta(hours=1)
"""How often a suspended job is looked at, in case its resource went while nobody watched."""

FIRST_RETRY = timedelta(seconds=10)
LAST_RETRY = timedelta(minutes=6)
"""The second lost attempt waits 10 seconds for the next, the third 20 … 6 minutes, as batch/v1 users expect. The first
does not wait: mostly it was the machine's end, not the job's fault."""

TURN_LOOK = timedelta(minutes=1)
"""How often a job is looked at that waits for its turn, in case nobody said that it has come."""

_NOT_PUBLISHED = {Reason.WAITING_FOR_TURN, Reason.WAITING_FOR_REFERENCE}
"""While it waits for these, nobody could take it up."""

LEASE_GRACE = timedelta(seconds=1)
"""A lease is taken away this long after its end, so that clocks a little apart do not take it from a live annotator."""


def cancelled(view: View) -> Step | None:
    """A job that somebody wants cancelled, and that is not finished, is Cancelled."""
    job = view.job
    if not job.cancel_wanted or job.status not in UNFINISHED:
        return None
    return Step(job.moved(JobEvent.CANCELLED, view.now, reason=Reason.CANCELLED, lease=None))


def deadline_passed(view: View) -> Step | Stay | None:
    """A job that has not ended by its deadline is Failed."""
    job = view.job
    if job.deadline is None or job.status not in UNFINISHED:
        return None
    if view.now < job.deadline:
        return Stay(job, job.deadline)
    return Step(job.moved(JobEvent.DEADLINE_PASSED, view.now, reason=Reason.DEADLINE_EXCEEDED, lease=None))


def suspended(view: View) -> Step | Stay | None:
    """A suspended job waits as Pending; a running attempt is called off at no cost."""
    job = view.job
    if not job.policy.suspend or job.status not in UNFINISHED:
        return None
    if job.status is JobStatus.PENDING:
        return Stay(replace(job, reason=Reason.SUSPENDED), view.now + SUSPENDED_LOOK)
    return Step(
        job.moved(JobEvent.SUSPENDED, view.now, reason=Reason.SUSPENDED, lease=None, progress_percent=0)
    )


def reference_pinned(view: View) -> Step | Stay | Ask | None:
    """A pending job gets the release of its reference that is the newest now, and keeps it; of an unknown one it fails.

    Who submits by the web gets it at once. This is for resources, and for records of older releases.
    """
    job = view.job
    if job.status is not JobStatus.PENDING or job.reference_digest is not None:
        return None
    if not view.facts.knows(Fact.CATALOGUE):
        return Ask(Fact.CATALOGUE)
    entry = view.facts.catalogue.current(job.reference)
    if entry is not None:
        return Stay(replace(job, reference_digest=entry.digest))
    if job.policy.suspend:
        return None
    return _refused(view, Reason.REFERENCE_UNKNOWN, view.facts.catalogue.unknown(job.reference))


def input_checked(view: View) -> Step | Ask | None:
    """A pending job is accepted when its input exists, belongs to its user, is small enough and is unchanged.

    So must be the file that its owner brought beside it, if there is one.
    """
    job = view.job
    if job.status is not JobStatus.PENDING or job.policy.suspend:
        return None
    found = _looked_at(view, NamedFile(job.input, job.pinned_etag))
    if not isinstance(found, HotObject):
        return found
    own = job.own_file
    if own is not None:
        brought = _looked_at(view, NamedFile(own.place, own.etag, is_own=True))
        if not isinstance(brought, HotObject):
            return brought
        own = replace(own, etag=brought.etag, size_bytes=brought.size_bytes)
    terms = view.rules.plans.of(view.plan)
    accepted = job.moved(
        JobEvent.INPUT_ACCEPTED,
        view.now,
        accepted_input=AcceptedInput(found.etag, found.size_bytes, terms.cpu_limit),
        own_file=own,
        publication=Publication(),
        reason=Reason.WAITING_FOR_ANNOTATOR,
    )
    return Step(accepted)


def turn_awaited(view: View) -> Stay | Ask | None:
    """A queued job whose request is to be published comes into line in its turn among its owner's."""
    job, start = view.job, view.job.publication.next_time
    if job.status is not JobStatus.QUEUED or job.publication.count > 0:
        return None
    if start is not None and view.now < start:
        return None
    if not view.facts.knows(Fact.TURN):
        return Ask(Fact.TURN)
    if not view.facts.answer(Fact.TURN):
        return Stay(replace(job, reason=Reason.WAITING_FOR_TURN), view.now + TURN_LOOK)
    waited = job.reason is Reason.WAITING_FOR_TURN
    return Stay(replace(job, reason=Reason.WAITING_FOR_ANNOTATOR)) if waited else None


def reference_awaited(view: View) -> Stay | None:
    """A queued job whose bundle is being fetched says so, and is not published again before that should be over."""
    job, wait = view.job, view.job.reference_wait
    if job.status is not JobStatus.QUEUED or wait is None:
        return None
    over = wait.until + EARLY_LOOK
    if view.now < over:
        return Stay(replace(job, reason=Reason.WAITING_FOR_REFERENCE), over)
    waited = job.reason is Reason.WAITING_FOR_REFERENCE
    return Stay(replace(job, reason=Reason.WAITING_FOR_ANNOTATOR)) if waited else None


def published(view: View) -> Step | Stay | Ask | None:
    """A queued job's request is published, at once or when its pause is over, and again when nobody claims it."""
    job, now = view.job, view.now
    if job.status is not JobStatus.QUEUED or job.reason in _NOT_PUBLISHED:
        return None
    count, next_time = job.publication.count, job.publication.next_time
    if next_time is not None and now < next_time:
        return Stay(job, next_time)
    # The plan decides at each publication anew: whoever changes it meanwhile moves up with the next.
    line = view.rules.line_of(view.plan)
    if view.rules.annotators_counted and not view.facts.knows(AnnotatorsUp(line)):
        return Ask(AnnotatorsUp(line))
    job = replace(job, reason=_waiting_reason(view, line))
    if count == 1:
        if not view.facts.knows(QueueEmpty(line)):
            return Ask(QueueEmpty(line))
        if not view.facts.answer(QueueEmpty(line)):
            looked = Publication(count + 1, now + _repeat_after(count))
            return Stay(replace(job, publication=looked), looked.next_time)
    again = Publication(count + 1, now + _repeat_after(count))
    return Step(replace(job, publication=again), effects=(PublishRequest(line),))


def lease_lost(view: View) -> Step | Stay | None:
    """A running job whose annotator fell silent goes back to the queue, or fails when its attempts are used up."""
    job = view.job
    if job.status is not JobStatus.RUNNING:
        return None
    ends = job.lease.expires + LEASE_GRACE if job.lease else view.now
    if view.now < ends:
        return Stay(job, ends)
    attempts = job.attempts + 1
    if attempts > job.policy.backoff_limit:
        failed = job.moved(
            JobEvent.ATTEMPTS_EXHAUSTED,
            view.now,
            reason=Reason.ATTEMPTS_EXHAUSTED,
            attempts=attempts,
            lease=None,
        )
        return Step(failed)
    requeued = job.moved(
        JobEvent.LEASE_LOST,
        view.now,
        reason=Reason.RETRYING,
        attempts=attempts,
        lease=None,
        progress_percent=0,
        publication=Publication(0, view.now + _retry_after(attempts)),
    )
    return Step(requeued)


def retried(view: View) -> Step | None:
    """A failed job that its owner wants tried again is queued with a clean count, if its input was ever accepted.

    What it may take is asked of the plan anew: who was told to take a larger one, and did, has more of it.
    """
    job = view.job
    if not job.retry_wanted:
        return None
    accepted = job.accepted_input
    assert accepted is not None
    queued = job.moved(
        JobEvent.RETRIED,
        view.now,
        accepted_input=replace(accepted, cpu_limit=view.rules.plans.of(view.plan).cpu_limit),
        attempts=0,
        progress_percent=0,
        publication=Publication(),
        reason=Reason.WAITING_FOR_ANNOTATOR,
    )
    return Step(queued)


def _waiting_reason(view: View, line: Line) -> Reason | None:
    if not view.rules.annotators_counted or view.job.reason is Reason.RETRYING:
        return view.job.reason
    # Unknown is not none: only who was seen to be missing is being woken.
    woken = view.facts.answer(AnnotatorsUp(line)) is False
    return Reason.WAKING_ANNOTATOR if woken else Reason.WAITING_FOR_ANNOTATOR


def _repeat_after(count: int) -> timedelta:
    if count == 0:
        return EARLY_LOOK
    doublings: int = min(count - 1, 10)
    return min(FIRST_REPEAT * (1 << doublings), LAST_REPEAT)


def _retry_after(attempts: int) -> timedelta:
    if attempts <= 1:
        return timedelta(0)
    doublings: int = min(attempts - 2, 10)
    return min(FIRST_RETRY * (1 << doublings), LAST_RETRY)


def _looked_at(view: View, named: NamedFile) -> HotObject | Step | Ask:
    """The file as it lies there, or why it does not do."""
    job, rules = view.job, view.rules
    fact = Fact.OWN_FILE if named.is_own else Fact.INPUT
    if not rules.is_own_input(job.user_id, named.place):
        return _refused(view, Reason.INPUT_NOT_OWNED, named.told())
    if not view.facts.knows(fact):
        return Ask(fact)
    found = view.facts.file(fact)
    if found is None:
        return _refused(view, Reason.INPUT_NOT_FOUND, named.told())
    # First, for whatever else may be said of another file would mislead its owner.
    if named.etag not in {None, found.etag}:
        return _refused(view, Reason.INPUT_CHANGED, named.told())
    if found.archived:
        return _refused(view, Reason.INPUT_REFUSED, named.told(ARCHIVED_INPUT))
    too_large = _too_large(found.size_bytes, rules.plans.of(view.plan), named)
    if too_large is not None:
        return _refused(view, Reason.INPUT_TOO_LARGE, named.told(too_large))
    return found


def _refused(view: View, reason: Reason, detail: str = "") -> Step:
    return Step(view.job.moved(JobEvent.INPUT_REFUSED, view.now, reason=reason, detail=detail or None))


def _too_large(size: int, own: PlanTerms, named: NamedFile) -> str | None:
    # What no plan takes is said first: a larger plan would not help.
    if named.is_own and size > MAX_OWN_BYTES:
        return own_file_too_large(size)
    return size_exceeded(size, own) if size > own.max_input_bytes else None
