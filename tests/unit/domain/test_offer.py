"""What an installation offers, and what it says about a file that is too large."""

from datetime import UTC, datetime

import pytest

from gas.domain.offer import Offer
from gas.domain.plan import Plan, PlanStanding, User
from tests.support.plans import plans_with

OFFER = Offer(plans_with({"max_input_bytes": 100}, {"max_input_bytes": 1000, "max_active_jobs": 50}))


def user(plan: Plan) -> User:
    """Somebody on a plan."""
    return User("u" * 26, "a@example.org", "Ada", PlanStanding(plan, datetime(2026, 11, 23, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("plan", "size", "advice"),
    [
        (Plan.FREE, 100, None),
        (Plan.FREE, 101, "Subscribe to the premium plan for files of up to 1,000 bytes"),
        (Plan.FREE, 1001, "Compress it with bgzip"),
        (Plan.PREMIUM, 1000, None),
        (Plan.PREMIUM, 1001, "Compress it with bgzip"),
    ],
)
def test_a_file_that_is_too_large_comes_with_advice(plan: Plan, size: int, advice: str | None) -> None:
    """The upgrade is named only where it would help."""
    said = OFFER.too_large(user(plan), size)

    assert (said is None) if advice is None else (said is not None and advice in said)


@pytest.mark.parametrize(("plan", "jobs", "size"), [(Plan.FREE, 10, 100), (Plan.PREMIUM, 50, 1000)])
def test_each_plan_has_its_limits(plan: Plan, jobs: int, size: int) -> None:
    """The plan that holds now decides."""
    assert (OFFER.max_active_jobs(user(plan)), OFFER.max_input_bytes(user(plan))) == (jobs, size)
