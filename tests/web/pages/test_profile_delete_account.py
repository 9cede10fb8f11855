"""Deleting one's account: it asks, it is done at once as far as doors go, and nobody else can do it."""

import pytest

from gas.domain.plan import User
from tests.support.api import ApiSite, make_api_site
from tests.support.pages import PageSite, make_page_site


@pytest.fixture
def site() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


def leaving(site: PageSite, user: User) -> bool:
    """Whether the user's account is to be deleted."""
    found = site.ports.users.get(user.user_id)
    assert found is not None
    return found.delete_requested is not None


def test_it_asks_and_then_all_sessions_end(site: PageSite) -> None:
    """Looking at the page changes nothing; pressing the button ends this session and the other, and says so."""
    ada, bob = site.user("a"), site.user("b")
    browser, other = site.browser(ada), site.browser(ada)
    asked = browser.get("/profile/delete")
    before = leaving(site, ada)

    done = browser.post("/profile/delete", {})

    assert asked.status_code == 200
    assert "Nothing brings them back" in asked.text
    assert not before
    assert (done.status_code, done.headers["Location"]) == (303, "/login")
    assert leaving(site, ada)
    assert not leaving(site, bob)
    assert "Your account is being deleted" in browser.get("/login").text
    assert other.get("/profile").headers["Location"].startswith("/login")
    assert other.post("/profile/delete", {}).status_code == 401


def test_access_tokens_are_worth_nothing_at_once() -> None:
    """A script is refused from that moment; another's goes on."""
    site: ApiSite = make_api_site()
    caller, other = site.caller(), site.caller()
    assert caller.user is not None
    before = caller.get("/me").status_code

    cookie = site.browser(caller.user).headers["Cookie"]
    answer = site.app.test_client(use_cookies=False).post(
        "/profile/delete", headers={"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
    )

    assert (before, answer.status_code) == (200, 303)
    assert caller.get("/me").status_code == 401
    assert other.get("/me").status_code == 200


def test_no_access_token_deletes_an_account() -> None:
    """A token that leaked reads and writes jobs, and cannot take everything away."""
    site: ApiSite = make_api_site()
    caller = site.caller()
    assert caller.user is not None

    answers = [caller.delete("/me").status_code, caller.post("/me/delete").status_code]
    page = site.app.test_client().post("/profile/delete", headers=dict(caller.headers))

    assert all(400 <= status < 500 for status in [*answers, page.status_code])
    found = site.ports.users.get(caller.user.user_id)
    assert found is not None
    assert found.delete_requested is None
