"""The plans of an installation, for tests: free and premium, with limits that are easy to go beyond."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from gas.config import PlanSettings
from gas.domain.line import EVERYBODY, Line, channels_of
from gas.domain.plan import Plan, Plans, PlanTerms

FREE_TERMS = PlanTerms(
    Plan.FREE,
    "free",
    max_input_bytes=1_000,
    max_cpu_seconds=30,
    max_active_jobs=10,
    max_open_uploads=20,
    retention=timedelta(minutes=5),
    restores=False,
)
PREMIUM_TERMS = PlanTerms(
    Plan.PREMIUM,
    "premium",
    max_input_bytes=1_000_000,
    max_cpu_seconds=900,
    max_active_jobs=100,
    max_open_uploads=50,
    sold=True,
)
PREMIUM_LINE = Line("premium")
LINES = (EVERYBODY, PREMIUM_LINE)
"""Those that every installation has by its settings' defaults."""
CHANNELS = channels_of(LINES)
PREMIUM_REQUESTS = PREMIUM_LINE.channel


def plans_with(free: dict[str, Any] | None = None, premium: dict[str, Any] | None = None) -> Plans:
    """The two plans with changes."""
    return Plans((replace(FREE_TERMS, **(free or {})), replace(PREMIUM_TERMS, **(premium or {}))))


PLANS = plans_with()
LINED = plans_with(premium={"line": PREMIUM_LINE})
"""The same, with a line of their own for premium users."""

FURTHER: tuple[dict[str, Any], ...] = (
    {
        "name": "team_user",
        "word": "team",
        "max_input_bytes": 300_000,
        "max_active_jobs": 2,
        "max_cpu_seconds": 1200,
        "retention_seconds": 3600,
    },
    {
        "name": "institute_user",
        "word": "institute",
        "max_input_bytes": 400_000,
        "max_active_jobs": 500,
        "max_cpu_seconds": 2400,
    },
)
"""Two plans as settings define them: one whose results are archived, and asked back; one that keeps them."""
TEAM, INSTITUTE = (Plan(plan["name"]) for plan in FURTHER)


def settings_with_further(**plans: Any) -> PlanSettings:
    """Settings of free, premium and both of these, each larger than those before."""
    return PlanSettings.model_validate({"premium_max_input_bytes": 200_000, "more": FURTHER, **plans})
