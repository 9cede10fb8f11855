"""What a custom resource means for the record of its name: two doors, one room.

Pure: the shell reads the resource and the record, and does what the answer says.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from gas.domain.absence import Absent, after_absence
from gas.domain.decision import Rules
from gas.domain.job import Job, JobStatus, created
from gas.domain.keys import file_name_is_valid
from gas.domain.reasons import Reason
from gas.domain.record import Home, ResourceRef, ResourceState
from gas.domain.spec import InputRef, JobPolicy
from gas.domain.tombstone import is_same_job

UNSHOWABLE = "its file name holds characters that cannot be shown; submit it again under another name."


@dataclass(frozen=True)
class SeenResource:
    """A custom resource as it was last seen in the cluster."""

    name: str
    uid: str
    generation: int
    created: datetime
    user_id: str
    input: InputRef
    reference: str
    policy: JobPolicy
    terminating: bool = False
    home: Home | None = None
    """Where it stands; None while that is not certain."""


@dataclass(frozen=True)
class MakeRecord:
    """Make this record for the resource."""

    job: Job


@dataclass(frozen=True)
class CommitRecord:
    """Commit what the resource changed in the record."""

    after: Job


@dataclass(frozen=True)
class RefuseResource:
    """Tell the resource why it has no effect; the record, if any, stays as it is."""

    reason: Reason
    detail: str | None = None


@dataclass(frozen=True)
class RemoveResource:
    """Remove the resource that the record has written off."""

    uid: str


Admission = MakeRecord | CommitRecord | RefuseResource | RemoveResource | None


def admit(job: Job | None, seen: SeenResource | Absent | None, now: datetime, rules: Rules) -> Admission:
    """Decide what a resource, or its absence, means for the record of its name; None: nothing."""
    match seen:
        case SeenResource():
            return _admit_seen(job, seen, now, rules)
        case Absent():
            after = None if job is None else after_absence(job, seen, now, rules)
            return None if after is None else CommitRecord(after)
        case _:
            return None


def is_strange(job: Job, seen: SeenResource) -> bool:
    """True when the resource of that name is another job's: the one that was this job's window is not there."""
    return not is_same_job(job, seen.user_id, seen.input, seen.reference)


def _admit_seen(job: Job | None, seen: SeenResource, now: datetime, rules: Rules) -> Admission:
    if not rules.is_own_input(seen.user_id, seen.input):
        return _refused(seen, now, Reason.INPUT_NOT_OWNED)
    if not file_name_is_valid(seen.input.file_name):
        return _refused(seen, now, Reason.INPUT_REFUSED, UNSHOWABLE)
    if job is None:
        return MakeRecord(_record_for(seen, now))
    if is_strange(job, seen):
        return _refused(seen, now, Reason.NAME_TAKEN)
    known = job.resource
    if known.uid == seen.uid:
        # One that was edited after it was written off is taken back, or the edit would be lost.
        edited = seen.generation > known.generation and job.status is not JobStatus.DELETED
        if known.state is ResourceState.EXPIRED and job.status is not JobStatus.RESTORING and not edited:
            return RemoveResource(seen.uid)
        if known.state is ResourceState.PRESENT and seen.generation <= known.generation:
            return _seen_again(job, seen)
    if job.status is JobStatus.DELETED:
        return _refused(seen, now, Reason.NAME_TAKEN)
    # A resource under deletion that the record does not know must not become its window.
    if seen.terminating:
        return None
    return CommitRecord(replace(job, policy=seen.policy, resource=_present(seen, known), due=now))


def _seen_again(job: Job, seen: SeenResource) -> CommitRecord | None:
    """What a sight of the known resource adds to the record: where it stands, and that it is not missing."""
    known = job.resource
    standing = replace(known, home=seen.home or known.home, meant=None)
    news = standing != known and not seen.terminating and job.status is not JobStatus.DELETED
    return CommitRecord(replace(job, resource=standing)) if news else None


def _refused(
    seen: SeenResource, now: datetime, reason: Reason, detail: str | None = None
) -> RefuseResource | RemoveResource:
    """The refusal, until the resource's time to live is over: it has no record that would remember it."""
    if now >= seen.created + seen.policy.ttl_after_finished:
        return RemoveResource(seen.uid)
    return RefuseResource(reason, detail)


def _record_for(seen: SeenResource, now: datetime) -> Job:
    return created(
        Job(
            job_id=seen.name,
            user_id=seen.user_id,
            input=seen.input,
            reference=seen.reference,
            submit_time=now,
            policy=seen.policy,
            reason=Reason.CHECKING_INPUT,
            resource=_present(seen),
        )
    )


def _present(seen: SeenResource, known: ResourceRef = ResourceRef()) -> ResourceRef:  # noqa: B008 - frozen
    home = seen.home or (known.home if known.uid == seen.uid else None)
    return ResourceRef(ResourceState.PRESENT, seen.uid, seen.generation, seen.created, home)
