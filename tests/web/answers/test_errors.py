"""What people read when something goes wrong."""

import io
import json
import re
from datetime import timedelta
from html import unescape

import pytest
from structlog.testing import capture_logs

from gas.domain.bulletin import Bulletin
from gas.domain.errors import TooManyRequestsError, TransientError
from gas.domain.job import JobStatus
from gas.logs import configure_logging
from tests.support.pages import PageSite, make_page_site

ERRORS = {
    429: TooManyRequestsError("You ask too much.", timedelta(seconds=120)),
    500: RuntimeError("a bug"),
    503: TransientError("table gas-jobs did not answer"),
}


@pytest.fixture
def site() -> PageSite:
    """An application with addresses that fail."""
    made = make_page_site()

    def fail(status: int) -> str:
        raise ERRORS[status]

    made.app.add_url_rule("/fail/<int:status>", "fail", fail, methods=["GET", "POST"])
    return made


@pytest.mark.parametrize(
    ("status", "method", "path", "heading"),
    [
        (400, "GET", "/annotations?cursor=nonsense", "That was not understood"),
        (403, "POST", "/annotations/job-1/restore", "Not allowed"),
        (404, "GET", "/annotations/nothing", "Nothing is here"),
        (405, "GET", "/annotations/job-1/cancel", "That does not work here"),
        (413, "POST", "/profile", "Too large"),
        (429, "GET", "/fail/429", "Too much at once"),
        (500, "GET", "/fail/500", "Something went wrong"),
        (503, "GET", "/fail/503", "Not available now"),
    ],
)
def test_each_error_has_a_page_in_words(
    site: PageSite, status: int, method: str, path: str, heading: str
) -> None:
    """The heading is for people; the page leads on, and never to the operators' words."""
    user = site.user()
    site.job(user, JobStatus.ARCHIVED)
    browser = site.browser(user)

    answer = (
        browser.get(path)
        if method == "GET"
        else browser.post(path, {"name": "x" * 1_100_000} if status == 413 else {})
    )

    assert answer.status_code == status
    assert f"<h1>{heading}</h1>" in answer.text
    assert f"Error {status}" in answer.text
    assert 'href="/annotations">Your jobs</a>' in answer.text
    assert "gas-jobs" not in answer.text
    assert "a bug" not in answer.text


@pytest.mark.parametrize("status", ERRORS)
def test_what_may_pass_can_be_tried_again(site: PageSite, status: int) -> None:
    """A page that was only looked at has a link to itself; a form is not sent again by a link."""
    browser = site.browser(None)

    looked = browser.get(f"/fail/{status}?a=b").text
    sent = browser.post(f"/fail/{status}").text

    assert f'href="/fail/{status}?a=b">Try again</a>' in looked
    assert "Try again</a>" not in sent
    assert ("Try again in 2 minutes." in looked) == (status == 429)


@pytest.mark.parametrize("status", ERRORS)
def test_an_upload_that_may_not_start_now_can_later(
    site: PageSite, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """Whatever refuses it on the way, the page leads to the one that starts the job of that very upload."""
    user = site.user()
    browser = site.browser(user)
    sent = {
        "key": f"gas/{user.user_id}/job-7~a.vcf",
        "own": f"gas/{user.user_id}/up-8~mine.bed",
        "reference": "rCRS",
    }
    for key in (sent["key"], sent["own"]):
        site.put("gas-inputs", key, b"x")

    def fail(*_: object) -> None:
        raise ERRORS[status]

    with monkeypatch.context() as patched:
        patched.setattr(site.ports.users, "get", fail)
        refused = browser.post("/annotations", sent)
    back = re.search(r'href="([^"]*)">Back to your upload</a>', refused.text)
    assert back is not None
    start = browser.get(unescape(back[1])).text

    assert refused.status_code == status
    assert "What you uploaded is kept" in refused.text
    assert f'name="key" value="{sent["key"]}"' in start
    assert f'name="own" value="{sent["own"]}"' in start


def test_a_button_that_may_work_later_leads_back_to_its_page(site: PageSite) -> None:
    """So that people need not look for it: to the job, and to the form."""
    user = site.user()
    site.job(user, JobStatus.FAILED)
    browser = site.browser(user)
    site.ports.bulletins.write(Bulletin(paused=True))

    refused = browser.post("/annotations/job-1/retry")

    assert refused.status_code == 503
    assert 'href="/annotations/job-1">Back</a>' in refused.text


@pytest.mark.parametrize(
    ("status", "wish", "answered", "heading", "sentence"),
    [
        (JobStatus.COMPLETED, "retry", 400, "Not now", "Only a failed job can be tried again."),
        (JobStatus.RUNNING, "restore", 400, "Not now", "There is no result to restore."),
        (JobStatus.ARCHIVED, "restore", 403, "Not allowed", "subscribe to the premium plan"),
    ],
)
def test_a_button_of_an_old_page_leads_to_what_is_true_now(
    site: PageSite, status: JobStatus, wish: str, *, answered: int, heading: str, sentence: str
) -> None:
    """The job has moved on, or its owner's plan was left: nobody is told that they were not understood."""
    user = site.user()
    site.job(user, status)

    refused = site.browser(user).post(f"/annotations/job-1/{wish}")

    assert refused.status_code == answered
    assert f"<h1>{heading}</h1>" in refused.text
    assert sentence in refused.text
    assert 'href="/annotations/job-1">Back</a>' in refused.text


@pytest.mark.parametrize("status", [429, 503])
def test_a_body_that_cannot_be_read_still_gets_a_page(
    site: PageSite, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """Then nobody knows which upload it was about."""

    def fail(*_: object) -> None:
        raise ERRORS[status]

    browser = site.browser(site.user())
    monkeypatch.setattr(site.ports.users, "get", fail)

    answer = browser.post("/annotations", {"key": "x" * 1_100_000})

    assert answer.status_code == status
    assert 'href="/">Home</a>' in answer.text
    assert "Back to your upload" not in answer.text


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/\\evil.example", "/a//evil.example"])
def test_trying_again_never_leads_elsewhere(site: PageSite, path: str, method: str) -> None:
    """An address that browsers may read as another site's gets a page without a link to it."""

    def fail(**_: str) -> str:
        raise ERRORS[503]

    site.app.url_map.merge_slashes = False
    site.app.add_url_rule("/<path:wanted>", "anything", fail, methods=["GET", "POST"])

    answer = site.browser(None).open(path, method)

    assert answer.status_code == 503
    assert "evil" not in answer.text


def test_an_error_of_ours_can_be_found_in_the_log(site: PageSite) -> None:
    """The number on the page stands on the one line of the request, which says what failed; and on no other's."""
    said = io.StringIO()
    configure_logging("info", said)
    browser = site.browser(None)

    page = browser.get("/fail/500").text
    browser.get("/")

    lines = [json.loads(line) for line in said.getvalue().splitlines()]
    number = page[page.index("<code") :].split(">")[1].split("<")[0]
    assert len(number) == 12
    [found] = [line for line in lines if line["request_id"] == number]
    assert (found["event"], found["level"], found["status"]) == ("request", "error", 500)
    assert found["error"] == type(ERRORS[500]).__name__
    assert "detail" in found or "Traceback" in found["exception"]
    assert len({line["request_id"] for line in lines}) == 2


def test_a_start_that_conflicts_is_told_in_its_own_words(site: PageSite) -> None:
    """Starting an upload whose job was deleted says what to do."""
    user = site.user()
    site.job(user, JobStatus.DELETED)

    answer = site.browser(user).post(
        "/annotations", {"key": f"gas/{user.user_id}/job-1~a.vcf", "reference": "rCRS"}
    )

    assert answer.status_code == 409
    assert "was deleted: upload the file again" in answer.text


def test_a_start_that_a_store_refuses_keeps_the_stores_words(
    site: PageSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a store said is for operators; the page keeps the button."""
    user = site.user()

    def broken(*_: object) -> None:
        raise ERRORS[503]

    monkeypatch.setattr(site.ports.objects, "head", broken)
    with capture_logs() as lines:
        answer = site.browser(user).post(
            "/annotations", {"key": f"gas/{user.user_id}/job-1~a.vcf", "reference": "rCRS"}
        )

    [line] = lines
    assert answer.status_code == 503
    assert (line["log_level"], line["detail"]) == ("error", str(ERRORS[503]))
    assert "GAS could not start the job now" in answer.text
    assert "gas-jobs" not in answer.text
    assert "Start annotation" in answer.text
