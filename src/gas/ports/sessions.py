"""Where sessions, sign-ins under way and access tokens live. Every read is consistent: what was ended is ended."""

from datetime import datetime
from typing import Protocol

from gas.domain.access_token import AccessToken
from gas.domain.session import LoginAttempt, Newcomer, Session


class SessionStore(Protocol):
    """Sessions, sign-ins under way and newcomers, by their handles; errors as in `JobStore`.

    What has expired may still be found for two days: callers compare times themselves.
    """

    def begin_login(self, attempt: LoginAttempt) -> None:
        """Keep a sign-in under way."""
        ...

    def take_login(self, handle: str) -> LoginAttempt | None:
        """The sign-in under way, which is forgotten with this: of many who take it, exactly one gets it."""
        ...

    def keep_newcomer(self, newcomer: Newcomer) -> None:
        """Keep somebody who has to choose an account."""
        ...

    def newcomer(self, handle: str) -> Newcomer | None:
        """Who has to choose, or None; they stay."""
        ...

    def take_newcomer(self, handle: str) -> Newcomer | None:
        """Who has chosen, and is forgotten with this: of many who take them, exactly one gets them."""
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
