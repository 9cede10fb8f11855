"""The API's operations on access tokens, and on who the caller is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gas.domain.access_token import MAX_TOKENS, Scope
from gas.services.edit_user import edit_user
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


def test_what_was_revoked_with_all_others_is_gone_from_every_list() -> None:
    """Though the list of the store lags behind: in the API, in the export, and in the count of the most there may be."""
    site = make_api_site()
    user = site.user()
    for _ in range(MAX_TOKENS):
        site.caller(user)
    site.clock.advance(timedelta(seconds=1))
    now = site.ports.clock.now()
    after = edit_user(site.ports.users, user.user_id, lambda found: replace(found, tokens_revoked=now))
    site.clock.advance(timedelta(seconds=1))
    browser = site.browser(after)

    listed = browser.get("/tokens").get_json()["tokens"]
    exported = browser.get("/me/export").get_json()["account"]["access_tokens"]
    made = browser.post("/tokens", {"name": "laptop", "scopes": ["jobs:read"], "days": 30})

    assert (listed, exported, made.status_code) == ([], [], 201)


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
        "scopes": ["jobs:read", "jobs:write", "profile:read", "tokens:write"],
        "limits": {
            "maxInputBytes": 153_600,
            "maxActiveJobs": 10,
            "maxCpuSeconds": 30,
            "maxOpenUploads": 20,
        },
    }


@pytest.mark.parametrize("token_id", ["x", "0" * 32, "A" * 32, "a" * 3000], ids=lambda text: text[:40])
def test_what_they_have_not_cannot_be_revoked(token_id: str) -> None:
    """Whether nobody has such a token or nobody can."""
    site = make_api_site()

    answer = site.caller().delete(f"/tokens/{token_id}")

    assert answer.status_code == 404
    assert answer.get_json()["detail"].startswith("You have no access token of that id")


def test_use_is_noted() -> None:
    """The list tells when a token was last used, to the hour."""
    site = make_api_site()
    ada = site.caller()
    site.clock.advance(timedelta(hours=2))

    ada.get("/me")

    assert ada.get("/tokens").get_json()["tokens"][0]["lastUsed"] == "2026-01-01T14:00:00Z"


def test_who_one_is_has_a_scope_of_its_own() -> None:
    """A token for jobs tells nobody's name or address; one for the profile tells that alone."""
    site = make_api_site()
    user = site.user()

    for_jobs, for_profile = site.caller(user, Scope.READ), site.caller(user, Scope.PROFILE)

    told = for_jobs.get("/me").get_json()
    assert (told["id"], told["name"], told["email"], told["institution"]) == (user.user_id, None, None, None)
    assert for_profile.get("/me").get_json()["email"] == "ada@example.org"
    assert for_profile.get("/jobs").status_code == 403


def test_tokens_have_a_scope_of_their_own() -> None:
    """A token for jobs neither sees nor revokes another one; but it may end itself."""
    site = make_api_site()
    user = site.user()
    script, keeper = site.caller(user, Scope.READ, Scope.WRITE), site.caller(user, Scope.TOKENS)
    ids = {token["id"]: token["scopes"] for token in keeper.get("/tokens").get_json()["tokens"]}
    [its_own] = [each for each, scopes in ids.items() if "jobs:write" in scopes]
    [anothers] = [each for each, scopes in ids.items() if "tokens:write" in scopes]

    answers = [
        script.get("/tokens").status_code,
        script.delete(f"/tokens/{anothers}").status_code,
        script.delete(f"/tokens/{its_own}").status_code,
        script.get("/jobs").status_code,
        keeper.get("/jobs").status_code,
    ]

    assert answers == [403, 403, 204, 401, 403]
