"""The policies of a job that has a result: where its bytes belong, and how they get there."""

from dataclasses import replace
from datetime import datetime, timedelta

from gas.domain.decision import (
    Ask,
    BringBack,
    DeleteArchived,
    DeleteResultObjects,
    Fact,
    RequestRetrieval,
    Stay,
    Step,
    StoreInArchive,
    View,
)
from gas.domain.job import HOT, Job, JobEvent, JobStatus
from gas.domain.keys import archive_key
from gas.domain.objects import Retrieved
from gas.domain.reasons import Reason
from gas.domain.record import Retrieval
from gas.domain.spec import RetrievalTier
from gas.domain.tier import Milestones, RestoreHold, StorageTier, Wanted, wanted_tier

MAX_RETRIEVAL_TRIES = 3
RETRIEVAL_BACKOFF = timedelta(minutes=5)
"""After a failed retrieval: 5 minutes, then 10. After the third, a person has to ask again."""

UNKNOWN_PLAN_LOOK = timedelta(minutes=10)
"""How soon a result whose owner's plan is unknown is looked at again."""

LONG_COPY_BYTES = 64 * 1024**2
"""From this size copying back takes long enough, seconds, to be worth a word to the person who waits."""


def archived_copy_removed(view: View) -> Step | None:
    """The archived copy of a result that is hot again is deleted, once the hot bytes are recorded."""
    job = view.job
    if job.status not in HOT or job.archive_id is None:
        return None
    return Step(replace(job, archive_id=None), effects=(DeleteArchived(job.archive_id),))


def restore_served_while_hot(view: View) -> Step | None:
    """A restore request for a result that is hot needs no work: it holds from now."""
    job = view.job
    request = job.unserved_restore
    if job.status not in HOT or request is None:
        return None
    return Step(_served(job, view))


def hot_kept_or_archived(view: View) -> Step | Stay | None:
    """A hot result stays as long as it is wanted hot; then it is copied to the archive and recorded as Archived."""
    job = view.job
    if job.status not in HOT:
        return None
    wanted = wanted_now(view)
    if wanted.tier is not StorageTier.COLD:
        unknown = wanted.tier is StorageTier.AS_IS
        look = view.now + UNKNOWN_PLAN_LOOK if unknown else wanted.until
        return Stay(replace(job, reason=wanted.reason, retain_until=wanted.until), look)
    assert job.result is not None
    archive_id = archive_key(job.result.key)
    archived = job.moved(
        JobEvent.ARCHIVED,
        view.now,
        archive_id=archive_id,
        archive_time=view.now,
        delete_hot_after=view.now + view.rules.longest_link,
        retrieval=None,
        reason=wanted.reason,
    )
    return Step(archived, effects=(StoreInArchive(archive_id),))


def archived_wanted_hot(view: View) -> Step | Stay | Ask | None:
    """An archived result that is wanted hot is Restored at once while its hot bytes are there, else retrieved."""
    job = view.job
    if job.status is not JobStatus.ARCHIVED or wanted_now(view).tier is not StorageTier.HOT:
        return None
    if not view.facts.knows(Fact.HOT_RESULT):
        return Ask(Fact.HOT_RESULT)
    if _hot_bytes_are_there(view):
        return Step(_restored(job, view))
    last = job.retrieval
    if last is not None and last.tries > 0 and not _asked_again(view):
        if last.tries >= MAX_RETRIEVAL_TRIES:
            return Stay(job, _request_to_come(view))
        if last.next_try is not None and view.now < last.next_try:
            return Stay(job, last.next_try)
    tries = 0 if last is None or _asked_again(view) else last.tries
    request = job.unserved_restore
    tier = request.tier if request else RetrievalTier.EXPEDITED
    restoring = job.moved(
        JobEvent.RETRIEVAL_STARTED,
        view.now,
        retrieval=Retrieval(tier, tries=tries, expected=view.now + view.rules.expected_retrieval[tier]),
        delete_hot_after=None,
        reason=_retrieval_reason(tier),
    )
    return Step(restoring)


def hot_bytes_removed(view: View) -> Step | Stay | None:
    """The hot bytes of an archived result go when the longest link that was given out has run out."""
    job = view.job
    if job.status is not JobStatus.ARCHIVED or job.delete_hot_after is None or job.result is None:
        return None
    if view.now < job.delete_hot_after:
        return Stay(job, job.delete_hot_after)
    return Step(replace(job, delete_hot_after=None), effects=(DeleteResultObjects((job.result.key,)),))


def retrieved(view: View) -> Step | Stay | Ask | None:
    """A restoring result is asked for, waited for, and copied back when its bytes can be read."""
    job = view.job
    if job.status is not JobStatus.RESTORING or job.retrieval is None:
        return None
    if not view.facts.knows(Fact.ARCHIVED_RESULT):
        return Ask(Fact.ARCHIVED_RESULT)
    found = view.facts.archived_result
    if found is None or job.archive_id is None:
        return _archived_copy_missing(view)
    if found.retrieved is Retrieved.RUNNING:
        return Stay(_accepted(job, view), view.now + view.rules.retrieval_poll)
    if found.retrieved is Retrieved.NO:
        asked = (RequestRetrieval(job.archive_id, job.retrieval.tier),)
        accepted = _accepted(retrieval_expired(view), view)
        return Step(accepted, effects=asked, due=view.now + view.rules.retrieval_poll)
    if found.size_bytes >= LONG_COPY_BYTES and not job.retrieval.ready:
        return Step(replace(job, retrieval=replace(job.retrieval, ready=True), reason=Reason.COPYING_BACK))
    return Step(_restored(job, view), effects=(BringBack(job.archive_id),))


def retrieval_refused(view: View) -> Job:
    """The job after the archive refused its tier: asked again at the standard pace, or failed when that was it."""
    job = view.job
    assert job.retrieval is not None
    if job.retrieval.tier is not RetrievalTier.EXPEDITED:
        return retrieval_failed(view, f"the archive refused a {job.retrieval.tier.value} retrieval.")
    expected = view.now + view.rules.expected_retrieval[RetrievalTier.STANDARD]
    slower = replace(job.retrieval, tier=RetrievalTier.STANDARD, expected=expected)
    return replace(job, retrieval=slower, reason=Reason.RETRIEVAL_STANDARD, due=view.now)


def retrieval_expired(view: View) -> Job:
    """The job after its retrieved copy expired before it was copied back: it is asked for again."""
    assert view.job.retrieval is not None
    again = replace(view.job.retrieval, requested=None, ready=False)
    return replace(view.job, retrieval=again, reason=_retrieval_reason(again.tier), due=view.now)


def retrieval_failed(view: View, detail: str) -> Job:
    """The job back in Archived after a failed retrieval, to be tried again later, at most three times."""
    job = view.job
    assert job.retrieval is not None
    tries = job.retrieval.tries + 1
    again = Retrieval(
        job.retrieval.tier, tries=tries, next_try=view.now + RETRIEVAL_BACKOFF * 2 ** (tries - 1)
    )
    return job.moved(
        JobEvent.RETRIEVAL_FAILED,
        view.now,
        retrieval=again,
        # A copy back that broke off may have left hot bytes that no link and no state speaks of.
        delete_hot_after=view.now + view.rules.longest_link,
        reason=Reason.RETRIEVAL_FAILED,
        detail=detail if detail.endswith(".") else f"{detail}.",
        due=view.now,
    )


def wanted_now(view: View) -> Wanted:
    """Where the result of this job belongs now."""
    job = view.job
    assert job.complete_time is not None
    return wanted_tier(
        job.policy.archive_policy,
        view.plan,
        RestoreHold(open=job.unserved_restore is not None, since=job.restore_hold_from),
        Milestones(job.complete_time, job.restore_time),
        retention=job.policy.retention if job.policy.retention is not None else view.rules.retention,
        now=view.now,
    )


def _served(job: Job, view: View) -> Job:
    request = job.unserved_restore
    if request is None:
        return job
    return replace(job, restore_served=request.request_time, restore_hold_from=view.now)


def _restored(job: Job, view: View) -> Job:
    moved = job.moved(
        JobEvent.RESTORED,
        view.now,
        restore_time=view.now,
        retrieval=None,
        delete_hot_after=None,
        archive_time=None,
    )
    served = _served(moved, view)
    # The new standing goes into the same commit, so that the move costs one status write.
    standing = wanted_now(replace(view, job=served))
    if standing.tier is StorageTier.COLD:
        return served
    return replace(served, reason=standing.reason, retain_until=standing.until)


def _accepted(job: Job, view: View) -> Job:
    retrieval = job.retrieval
    assert retrieval is not None
    if retrieval.requested is not None:
        return job
    expected = view.now + view.rules.expected_retrieval[retrieval.tier]
    return replace(job, retrieval=replace(retrieval, requested=view.now, expected=expected))


def _hot_bytes_are_there(view: View) -> bool:
    found, result = view.facts.hot_result, view.job.result
    return (
        found is not None
        and result is not None
        and found.size_bytes == result.size_bytes
        and found.sha256 in {None, result.sha256}
    )


def _asked_again(view: View) -> bool:
    """True when a person asked, or the plan changed, after the last retrieval failed."""
    request = view.job.unserved_restore
    asked = request.request_time if request else None
    changed = view.plan.since if view.plan else None
    # A time that is still to come is some clock's mistake; taken at its word it would be newer than every failure.
    return any(moment is not None and view.job.last_move < moment <= view.now for moment in (asked, changed))


def _request_to_come(view: View) -> datetime | None:
    request = view.job.unserved_restore
    return request.request_time if request and request.request_time > view.now else None


def _archived_copy_missing(view: View) -> Step | Ask:
    if not view.facts.knows(Fact.HOT_RESULT):
        return Ask(Fact.HOT_RESULT)
    if _hot_bytes_are_there(view):
        return Step(_restored(view.job, view))
    # What lies at the hot key, right or wrong, may be all that is left: it stays.
    failed = retrieval_failed(view, "the archived copy cannot be found.")
    return Step(replace(failed, delete_hot_after=None))


def _retrieval_reason(tier: RetrievalTier) -> Reason:
    return Reason.RETRIEVAL_EXPEDITED if tier is RetrievalTier.EXPEDITED else Reason.RETRIEVAL_STANDARD
