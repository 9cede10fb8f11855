"""How sessions, sign-ins under way, newcomers and access tokens are written in the one table that forgets by itself.

Their keys have a prefix each, so that no handle of one kind can be used as one of another.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from gas.adapters.wire_values import (
    TEXT,
    TIME,
    Codec,
    Column,
    Item,
    Shape,
    columns,
    listed,
    mapped,
    to_epoch,
)
from gas.domain.access_token import AccessToken, Scope
from gas.domain.plan import Profile
from gas.domain.session import Identity, LoginAttempt, Newcomer, Session, handle_of

TABLE_KEY = "session_hash"
TOKEN_OWNER = "token_owner"  # noqa: S105 - the name of an attribute
TOKEN_CREATED = "created_at"  # noqa: S105 - the name of an attribute
BELONGS_TO = "belongs_to"

_TOKENS_KEPT = timedelta(days=7)
"""How long an expired token still stands in its owner's list, so that they see why a script stopped."""

# A scope that a newer release gave is none here, and no reason to fail.
_SCOPES = Codec(
    lambda scopes: {scope.value for scope in scopes},
    lambda texts: frozenset(scope for scope in Scope if scope.value in texts),
)

_ENDS = {"expires": Column("ends_at", TIME)}

_ATTEMPT = Shape(
    LoginAttempt, columns(TEXT, "handle", "state", "nonce", "code_verifier", "next_path") | _ENDS
)

_NEWCOMER = Shape(
    Newcomer,
    {
        **columns(TEXT, "handle", "next_path"),
        **columns(mapped(Shape(Identity, columns(TEXT, "issuer", "subject"))), "identity"),
        **columns(mapped(Shape(Profile, columns(TEXT, "name", "email", "institution"))), "profile"),
        **columns(listed(TEXT), "accounts"),
        **_ENDS,
    },
)

_SESSION = Shape(
    Session,
    columns(TEXT, "handle", "user_id", "sealed_token") | columns(TIME, "started", "seen") | _ENDS,
)

_TOKEN = Shape(
    AccessToken,
    {
        **columns(TEXT, "token_id", "name"),
        **columns(_SCOPES, "scopes"),
        **columns(TIME, "last_used"),
        "user_id": Column(TOKEN_OWNER, TEXT),
        "created": Column(TOKEN_CREATED, TIME),
        **_ENDS,
    },
)


def login_key(handle: str) -> str:
    """The key of a sign-in under way."""
    return f"login:{handle}"


def newcomer_key(handle: str) -> str:
    """The key of a newcomer."""
    return f"newcomer:{handle}"


def session_key(handle: str) -> str:
    """The key of a session."""
    return f"session:{handle}"


def token_key(token_id: str) -> str:
    """The key of an access token."""
    return f"token:{token_id}"


def attempt_to_item(attempt: LoginAttempt) -> Item:
    """The item of a sign-in under way."""
    return _keyed(login_key(attempt.handle), attempt.expires) | _ATTEMPT.write(attempt)


def attempt_from_item(item: Mapping[str, Any]) -> LoginAttempt:
    """The sign-in under way of an item."""
    return _ATTEMPT.read(item)


def newcomer_to_item(newcomer: Newcomer) -> Item:
    """The item of a newcomer."""
    return _keyed(newcomer_key(newcomer.handle), newcomer.expires) | _NEWCOMER.write(newcomer)


def newcomer_from_item(item: Mapping[str, Any]) -> Newcomer:
    """The newcomer of an item."""
    return _NEWCOMER.read(item)


def session_to_item(session: Session) -> Item:
    """The item of a session."""
    return _keyed(session_key(session.handle), session.expires) | _SESSION.write(session)


def session_from_item(item: Mapping[str, Any]) -> Session:
    """The session of an item."""
    return _SESSION.read(item)


def touched_attributes(session: Session) -> Item:
    """What a use of a session changes."""
    return {
        "seen": to_epoch(session.seen),
        "ends_at": to_epoch(session.expires),
        "expires_at": _whole_seconds(session.expires),
    }


def token_to_item(token: AccessToken) -> Item:
    """The item of an access token."""
    return _keyed(token_key(token.token_id), token.expires + _TOKENS_KEPT) | _TOKEN.write(token)


def token_from_item(item: Mapping[str, Any]) -> AccessToken:
    """The access token of an item."""
    return _TOKEN.read(item)


def identity_to_item(identity: Identity, user_id: str) -> Item:
    """The row that says whom an identity belongs to; it lies in the table of the users, under a key no user has."""
    return {
        "user_id": identity_key(identity),
        BELONGS_TO: user_id,
        "issuer": identity.issuer,
        "subject": identity.subject,
    }


def identity_key(identity: Identity) -> str:
    """The key of that row. A user id has 26 characters, so the two can never meet."""
    return f"identity:{handle_of(f'{len(identity.issuer)}:{identity.issuer}{identity.subject}')}"


def _keyed(key: str, forget: datetime) -> Item:
    return {TABLE_KEY: key, "expires_at": _whole_seconds(forget)}


def _whole_seconds(time: datetime) -> int:
    """DynamoDB forgets by whole seconds."""
    return ceil(to_epoch(time))
