"""What it means that a resource is not there, which a record says is.

Only somebody's deletion counts. A resource goes as well with its home: when the CRD or the namespace is made anew, or the
whole cluster. It is then made again from the record. Pure: the shell asks the API server, first for the resource and then
for its home, and counts how many are missing.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import assert_never

from gas.domain.decision import Rules
from gas.domain.job import UNFINISHED, Job, JobEvent, JobStatus
from gas.domain.reasons import Reason
from gas.domain.record import Home, ResourceRef, ResourceState
from gas.domain.spec import DeletionPolicy


@dataclass(frozen=True)
class SeenHome:
    """The home of all resources as the API server shows it: which one, since when, and whether it is going."""

    home: Home
    created: datetime
    """When the younger of its two parts was made."""
    terminating: bool = False

    def of(self, created: datetime) -> Home | None:
        """The home of a resource that was made then and is there; None when it may have stood in an earlier one.

        Kubernetes tells whole seconds: what was made in the same one may have been made before.
        """
        return self.home if self.created < created else None


@dataclass(frozen=True)
class Absent:
    """The API server answered that there is no resource of that name; its home was read after that."""

    home: SeenHome
    counted: bool
    """Whether it has been missing for a whole window in which not too many others were."""


class Meaning(Enum):
    """What an absence tells."""

    NOTHING = "nothing"
    """Its home is going: so are all resources, whatever people want."""
    HOME_ANEW = "home-anew"
    """The resource went with an earlier home. Nobody deleted it."""
    DELETED = "deleted"
    """Somebody deleted it: its home has been the same all the time."""


def meaning(known: ResourceRef, home: SeenHome) -> Meaning:
    """What the absence of a resource tells that the record knows so, from the home that its name is missing in."""
    if home.terminating:
        return Meaning.NOTHING
    if known.home is not None:
        same = known.home == home.home
    else:
        # An older GAS wrote no home down: then its age decides.
        same = known.created is not None and home.of(known.created) is not None
    return Meaning.DELETED if same else Meaning.HOME_ANEW


def awaited(job: Job) -> bool:
    """True when the job's resource is looked for: it should be there, or its absence is to be seen a second time."""
    if job.status is JobStatus.DELETED:
        return job.resource.state is ResourceState.PRESENT
    return job.resource.state is ResourceState.PRESENT or (
        deletion_asked(job) and job.resource.confirmed is None
    )


def deletion_asked(job: Job) -> bool:
    """True when the resource was deleted, and whoever wrote it wants the data to go with it."""
    gone = job.resource.state is ResourceState.DELETED
    return gone and job.policy.deletion_policy is DeletionPolicy.DELETE


def after_absence(job: Job, absent: Absent, now: datetime, rules: Rules) -> Job | None:
    """The job after its resource was found absent; None while that means nothing yet."""
    if not awaited(job):
        return None
    known = job.resource
    means = meaning(known, absent.home)
    match means:
        case Meaning.NOTHING:
            return None
        case Meaning.HOME_ANEW:
            return replace(job, resource=ResourceRef(), due=now)
        case Meaning.DELETED:
            if not absent.counted and known.meant is None:
                return None
            return _after_deletion(job, now, rules)
        case _:
            assert_never(means)


def _after_deletion(job: Job, now: datetime, rules: Rules) -> Job | None:
    known = job.resource
    if known.state is ResourceState.DELETED and known.believed is not None:
        ready = now >= known.believed + rules.second_look
        return replace(job, resource=replace(known, confirmed=now), due=now) if ready else None
    gone = replace(job, resource=replace(known, state=ResourceState.DELETED, believed=now), due=now)
    if job.status not in UNFINISHED:
        return gone
    return gone.moved(JobEvent.CANCELLED, now, reason=Reason.CANCELLED, lease=None)
