"""The policies that keep order round a job in any state: deletion, e-mail, leftovers, and the custom resource."""

from dataclasses import replace
from datetime import datetime, timedelta

from gas.domain import storage_policies
from gas.domain.absence import deletion_asked
from gas.domain.decision import (
    Ask,
    CreateResource,
    DeleteArchived,
    DeleteInput,
    DeleteOwnFile,
    DeleteResultObjects,
    Effect,
    Fact,
    Stay,
    Step,
    View,
)
from gas.domain.job import UNFINISHED, Job, JobEvent, JobStatus
from gas.domain.keys import ResultKey, attempt_keys
from gas.domain.outputs import Output
from gas.domain.owed_mails import owed_mails
from gas.domain.reasons import Reason
from gas.domain.record import ResourceState
from gas.domain.spec import InputRef
from gas.domain.tombstone import tombstone

MAIL_LOOK = timedelta(minutes=1)
"""How often a job that owes a mail is looked at, in case the mail lane forgot it at a restart."""

KIND_LOOK = timedelta(minutes=1)
"""When a resource is to be made again that could not be, for its kind was not there."""

REFUSED_LOOK = timedelta(hours=1)
"""When a resource is to be made again that the cluster refused: only a person can change that."""

LONGEST_DELETION_LOOK = timedelta(hours=6)
"""How often a deletion that has waited for days is tried again: four times a day, for what may be years."""

_SHARE_OF_THE_WAIT = 8
"""Trying again after an eighth of the time that it has waited costs nobody more than an eighth."""

KEEPS_RESOURCE = UNFINISHED | {JobStatus.RESTORING}
"""A resource never expires in these states: somebody waits for what comes next."""


def deleted(view: View) -> Step | Stay | Ask | None:
    """A job that somebody wants deleted loses its data, in any state, for good.

    Who deleted the resource may have been mistaken: that it is gone has to be seen twice, minutes apart.
    """
    job = view.job
    if job.status is JobStatus.DELETED:
        return None
    if not _deletion_wanted(job):
        return Stay(job, _second_look(view)) if deletion_asked(job) else None
    put_off = _refused_until(view)
    if put_off is not None:
        return Stay(job, put_off, alone=True)
    if not view.facts.knows(Fact.SHARED_FILES):
        return Ask(Fact.SHARED_FILES)
    gone = job.moved(
        JobEvent.DELETED,
        view.now,
        reason=Reason.DELETED,
        lease=None,
        result=None,
        archiving=None,
        retrieval=None,
        delete_hot_after=None,
        swept_fence=0,
    )
    return Step(gone, effects=_all_data(view))


def deletion_refused(view: View, said: str) -> Job | None:
    """The job whose data the file store does not let us delete, told and asked for again; None of mere leftovers.

    A job that was still to run does not run any more: nobody wants what it would make.
    """
    job = view.job
    if not (job.status is JobStatus.DELETED or _deletion_wanted(job)):
        return None
    told = storage_policies.refused(view, Reason.DELETION_REFUSED, f"delete them{said}", _pause(view))
    if job.status not in UNFINISHED:
        return told
    return job.moved(
        JobEvent.CANCELLED, view.now, reason=Reason.CANCELLED, lease=None, refusal=told.refusal, due=told.due
    )


def leftovers_removed(view: View) -> Step | Stay | None:
    """What lost attempts wrote, and late copies of deleted data, are removed, once nobody can still be writing."""
    job = view.job
    last = job.fence
    if job.status in UNFINISHED or job.swept_fence >= last:
        return None
    if job.result is not None and last == 1:
        return None
    put_off = _refused_until(view)
    if put_off is not None:
        return Stay(job, put_off)
    ready = job.last_move + view.rules.leftover_delay
    if view.now < ready:
        return Stay(job, ready)
    # What the finishing attempt wrote stays, also what another release noted in the record and this one does not read.
    finishing = None if job.result is None else ResultKey.from_key(job.result.key).fence
    stale = tuple(
        key
        for fence in range(job.swept_fence + 1, last + 1)
        for key in _attempt_keys(view, fence).values()
        if fence != finishing
    )
    for_good = job.status is JobStatus.DELETED and not view.rules.keep_versions
    effects: list[Effect] = [DeleteResultObjects(stale, for_good)]
    if job.status is JobStatus.DELETED and job.complete_time is not None:
        # A copy into the archive that was under way when the data was deleted may have landed since.
        keys = _attempt_keys(view, last)
        effects += [DeleteArchived(keys[output], None, for_good) for output in Output if not output.stays_hot]
    return Step(replace(job, swept_fence=last, refusal=None), effects=tuple(effects))


def forgotten(view: View) -> Step | Stay | Ask | None:
    """A deleted job is forgotten but for its tombstone, when nothing of it can come any more that would have to be found.

    Its upload's form may have outlived it: what was sent with that since is removed once more.
    """
    job = view.job
    if job.status is not JobStatus.DELETED or job.swept_fence < job.fence:
        return None
    if job.tombstone is not None:
        # An older release, which knows of no own file, forgot the rest.
        return Step(tombstone(job)) if job.own_file is not None or job.own_sha256 is not None else None
    ready = max(job.last_move + view.rules.leftover_delay, job.submit_time + view.rules.form_lands)
    put_off = _refused_until(view)
    if put_off is not None or view.now < ready:
        return Stay(job, put_off or ready)
    if not view.facts.knows(Fact.SHARED_FILES):
        return Ask(Fact.SHARED_FILES)
    return Step(tombstone(job), effects=_uploads(view))


def mail_owed(view: View) -> Stay | None:
    """A job that owes its owner a mail is looked at again until the mail lane has claimed it."""
    if not owed_mails(view.job, view.terms):
        return None
    return Stay(view.job, view.now + MAIL_LOOK)


def resource_made(view: View) -> Step | Stay | None:
    """A job that has no resource yet gets one, and one that is being restored gets it back.

    A resource is a window and no more: where the cluster takes none now, the job goes on, and the window is made later.
    """
    job = view.job
    never = job.resource.state is ResourceState.NEVER and job.status is not JobStatus.DELETED
    tried = job.resource.created is not None and job.resource.created >= job.last_move
    back = job.resource.state is ResourceState.EXPIRED and job.status is JobStatus.RESTORING and not tried
    if not (never or back) or _expires_at_once(job):
        return None
    if view.facts.knows(Fact.RESOURCE_REFUSED):
        refused = view.facts.answer(Fact.RESOURCE_REFUSED)
        return Stay(job, view.now + (REFUSED_LOOK if refused else KIND_LOOK))
    return Step(job, effects=(CreateResource(),))


def resource_expired(view: View) -> Step | Stay | None:
    """A resource is written off some time after the job's last move; the next look removes it."""
    job = view.job
    if job.resource.state is not ResourceState.PRESENT or job.status in KEEPS_RESOURCE:
        return None
    start = max(job.last_move, job.resource.created or job.last_move)
    expiry = start + (timedelta(0) if job.status is JobStatus.DELETED else job.policy.ttl_after_finished)
    if view.now < expiry:
        return Stay(job, expiry)
    return Step(replace(job, resource=replace(job.resource, state=ResourceState.EXPIRED)))


def _expires_at_once(job: Job) -> bool:
    return job.finished and job.status not in KEEPS_RESOURCE and job.policy.ttl_after_finished <= timedelta(0)


def _deletion_wanted(job: Job) -> bool:
    by_its_resource = deletion_asked(job) and job.resource.confirmed is not None
    return job.intents.delete_requested is not None or by_its_resource


def _second_look(view: View) -> datetime:
    look = (view.job.resource.believed or view.now) + view.rules.second_look
    # One that was put off, because many others are missing, is looked for again after as long.
    return look if view.now < look else view.now + view.rules.second_look


def _refused_until(view: View) -> datetime | None:
    """Until when the file store is not asked to delete again, because it refused."""
    refusal = view.job.refusal
    if refusal is None or refusal.reason is not Reason.DELETION_REFUSED or view.now >= refusal.next_try:
        return None
    return refusal.next_try


def _pause(view: View) -> timedelta:
    """How long the file store is not asked again: a right is granted soon, and a lock ends after weeks or years."""
    job = view.job
    wanted = job.intents.delete_requested or job.resource.confirmed or job.last_move
    share = (view.now - wanted) / _SHARE_OF_THE_WAIT
    return min(max(share, storage_policies.REFUSED_LOOK), LONGEST_DELETION_LOOK)


def _all_data(view: View) -> tuple[Effect, ...]:
    job = view.job
    kept = job.result.all_keys if job.result is not None else ()
    written = tuple(key for fence in range(1, job.fence + 1) for key in _attempt_keys(view, fence).values())
    keys = tuple(dict.fromkeys((*kept, *written)))
    for_good = not view.rules.keep_versions
    effects: list[Effect] = [*_uploads(view)]
    if keys:
        effects.append(DeleteResultObjects(keys, for_good))
    outputs = job.result.outputs if job.result is not None else {}
    effects += [
        DeleteArchived(stored.key, stored.archive_id, for_good)
        for output, stored in outputs.items()
        if stored.archive_id is not None or (isinstance(output, Output) and not output.stays_hot)
    ]
    return tuple(effects)


def _uploads(view: View) -> tuple[Effect, ...]:
    """The deletion of what the job's owner uploaded for it.

    A job that was refused because it names another's file must not take that file along, nor one that another job needs.
    """
    job, for_good = view.job, not view.rules.keep_versions
    effects: list[Effect] = []
    if _is_its_alone(view, job.input):
        effects.append(DeleteInput(for_good))
    if job.own_place is not None and _is_its_alone(view, job.own_place):
        effects.append(DeleteOwnFile(for_good))
    return tuple(effects)


def _is_its_alone(view: View, place: InputRef) -> bool:
    return view.rules.is_own_input(view.job.user_id, place) and place.key not in view.facts.shared_files


def _attempt_keys(view: View, fence: int) -> dict[Output, str]:
    job = view.job
    return attempt_keys(view.rules.key_prefix, job.user_id, job.job_id, job.input.file_name, fence)
