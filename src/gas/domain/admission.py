"""What a custom resource means for the record of its name: two doors, one room.

Pure: the shell reads the resource and the record, and does what the answer says.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from gas.domain.absence import Absent, after_absence
from gas.domain.decision import Rules
from gas.domain.job import Job, JobStatus, created
from gas.domain.keys import file_name_is_valid
from gas.domain.own_file import NamedFile, OwnFile
from gas.domain.reasons import Reason
from gas.domain.record import Home, ResourceRef, ResourceState
from gas.domain.spec import InputRef, JobPolicy
from gas.domain.tombstone import is_same_job

UNSHOWABLE = "its file name holds characters that cannot be shown; submit it again under another name."


@dataclass(frozen=True)
class SeenResource:
    """A custom resource as it was last seen in the cluster; asked for again where its record knows a newer generation of it."""

    name: str
    uid: str
    generation: int
    created: datetime
    user_id: str
    input: InputRef
    reference: str
    policy: JobPolicy
    own_place: InputRef | None = None
    """Where the file lies that its owner brings to it beside the input."""
    terminating: bool = False
    home: Home | None = None
    """Where it stands; None while that is not certain."""
    made_here: bool = False
    """Whether controllers made it, of the record of its name."""


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
        case None:
            return None
        case _:
            assert_never(seen)


def is_strange(job: Job, seen: SeenResource) -> bool:
    """True when the resource of that name is another job's: the one that was this job's window is not there.

    An older release knows of no own file. What it made of a record lacks it, as does what is made under its CRD; and so does
    the record that it made of a resource.
    """
    known, own = seen.uid == job.resource.uid, seen.own_place
    if known and job.tombstone is not None:
        # A hash with the file in it cannot be found without.
        return False
    if own is None and (known or seen.made_here):
        own = job.own_place
    met = _with_own_file(job, seen) if known else job
    return not is_same_job(met, seen.user_id, seen.input, seen.reference, own)


def is_replaced(job: Job, seen: SeenResource) -> bool:
    """True when another job's resource has the name: names are unique, so the one that was this job's window is absent."""
    return job.resource.uid != seen.uid and is_strange(job, seen)


def _admit_seen(job: Job | None, seen: SeenResource, now: datetime, rules: Rules) -> Admission:
    refusal = _refusal(seen, rules)
    if refusal is not None:
        return _refused(seen, now, refusal)
    if job is None:
        return MakeRecord(_record_for(seen, now))
    if is_strange(job, seen):
        return _refused(seen, now, RefuseResource(Reason.NAME_TAKEN))
    known = job.resource
    if known.uid == seen.uid:
        # One that was edited after it was written off is taken back, or the edit would be lost.
        edited = seen.generation > known.generation and job.status is not JobStatus.DELETED
        if known.state is ResourceState.EXPIRED and job.status is not JobStatus.RESTORING and not edited:
            return RemoveResource(seen.uid)
        # A lower generation is as good as a higher one: then the cluster was set back to a backup, and counts on from there.
        if known.state is ResourceState.PRESENT and seen.generation == known.generation:
            return _seen_again(job, seen)
    if job.status is JobStatus.DELETED:
        return _refused(seen, now, RefuseResource(Reason.NAME_TAKEN))
    # A resource under deletion that the record does not know must not become its window.
    if seen.terminating:
        return None
    adopted = _with_own_file(job, seen)
    return CommitRecord(replace(adopted, policy=seen.policy, resource=_present(seen, known), due=now))


def _with_own_file(job: Job, seen: SeenResource) -> Job:
    """The job with the own file that its resource names.

    A record that older controllers made lacks it. What was annotated without it says so: no result names the SHA-256 of
    one that was looked up.
    """
    if job.own_file is not None or seen.own_place is None:
        return job
    return replace(job, own_file=OwnFile(seen.own_place))


def _refusal(seen: SeenResource, rules: Rules) -> RefuseResource | None:
    """Why the files that it names cannot be a job's, if they cannot."""
    named = [NamedFile(seen.input, None)]
    if seen.own_place is not None:
        named.append(NamedFile(seen.own_place, None, is_own=True))
    for each in named:
        if not rules.is_own_input(seen.user_id, each.place):
            return RefuseResource(Reason.INPUT_NOT_OWNED, each.told() or None)
        if not file_name_is_valid(each.place.file_name):
            return RefuseResource(Reason.INPUT_REFUSED, each.told(UNSHOWABLE))
    return None


def _seen_again(job: Job, seen: SeenResource) -> CommitRecord | None:
    """What a sight of the known resource adds to the record: where it stands, that it is not missing, and its own file."""
    known = job.resource
    found = replace(known, home=seen.home or known.home, meant=None)
    adopted = _with_own_file(job, seen)
    anything = found != known or adopted is not job
    news = anything and not seen.terminating and job.status is not JobStatus.DELETED
    return CommitRecord(replace(adopted, resource=found)) if news else None


def _refused(seen: SeenResource, now: datetime, refusal: RefuseResource) -> RefuseResource | RemoveResource:
    """The refusal, until the resource's time to live is over: it has no record that would remember it."""
    if now >= seen.created + seen.policy.ttl_after_finished:
        return RemoveResource(seen.uid)
    return refusal


def _record_for(seen: SeenResource, now: datetime) -> Job:
    return created(
        Job(
            job_id=seen.name,
            user_id=seen.user_id,
            input=seen.input,
            reference=seen.reference,
            own_file=None if seen.own_place is None else OwnFile(seen.own_place),
            submit_time=now,
            policy=seen.policy,
            reason=Reason.CHECKING_INPUT,
            resource=_present(seen),
        )
    )


def _present(seen: SeenResource, known: ResourceRef = ResourceRef()) -> ResourceRef:  # noqa: B008 - frozen
    home = seen.home or (known.home if known.uid == seen.uid else None)
    return ResourceRef(ResourceState.PRESENT, seen.uid, seen.generation, seen.created, home)
