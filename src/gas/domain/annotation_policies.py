"""The policies of a job before it has a result: Pending, Queued and Running."""

from dataclasses import dataclass, replace
from datetime import timedelta

from gas.domain.decision import Ask, Fact, PublishRequest, Stay, Step, View
from gas.domain.job import UNFINISHED, JobEvent, JobStatus
from gas.domain.objects import ARCHIVED_INPUT
from gas.domain.plan import Plan
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


def input_checked(view: View) -> Step | Ask | None:
    """A pending job is accepted when its input exists, belongs to its user, is small enough and is unchanged."""
    job, rules = view.job, view.rules
    if job.status is not JobStatus.PENDING or job.policy.suspend:
        return None
    if not rules.is_own_input(job.user_id, job.input):
        return _refused(view, Reason.INPUT_NOT_OWNED)
    if not view.facts.knows(Fact.INPUT):
        return Ask(Fact.INPUT)
    found = view.facts.input
    if found is None:
        return _refused(view, Reason.INPUT_NOT_FOUND)
    # First, for whatever else may be said of another file would mislead its owner.
    if job.pinned_etag not in {None, found.etag}:
        return _refused(view, Reason.INPUT_CHANGED)
    if found.archived:
        return _refused(view, Reason.INPUT_REFUSED, ARCHIVED_INPUT)
    limit = rules.limits.max_input_bytes(view.plan)
    if found.size_bytes > limit:
        return _refused(view, Reason.INPUT_TOO_LARGE, _too_large(found.size_bytes, limit, view))
    accepted = job.moved(
        JobEvent.INPUT_ACCEPTED,
        view.now,
        accepted_input=AcceptedInput(found.etag, found.size_bytes, rules.limits.cpu_limit(view.plan)),
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


def published(view: View) -> Step | Stay | Ask | None:
    """A queued job's request is published, at once or when its pause is over, and again when nobody claims it."""
    job, now = view.job, view.now
    if job.status is not JobStatus.QUEUED or job.reason is Reason.WAITING_FOR_TURN:
        return None
    count, next_time = job.publication.count, job.publication.next_time
    if next_time is not None and now < next_time:
        return Stay(job, next_time)
    line = _line(view)
    if view.rules.annotators_counted and not view.facts.knows(line.annotators_up):
        return Ask(line.annotators_up)
    job = replace(job, reason=_waiting_reason(view, line))
    if count == 1:
        if not view.facts.knows(line.empty):
            return Ask(line.empty)
        if not view.facts.answer(line.empty):
            looked = Publication(count + 1, now + _repeat_after(count))
            return Stay(replace(job, publication=looked), looked.next_time)
    again = Publication(count + 1, now + _repeat_after(count))
    return Step(replace(job, publication=again), effects=(PublishRequest(line.premium),))


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

    What it may take is asked of the plan anew: who was told to become premium, and did, has more of it.
    """
    job = view.job
    if not job.retry_wanted:
        return None
    accepted = job.accepted_input
    assert accepted is not None
    queued = job.moved(
        JobEvent.RETRIED,
        view.now,
        accepted_input=replace(accepted, cpu_limit=view.rules.limits.cpu_limit(view.plan)),
        attempts=0,
        progress_percent=0,
        publication=Publication(),
        reason=Reason.WAITING_FOR_ANNOTATOR,
    )
    return Step(queued)


@dataclass(frozen=True)
class _Line:
    """Where a queued job stands: which queue its request goes to, and what can be known of that."""

    premium: bool
    empty: Fact
    annotators_up: Fact


_EVERYBODY = _Line(premium=False, empty=Fact.QUEUE_EMPTY, annotators_up=Fact.ANNOTATORS_UP)
_PREMIUM = _Line(premium=True, empty=Fact.PREMIUM_QUEUE_EMPTY, annotators_up=Fact.PREMIUM_ANNOTATORS_UP)


def _line(view: View) -> _Line:
    """The owner's plan decides at each publication anew: whoever becomes premium meanwhile moves up with the next."""
    return _PREMIUM if view.rules.in_premium_line(view.plan) else _EVERYBODY


def _waiting_reason(view: View, line: _Line) -> Reason | None:
    if not view.rules.annotators_counted or view.job.reason is Reason.RETRYING:
        return view.job.reason
    # Unknown is not none: only who was seen to be missing is being woken.
    woken = view.facts.answer(line.annotators_up) is False
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


def _refused(view: View, reason: Reason, detail: str | None = None) -> Step:
    return Step(view.job.moved(JobEvent.INPUT_REFUSED, view.now, reason=reason, detail=detail))


def _too_large(size: int, limit: int, view: View) -> str:
    premium = view.plan is not None and view.plan.plan is Plan.PREMIUM
    whose = "a premium user's limit is" if premium else "a free user's limit is"
    advice = "Split the file." if premium else "Become a premium user, or split the file."
    return f"it has {size:,} bytes, {whose} {limit:,} bytes. {advice}"
