"""The local issuer's three people at the web: signed in as a browser would, with what they press there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import requests

from dev.run.issuer.people import PEOPLE
from dev.run.up.errors import PlatformError

_SECONDS = 10
_TOKEN = re.compile(r"gas_[a-z2-7]{52}[0-9a-f]{8}")


@dataclass(frozen=True)
class Visitor:
    """One of the three, in a browser that is signed in."""

    web: str
    login: str
    browser: requests.Session

    def subscribe(self) -> None:
        """Press "Become premium", and be a premium user.

        Raises:
            PlatformError: the web did not do it.
        """
        self._post("/subscribe", {})

    def make_token(self, *more_scopes: str) -> str:
        """Make an access token for reading and changing jobs on the profile page, and for more where it is asked for.

        Raises:
            PlatformError: the web gave none.
        """
        form = {
            "name": "for this machine's terminal (make up)",
            "scope": ["jobs:read", "jobs:write", *more_scopes],
            "days": "30",
        }
        page = self._post("/profile/tokens", form)
        found = _TOKEN.search(page.text)
        if found is None:
            raise PlatformError(f"{self.web}/profile/tokens gave {self.login} no token: {page.status_code}.")
        return found[0]

    def _post(self, path: str, form: dict[str, Any]) -> requests.Response:
        try:
            page = self.browser.post(f"{self.web}{path}", form, timeout=_SECONDS)
        except requests.RequestException as error:
            raise PlatformError(f"{self.web}{path} did not answer {self.login}: {error}") from error
        if page.status_code != HTTPStatus.OK:
            raise PlatformError(f"{self.web}{path} answered {self.login} with {page.status_code}.")
        return page


@contextmanager
def signed_in(web: str, login: str) -> Iterator[Visitor]:
    """A browser in which one of the three has signed in.

    Raises:
        PlatformError: they could not be signed in; the text says where it ended.
    """
    with requests.Session() as browser:
        browser.headers["Sec-Fetch-Site"] = "same-origin"
        try:
            issuer = browser.post(f"{web}/login", allow_redirects=False, timeout=_SECONDS).headers["Location"]
            browser.get(issuer, params={"login_hint": login}, timeout=_SECONDS).raise_for_status()
        except (requests.RequestException, KeyError) as error:
            raise PlatformError(f"{login} could not be signed in at {web}: {error}") from error
        yield Visitor(web, login, browser)


def make_tokens(web: str, *more_scopes: str) -> dict[str, str]:
    """A token for each of the three, for their jobs and for more where it is asked for; Pat is put on the premium plan.

    Raises:
        PlatformError: somebody could not be signed in.
    """
    tokens: dict[str, str] = {}
    for login in PEOPLE:
        with signed_in(web, login) as visitor:
            if login == "premium":
                visitor.subscribe()
            tokens[login] = visitor.make_token(*more_scopes)
    return tokens
