"""What a plan allows."""

from dataclasses import replace

import pytest

from gas.domain.plan import CpuLimit, Plan, PlanLimits, PlanStanding
from tests.support.jobs import FREE, PREMIUM

LIMITS = PlanLimits(10, 1000, 30, 1800)


@pytest.mark.parametrize(
    ("standing", "limit"), [(FREE, 10), (PREMIUM, 1000), (None, 10)], ids=["free", "premium", "unknown"]
)
def test_limits(standing: PlanStanding | None, limit: int) -> None:
    """A premium user may submit more; a user whose plan is unknown gets the free limit."""
    assert LIMITS.max_input_bytes(standing) == limit


@pytest.mark.parametrize(
    ("standing", "limit"),
    [
        (FREE, CpuLimit(30, Plan.FREE)),
        (PREMIUM, CpuLimit(1800, Plan.PREMIUM)),
        (None, CpuLimit(30, Plan.FREE)),
    ],
    ids=["free", "premium", "unknown"],
)
def test_processor_time(standing: PlanStanding | None, limit: CpuLimit) -> None:
    """A premium user's file may take more of it; that of a user whose plan is unknown takes the free limit."""
    assert LIMITS.cpu_limit(standing) == limit


@pytest.mark.parametrize(
    ("limits", "limit", "sentence"),
    [
        (
            LIMITS,
            CpuLimit(30, Plan.FREE),
            (
                "it took more than 30 seconds of processor time, a free user's limit. "
                "Become a premium user, whose limit is 1,800 seconds, or split the file."
            ),
        ),
        (
            LIMITS,
            CpuLimit(1800, Plan.PREMIUM),
            (
                "it took more than 1,800 seconds of processor time, a premium user's limit. "
                "Split the file, and submit the parts."
            ),
        ),
        (
            replace(LIMITS, premium_max_cpu_seconds=1),
            CpuLimit(1, Plan.FREE),
            "it took more than 1 second of processor time, a free user's limit. Split the file, and submit the parts.",
        ),
    ],
    ids=["free", "premium", "premium-is-no-more"],
)
def test_what_is_said_of_too_much_processor_time(limits: PlanLimits, limit: CpuLimit, sentence: str) -> None:
    """How many seconds, whose limit, and what to do: premium is named only where it allows more."""
    assert limits.cpu_exceeded(limit) == sentence
