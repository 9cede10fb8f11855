"""`next` never leaves the site."""

from urllib.parse import quote, urljoin, urlsplit

import pytest

from gas_web.asked.next_path import DEFAULT_PATH, local_path
from tests.web.conftest import ORIGIN, Site

EVIL = [
    "https://evil.example",
    "http://evil.example/",
    "HTTPS://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    "//evil.example ",
    "\x00//evil.example",
    "/\x00/evil.example",
    "\x0b//evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "mailto:a@evil.example",
    "ftp://evil.example",
    "ws://evil.example",
    "//user@evil.example",
    "//evil.example:443/",
    "//evil.example%2f..",
    "//127.0.0.1:8080@evil.example",
    "http://127.0.0.1:8080@evil.example/",
    "http://127.0.0.1:8080.evil.example/",
    "http:127.0.0.1:8080",
    "evil.example",
    "./evil.example",
    "../evil.example",
    "?next=//evil.example",
    "#//evil.example",
    "/a//evil.example",
    "/..//evil.example",
    "/.//evil.example",
    "/x\r\nLocation: https://evil.example",
    "/x\r\nSet-Cookie: gas=planted",
    "/／evil.example",  # noqa: RUF001 - the ambiguity is the point
    "//evil。example",
    "/\u2028/evil.example",
    "/ /evil.example",
    "/" + "a" * 2100,
    "",
    "/login",
    "/login?next=/login",
    "/login/account",
    "/logout",
    "/logout/",
    "/authcallback?code=x&state=y",
]
"""None of these is followed: what a browser might read as another site, and what would go in circles."""

GOOD = [
    "/profile",
    "/jobs?state=Failed&name=a%20b",
    "/jobs/x-1#log",
    "/",
    "/%2f%2fevil.example",
    "/a:b",
    "/@evil",
    "/annotate/uploaded?key=" + "%C3%A9" * 300,
]


@pytest.mark.parametrize("wanted", EVIL)
def test_what_could_leave_the_site_is_not_followed(wanted: str) -> None:
    """Each of them ends on the default page."""
    assert local_path(wanted) == DEFAULT_PATH


def test_there_are_enough() -> None:
    """The catalogue asks for forty."""
    assert len(EVIL) >= 40


@pytest.mark.parametrize("wanted", GOOD)
def test_paths_of_this_site_are_followed(wanted: str) -> None:
    """A path with a query or a fragment is kept as it is, and a browser stays here."""
    assert local_path(wanted) == wanted
    assert urlsplit(urljoin(ORIGIN, wanted)).netloc == urlsplit(ORIGIN).netloc


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "/\\evil.example", "https://evil.example", "/x\r\nSet-Cookie: gas=planted"]
)
def test_the_whole_dance_stays_here(site: Site, wanted: str) -> None:
    """Neither the page, nor the form, nor the way back from the issuer carries it on."""
    browser = site.browser()
    page = browser.get(f"/login?next={quote(wanted)}")

    answer = browser.sign_in(next_path=wanted)

    assert f'name="next" value="{DEFAULT_PATH}"' in page.text
    assert answer.headers["Location"] == DEFAULT_PATH
    assert browser.cookie() != "planted"
    again = browser.get(f"/login?next={quote(wanted)}")
    assert (again.status_code, again.headers["Location"]) == (303, DEFAULT_PATH)


@pytest.mark.parametrize(
    ("wanted", "place"), [("/annotations/job-1", "/annotations/job-1"), ("//evil.example", DEFAULT_PATH)]
)
def test_becoming_premium_leads_back_to_the_job(site: Site, wanted: str, place: str) -> None:
    """Whoever came from a job gets back to it, and nobody gets anywhere else."""
    browser = site.signed_in()

    page = browser.get(f"/subscribe?next={quote(wanted)}").text
    answer = browser.post("/subscribe", {"next": wanted})

    assert f'name="next" value="{place}"' in page
    assert (answer.status_code, answer.headers["Location"]) == (303, place)


def test_the_page_that_was_asked_for_comes_after_signing_in(site: Site) -> None:
    """Whoever opens a page without being signed in gets there afterwards."""
    browser = site.browser()
    sent = browser.get("/profile?tab=tokens").headers["Location"]

    page = browser.get(sent).text

    assert 'value="/profile?tab=tokens"' in page
    assert browser.sign_in(next_path="/profile?tab=tokens").headers["Location"] == "/profile?tab=tokens"
