"""Making an access token."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from gas.domain.access_token import (
    MAX_DAYS,
    MAX_NAME_LENGTH,
    MAX_TOKENS,
    AccessToken,
    Scope,
    token_text,
)
from gas.domain.errors import ConflictError, UsageError
from gas.domain.hallmark import RANDOM_BYTES, Hallmark
from gas.domain.plan import User
from gas.domain.session import handle_of
from gas.ports.sessions import AccessTokenStore
from gas.services.kept_tokens import kept_tokens


@dataclass(frozen=True)
class IssuedToken:
    """A new token, and the text that is shown this once and kept nowhere."""

    token: AccessToken
    text: str


def issue_token(
    tokens: AccessTokenStore,
    user: User,
    name: str,
    *,
    hallmark: Hallmark,
    scopes: frozenset[Scope],
    days: int,
    now: datetime,
) -> IssuedToken:
    """Make an access token, which bears that mark.

    Raises:
        UsageError: the name, scopes or days are out of bounds, or the user has too many tokens.
        ConflictError: the same random bits came twice.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= MAX_NAME_LENGTH or not name.isprintable():
        raise UsageError(f"Give the token a name of 1 to {MAX_NAME_LENGTH} printable characters.")
    if not scopes:
        raise UsageError("Choose at least one thing that the token may be used for.")
    if not 1 <= days <= MAX_DAYS:
        raise UsageError(f"A token lives 1 to {MAX_DAYS} days.")
    if sum(token.holds(now) for token in kept_tokens(tokens, user)) >= MAX_TOKENS:
        raise UsageError(f"You have {MAX_TOKENS} tokens, the most there can be: revoke one first.")
    text = token_text(hallmark.struck(secrets.token_bytes(RANDOM_BYTES)))
    token = AccessToken(handle_of(text), user.user_id, name, scopes, now, now + timedelta(days=days))
    if not tokens.create(token):
        raise ConflictError("The token could not be made: try again.")
    return IssuedToken(token, text)
