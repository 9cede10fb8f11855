"""The two places of the bytes of a result's files: where they belong, whether they are there, and the moves between them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from gas.domain.decision import View
from gas.domain.job import Job, JobEvent
from gas.domain.objects import ArchivedObject, HotObject
from gas.domain.outputs import Output
from gas.domain.reasons import Reason
from gas.domain.record import Retrieval, StoredOutput
from gas.domain.spec import RetrievalTier
from gas.domain.tier import Milestones, RestoreHold, StorageTier, Wanted, wanted_tier


def wanted_now(view: View) -> Wanted:
    """Where the result of this job belongs now."""
    job = view.job
    assert job.complete_time is not None
    return wanted_tier(
        job.policy.archive_policy,
        view.terms,
        RestoreHold(open=job.unserved_restore is not None, since=job.restore_hold_from),
        Milestones(job.complete_time, job.restore_time, view.plan.since if view.plan else None),
        retention=_retention(view),
        now=view.now,
    )


def _retention(view: View) -> timedelta:
    """What the job itself asks for, else its owner's plan, else the installation: for what no plan archives."""
    terms = view.terms
    asked = (view.job.policy.retention, None if terms is None else terms.retention)
    return next((span for span in asked if span is not None), view.rules.retention)


def hot_bytes_are_there(view: View) -> bool:
    """True when the facts show the very bytes that were recorded, of every file, where people can read them."""
    return all(_hot(view, output) for output in _files(view))


def hot_bytes_moved_away(view: View) -> bool:
    """True when these very bytes are at their keys, and a rule of the bucket moved some to where they must be retrieved."""
    files = _files(view)
    return any(moved_away(view, output) for output in files) and all(
        _hot(view, output) or moved_away(view, output) for output in files
    )


def moved_away(view: View, output: Output) -> bool:
    """The same of one file."""
    found = view.facts.hot_result.get(output)
    return found is not None and found.archived and _is_recorded(found, _files(view)[output])


def not_at_their_keys(view: View) -> tuple[Output, ...]:
    """The files whose bytes are not where they belong, readable or not."""
    files = _files(view)
    return tuple(each for each in files if not (_hot(view, each) or moved_away(view, each)))


def nowhere(view: View) -> tuple[Output, ...]:
    """The files whose bytes are neither at their keys nor in a copy that is recorded."""
    return tuple(output for output in _files(view) if not _lies_somewhere(view, output))


def without_the_lost(view: View) -> Job | None:
    """The job without the files that are nowhere; None when there are none, or the annotated VCF is one of them.

    The others can be made of it, or done without: for their sake nobody has to do without it.
    """
    lost = nowhere(view)
    return None if not lost or Output.RESULT in lost else given_up(view.job, lost)


def given_up(job: Job, files: Iterable[Output]) -> Job:
    """The job that goes on without these files of its result."""
    assert job.result is not None
    return replace(job, result=job.result.without(files))


def copied(view: View, output: Output) -> bool:
    """True when the copy of the file, or what lies at its own key in place of one, is what was recorded."""
    found = view.facts.archived_result.get(output)
    return found is not None and _is_recorded(found, _files(view)[output])


def archived_copies_are_there(view: View) -> bool:
    """True when every copy whose id is recorded is the file that was recorded."""
    assert view.job.result is not None
    return all(copied(view, output) for output in view.job.result.copies)


def where_they_lie(view: View) -> Job | None:
    """The job with the ids of those copies that are right; None when some file is neither copied nor at its own key."""
    result = view.job.result
    assert result is not None
    right = {
        output: stored.archive_id if copied(view, output) else None for output, stored in _files(view).items()
    }
    return None if nowhere(view) else replace(view.job, result=result.with_copies(right))


def without_copies(job: Job) -> Job:
    """The job once its archived copies are deleted."""
    assert job.result is not None
    gone = job.result.with_copies(dict.fromkeys(job.result.archivable))
    return replace(job, result=gone, archiving=None, hot_deletion=None)


def stored_as(job: Job, archive_ids: Mapping[Output, str]) -> Job:
    """The job with what the archive answered when files of it were stored."""
    if not archive_ids:
        return job
    assert job.result is not None
    return replace(job, result=job.result.with_copies(archive_ids))


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
    # What is wanted from now on goes into the same commit, so that the move costs one status write.
    wanted = wanted_now(replace(view, job=done))
    if wanted.tier is StorageTier.COLD:
        return done
    return replace(done, reason=wanted.reason, retain_until=wanted.until)


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


def _files(view: View) -> dict[Output, StoredOutput]:
    assert view.job.result is not None
    return view.job.result.archivable


def _hot(view: View, output: Output) -> bool:
    found = view.facts.hot_result.get(output)
    return found is not None and not found.archived and _is_recorded(found, _files(view)[output])


def _lies_somewhere(view: View, output: Output) -> bool:
    return copied(view, output) or _hot(view, output) or moved_away(view, output)


def _is_recorded(found: HotObject | ArchivedObject, stored: StoredOutput) -> bool:
    return found.size_bytes == stored.size_bytes and found.sha256 in {None, stored.sha256}
