"""Requests that other sites make a browser send change nothing; nothing changes by GET."""

import pytest
from werkzeug.routing import Rule

from gas_web.guards.csrf import forged
from tests.support.browser import Browser
from tests.web.conftest import ORIGIN, Site

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
FORGED = {
    "cross-site": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    "same-site": {"Sec-Fetch-Site": "same-site", "Origin": "http://neighbour.127.0.0.1"},
    "another-port": {"Origin": "http://127.0.0.1:9999"},
    "http-for-https": {"Origin": ORIGIN.replace("http:", "https:")},
    "null-origin": {"Origin": "null"},
    "origin-alone": {"Origin": "https://evil.example"},
    "prefix-of-ours": {"Origin": ORIGIN + ".evil.example"},
    "empty-site": {"Sec-Fetch-Site": ""},
    "odd-site": {"Sec-Fetch-Site": "same-origin, cross-site"},
    "liar": {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN},
    "none-with-cookie": {},
}


def _unsafe_routes(site: Site) -> list[tuple[str, str]]:
    return [
        (method, _path(rule))
        for rule in site.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & UNSAFE)
    ]


def _path(rule: Rule) -> str:
    path = str(rule.rule)
    for argument in rule.arguments:
        converter = rule._converters[argument]
        sample = "1" if "Integer" in type(converter).__name__ else "x"
        path = path.replace(f"<{argument}>", sample).replace(f"<string:{argument}>", sample)
        path = path.replace(f"<path:{argument}>", sample).replace(f"<int:{argument}>", sample)
    return path


@pytest.mark.parametrize("name", FORGED)
def test_every_unsafe_route_refuses(site: Site, name: str) -> None:
    """Each unsafe route of the whole application, whoever wrote it, refuses a signed-in browser's forged request."""
    browser = site.signed_in()

    answers = {
        (method, path): browser.open(path, method, headers=FORGED[name]).status_code
        for method, path in _unsafe_routes(site)
    }

    assert len(answers) >= 8
    assert set(answers.values()) == {403}, answers
    assert browser.signed_in


def test_nothing_changed(site: Site) -> None:
    """After all these the user is still free, has no token, and the same name."""
    browser = site.signed_in()
    items = site.ports.users._table.all_items()  # type: ignore[attr-defined]  # the fake's

    for headers in FORGED.values():
        browser.post("/subscribe", headers=headers)
        browser.post("/profile", {"name": "Mallory", "email": "m@evil.example"}, headers)
        browser.post("/profile/tokens", {"name": "t", "scope": "jobs:read", "days": "7"}, headers)

    assert site.ports.users._table.all_items() == items  # type: ignore[attr-defined]  # the fake's
    assert site.ports.tokens._table.all_items() == []  # type: ignore[attr-defined]  # the fake's


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": ORIGIN},
        {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN},
    ],
    ids=["site", "address-bar", "origin", "both"],
)
def test_our_own_pages_are_believed(site: Site, headers: dict[str, str]) -> None:
    """What a browser says about a form of this site is enough."""
    browser = site.signed_in()

    assert browser.post("/subscribe", headers=headers).status_code == 303


def test_a_script_without_cookie_needs_no_header(browser: Browser) -> None:
    """Nothing can be forged where nothing is proved."""
    assert browser.post("/login", headers={}).status_code == 303


def test_a_sign_in_cannot_be_begun_by_another_site(browser: Browser) -> None:
    """Not even without a cookie: a browser that says where it comes from is asked."""
    assert browser.post("/login", headers=FORGED["cross-site"]).status_code == 403


def test_no_get_route_changes_anything(site: Site) -> None:
    """Every page that GET reaches leaves users, tokens and sessions as they are."""
    browser = site.signed_in()
    tables = [site.ports.users._table, site.ports.tokens._table, site.ports.sessions._table]  # type: ignore[attr-defined]  # the fakes'
    before = [table.all_items() for table in tables]

    paths = [_path(rule) for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or set())]
    for path in paths:
        browser.get(path)

    assert [table.all_items() for table in tables] == before
    assert "/profile" in paths


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_is_never_forged(method: str) -> None:
    """Links from anywhere lead here."""
    assert not forged(method, "cross-site", "https://evil.example", ORIGIN, cookie=True)


@pytest.mark.parametrize("holds", [True, False], ids=["holds", "made-up"])
@pytest.mark.parametrize("name", FORGED)
def test_a_token_beside_a_cookie_excuses_no_page(site: Site, name: str, *, holds: bool) -> None:
    """A bearer header neither opens a page nor lets a forged form pass: tokens are for the API, where they stand alone."""
    browser = site.signed_in()
    token = _token(browser) if holds else "gas_made_up"
    headers = {**FORGED[name], "Authorization": f"Bearer {token}"}

    answers = {
        (method, path): browser.open(path, method, headers=headers).status_code
        for method, path in _unsafe_routes(site)
        if not path.startswith("/api/")
    }

    assert len(answers) >= 15
    assert set(answers.values()) == {403}, answers
    assert browser.signed_in
    assert "<strong>free</strong>" in browser.get("/profile").text


@pytest.mark.parametrize("name", FORGED)
def test_the_api_does_not_look_at_the_cookie_of_whoever_sends_a_token(site: Site, name: str) -> None:
    """With a made-up token beside a right cookie, every operation that changes something is refused."""
    browser = site.signed_in()
    headers = {**FORGED[name], "Authorization": "Bearer gas_made_up"}

    answers = {
        (method, path): browser.open(path, method, headers=headers).status_code
        for method, path in _unsafe_routes(site)
        if path.startswith("/api/")
    }

    assert len(answers) >= 7
    assert set(answers.values()) == {401}, answers


def _token(browser: Browser) -> str:
    form = {"name": "t", "scope": ["jobs:read", "jobs:write"], "days": "7"}
    page: str = browser.get(browser.post("/profile/tokens", form).headers["Location"]).text
    return page[page.index("gas_") :].split("<", maxsplit=1)[0]
