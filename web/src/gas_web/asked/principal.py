"""Who is asking: the person behind a request, however they proved it."""

from dataclasses import dataclass

from flask import g

from gas.domain.access_token import Scope as Scope  # noqa: PLC0414 - offered from here as well
from gas.domain.plan import PlanTerms, User

ALL_SCOPES = frozenset(Scope)
"""A signed-in browser may do all that its user may."""


@dataclass(frozen=True)
class Principal:
    """A user, what their proof allows, and whether they are an operator."""

    user: User
    own: PlanTerms
    """What the user's plan means."""
    scopes: frozenset[Scope] = ALL_SCOPES
    operator: bool = False
    token_id: str | None = None
    """The access token that a script showed; None for a signed-in browser."""

    @property
    def by_token(self) -> bool:
        """True for a script with an access token: it may not make further tokens."""
        return self.token_id is not None

    @property
    def may_restore(self) -> bool:
        """True when archived results may be asked back."""
        return self.own.restores or self.operator


def current_principal() -> Principal | None:
    """Who asks in this request; None when nobody is signed in."""
    principal = g.get("principal")
    return principal if isinstance(principal, Principal) else None
