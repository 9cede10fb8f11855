"""Whether a result should be hot or in the archive now: one pure function for both directions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from gas.domain.plan import PlanTerms
from gas.domain.reasons import Reason
from gas.domain.spec import ArchivePolicy


class StorageTier(Enum):
    """Where the bytes of a result belong."""

    HOT = "Hot"
    COLD = "Cold"
    AS_IS = "AsIs"
    """Where they are: nothing is known that would move them."""


@dataclass(frozen=True)
class Wanted:
    """The tier that is wanted, why, and until when the answer holds if nothing else happens."""

    tier: StorageTier
    reason: Reason
    until: datetime | None = None


@dataclass(frozen=True)
class RestoreHold:
    """What a restore request still asks for: `open` until it is served, then a hold of one retention from `since`."""

    open: bool = False
    since: datetime | None = None


@dataclass(frozen=True)
class Milestones:
    """The moments that retention may start at."""

    completed: datetime
    restored: datetime | None = None
    plan_began: datetime | None = None


def wanted_tier(
    policy: ArchivePolicy,
    plan: PlanTerms | None,
    restore: RestoreHold,
    milestones: Milestones,
    *,
    retention: timedelta,
    now: datetime,
) -> Wanted:
    """Decide where a result belongs.

    Never is hot. An unserved restore request is hot. Immediate is cold, but for the hold of a served request.
    FollowPlan is hot while the owner's plan keeps results, else until the retention ends, which starts at the latest of
    completion, restoration, service of a restore request and the plan's begin. An unknown plan moves nothing.
    """
    if policy is ArchivePolicy.NEVER:
        return Wanted(StorageTier.HOT, Reason.POLICY_NEVER)
    if restore.open:
        return Wanted(StorageTier.HOT, Reason.RETENTION_RUNNING)
    if policy is ArchivePolicy.IMMEDIATE:
        if restore.since is not None and now < restore.since + retention:
            return Wanted(StorageTier.HOT, Reason.RETENTION_RUNNING, restore.since + retention)
        return Wanted(StorageTier.COLD, Reason.POLICY_IMMEDIATE)
    if plan is None:
        return Wanted(StorageTier.AS_IS, Reason.RETENTION_RUNNING)
    if plan.keeps_results:
        return Wanted(StorageTier.HOT, Reason.PREMIUM)
    starts = (milestones.completed, milestones.restored, restore.since, milestones.plan_began)
    until = max(start for start in starts if start is not None) + retention
    if now < until:
        return Wanted(StorageTier.HOT, Reason.RETENTION_RUNNING, until)
    return Wanted(StorageTier.COLD, Reason.RETENTION_OVER)
