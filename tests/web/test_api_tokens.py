"""The API's operations on access tokens, and on who the caller is."""

from datetime import timedelta

import pytest

from tests.support.api import Caller, make_api_site


def test_a_token_is_made_shown_once_and_revoked() -> None:
    """Made in a browser, it works in a script until it is revoked; the list never shows it."""
    site = make_api_site()
    browser = site.browser(site.user())

    made = browser.post("/tokens", {"name": "laptop", "scopes": ["jobs:read"], "days": 30}).get_json()
    script = Caller(site.app, None, {"Authorization": f"Bearer {made['token']}"})
    before = script.get("/jobs").status_code
    listed = browser.get("/tokens")
    revoked = browser.delete(f"/tokens/{made['id']}").status_code
    after = script.get("/jobs").status_code

    assert (before, revoked, after) == (200, 204, 401)
    assert made["token"] not in listed.text
    assert listed.get_json()["tokens"][0]["name"] == "laptop"
    assert made["expires"] == "2026-01-31T12:00:00Z"
    assert browser.get("/tokens").get_json() == {"tokens": []}


@pytest.mark.parametrize(
    "change", [{"scopes": []}, {"scopes": ["admin"]}, {"days": 0}, {"days": 366}, {"days": "1"}, {"name": ""}]
)
def test_a_token_out_of_bounds_is_refused(change: dict[str, object]) -> None:
    """No token lives for ever, or may do what there is no scope for."""
    site = make_api_site()
    body = {"name": "t", "scopes": ["jobs:read"], "days": 1, **change}

    assert site.browser(site.user()).post("/tokens", body).status_code == 400


def test_me_tells_who_and_what() -> None:
    """A script can find out for whom it works, and what it may do."""
    site = make_api_site()
    ada = site.caller()
    assert ada.user is not None

    me = ada.get("/me").get_json()

    assert me == {
        "id": ada.user.user_id,
        "name": "Ada Ångström",
        "email": "ada@example.org",
        "institution": "",
        "plan": "free",
        "operator": False,
        "scopes": ["jobs:read", "jobs:write"],
        "limits": {"maxInputBytes": 153_600, "maxActiveJobs": 10},
    }


def test_use_is_noted() -> None:
    """The list tells when a token was last used, to the hour."""
    site = make_api_site()
    ada = site.caller()
    site.clock.advance(timedelta(hours=2))

    ada.get("/me")

    assert ada.get("/tokens").get_json()["tokens"][0]["lastUsed"] == "2026-01-01T14:00:00Z"
