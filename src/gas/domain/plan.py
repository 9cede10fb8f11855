"""What a user's plan allows, and since when it holds."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Plan(Enum):
    """The two plans. The wire strings are the original service's roles."""

    FREE = "free_user"
    PREMIUM = "premium_user"


@dataclass(frozen=True)
class PlanStanding:
    """The plan that a user is on, and the moment it began: retention runs from the loss of premium."""

    plan: Plan
    since: datetime


@dataclass(frozen=True)
class PlanLimits:
    """The largest input of each plan, in bytes."""

    free_max_input_bytes: int
    premium_max_input_bytes: int

    def max_input_bytes(self, standing: PlanStanding | None) -> int:
        """The largest input that a user may submit; a user whose plan is unknown gets the free limit."""
        if standing is not None and standing.plan is Plan.PREMIUM:
            return self.premium_max_input_bytes
        return self.free_max_input_bytes


@dataclass(frozen=True)
class Profile:
    """What users say about themselves."""

    name: str
    email: str
    institution: str = ""


@dataclass(frozen=True)
class User:
    """A person, known by an opaque id that says nothing about them.

    `plan_version` counts plan changes. `due` is set while the user's jobs have not all been told of the last one, and
    `cursor` is how far the telling has come. `subject` is who they are at the issuer they first came from.
    """

    user_id: str
    email: str
    name: str
    standing: PlanStanding
    plan_version: int = 1
    due: datetime | None = None
    cursor: str | None = None
    mailed_plan_version: int = 0
    institution: str = ""
    subject: str = ""
    signed_out_everywhere: datetime | None = None
