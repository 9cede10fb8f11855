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
class CpuLimit:
    """The most processor time that annotating one file may take, and the plan that says so."""

    seconds: int
    plan: Plan


@dataclass(frozen=True)
class PlanLimits:
    """What one job of each plan may have: bytes of input, and seconds of processor time."""

    free_max_input_bytes: int
    premium_max_input_bytes: int
    free_max_cpu_seconds: int
    premium_max_cpu_seconds: int

    def max_input_bytes(self, standing: PlanStanding | None) -> int:
        """The largest input that a user may submit; a user whose plan is unknown gets the free limit."""
        if standing is not None and standing.plan is Plan.PREMIUM:
            return self.premium_max_input_bytes
        return self.free_max_input_bytes

    def cpu_limit(self, standing: PlanStanding | None) -> CpuLimit:
        """What annotating one of a user's files may take; a user whose plan is unknown gets the free limit."""
        if standing is not None and standing.plan is Plan.PREMIUM:
            return CpuLimit(self.premium_max_cpu_seconds, Plan.PREMIUM)
        return CpuLimit(self.free_max_cpu_seconds, Plan.FREE)

    def cpu_exceeded(self, limit: CpuLimit) -> str:
        """What the owner of a file is told that took more than that, and what to do."""
        more = self.premium_max_cpu_seconds
        whose = "a premium user's" if limit.plan is Plan.PREMIUM else "a free user's"
        said = f"it took more than {_seconds(limit.seconds)} of processor time, {whose} limit."
        if limit.plan is Plan.FREE and limit.seconds < more:
            return f"{said} Become a premium user, whose limit is {_seconds(more)}, or split the file."
        return f"{said} Split the file, and submit the parts."


def _seconds(count: int) -> str:
    return f"{count:,} second{'' if count == 1 else 's'}"


@dataclass(frozen=True)
class Profile:
    """What users say about themselves, or an issuer of them."""

    name: str
    email: str
    institution: str = ""


@dataclass(frozen=True)
class EmailWish:
    """An address that a user wants e-mail at. Until its owner confirms it, it gets one letter and nothing else."""

    address: str
    asked: datetime


@dataclass(frozen=True)
class EmailLetter:
    """The letter that asked the owner of an address: the secret in its link is known by its handle."""

    address: str
    handle: str
    expires: datetime
    answers: datetime
    """When the wish was made that it was sent for."""


@dataclass(frozen=True)
class User:
    """A person, known by an opaque id that says nothing about them.

    `plan_version` counts plan changes, and `told_plan_version` is the last that all the user's jobs were told of. `due` is
    set while they have not all been told, or a letter is owed, and `cursor` is how far the telling has come. `subject` is who they are at the issuer they first came from.
    """

    user_id: str
    email: str
    name: str
    standing: PlanStanding
    plan_version: int = 1
    due: datetime | None = None
    cursor: str | None = None
    mailed_plan_version: int = 0
    told_plan_version: int = 1
    institution: str = ""
    subject: str = ""
    signed_out_everywhere: datetime | None = None
    tokens_revoked: datetime | None = None
    """No access token made up to then holds any more."""
    suspended: datetime | None = None
    """Since when operators let the user in nowhere."""
    email_confirmed: bool = False
    """True when the issuer vouched for the address, or its owner confirmed it: no other ever gets a job's mail."""
    asked_email: EmailWish | None = None
    email_letter: EmailLetter | None = None
    delete_requested: datetime | None = None
    """When the user asked to have the account deleted, and everything with it. They are out from then on."""

    @property
    def mail_address(self) -> str:
        """Where e-mail to the user goes; empty when there is no address that is known to be theirs."""
        return self.email if self.email_confirmed else ""

    @property
    def plan_untold(self) -> bool:
        """True while some of the user's jobs may not have been told of the last plan change."""
        return self.told_plan_version < self.plan_version

    @property
    def letter_owed(self) -> bool:
        """True when an address was asked for that no letter has gone to yet."""
        wish, letter = self.asked_email, self.email_letter
        return wish is not None and (letter is None or letter.answers != wish.asked)
