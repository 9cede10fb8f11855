"""Pages are compressed on their way, but for those that hold a secret."""

import gzip

import pytest

from gas.domain.job import JobStatus
from tests.support.pages import PageSite, make_page_site

UNPACKS = {"Accept-Encoding": "gzip, br"}


@pytest.fixture
def site() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


def test_a_page_is_smaller_on_the_way_and_the_same_at_its_end(site: PageSite) -> None:
    """Caches keep the two forms apart; a browser that unpacks nothing gets it as it is."""
    browser = site.browser(None)

    packed, plain = browser.get("/", headers=UNPACKS), browser.get("/")

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) * 2 < len(plain.data)
    assert int(packed.headers["Content-Length"]) == len(packed.data)
    assert "Content-Encoding" not in plain.headers
    assert {"Accept-Encoding", "Cookie"} <= set(packed.vary) & set(plain.vary)


def test_an_unchanged_page_still_costs_nothing(site: PageSite) -> None:
    """The tag of a compressed page is weak, and sending it back answers 304."""
    user = site.user()
    site.job(user, JobStatus.RUNNING)
    browser = site.browser(user)

    first = browser.get("/annotations/job-1/status", headers=UNPACKS)
    again = browser.get(
        "/annotations/job-1/status", headers={**UNPACKS, "If-None-Match": first.headers["ETag"]}
    )

    assert first.headers["ETag"].startswith("W/")
    assert (again.status_code, again.data) == (304, b"")


def test_what_holds_a_secret_is_not_compressed(site: PageSite) -> None:
    """The form with a signature, and the page with a new token; the length of neither tells anything."""
    browser = site.browser(site.user())

    form = browser.get("/annotate/form?name=a.vcf", headers=UNPACKS)
    browser.open(
        "/profile/tokens",
        "POST",
        data={"name": "t", "scope": ["jobs:read"], "days": "7"},
        headers={**UNPACKS, "Sec-Fetch-Site": "same-origin"},
    )
    token = browser.get("/profile", headers=UNPACKS)

    assert "x-amz-signature" in form.text
    assert "gas_" in token.text
    assert "Content-Encoding" not in form.headers
    assert "Content-Encoding" not in token.headers


def test_downloads_redirects_and_probes_stay_as_they_are(site: PageSite) -> None:
    """Only pages are compressed."""
    user = site.user()
    site.job(user, JobStatus.COMPLETED)
    browser = site.browser(user)

    for path in ("/annotations/job-1/result", "/livez", "/api/v1/jobs"):
        assert "Content-Encoding" not in browser.get(path, headers=UNPACKS).headers, path
