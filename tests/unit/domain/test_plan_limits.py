"""What is said of a file that met a plan's limit."""

import pytest

from gas.domain.plan import CpuLimit, Plan, Plans
from gas.domain.plan_limits import advice, cpu_exceeded, size_exceeded, what_happened
from gas.domain.reasons import Reason
from tests.support.plans import FREE_TERMS, PLANS, PREMIUM_TERMS, plans_with

LESS = plans_with(premium={"max_cpu_seconds": 1})


@pytest.mark.parametrize(
    ("plans", "limit", "said", "advised"),
    [
        (PLANS, CpuLimit(30, Plan.FREE), "more than 30 seconds of processor time, a free user's limit.",
         "Become a premium user, whose limit is 900 seconds, or split the file."),
        (PLANS, CpuLimit(900, Plan.PREMIUM), "more than 900 seconds of processor time, a premium user's limit.",
         "Split the file, and submit the parts."),
        (LESS, CpuLimit(1, Plan.FREE), "more than 1 second of processor time, a free user's limit.",
         "Split the file, and submit the parts."),
        (PLANS, CpuLimit(40, Plan("of_another")), "more than 40 seconds of processor time, its plan's limit.",
         "Become a premium user, whose limit is 900 seconds, or split the file."),
    ],
    ids=["free", "premium", "premium-is-no-more", "unknown"],
)  # fmt: skip
def test_too_much_processor_time(plans: Plans, limit: CpuLimit, said: str, advised: str) -> None:
    """How many seconds, whose limit, and what to do: a plan is named only where it allows more."""
    detail = cpu_exceeded(limit, plans)

    assert detail == f"it took {said}"
    assert advice(Reason.LIMIT_EXCEEDED, detail, plans, None) == advised


def test_too_large() -> None:
    """The same for bytes, and for a file that is too large for the largest plan."""
    free, premium = size_exceeded(2_000, FREE_TERMS), size_exceeded(2_000_000, PREMIUM_TERMS)

    assert free == "it has 2,000 bytes, a free user's limit is 1,000 bytes."
    assert advice(Reason.INPUT_TOO_LARGE, free, PLANS, FREE_TERMS) == (
        "Become a premium user, whose limit is 1,000,000 bytes, or split the file."
    )
    assert (
        advice(Reason.INPUT_TOO_LARGE, premium, PLANS, PREMIUM_TERMS)
        == "Split the file, and submit the parts."
    )


def test_what_is_no_plans_limit_is_left_as_it_is() -> None:
    """Neither advice nor a cut, whatever a stranger's file made the engine say."""
    other = "annotating takes more memory than 1,000 bytes. Split the file."

    assert what_happened(other, PLANS) == other
    assert advice(Reason.LIMIT_EXCEEDED, other, PLANS, PREMIUM_TERMS) is None
    assert advice(Reason.INPUT_REFUSED, size_exceeded(2_000, FREE_TERMS), PLANS, FREE_TERMS) is None
