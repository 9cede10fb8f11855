"""What a plan allows."""

import pytest

from gas.domain.plan import PlanLimits, PlanStanding
from tests.support.jobs import FREE, PREMIUM


@pytest.mark.parametrize(
    ("standing", "limit"), [(FREE, 10), (PREMIUM, 1000), (None, 10)], ids=["free", "premium", "unknown"]
)
def test_limits(standing: PlanStanding | None, limit: int) -> None:
    """A premium user may submit more; a user whose plan is unknown gets the free limit."""
    assert PlanLimits(10, 1000).max_input_bytes(standing) == limit
