"""Who is asking: the person behind a request, however they proved it."""

from dataclasses import dataclass
from enum import Enum

from flask import g

from gas.domain.plan import Plan, User


class Scope(Enum):
    """What an access token may be used for."""

    READ = "jobs:read"
    WRITE = "jobs:write"


ALL_SCOPES = frozenset(Scope)
"""A signed-in browser may do all that its user may."""


@dataclass(frozen=True)
class Principal:
    """A user, what their proof allows, and whether they are an operator."""

    user: User
    scopes: frozenset[Scope] = ALL_SCOPES
    operator: bool = False

    @property
    def premium(self) -> bool:
        """True while the user is on the premium plan."""
        return self.user.standing.plan is Plan.PREMIUM


def current_principal() -> Principal | None:
    """Who asks in this request; None when nobody is signed in."""
    principal = g.get("principal")
    return principal if isinstance(principal, Principal) else None
