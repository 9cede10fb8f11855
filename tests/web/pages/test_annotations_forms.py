"""Forms: one that is refused comes back as it was sent, and one that is taken leads on to another page."""

import re

import pytest

from gas.domain.bulletin import MAX_BANNER_LENGTH
from gas.domain.plan import Plan
from gas_web.pages.profile import USUAL_SCOPES
from tests.support.browser import Browser
from tests.support.pages import OPERATOR, PageSite, make_page_site

TOKEN = re.compile(r"gas_[a-z2-7]{52}[0-9a-f]{8}")


@pytest.fixture
def site() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


@pytest.fixture
def browser(site: PageSite) -> Browser:
    """Somebody's."""
    return site.browser(site.user(subject=OPERATOR))


def ticked(page: str) -> set[str]:
    """The values of the boxes that are ticked."""
    return set(re.findall(r'type="checkbox" name="[^"]*" value="([^"]*)"[^>]* checked', page)) | set(
        re.findall(r'type="checkbox"[^>]*value="([^"]*)" checked', page)
    )


@pytest.mark.parametrize("scopes", [[], ["jobs:read"], ["jobs:write"]])
def test_a_refused_token_keeps_what_was_chosen(browser: Browser, scopes: list[str]) -> None:
    """A token that is meant to read must not come to write because its name was too long."""
    name = "nightly" if not scopes else "n" * 61

    page = browser.post("/profile/tokens", {"name": name, "scope": scopes, "days": "365"}).text

    assert ticked(page) == set(scopes)
    assert f'name="name" value="{name}"' in page
    assert '<option value="365" selected>' in page


def test_a_new_form_offers_the_usual_scopes(browser: Browser) -> None:
    """Before anybody has chosen: what the command needs."""
    assert ticked(browser.get("/profile").text) == {scope.value for scope in USUAL_SCOPES}


@pytest.mark.parametrize("paused", [True, False])
def test_a_refused_bulletin_keeps_both_fields(browser: Browser, paused: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Whoever wanted a pause has it ticked still, and the other way round."""
    if not paused:
        browser.post("/operations/bulletin", {"banner": "before", "paused": "yes"})
    banner = "b" * (MAX_BANNER_LENGTH + 1)

    answer = browser.post("/operations/bulletin", {"banner": banner} | ({"paused": "yes"} if paused else {}))

    assert answer.status_code == 400
    assert banner in answer.text
    assert (ticked(answer.text) == {"yes"}) is paused


def test_a_refused_name_stands_in_its_field(browser: Browser) -> None:
    """The name of a file, where no script chooses it."""
    page = browser.get("/annotate/form?name=sample%22.bam").text

    assert 'name="name" required maxlength="200" value="sample&#34;.bam"' in page


def test_a_new_token_is_shown_by_the_next_page_once(site: PageSite, browser: Browser) -> None:
    """Loading that page again makes no second token, and shows none."""
    answer = browser.post("/profile/tokens", {"name": "laptop", "scope": ["jobs:read"], "days": "30"})
    carried = browser.cookie("gas-token") or ""

    shown, again = browser.get(answer.headers["Location"]).text, browser.get("/profile").text

    assert (answer.status_code, answer.headers["Location"]) == (303, "/profile#tokens")
    token = TOKEN.search(shown)
    assert token is not None
    assert token[0] not in carried
    assert TOKEN.search(again) is None
    assert again.count('<strong class="text-break">laptop</strong>') == 1


@pytest.mark.parametrize("value", ["", "nonsense", "gAAAAA=="])
def test_a_cookie_that_carries_no_token_shows_none(browser: Browser, value: str) -> None:
    """Whoever planted it."""
    browser.plant("gas-token", value)

    page = browser.get("/profile")

    assert page.status_code == 200
    assert TOKEN.search(page.text) is None


def test_another_session_cannot_open_a_carried_token(site: PageSite) -> None:
    """It is sealed with the secret of the session that made it."""
    user = site.user()
    one, other = site.browser(user), site.browser(user)
    one.post("/profile/tokens", {"name": "laptop", "scope": ["jobs:read"], "days": "30"})
    other.plant("gas-token", one.cookie("gas-token") or "")

    assert TOKEN.search(other.get("/profile").text) is None


def test_every_form_leads_on(site: PageSite) -> None:
    """No page that answers a form can be loaded again to send it again."""
    browser = site.browser(site.user("p", Plan.PREMIUM, OPERATOR))
    forms = {
        "/profile": {"name": "Ada", "email": "ada@example.org"},
        "/profile/tokens": {"name": "t", "scope": "jobs:read", "days": "7"},
        "/operations/bulletin": {"banner": "Back at noon"},
        "/unsubscribe": {},
        "/subscribe": {},
    }

    answers = {path: browser.post(path, form).status_code for path, form in forms.items()}

    assert answers == dict.fromkeys(forms, 303)
