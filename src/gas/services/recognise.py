"""Recognising who asks: from the secret of a cookie, or from an access token, to a user."""

from dataclasses import dataclass
from datetime import datetime

from gas.domain.access_token import TOUCH_AFTER, AccessToken, token_is_well_formed
from gas.domain.errors import SuspendedError
from gas.domain.plan import User
from gas.domain.session import Session, SessionRules, handle_of, session_holds
from gas.ports.sessions import AccessTokenStore, SessionStore
from gas.ports.stores import UserStore


@dataclass(frozen=True)
class SessionHolder:
    """A user in a signed-in browser."""

    user: User
    session: Session


@dataclass(frozen=True)
class TokenHolder:
    """A user's script."""

    user: User
    token: AccessToken
    first_in_a_while: bool
    """True for the first use of an hour: the one that is written down."""


def by_session(
    sessions: SessionStore, users: UserStore, rules: SessionRules, secret: str, now: datetime
) -> SessionHolder | None:
    """Whose session the secret opens; None when it has ended. The plan is read afresh, never remembered."""
    session = sessions.get(handle_of(secret))
    if session is None:
        return None
    user = users.get(session.user_id)
    if user is None or user.delete_requested is not None or not session_holds(session, user, now):
        return None
    touched = rules.touched(session, now)
    if touched is None:
        return SessionHolder(user, session)
    return SessionHolder(user, touched) if sessions.touch(touched) else None


def by_token(tokens: AccessTokenStore, users: UserStore, text: str, now: datetime) -> TokenHolder | None:
    """Whose access token that is; None when it is none, was revoked or has expired.

    Raises:
        SuspendedError: its user is let in nowhere.
    """
    if not token_is_well_formed(text):
        return None
    token = tokens.get(handle_of(text))
    if token is None:
        return None
    user = users.get(token.user_id)
    if user is None or user.delete_requested is not None or not token.holds(now, user.tokens_revoked):
        return None
    if user.suspended is not None:
        raise SuspendedError(user.user_id)
    first = token.last_used is None or now - token.last_used >= TOUCH_AFTER
    if first:
        tokens.touch(token.token_id, now)
    return TokenHolder(user, token, first)
