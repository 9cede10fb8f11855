"""Sessions and access tokens in memory, kept as wire attributes."""

from datetime import datetime

from gas.adapters.memory.table import InMemoryTable, same
from gas.adapters.wire import Difference
from gas.adapters.wire_sessions import (
    TABLE_KEY,
    TOKEN_OWNER,
    attempt_from_item,
    attempt_to_item,
    login_key,
    newcomer_from_item,
    newcomer_key,
    newcomer_to_item,
    session_from_item,
    session_key,
    session_to_item,
    token_from_item,
    token_key,
    token_to_item,
    touched_attributes,
)
from gas.adapters.wire_values import to_epoch
from gas.domain.access_token import AccessToken
from gas.domain.errors import ConflictError
from gas.domain.session import LoginAttempt, Newcomer, Session

_ALWAYS = same({}, ())


class InMemorySessionStore:
    """Implements `SessionStore`."""

    def __init__(self) -> None:
        self._table = InMemoryTable(TABLE_KEY)

    def begin_login(self, attempt: LoginAttempt) -> None:
        """Keep a sign-in under way."""
        self._table.create(attempt_to_item(attempt))

    def take_login(self, handle: str) -> LoginAttempt | None:
        """The sign-in under way, which is forgotten with this."""
        item = self._table.delete(login_key(handle), _ALWAYS)
        return None if item is None else attempt_from_item(item)

    def keep_newcomer(self, newcomer: Newcomer) -> None:
        """Keep somebody who has to choose an account."""
        self._table.create(newcomer_to_item(newcomer))

    def newcomer(self, handle: str) -> Newcomer | None:
        """Who has to choose, or None."""
        item = self._table.get(newcomer_key(handle))
        return None if item is None else newcomer_from_item(item)

    def take_newcomer(self, handle: str) -> Newcomer | None:
        """Who has chosen, and is forgotten with this."""
        item = self._table.delete(newcomer_key(handle), _ALWAYS)
        return None if item is None else newcomer_from_item(item)

    def open(self, session: Session) -> None:
        """Keep a new session."""
        self._table.create(session_to_item(session))

    def get(self, handle: str) -> Session | None:
        """The session as it is now, or None."""
        item = self._table.get(session_key(handle))
        return None if item is None else session_from_item(item)

    def touch(self, session: Session) -> bool:
        """Write when it was seen and when it ends; False when it was closed meanwhile."""
        try:
            self._table.update(
                session_key(session.handle), _ALWAYS, Difference(touched_attributes(session), ())
            )
        except ConflictError:
            return False
        return True

    def close(self, handle: str) -> Session | None:
        """Forget a session and return it."""
        item = self._table.delete(session_key(handle), _ALWAYS)
        return None if item is None else session_from_item(item)


class InMemoryAccessTokenStore:
    """Implements `AccessTokenStore`."""

    def __init__(self) -> None:
        self._table = InMemoryTable(TABLE_KEY)

    def create(self, token: AccessToken) -> bool:
        """Keep a new token; False when the id is taken."""
        return self._table.create(token_to_item(token))

    def get(self, token_id: str) -> AccessToken | None:
        """The token as it is now, or None."""
        item = self._table.get(token_key(token_id))
        return None if item is None else token_from_item(item)

    def touch(self, token_id: str, now: datetime) -> None:
        """Note that it was used; one that was revoked stays revoked."""
        try:
            self._table.update(token_key(token_id), _ALWAYS, Difference({"last_used": to_epoch(now)}, ()))
        except ConflictError:
            return

    def tokens_of_user(self, user_id: str) -> list[AccessToken]:
        """The user's tokens, newest first."""
        items = [item for item in self._table.all_items() if item[TOKEN_OWNER] == user_id]
        return sorted(map(token_from_item, items), key=lambda token: token.created, reverse=True)

    def revoke(self, user_id: str, token_id: str) -> bool:
        """Forget a token of that user; False when the user has none of that id."""
        owned = same({TOKEN_OWNER: user_id}, (TOKEN_OWNER,))
        return self._table.delete(token_key(token_id), owned) is not None
