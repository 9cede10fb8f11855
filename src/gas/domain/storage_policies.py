"""The policies of a hot result, and of what is left of it after archiving: no copy goes before the other is certain."""

from dataclasses import replace
from datetime import datetime, timedelta

from gas.domain.copies import (
    archived_copy_is_there,
    deletion_settled,
    hot_bytes_are_there,
    hot_bytes_kept_until,
    hot_bytes_moved_away,
    restored,
    retrieval_started,
    served,
    wanted_now,
)
from gas.domain.decision import (
    Ask,
    DeleteArchived,
    DeleteResultObjects,
    Fact,
    Stay,
    Step,
    StoreInArchive,
    View,
)
from gas.domain.job import HOT, Job, JobEvent, JobStatus
from gas.domain.keys import archive_key
from gas.domain.reasons import Reason
from gas.domain.record import Refusal
from gas.domain.tier import StorageTier

UNKNOWN_PLAN_LOOK = timedelta(minutes=10)
"""How soon a result whose owner's plan is unknown is looked at again."""

REFUSED_LOOK = timedelta(minutes=15)
"""How soon the file store is asked again for what it refused: soon after operations have put it right."""

MISSING_LOOK = timedelta(hours=1)
"""How soon a result whose bytes are missing is looked for again."""

SEND_SHARE = 4
"""A deletion is sent within the first quarter of the time that it may take to land, so that the rest is its own."""


def archived_copy_removed(view: View) -> Step | Stay | Ask | None:
    """The archived copy of a hot result is deleted, be it that of a restored one or of an archiving that broke off.

    It is the only certain copy until no deletion of the hot bytes can land any more and they were seen after that.
    Where they are gone, it brings them back.
    """
    job = view.job
    if job.status not in HOT or job.archive_id is None or wanted_now(view).tier is StorageTier.COLD:
        return None
    settled = deletion_settled(job, view)
    if settled is not None:
        return Stay(job, settled)
    if _looked_for_later(view):
        return None
    if not view.facts.knows(Fact.HOT_RESULT):
        return Ask(Fact.HOT_RESULT)
    if hot_bytes_are_there(view):
        alone = replace(_found(job), archive_id=None, hot_deletion=None)
        return Step(alone, effects=(DeleteArchived(job.archive_id),))
    if not view.facts.knows(Fact.ARCHIVED_RESULT):
        return Ask(Fact.ARCHIVED_RESULT)
    if archived_copy_is_there(view):
        return Step(retrieval_started(view), drift=True)
    if hot_bytes_moved_away(view):
        # The copy was never made, and a rule of the bucket moved the only bytes: they come back from where they lie.
        return Step(replace(retrieval_started(view), archive_id=None), drift=True)
    return Stay(result_missing(view))


def restore_served_while_hot(view: View) -> Step | None:
    """A restore request for a result that is hot needs no work: it holds from now."""
    job = view.job
    if job.status not in HOT or job.unserved_restore is None:
        return None
    return Step(served(job, view))


def hot_kept_or_archived(view: View) -> Step | Stay | Ask | None:
    """A hot result stays as long as it is wanted hot; then it is copied to the archive and recorded as Archived.

    Where the copy will lie is recorded before it is made: whatever happens in between, no copy is forgotten.
    """
    job = view.job
    if job.status not in HOT:
        return None
    if _looked_for_later(view):
        return Stay(job, job.look_for_result)
    wanted = wanted_now(view)
    cold = wanted.tier is StorageTier.COLD
    if job.look_for_result is not None or (not cold and _look_owed(view)):
        if not view.facts.knows(Fact.HOT_RESULT):
            return Ask(Fact.HOT_RESULT)
        if hot_bytes_moved_away(view) and not cold:
            # A rule of the bucket did what nobody asked for: the same way back as from the archive.
            return Step(retrieval_started(view), drift=True)
        if not (hot_bytes_are_there(view) or hot_bytes_moved_away(view)):
            missing = result_missing(view)
            return Stay(missing, missing.look_for_result)
        job = replace(job, hot_seen=view.now)
    if cold:
        return _archived(view)
    unknown = wanted.tier is StorageTier.AS_IS
    looks = [view.now + UNKNOWN_PLAN_LOOK if unknown else wanted.until, _next_look(job, view)]
    stays = replace(_found(job), reason=wanted.reason, retain_until=wanted.until, refusal=None)
    return Stay(stays, min((look for look in looks if look is not None), default=None))


def archived_in_place(view: View) -> Job:
    """The job whose hot bytes a rule of the bucket moved just as they were to be archived: there they may rest.

    It has no other copy, so that nothing is deleted; a restore retrieves them where they lie.
    """
    return view.job.moved(
        JobEvent.ARCHIVED,
        view.now,
        archive_id=None,
        archive_time=view.now,
        delete_hot_after=None,
        retrieval=None,
        reason=wanted_now(view).reason,
        due=view.now,
    )


def archiving_refused(view: View, said: str) -> Job:
    """The job whose result the file store does not let us archive: it stays hot, and that is told."""
    return refused(view, Reason.ARCHIVING_REFUSED, f"copy it there{said}")


def refused(view: View, reason: Reason, detail: str, pause: timedelta = REFUSED_LOOK) -> Job:
    """The job after the file store refused what only operators can allow: it is asked again in a while."""
    again = view.now + pause
    return replace(view.job, refusal=Refusal(reason, detail, again), due=again)


def hot_bytes_removed(view: View) -> Step | Stay | Ask | None:
    """The hot bytes of an archived result go when the longest link that was given out has run out.

    That a deletion begins is recorded before it is sent, and the archived copy is looked at before that: from then on
    nobody can know whether the hot bytes are still there.
    """
    job = view.job
    if job.status is not JobStatus.ARCHIVED or job.delete_hot_after is None or job.result is None:
        return None
    if job.archive_id is None:
        # Archived where they lie: they are the only copy.
        return None
    if view.now < job.delete_hot_after:
        return Stay(job, job.delete_hot_after)
    if _looked_for_later(view):
        return Stay(job, job.look_for_result)
    if not view.facts.knows(Fact.ARCHIVED_RESULT):
        return Ask(Fact.ARCHIVED_RESULT)
    if not archived_copy_is_there(view):
        return _hot_bytes_alone(view)
    sure = _found(job)
    begun = job.hot_deletion
    in_time = begun is not None and view.now < begun + view.rules.delete_settles / SEND_SHARE
    if begun is None or begun < job.delete_hot_after or not in_time:
        return Step(replace(sure, hot_deletion=view.now))
    return Step(replace(sure, delete_hot_after=None), effects=(DeleteResultObjects((job.result.key,)),))


def result_missing(view: View) -> Job:
    """The job after its result was found missing or damaged, with no other copy: it is looked for again in an hour."""
    return replace(
        view.job,
        reason=Reason.RESULT_MISSING,
        detail=None,
        retain_until=None,
        look_for_result=view.now + MISSING_LOOK,
        due=view.now,
    )


def _archived(view: View) -> Step | Stay:
    job = view.job
    assert job.result is not None
    refusal = job.refusal
    if refusal is not None and refusal.reason is Reason.ARCHIVING_REFUSED and view.now < refusal.next_try:
        return Stay(job, refusal.next_try)
    archive_id = archive_key(job.result.key)
    if job.archive_id is None:
        return Step(replace(job, archive_id=archive_id))
    archived = job.moved(
        JobEvent.ARCHIVED,
        view.now,
        archive_id=archive_id,
        archive_time=view.now,
        delete_hot_after=hot_bytes_kept_until(view),
        # A deletion of the last time that may still land makes the hot bytes uncertain as before.
        hot_deletion=job.hot_deletion if deletion_settled(job, view) else None,
        retrieval=None,
        reason=wanted_now(view).reason,
    )
    return Step(archived, effects=(StoreInArchive(archive_id),))


def _hot_bytes_alone(view: View) -> Step | Stay | Ask:
    """The archived copy is not what was recorded: the hot bytes stay, and where they are right they are the result."""
    if not view.facts.knows(Fact.HOT_RESULT):
        return Ask(Fact.HOT_RESULT)
    if hot_bytes_are_there(view):
        return Step(restored(view), drift=True)
    if hot_bytes_moved_away(view):
        # A rule of the bucket archived them where they lie, and there they may rest.
        return Step(replace(_found(view.job), archive_id=None, delete_hot_after=None), drift=True)
    missing = result_missing(view)
    if view.job.reason is Reason.RETRIEVAL_FAILED:
        # That says more, and that it can be tried again.
        missing = replace(missing, reason=view.job.reason, detail=view.job.detail)
    return Stay(missing, missing.look_for_result)


def _looked_for_later(view: View) -> bool:
    look = view.job.look_for_result
    return look is not None and view.now < look


def _look_owed(view: View) -> bool:
    """True when somebody missed the hot bytes, or nobody has looked at them for long."""
    next_look = _next_look(view.job, view)
    return view.job.missed or (next_look is not None and view.now >= next_look)


def _next_look(job: Job, view: View) -> datetime | None:
    return None if view.rules.hot_look is None else job.last_seen_hot + view.rules.hot_look


def _found(job: Job) -> Job:
    """The job whose bytes were seen, without the word that they are missing."""
    if job.look_for_result is None:
        return job
    reason = None if job.reason is Reason.RESULT_MISSING else job.reason
    return replace(job, reason=reason, look_for_result=None)
