"""The two places of a result's bytes: where they belong, whether they are there, and the moves between them."""

from dataclasses import replace
from datetime import datetime

from gas.domain.decision import View
from gas.domain.job import Job, JobEvent
from gas.domain.objects import ArchivedObject, HotObject
from gas.domain.reasons import Reason
from gas.domain.record import Retrieval
from gas.domain.spec import RetrievalTier
from gas.domain.tier import Milestones, RestoreHold, StorageTier, Wanted, wanted_tier


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


def hot_bytes_are_there(view: View) -> bool:
    """True when the fact that was read shows the very bytes that were recorded, where people can read them."""
    found = view.facts.hot_result
    return _is_the_result(found, view.job) and found is not None and not found.archived


def hot_bytes_moved_away(view: View) -> bool:
    """True when these very bytes are at their key, and a rule of the bucket moved them to where they must be retrieved."""
    found = view.facts.hot_result
    return _is_the_result(found, view.job) and found is not None and found.archived


def archived_copy_is_there(view: View) -> bool:
    """The same of the archived copy."""
    return _is_the_result(view.facts.archived_result, view.job)


def deletion_settled(job: Job, view: View) -> datetime | None:
    """When the last deletion of the hot bytes can land no more; None when that is certain already."""
    if job.hot_deletion is None:
        return None
    settled = job.hot_deletion + view.rules.delete_settles
    return settled if view.now < settled else None


def hot_bytes_kept_until(view: View) -> datetime:
    """How long the hot bytes of a result that is archived now have to stay.

    That is until no link works any more, nor any late deletion of an earlier archived copy can still land.
    """
    return view.now + max(view.rules.longest_link, view.rules.delete_settles)


def served(job: Job, view: View) -> Job:
    """The job with all its standing restore requests served, from now on."""
    if job.unserved_restore is None:
        return job
    times = frozenset(request.request_time for request in job.restore_requests)
    return replace(job, restore_served=times, restore_hold_from=view.now)


def restored(view: View) -> Job:
    """The job with its result downloadable again; its archived copy is still to be removed."""
    moved = view.job.moved(
        JobEvent.RESTORED,
        view.now,
        restore_time=view.now,
        retrieval=None,
        delete_hot_after=None,
        archive_time=None,
    )
    done = served(moved, view)
    # The new standing goes into the same commit, so that the move costs one status write.
    standing = wanted_now(replace(view, job=done))
    if standing.tier is StorageTier.COLD:
        return done
    return replace(done, reason=standing.reason, retain_until=standing.until)


def retrieval_started(view: View, tries: int = 0) -> Job:
    """The job with a retrieval begun for the restore requests that stand."""
    request = view.job.unserved_restore
    tier = request.tier if request else RetrievalTier.EXPEDITED
    retrieval = Retrieval(
        tier,
        tries=tries,
        expected=view.now + view.rules.expected_retrieval[tier],
        answers=frozenset(each.request_time for each in view.job.restore_requests),
    )
    return view.job.moved(
        JobEvent.RETRIEVAL_STARTED,
        view.now,
        retrieval=retrieval,
        delete_hot_after=None,
        reason=retrieval_reason(tier),
    )


def retrieval_reason(tier: RetrievalTier) -> Reason:
    """Why a job whose retrieval runs stands where it stands."""
    return Reason.RETRIEVAL_EXPEDITED if tier is RetrievalTier.EXPEDITED else Reason.RETRIEVAL_STANDARD


def _is_the_result(found: HotObject | ArchivedObject | None, job: Job) -> bool:
    result = job.result
    return (
        found is not None
        and result is not None
        and found.size_bytes == result.size_bytes
        and found.sha256 in {None, result.sha256}
    )
