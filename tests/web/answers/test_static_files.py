"""The files that are the same for everybody."""

import gzip
import re

import pytest

from gas_web.answers.static_files import FOLDER, load
from tests.support.pages import PageSite, make_page_site

FIRST_PAGE_BYTES = 60 * 1024


@pytest.fixture
def site() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


def test_an_address_with_its_version_is_kept_for_ever(site: PageSite) -> None:
    """The page names the version; an old or missing version is asked for again."""
    browser = site.browser(None)
    (address,) = re.findall(r"/static/gas\.css\?v=[0-9a-f]{12}", browser.get("/").text)

    kept, asked = browser.get(address), browser.get("/static/gas.css?v=old")

    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert asked.headers["Cache-Control"] == "no-cache"
    assert kept.data == asked.data == (FOLDER / "gas.css").read_bytes()


def test_browsers_get_what_they_can_unpack(site: PageSite) -> None:
    """Style sheets are compressed once, and each form has its own tag."""
    browser = site.browser(None)

    packed = browser.get("/static/gas.css", headers={"Accept-Encoding": "gzip, br"})
    again = browser.get(
        "/static/gas.css", headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    )

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == (FOLDER / "gas.css").read_bytes()
    assert again.status_code == 304
    assert packed.headers["ETag"] != browser.get("/static/gas.css").headers["ETag"]


@pytest.mark.parametrize("name", ["nothing.css", "../app.py", "%2e%2e/app.py", ""])
def test_nothing_else_is_served(site: PageSite, name: str) -> None:
    """Only files that were there at the start have an address."""
    assert site.browser(None).get(f"/static/{name}").status_code == 404


def test_our_own_files_leave_room_in_the_first_page() -> None:
    """With Bootstrap's 31 KiB the first page stays below 60 KiB; nothing of ours grows unseen."""
    ours = {name: file for name, file in load().items() if not name.startswith("vendor/")}

    assert sum(len(file.compressed or file.content) for file in ours.values()) < FIRST_PAGE_BYTES - 40 * 1024


def test_no_template_holds_script_or_style() -> None:
    """The policy allows neither, and no page needs it."""
    for path in (FOLDER.parent / "templates").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|hx-on", text), path.name
