"""The policies of a hot result, and of what is left of it after archiving: no copy goes before the other is certain.

When a result is wanted hot, and until when, `tier.py` says.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from gas.domain.copies import (
    archived_copies_are_there,
    deletion_settled,
    hot_bytes_are_there,
    hot_bytes_kept_until,
    hot_bytes_moved_away,
    moved_away,
    not_at_their_keys,
    nowhere,
    restored,
    retrieval_started,
    served,
    wanted_now,
    where_they_lie,
    without_copies,
    without_the_lost,
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
from gas.domain.outputs import Output
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
    """The archived copies of a hot result are deleted, be they those of a restored one or of an archiving that broke off.

    They are the only certain ones until no deletion of the hot bytes can land any more and these were seen after that.
    Where they are gone, they are restored from the copies.
    """
    job = view.job
    if job.status not in HOT or job.result is None or wanted_now(view).tier is StorageTier.COLD:
        return None
    if job.archiving is None and not job.result.copies:
        return None
    settled = deletion_settled(job, view)
    if settled is not None:
        return Stay(job, settled)
    if _looked_for_later(view):
        return None
    if not view.facts.knows(Fact.HOT_RESULT):
        return Ask(Fact.HOT_RESULT)
    if hot_bytes_are_there(view):
        copies = tuple(DeleteArchived(each.key, each.archive_id) for each in job.result.archivable.values())
        return Step(without_copies(_found(job)), effects=copies)
    if not view.facts.knows(Fact.ARCHIVED_RESULT):
        return Ask(Fact.ARCHIVED_RESULT)
    lying = where_they_lie(view)
    if lying is not None:
        # What was never copied and is at its own key, moved by a rule of the bucket or not, comes back from there.
        return Step(retrieval_started(replace(view, job=lying)), drift=True)
    if job.archiving is not None:
        # The id of a copy may have been lost with whoever made it: the archive says it to who stores the file again.
        return Step(job, effects=tuple(map(StoreInArchive, nowhere(view))))
    return _done_without(view, result_missing(view, nowhere(view)))


def restore_served_while_hot(view: View) -> Step | None:
    """A restore request for a result that is hot needs no work: it holds from now."""
    job = view.job
    if job.status not in HOT or job.unserved_restore is None:
        return None
    return Step(served(job, view))


def hot_kept_or_archived(view: View) -> Step | Stay | Ask | None:
    """A hot result stays as long as it is wanted hot; then its files are copied to the archive, and it is Archived.

    That copies are made is recorded before the first: whatever happens in between, none is forgotten. Who goes on where
    another broke off stores every file again, and learns the id of what is there already.
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
        away = _hot_bytes_away(view, cold=cold)
        if away is not None:
            return away
        job = replace(job, hot_seen=view.now)
    if cold:
        return _archived(view)
    unknown = wanted.tier is StorageTier.AS_IS
    looks = [view.now + UNKNOWN_PLAN_LOOK if unknown else wanted.until, _next_look(job, view)]
    stays = replace(_found(job), reason=wanted.reason, retain_until=wanted.until, refusal=None)
    return Stay(stays, min((look for look in looks if look is not None), default=None))


def archiving_refused(view: View, said: str) -> Job:
    """The job whose result the file store does not let us archive: it stays hot, and that is told."""
    return refused(view, Reason.ARCHIVING_REFUSED, f"copy it there{said}")


def refused(view: View, reason: Reason, detail: str, pause: timedelta = REFUSED_LOOK) -> Job:
    """The job after the file store refused what only operators can allow: it is asked again in a while."""
    again = view.now + pause
    return replace(view.job, refusal=Refusal(reason, detail, again), due=again)


def hot_bytes_removed(view: View) -> Step | Stay | Ask | None:
    """The hot bytes of an archived result go when the longest link that was given out has run out.

    That a deletion begins is recorded before it is sent, and the archived copies are looked at before that: from then on
    nobody can know whether the hot bytes are still there.
    """
    job = view.job
    if job.status is not JobStatus.ARCHIVED or job.delete_hot_after is None or job.result is None:
        return None
    copies = job.result.copies
    if not copies:
        # Archived where they lie: they are the only ones.
        return None
    if view.now < job.delete_hot_after:
        return Stay(job, job.delete_hot_after)
    if _looked_for_later(view):
        return Stay(job, job.look_for_result)
    if not view.facts.knows(Fact.ARCHIVED_RESULT):
        return Ask(Fact.ARCHIVED_RESULT)
    if not archived_copies_are_there(view):
        return _hot_bytes_alone(view)
    sure = _found(job)
    begun = job.hot_deletion
    in_time = begun is not None and view.now < begun + view.rules.delete_settles / SEND_SHARE
    if begun is None or begun < job.delete_hot_after or not in_time:
        return Step(replace(sure, hot_deletion=view.now))
    keys = tuple(job.result.outputs[output].key for output in copies)
    return Step(replace(sure, delete_hot_after=None), effects=(DeleteResultObjects(keys),))


def result_missing(view: View, files: Iterable[Output]) -> Job:
    """The job after these files were found missing or damaged, with no other copy: they are looked for again in an hour."""
    return replace(
        view.job,
        reason=Reason.RESULT_MISSING,
        detail=", ".join(output.value for output in files),
        retain_until=None,
        look_for_result=view.now + MISSING_LOOK,
        due=view.now,
    )


def _archived(view: View) -> Step | Stay | Ask:
    job = view.job
    assert job.result is not None
    refusal = job.refusal
    if refusal is not None and refusal.reason is Reason.ARCHIVING_REFUSED and view.now < refusal.next_try:
        return Stay(job, refusal.next_try)
    files = job.result.archivable
    if job.archiving is None:
        return Step(replace(job, archiving=view.now))
    if not view.facts.knows(Fact.HOT_RESULT):
        return Ask(Fact.HOT_RESULT)
    # Those that a rule of the bucket has archived rest where they lie. They have no other copy, and none is deleted.
    resting = {output: None for output in files if moved_away(view, output)}
    copied = tuple(output for output in files if output not in resting)
    archived = job.moved(
        JobEvent.ARCHIVED,
        view.now,
        result=job.result.with_copies(resting),
        archiving=job.archiving if resting else None,
        archive_time=view.now,
        delete_hot_after=hot_bytes_kept_until(view) if copied else None,
        # A deletion of the last time that may still land makes the hot bytes uncertain as before.
        hot_deletion=job.hot_deletion if deletion_settled(job, view) else None,
        retrieval=None,
        reason=wanted_now(view).reason,
    )
    return Step(archived, effects=tuple(map(StoreInArchive, copied)), drift=bool(resting))


def _hot_bytes_alone(view: View) -> Step | Stay | Ask:
    """An archived copy is not what was recorded: the hot bytes stay, and where they are right they are the result."""
    if not view.facts.knows(Fact.HOT_RESULT):
        return Ask(Fact.HOT_RESULT)
    if hot_bytes_are_there(view):
        return Step(restored(view), drift=True)
    lying = where_they_lie(view)
    if lying is not None:
        # Those without a right copy are at their own keys, most likely archived there by a rule: there they may rest.
        hot_after = lying.delete_hot_after if lying.result and lying.result.copies else None
        return Step(replace(_found(lying), delete_hot_after=hot_after), drift=True)
    missing = result_missing(view, nowhere(view))
    if view.job.reason is Reason.RETRIEVAL_FAILED:
        # That says more, and that it can be tried again.
        missing = replace(missing, reason=view.job.reason, detail=view.job.detail)
    return _done_without(view, missing)


def _hot_bytes_away(view: View, *, cold: bool) -> Step | Stay | Ask | None:
    """What to do about files of a hot result that are not at their keys; None when the job can go on as it is."""
    away = not_at_their_keys(view)
    if not away:
        return None
    missing = result_missing(view, away)
    if Output.RESULT in away:
        return Stay(missing, missing.look_for_result)
    if view.job.archiving is not None:
        # There may be a copy that nobody recorded: whoever stores the file again learns that.
        return None if cold else Stay(missing, missing.look_for_result)
    if not view.facts.knows(Fact.ARCHIVED_RESULT):
        return Ask(Fact.ARCHIVED_RESULT)
    return _done_without(view, missing)


def _done_without(view: View, missing: Job) -> Step | Stay:
    """The files that are nowhere are given up where the annotated VCF is safe; else the job says what is missing."""
    rest = without_the_lost(view)
    if rest is not None:
        return Step(_found(rest), drift=True)
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
    if job.reason is not Reason.RESULT_MISSING:
        return replace(job, look_for_result=None)
    return replace(job, reason=None, detail=None, look_for_result=None)
