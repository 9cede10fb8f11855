"""What is said of a file that a plan's limit stopped: the record keeps what happened, and whoever reads gets the advice.

Advice is asked of the plan that the owner is on when they read: they may have taken a larger one since.
"""

from collections.abc import Callable

from gas.domain.plan import CpuLimit, Plans, PlanTerms
from gas.domain.reasons import Reason

_LIMIT = "'s limit"
_UNKNOWN = "its plan"


def size_exceeded(size_bytes: int, own: PlanTerms) -> str:
    """What happened to a file that is larger than its owner's plan takes."""
    return f"it has {size_bytes:,} bytes, {own.a_user}{_LIMIT} is {own.max_input_bytes:,} bytes."


def cpu_exceeded(limit: CpuLimit, plans: Plans) -> str:
    """What happened to a file that took more than that; its plan may be one that this installation does not know."""
    own = plans.named(limit.plan)
    whose = own.a_user if own else _UNKNOWN
    return f"it took more than {_seconds(limit.seconds)} of processor time, {whose}{_LIMIT}."


def what_happened(detail: str, plans: Plans) -> str:
    """The same without the advice that records of older releases hold."""
    if _plan_of(detail, plans) is None:
        return detail
    end = detail.find(". ", detail.index(_LIMIT))
    return detail if end < 0 else detail[: end + 1]


def has_grown(reason: Reason, detail: str, plans: Plans, own: PlanTerms | None) -> bool:
    """True when the owner's plan now has more of what the file met the limit of."""
    stopped_by, measure = _plan_of(detail, plans), _MEASURES.get(reason)
    if own is None or stopped_by is None or measure is None:
        return False
    return measure(own) > measure(stopped_by)


def advice(reason: Reason, detail: str, plans: Plans, own: PlanTerms | None) -> str | None:
    """What the owner can do about such a limit, or None where it is about no plan's.

    Args:
        reason: why the job failed.
        detail: what the record tells of it.
        plans: those of the installation.
        own: the plan of its owner now; None where nobody knows, which is then the one that stopped the file.
    """
    stopped_by, measure = _plan_of(detail, plans), _MEASURES.get(reason)
    if stopped_by is None or measure is None:
        return None
    now = own or stopped_by
    if has_grown(reason, detail, plans, now):
        again = (
            "Try the job again."
            if reason is Reason.LIMIT_EXCEEDED
            else "Submit the file again, as a new job."
        )
        return f"You are {now.a_user} now, whose limit is {_told(reason, now)}. {again}"
    more = next((terms for terms in plans.above(now) if measure(terms) > measure(now)), None)
    if more is None:
        return "Split the file, and submit the parts."
    return f"Become {more.a_user}, whose limit is {_told(reason, more)}, or split the file."


_MEASURES: dict[Reason, Callable[[PlanTerms], int]] = {
    Reason.INPUT_TOO_LARGE: lambda terms: terms.max_input_bytes,
    Reason.LIMIT_EXCEEDED: lambda terms: terms.max_cpu_seconds,
}


def _plan_of(detail: str, plans: Plans) -> PlanTerms | None:
    """The plan whose limit the detail names; the smallest stands for one that is not known."""
    if f"{_UNKNOWN}{_LIMIT}" in detail:
        return plans.default
    return next((terms for terms in plans.terms if f" {terms.a_user}{_LIMIT}" in detail), None)


def _told(reason: Reason, terms: PlanTerms) -> str:
    return (
        f"{terms.max_input_bytes:,} bytes"
        if reason is Reason.INPUT_TOO_LARGE
        else _seconds(terms.max_cpu_seconds)
    )


def _seconds(count: int) -> str:
    return f"{count:,} second{'' if count == 1 else 's'}"
