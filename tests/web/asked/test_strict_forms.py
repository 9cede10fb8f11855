"""A form that no browser sends is refused with a sentence, whoever reads it, before its body is searched."""

import io
from typing import Any

import pytest
from structlog.testing import capture_logs
from werkzeug.exceptions import BadRequest
from werkzeug.test import TestResponse

from gas_web.asked.strict_forms import MAX_BOUNDARY, MAX_FIELDS, FormParser
from tests.support.browser import Browser
from tests.support.pages import ORIGIN, PageSite, make_page_site

LONG, TOO_LONG = "b" * MAX_BOUNDARY, "b" * (MAX_BOUNDARY + 1)
PROFILE = {"name": "Ada Lovelace", "email": "a@example.org", "institution": ""}


@pytest.fixture
def site() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


def in_parts(browser: Browser, path: str, boundary: str) -> TestResponse:
    """The answer to a profile that is sent with this boundary between its parts."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in PROFILE.items()
    ]
    body = f"{''.join(parts)}--{boundary}--\r\n"
    return sent(browser, path, body, f"multipart/form-data; boundary={boundary}")


def in_line(browser: Browser, path: str, fields: int) -> TestResponse:
    """The answer to a profile with more fields, as many together as are said."""
    body = "&".join(
        ["name=Ada", "email=a@example.org", "institution="] + ["more=x"] * (fields - len(PROFILE))
    )
    return sent(browser, path, body, "application/x-www-form-urlencoded")


def sent(browser: Browser, path: str, body: str, kind: str) -> TestResponse:
    """The answer to a body of that kind."""
    headers = {"Content-Type": kind, "Origin": ORIGIN}
    return browser.open(path, "POST", data=body.encode(), headers=headers)


class Unread(io.BytesIO):
    """A body that nobody may look at."""

    def read(self, *_: Any) -> bytes:
        """Fail."""
        raise AssertionError("the body was read")


def test_a_body_behind_a_long_boundary_is_not_read() -> None:
    """Looking for that boundary in it would take seconds, in which the pod answers nobody."""
    with pytest.raises(BadRequest, match="more than 70 characters"):
        FormParser().parse(Unread(), "multipart/form-data", None, {"boundary": TOO_LONG})


@pytest.mark.parametrize("path", ["/profile", "/login", "/login/account"])
def test_a_boundary_is_as_long_as_one_may_be(site: PageSite, path: str) -> None:
    """One of 70 characters is read, also on the steps of signing in; a longer one is told of."""
    browser = site.browser(site.user() if path == "/profile" else None)

    read, refused = (in_parts(browser, path, boundary) for boundary in (LONG, TOO_LONG))

    assert "boundary" not in read.text
    assert refused.status_code == 400
    assert "has more than 70 characters" in refused.text


@pytest.mark.parametrize("send", ["boundary", "fields"])
@pytest.mark.parametrize("path", ["/profile", "/profile/tokens", "/annotations", "/subscribe"])
def test_who_is_signed_out_is_told_just_that(site: PageSite, path: str, send: str) -> None:
    """The page of the error keeps what was typed, and keeps nothing of what it cannot read."""
    browser = site.browser(None)

    with capture_logs() as logs:
        answer = (
            in_parts(browser, path, TOO_LONG)
            if send == "boundary"
            else in_line(browser, path, MAX_FIELDS + 1)
        )

    assert answer.status_code == 401
    assert "Your session has ended" in answer.text
    assert "</html>" in answer.text
    assert "Send it again" not in answer.text
    assert "error page failed" not in {line["event"] for line in logs}


def test_a_form_has_only_so_many_fields(site: PageSite) -> None:
    """As many as are allowed are read; one more is too many, and nothing is done."""
    user = site.user()
    browser = site.browser(user)

    refused = in_line(browser, "/profile", MAX_FIELDS + 1)
    before = site.ports.users.get(user.user_id)
    read = in_line(browser, "/profile", MAX_FIELDS)
    after = site.ports.users.get(user.user_id)

    assert (refused.status_code, read.status_code) == (413, 303)
    assert "at most 100 fields" in refused.text
    assert before == user
    assert after is not None
    assert after.name == "Ada"


def test_the_api_reads_no_form(site: PageSite) -> None:
    """It says so whatever the form is like."""
    answer = in_parts(site.browser(site.user()), "/api/v1/jobs", TOO_LONG)

    assert answer.status_code == 415
    assert answer.content_type == "application/problem+json"
