"""What a user's plan means, and since when it holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from gas.domain.line import EVERYBODY, Line


@dataclass(frozen=True)
class Plan:
    """A plan by its name, as records keep it. What it means, `Plans` says, which an installation's settings make.

    A record may name one that this installation does not know.
    """

    value: str

    FREE: ClassVar["Plan"]
    PREMIUM: ClassVar["Plan"]


# The wire strings are the original service's roles.
Plan.FREE = Plan("free_user")
Plan.PREMIUM = Plan("premium_user")


@dataclass(frozen=True)
class PlanStanding:
    """The plan that a user is on, and the moment it began: retention runs from the loss of a plan without one."""

    plan: Plan
    since: datetime


@dataclass(frozen=True)
class CpuLimit:
    """The most processor time that annotating one file may take, and the plan that says so."""

    seconds: int
    plan: Plan


@dataclass(frozen=True)
class PlanTerms:
    """All that a plan means. A file's size is in bytes; 0 open bytes are as many as forms for as many uploads let through."""

    plan: Plan
    word: str
    """What people call it: pages, mails and refusals make "the premium plan" and "a premium user" of it."""
    max_input_bytes: int
    max_cpu_seconds: int
    max_active_jobs: int
    """How many unfinished jobs a user may have at a time."""
    max_open_uploads: int
    max_open_bytes: int = 0
    retention: timedelta | None = None
    """How long a result stays hot; None: as long as its owner is on the plan."""
    line: Line = EVERYBODY
    restores: bool = True
    """Whether its users may ask for what is in the archive."""
    sold: bool = False
    """Whether it is the one that the payment service sells."""

    @property
    def keeps_results(self) -> bool:
        """True when results stay hot, and those that an earlier plan had archived come back by themselves."""
        return self.retention is None

    @property
    def a_user(self) -> str:
        """Whoever is on the plan, as in "you are a premium user"."""
        return _a_user([self.word])

    @property
    def cpu_limit(self) -> CpuLimit:
        """What annotating one file may take."""
        return CpuLimit(self.max_cpu_seconds, self.plan)


@dataclass(frozen=True)
class Plans:
    """The plans of an installation, from the smallest to the largest. New users get the first, which archives results.

    Its limits are also those of users whose plan is not known here.
    """

    terms: tuple[PlanTerms, ...]

    def __post_init__(self) -> None:
        """Refuse a table that no user, or no word, could be looked up in.

        Raises:
            ValueError: the first plan keeps results, or none does; nobody restores them; two plans have the same name or
                word; or several are sold.
        """
        names, words = {terms.plan for terms in self.terms}, {terms.word for terms in self.terms}
        if not self.terms or self.terms[0].keeps_results:
            msg = "there is a first plan, which archives results"
            raise ValueError(msg)
        if not any(terms.keeps_results for terms in self.terms) or not any(t.restores for t in self.terms):
            msg = "there is a plan that keeps results, and one whose users restore them"
            raise ValueError(msg)
        if len(names) < len(self.terms) or len(words) < len(self.terms):
            msg = "each plan has a name and a word of its own"
            raise ValueError(msg)
        if sum(terms.sold for terms in self.terms) > 1:
            msg = "no more than one plan is sold"
            raise ValueError(msg)

    @property
    def default(self) -> PlanTerms:
        """The plan of new users."""
        return self.terms[0]

    @property
    def sold(self) -> PlanTerms | None:
        """The plan that people can buy, where there is one."""
        return next((terms for terms in self.terms if terms.sold), None)

    def known(self, standing: PlanStanding | None) -> PlanTerms | None:
        """The terms of a user's plan; None when nobody knows it."""
        return None if standing is None else self.named(standing.plan)

    def named(self, plan: Plan) -> PlanTerms | None:
        """The terms of a plan by the name that records keep; None when it is not known here."""
        return next((terms for terms in self.terms if terms.plan == plan), None)

    def of(self, standing: PlanStanding | None) -> PlanTerms:
        """The same, and the smallest terms for a user whose plan is not known."""
        return self.known(standing) or self.default

    def called(self, word: str) -> PlanTerms | None:
        """The plan that people call so; None when there is none."""
        return next((terms for terms in self.terms if terms.word == word), None)

    def above(self, own: PlanTerms) -> tuple[PlanTerms, ...]:
        """The plans that are larger than one, the next larger first."""
        return self.terms[self.terms.index(own) + 1 :]

    @property
    def a_keeping_user(self) -> str:
        """Whoever is on a plan that keeps results, as in "when you become a premium user"."""
        return _a_user(self._words(lambda terms: terms.keeps_results))

    @property
    def keeping_users(self) -> str:
        """All of them, as in "results of premium users"."""
        return f"{_joined(self._words(lambda terms: terms.keeps_results), 'and')} users"

    @property
    def restoring_users(self) -> str:
        """Those who may ask for what is in the archive, as in "premium users can restore it"."""
        return f"{_joined(self._words(lambda terms: terms.restores), 'and')} users"

    def _words(self, wanted: Callable[[PlanTerms], bool]) -> list[str]:
        return [terms.word for terms in self.terms if wanted(terms)]


def _a_user(words: Sequence[str]) -> str:
    said = _joined(words, "or")
    return f"{'an' if said[:1] in set('aeiou') else 'a'} {said} user"


def _joined(words: Sequence[str], last: str) -> str:
    *others, end = words
    return f"{', '.join(others)} {last} {end}" if others else end


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

    def with_plan(self, plan: Plan, now: datetime) -> "User":
        """The user on another plan: the next plan version, and their jobs are to be told from the first."""
        return replace(
            self, standing=PlanStanding(plan, now), plan_version=self.plan_version + 1, due=now, cursor=None
        )

    @property
    def letter_owed(self) -> bool:
        """True when an address was asked for that no letter has gone to yet."""
        wish, letter = self.asked_email, self.email_letter
        return wish is not None and (letter is None or letter.answers != wish.asked)
