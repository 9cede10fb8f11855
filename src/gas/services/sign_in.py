"""Signing in: from an identity that an issuer has vouched for to a user and a session."""

import base64
import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from gas.domain.errors import ConflictError, NotAllowedError, SuspendedError, TransientError
from gas.domain.hallmark import RANDOM_BYTES, Hallmark
from gas.domain.plan import Plan, PlanStanding, Profile, User
from gas.domain.session import Identity, Session, SessionRules, handle_of, session_text
from gas.ports.sessions import SessionStore
from gas.ports.stores import UserStore
from gas.services.change_profile import usable
from gas.services.edit_user import edit_user

NAMELESS = "You"
"""What somebody is called whom the issuer gives no name, until they give themselves one."""

_ID_LENGTH = 26


def new_user_id() -> str:
    """26 characters a-z and 2-7 that say nothing about anybody: 130 random bits."""
    return base64.b32encode(secrets.token_bytes(17)).decode().lower()[:_ID_LENGTH]


def new_secret() -> str:
    """256 random bits for a cookie."""
    return secrets.token_urlsafe(32)


def new_session_secret(hallmark: Hallmark) -> str:
    """The secret of a new session, which bears that mark."""
    return session_text(hallmark.struck(secrets.token_bytes(RANDOM_BYTES)))


def sign_in(users: UserStore, identity: Identity, profile: Profile, plan: Plan, now: datetime) -> User:
    """The user of an identity; at the first sign-in a new one, on that plan.

    The identity is claimed first, and the user made second: who is killed in between leaves an identity whose user
    the next sign-in makes. The profile is only that of a new user: afterwards it is theirs to edit. But an address that
    nobody has vouched for, as earlier releases kept them, gives way to one that the issuer vouches for.

    Raises:
        NotAllowedError: the user's account is being deleted. SuspendedError: and they are let in nowhere.
        TransientError: the new user cannot be read back.
    """
    profile = usable(profile)
    user_id = users.user_id_of(identity) or users.claim_identity(identity, new_user_id())
    found = users.get(user_id)
    if found is not None:
        return _with_known_address(users, found, profile.email)
    users.create(
        User(
            user_id,
            email=profile.email,
            email_confirmed=bool(profile.email),
            name=profile.name or NAMELESS,
            institution=profile.institution,
            standing=PlanStanding(plan, now),
            subject=identity.subject,
        )
    )
    made = users.get(user_id)
    if made is None:
        raise TransientError("Your account was made but cannot be read yet: sign in again in a moment.")
    return made


def _with_known_address(users: UserStore, user: User, vouched: str) -> User:
    _refuse_leaving(user)
    if user.email_confirmed or not vouched:
        return user
    try:
        return edit_user(
            users, user.user_id, lambda found: replace(found, email=vouched, email_confirmed=True)
        )
    except ConflictError:
        return user  # The next sign-in does it.


def _refuse_leaving(user: User) -> None:
    if user.delete_requested is None:
        return
    if user.suspended is not None:
        raise SuspendedError(user.user_id, leaving=True)
    raise NotAllowedError(
        "Your account is being deleted, with everything in it. Once that is done, signing in makes a new one."
    )


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
        NotAllowedError: the user's account is being deleted. SuspendedError: and they are let in nowhere.
        TransientError: the user cannot be read back.
    """
    found = users.get(users.claim_identity(identity, user_id))
    if found is None:
        raise TransientError("Your account cannot be read now: sign in again in a moment.")
    _refuse_leaving(found)
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
    """Open a session for a fresh secret, which only the cookie holds from then on.

    Raises:
        SuspendedError: operators let the user in nowhere.
    """
    if user.suspended is not None:
        raise SuspendedError(user.user_id)
    session = rules.opened(handle_of(secret), user.user_id, now, sealed_token)
    sessions.open(session)
    return session
