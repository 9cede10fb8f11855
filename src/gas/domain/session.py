"""What a signed-in browser holds: sessions, and the attempts to sign in that come before them.

Only handles (hashes) of the secrets in cookies are ever kept: whoever reads the table cannot use what stands there.
"""

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gas.domain.plan import Profile, User


@dataclass(frozen=True)
class Identity:
    """Who somebody is at an OpenID issuer. Never an e-mail address: those can be given to another person later."""

    issuer: str
    subject: str


@dataclass(frozen=True)
class LoginAttempt:
    """A sign-in under way: what the browser was sent to the issuer with, and where it wants to go afterwards."""

    handle: str
    state: str
    nonce: str
    code_verifier: str
    next_path: str
    expires: datetime


@dataclass(frozen=True)
class Newcomer:
    """Somebody with an identity that GAS does not know, of whom the issuer says that other identities of theirs are known.

    They have proved who they are and are not signed in: they choose one of these accounts, or a new one. Nothing of
    the issuer's is kept for that, neither a token nor the identities that are not known.
    """

    handle: str
    identity: Identity
    profile: Profile
    accounts: tuple[str, ...]
    """The users that the known identities belong to."""
    next_path: str
    expires: datetime


@dataclass(frozen=True)
class Session:
    """A signed-in browser. `sealed_token` is the issuer's access token, readable only with the cookie."""

    handle: str
    user_id: str
    started: datetime
    seen: datetime
    expires: datetime
    sealed_token: str | None = None


@dataclass(frozen=True)
class SessionRules:
    """How long a session lives unused and at most, and how often its use is written down."""

    idle: timedelta
    absolute: timedelta
    touch_after: timedelta = timedelta(minutes=5)

    def opened(self, handle: str, user_id: str, now: datetime, sealed_token: str | None = None) -> Session:
        """A new session."""
        return Session(handle, user_id, now, now, now + min(self.idle, self.absolute), sealed_token)

    def touched(self, session: Session, now: datetime) -> Session | None:
        """The session after a use at that time; None when that is not worth a write."""
        if now - session.seen < min(self.touch_after, self.idle / 2):
            return None
        expires = min(now + self.idle, session.started + self.absolute)
        return replace(session, seen=now, expires=expires)


def session_text(secret: bytes) -> str:
    """The secret of a session as its cookie holds it."""
    return base64.urlsafe_b64encode(secret).decode().rstrip("=")


def session_of(text: str) -> bytes | None:
    """The bytes that are written so; None when none are."""
    try:
        secret = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    # Decoding skips what it does not know: such a text says the same, and is another.
    return secret if session_text(secret) == text else None


def handle_of(secret: str) -> str:
    """What a secret is known by in the table: half of its SHA-256, which nobody can turn back into so many random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()[:32]


def session_holds(session: Session, user: User, now: datetime) -> bool:
    """True while it is not over, was opened after the user last signed out everywhere, and they are not suspended."""
    signed_out = user.signed_out_everywhere is not None and session.started <= user.signed_out_everywhere
    return now < session.expires and not signed_out and user.suspended is None
