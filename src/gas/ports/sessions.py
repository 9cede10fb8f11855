"""Where sessions, sign-ins under way and access tokens live. Every read is consistent: what was ended is ended."""

from datetime import datetime
from typing import Protocol

from gas.domain.access_token import AccessToken
from gas.domain.session import LoginAttempt, Session


class SessionStore(Protocol):
    """Sessions and sign-ins under way, by their handles; errors as in `JobStore`.

    What has expired may still be found for two days: callers compare times themselves.
    """

    def begin_login(self, attempt: LoginAttempt) -> None:
        """Keep a sign-in under way."""
        ...

    def take_login(self, handle: str) -> LoginAttempt | None:
        """The sign-in under way, which is forgotten with this: of many who take it, exactly one gets it."""
        ...

    def open(self, session: Session) -> None:
        """Keep a new session."""
        ...

    def get(self, handle: str) -> Session | None:
        """The session as it is now, or None."""
        ...

    def touch(self, session: Session) -> bool:
        """Write when it was seen and when it ends; False, and nothing written, when it was closed meanwhile."""
        ...

    def close(self, handle: str) -> Session | None:
        """Forget a session and return it; None when there is none."""
        ...


class AccessTokenStore(Protocol):
    """Access tokens, by their ids; errors as in `JobStore`."""

    def create(self, token: AccessToken) -> bool:
        """Keep a new token; False, and nothing written, when the id is taken."""
        ...

    def get(self, token_id: str) -> AccessToken | None:
        """The token as it is now, expired or not, or None."""
        ...

    def touch(self, token_id: str, now: datetime) -> None:
        """Note that it was used; one that was revoked stays revoked."""
        ...

    def tokens_of_user(self, user_id: str) -> list[AccessToken]:
        """The user's tokens, newest first. This list alone may lag a second behind."""
        ...

    def revoke(self, user_id: str, token_id: str) -> bool:
        """Forget a token of that user; False when the user has none of that id."""
        ...
