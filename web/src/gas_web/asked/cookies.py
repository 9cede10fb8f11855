"""GAS's cookies: what they are called, and the one way in which they are set."""

from dataclasses import dataclass

from flask import Request, Response


@dataclass(frozen=True)
class Cookies:
    """The cookies of one installation.

    Over https each name begins with `__Host-`, so that no other host and no plain connection can plant one. Browsers
    refuse that prefix over http, so a developer's machine goes without.
    """

    secure: bool

    @property
    def session(self) -> str:
        """The name of the cookie that holds a session's secret."""
        return self._named("gas")

    @property
    def login(self) -> str:
        """The name of the cookie that ties sign-ins under way to the browser that began them, one in each tab."""
        return self._named("gas-login")

    @property
    def choice(self) -> str:
        """The name of the cookie of somebody who has to choose an account."""
        return self._named("gas-choice")

    @property
    def notice(self) -> str:
        """The name of the cookie that says what the next page should tell."""
        return self._named("gas-notice")

    @property
    def token(self) -> str:
        """The name of the cookie that carries a new access token, sealed, to the page that shows it."""
        return self._named("gas-token")

    def present(self, request: Request) -> bool:
        """True when the browser sent a cookie that proves something."""
        return any(name in request.cookies for name in (self.session, self.login, self.choice))

    def put(self, response: Response, name: str, value: str, seconds: int) -> None:
        """Give the browser a cookie: not for scripts, not for requests that other sites start."""
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="Lax"
        )

    def drop(self, response: Response, name: str) -> None:
        """Take a cookie away."""
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="Lax")

    def _named(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name
