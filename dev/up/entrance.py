"""Signs the local issuer's three people in, as a browser would, and makes an access token for each."""

import re
from http import HTTPStatus

import requests

from dev.issuer.people import PEOPLE

_SECONDS = 10
_TOKEN = re.compile(r"gas_[a-z2-7]{52}[0-9a-f]{8}")


class EntranceError(Exception):
    """Somebody could not be signed in; the text says who and where it ended."""


def make_tokens(web: str) -> dict[str, str]:
    """A token for each of the three; Pat is put on the premium plan.

    Raises:
        EntranceError: somebody could not be signed in.
    """
    return {login: _token(web, login) for login in PEOPLE}


def signed_in(web: str, login: str) -> requests.Session:
    """A browser in which that person is signed in; the caller closes it.

    Raises:
        EntranceError: it cannot be done; the text says where it ended.
    """
    browser = requests.Session()
    browser.headers["Sec-Fetch-Site"] = "same-origin"
    try:
        issuer = browser.post(f"{web}/login", allow_redirects=False, timeout=_SECONDS).headers["Location"]
        browser.get(issuer, params={"login_hint": login}, timeout=_SECONDS).raise_for_status()
    except (requests.RequestException, KeyError) as error:
        browser.close()
        raise EntranceError(f"{login} could not be signed in at {web}: {error}") from error
    return browser


def _token(web: str, login: str) -> str:
    with signed_in(web, login) as browser:
        form = {"name": "made by make up", "scope": ["jobs:read", "jobs:write"], "days": "30"}
        try:
            if login == "premium":
                browser.post(f"{web}/subscribe", timeout=_SECONDS).raise_for_status()
            page = browser.post(f"{web}/profile/tokens", form, timeout=_SECONDS)
        except requests.RequestException as error:
            raise EntranceError(f"{login} got no token at {web}: {error}") from error
    found = _TOKEN.search(page.text)
    if page.status_code != HTTPStatus.OK or found is None:
        raise EntranceError(f"{web}/profile/tokens gave {login} no token: {page.status_code}")
    return found[0]
