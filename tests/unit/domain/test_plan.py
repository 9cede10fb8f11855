"""What a plan allows."""

from dataclasses import replace

import pytest

from gas.domain.plan import CpuLimit, Plan, Plans, PlanStanding, PlanTerms
from tests.support.jobs import BEFORE, FREE, PREMIUM
from tests.support.plans import FREE_TERMS, PLANS, PREMIUM_LINE, PREMIUM_TERMS, plans_with

LIMITS = plans_with(
    {"max_input_bytes": 10}, {"max_input_bytes": 1000, "max_cpu_seconds": 1800, "max_active_jobs": 50}
)
UNKNOWN = PlanStanding(Plan("of_another_installation"), BEFORE)


@pytest.mark.parametrize(
    ("standing", "limit"),
    [(FREE, 10), (PREMIUM, 1000), (None, 10), (UNKNOWN, 10)],
    ids=["free", "premium", "no-user", "unknown"],
)
def test_limits(standing: PlanStanding | None, limit: int) -> None:
    """A premium user may submit more; a user whose plan is unknown gets the free limit."""
    assert LIMITS.of(standing).max_input_bytes == limit


@pytest.mark.parametrize(
    ("standing", "limit"),
    [
        (FREE, CpuLimit(30, Plan.FREE)),
        (PREMIUM, CpuLimit(1800, Plan.PREMIUM)),
        (None, CpuLimit(30, Plan.FREE)),
        (UNKNOWN, CpuLimit(30, Plan.FREE)),
    ],
    ids=["free", "premium", "no-user", "unknown"],
)
def test_processor_time(standing: PlanStanding | None, limit: CpuLimit) -> None:
    """A premium user's file may take more of it; that of a user whose plan is unknown takes the free limit."""
    assert LIMITS.of(standing).cpu_limit == limit


TEAM = PlanTerms(
    Plan("team_user"),
    "team",
    max_input_bytes=2_000_000,
    max_cpu_seconds=900,
    max_active_jobs=500,
    max_open_uploads=100,
    line=PREMIUM_LINE,
)
THREE = Plans((FREE_TERMS, PREMIUM_TERMS, TEAM))


def test_plans_are_looked_up_by_what_is_known_of_them() -> None:
    """By a standing, and by the word of people; nothing stands for what is not there."""
    on_team = PlanStanding(TEAM.plan, BEFORE)

    assert (THREE.known(on_team), THREE.of(on_team), THREE.called("team")) == (TEAM, TEAM, TEAM)
    assert (THREE.known(UNKNOWN), THREE.known(None), THREE.called("gold")) == (None, None, None)
    assert (THREE.default, THREE.sold) == (FREE_TERMS, PREMIUM_TERMS)
    assert plans_with(premium={"sold": False}).sold is None


def test_plans_are_in_the_order_of_their_size() -> None:
    """What is above a plan is what advice may name, the next larger first."""
    assert [THREE.above(terms) for terms in THREE.terms] == [(PREMIUM_TERMS, TEAM), (TEAM,), ()]


def test_who_keeps_and_restores_is_told_in_words() -> None:
    """Two plans are told as well as one, and an article fits its word."""
    assert (PLANS.a_keeping_user, THREE.a_keeping_user) == ("a premium user", "a premium or team user")
    assert (PLANS.keeping_users, THREE.keeping_users) == ("premium users", "premium and team users")
    assert (PLANS.restoring_users, THREE.restoring_users) == ("premium users", "premium and team users")
    assert replace(TEAM, word="academic").a_user == "an academic user"


@pytest.mark.parametrize(
    "terms",
    [
        (),
        (PREMIUM_TERMS,),
        (FREE_TERMS,),
        (FREE_TERMS, replace(PREMIUM_TERMS, restores=False)),
        (FREE_TERMS, replace(TEAM, word="free")),
        (FREE_TERMS, replace(TEAM, plan=Plan.FREE)),
        (FREE_TERMS, PREMIUM_TERMS, replace(TEAM, sold=True)),
    ],
    ids=["none", "the-first-keeps", "none-keeps", "nobody-restores", "one-word", "one-name", "two-sold"],
)
def test_a_table_that_cannot_be_looked_up_in_is_refused(terms: tuple[PlanTerms, ...]) -> None:
    """Names and words lead to one plan, new users have one, and a payment is for one."""
    with pytest.raises(ValueError, match="plan"):
        Plans(terms)
