"""Where a result belongs: the truth table of policies, plans, requests and times."""

from datetime import datetime, timedelta

import pytest

from gas.domain.plan import Plan, PlanStanding
from gas.domain.reasons import Reason
from gas.domain.spec import ArchivePolicy
from gas.domain.tier import Milestones, RestoreHold, StorageTier, Wanted, wanted_tier
from tests.support.jobs import NOW
from tests.support.plans import PLANS

FIVE = timedelta(minutes=5)
HOT, COLD, AS_IS = StorageTier.HOT, StorageTier.COLD, StorageTier.AS_IS
NEVER, IMMEDIATE, FOLLOW = ArchivePolicy.NEVER, ArchivePolicy.IMMEDIATE, ArchivePolicy.FOLLOW_PLAN


def ago(minutes: float) -> datetime:
    """A time before now."""
    return NOW - timedelta(minutes=minutes)


FREE = PlanStanding(Plan.FREE, ago(1000))
PREMIUM = PlanStanding(Plan.PREMIUM, ago(1000))
NO_HOLD, OPEN = RestoreHold(), RestoreHold(open=True)


def want(
    policy: ArchivePolicy,
    plan: PlanStanding | None,
    hold: RestoreHold = NO_HOLD,
    completed: float = 60,
    restored: float | None = None,
) -> Wanted:
    """The answer now, with a retention of five minutes."""
    began = None if plan is None else plan.since
    milestones = Milestones(ago(completed), None if restored is None else ago(restored), began)
    return wanted_tier(policy, PLANS.known(plan), hold, milestones, retention=FIVE, now=NOW)


@pytest.mark.parametrize(
    ("policy", "plan", "hold", "tier", "reason"),
    [
        (NEVER, FREE, NO_HOLD, HOT, Reason.POLICY_NEVER),
        (NEVER, PREMIUM, NO_HOLD, HOT, Reason.POLICY_NEVER),
        (NEVER, None, NO_HOLD, HOT, Reason.POLICY_NEVER),
        (NEVER, FREE, OPEN, HOT, Reason.POLICY_NEVER),
        (IMMEDIATE, FREE, NO_HOLD, COLD, Reason.POLICY_IMMEDIATE),
        (IMMEDIATE, PREMIUM, NO_HOLD, COLD, Reason.POLICY_IMMEDIATE),
        (IMMEDIATE, None, NO_HOLD, COLD, Reason.POLICY_IMMEDIATE),
        (IMMEDIATE, FREE, OPEN, HOT, Reason.RETENTION_RUNNING),
        (IMMEDIATE, FREE, RestoreHold(since=ago(4)), HOT, Reason.RETENTION_RUNNING),
        (IMMEDIATE, FREE, RestoreHold(since=ago(5)), COLD, Reason.POLICY_IMMEDIATE),
        (FOLLOW, FREE, NO_HOLD, COLD, Reason.RETENTION_OVER),
        (FOLLOW, FREE, OPEN, HOT, Reason.RETENTION_RUNNING),
        (FOLLOW, FREE, RestoreHold(since=ago(4)), HOT, Reason.RETENTION_RUNNING),
        (FOLLOW, FREE, RestoreHold(since=ago(5)), COLD, Reason.RETENTION_OVER),
        (FOLLOW, PREMIUM, NO_HOLD, HOT, Reason.PREMIUM),
        (FOLLOW, PREMIUM, OPEN, HOT, Reason.RETENTION_RUNNING),
        (FOLLOW, None, NO_HOLD, AS_IS, Reason.RETENTION_RUNNING),
        (FOLLOW, None, OPEN, HOT, Reason.RETENTION_RUNNING),
    ],
    ids=[
        "never-free",
        "never-premium",
        "never-unknown",
        "never-asked",
        "immediate-free",
        "immediate-premium",
        "immediate-unknown",
        "immediate-asked",
        "immediate-held",
        "immediate-hold-over",
        "follow-free-over",
        "follow-free-asked",
        "follow-free-held",
        "follow-free-hold-over",
        "follow-premium",
        "follow-premium-asked",
        "follow-unknown",
        "follow-unknown-asked",
    ],
)
def test_an_hour_after_completion(
    policy: ArchivePolicy, plan: PlanStanding | None, hold: RestoreHold, tier: StorageTier, reason: Reason
) -> None:
    """Long after completion only the policy, the plan and a restore request decide."""
    wanted = want(policy, plan, hold)

    assert (wanted.tier, wanted.reason) == (tier, reason)


@pytest.mark.parametrize(
    ("completed", "restored", "lost_premium", "held", "until"),
    [
        (1, None, 1000, None, 4),
        (60, 2, 1000, None, 3),
        (60, 50, 3, None, 2),
        (60, 50, 40, 1, 4),
        (4, 3, 2, 1, 4),
        (60, None, 1000, None, None),
        (5, None, 1000, None, None),
    ],
    ids=["completion", "restoration", "loss-of-premium", "request", "the-latest", "over", "just-over"],
)
def test_retention_starts_at_the_latest(
    completed: float, restored: float | None, lost_premium: float, held: float | None, until: float | None
) -> None:
    """A free user's retention starts at the latest of completion, restoration, loss of premium and a served request."""
    hold = RestoreHold(since=None if held is None else ago(held))

    wanted = want(FOLLOW, PlanStanding(Plan.FREE, ago(lost_premium)), hold, completed, restored)

    if until is None:
        assert wanted.tier is COLD
    else:
        assert wanted == Wanted(HOT, Reason.RETENTION_RUNNING, NOW + timedelta(minutes=until))
