"""Signing in: from an identity that an issuer has vouched for to a user and a session."""

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime

from gas.domain.errors import TransientError
from gas.domain.plan import Plan, PlanStanding, Profile, User
from gas.domain.session import Identity, Session, SessionRules, handle_of
from gas.ports.sessions import SessionStore
from gas.ports.stores import UserStore

_ID_LENGTH = 26


def new_user_id() -> str:
    """26 characters a-z and 2-7 that say nothing about anybody: 130 random bits."""
    return base64.b32encode(secrets.token_bytes(17)).decode().lower()[:_ID_LENGTH]


def new_secret() -> str:
    """256 random bits for a cookie."""
    return secrets.token_urlsafe(32)


def sign_in(users: UserStore, identity: Identity, profile: Profile, now: datetime) -> User:
    """The user of an identity; at the first sign-in a new one, on the free plan.

    The identity is claimed first, and the user made second: who is killed in between leaves an identity whose user
    the next sign-in makes. The profile is only that of a new user: afterwards it is theirs to edit.

    Raises:
        TransientError: the new user cannot be read back.
    """
    user_id = users.user_id_of(identity) or users.claim_identity(identity, new_user_id())
    found = users.get(user_id)
    if found is not None:
        return found
    users.create(
        User(
            user_id,
            email=profile.email,
            name=profile.name,
            institution=profile.institution,
            standing=PlanStanding(Plan.FREE, now),
            subject=identity.subject,
        )
    )
    made = users.get(user_id)
    if made is None:
        raise TransientError("Your account was made but cannot be read yet: sign in again in a moment.")
    return made


def known_accounts(users: UserStore, identity: Identity, linked: Iterable[str]) -> tuple[str, ...]:
    """The users to whom other identities of the same person at the same issuer belong, each once.

    `linked` are their subjects, as the issuer vouches for them.
    """
    others = (Identity(identity.issuer, subject) for subject in linked if subject != identity.subject)
    found = [users.user_id_of(other) for other in others]
    return tuple(dict.fromkeys(u for u in found if u is not None and users.get(u) is not None))


def sign_in_as(users: UserStore, identity: Identity, user_id: str) -> User:
    """The user with that id, to whom the identity belongs from now on; somebody else if it got a user meanwhile.

    Raises:
        TransientError: the user cannot be read back.
    """
    found = users.get(users.claim_identity(identity, user_id))
    if found is None:
        raise TransientError("Your account cannot be read now: sign in again in a moment.")
    return found


def open_session(
    sessions: SessionStore,
    user: User,
    rules: SessionRules,
    now: datetime,
    *,
    secret: str,
    sealed_token: str | None = None,
) -> Session:
    """Open a session for a fresh secret, which only the cookie holds from then on."""
    session = rules.opened(handle_of(secret), user.user_id, now, sealed_token)
    sessions.open(session)
    return session
