"""Signing in as people do it: in two tabs, twice, and by going back."""

from datetime import timedelta

import pytest

from tests.web.conftest import Site


def test_two_tabs_both_come_in(site: Site) -> None:
    """Each tab's answer belongs to its own attempt, in whatever order they come, and each goes where it wanted."""
    for order in ((0, 1), (1, 0)):
        browser = site.browser()
        wanted = ("/annotations", "/subscribe")
        paths = [browser.come_back(browser.depart(each)) for each in wanted]

        answers = {each: browser.get(paths[each]) for each in order}

        assert [answers[each].headers["Location"] for each in (0, 1)] == list(wanted)
        assert browser.signed_in


@pytest.mark.parametrize("tabs", [3, 8])
def test_many_tabs(site: Site, tabs: int) -> None:
    """However many."""
    browser = site.browser()
    paths = [browser.come_back(browser.depart()) for _ in range(tabs)]

    assert [browser.get(path).status_code for path in paths] == [303] * tabs


def test_an_answer_sent_twice_goes_on(site: Site) -> None:
    """Whoever is signed in by it, reloads it or goes back to it is led on, and stays in the same session."""
    browser = site.browser()
    path = browser.come_back(browser.depart("/annotations"))
    browser.get(path)
    session = browser.cookie()

    again = browser.get(path)

    assert (again.status_code, again.headers["Location"]) == (303, "/profile")
    assert browser.cookie() == session
    assert browser.signed_in


def test_a_button_pressed_in_a_tab_left_open_goes_on(site: Site) -> None:
    """Its page was made before another tab signed in."""
    browser = site.browser()
    browser.get("/login?next=/annotations")
    browser.sign_in()

    answer = browser.post("/login", {"next": "/annotations"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/annotations")


def test_an_answer_sent_twice_signs_nobody_in_again(site: Site) -> None:
    """After signing out the same answer is worth nothing, with all the cookies there were."""
    browser = site.browser()
    path = browser.come_back(browser.depart())
    browser.get(path)
    browser.post("/logout")

    answer = browser.get(path)

    assert answer.status_code == 400
    assert not browser.signed_in


def test_one_tab_too_late_is_no_other_tabs_end(site: Site) -> None:
    """An attempt ends by itself, and those that began later hold."""
    browser = site.browser()
    late = browser.come_back(browser.depart())
    site.clock.advance(timedelta(seconds=400))
    later = browser.come_back(browser.depart())
    site.clock.advance(timedelta(seconds=400))

    assert [browser.get(path).status_code for path in (late, later)] == [400, 303]


@pytest.mark.parametrize("planted", ["known", "k" * 42, "k" * 44])
def test_a_planted_word_ties_nothing(site: Site, planted: str) -> None:
    """What cannot be a secret of GAS by its length is not taken for the browser's."""
    browser = site.browser()
    browser.plant("gas-login", planted)

    browser.depart()

    assert browser.cookie("gas-login") not in {None, planted}


def test_signing_out_everywhere_asks_about_tokens(site: Site) -> None:
    """Unticked they go on; ticked all of them are revoked at once, even those that the list does not show yet."""
    kept, ended = site.signed_in("free"), site.signed_in("premium")
    form = {"name": "t", "scope": ["jobs:read"], "days": "7"}
    tokens = {}
    for who in (kept, ended):
        who.post("/profile/tokens", form)
        page = who.get("/profile").text
        tokens[who is ended] = page[page.index("gas_") :].split("<")[0]
        assert "Revoke all my access tokens as well" in page
    site.clock.advance(timedelta(seconds=1))
    # The list may lag behind: here it shows nothing.
    site.ports.tokens.tokens_of_user = lambda user_id: []  # type: ignore[method-assign]

    kept.post("/profile/sign-out-everywhere")
    ended.post("/profile/sign-out-everywhere", {"tokens": "yes"})

    statuses = {
        revoked: site.browser().get("/api/v1/jobs", headers={"Authorization": f"Bearer {token}"}).status_code
        for revoked, token in tokens.items()
    }
    assert statuses == {False: 200, True: 401}
    assert not kept.signed_in
    assert not ended.signed_in
