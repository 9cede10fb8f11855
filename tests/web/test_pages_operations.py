"""The operators' page, the banner and the pause."""

import pytest

from gas.domain.bulletin import Bulletin
from gas.domain.errors import TransientError
from gas.domain.job import JobStatus
from gas.domain.plan import Plan
from gas_web.bulletin import STARTS_WORK
from gas_web.bulletin_reader import SECONDS, BulletinReader
from tests.support.pages import OPERATOR, PageSite, make_page_site


@pytest.fixture
def site() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


def test_operators_tell_everybody(site: PageSite) -> None:
    """A banner stands on every page at once, as text."""
    operator = site.browser(site.user("o", subject=OPERATOR))

    answer = operator.post("/operations/bulletin", {"banner": "Back  at <noon>"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/operations")
    assert "Back at &lt;noon&gt;" in site.browser(None).get("/").text
    assert "Back at &lt;noon&gt;" in operator.get("/annotations/nothing").text
    assert not site.ports.bulletins.read().paused


@pytest.mark.parametrize("method", ["get", "post"])
def test_others_do_not_learn_of_the_page(site: PageSite, method: str) -> None:
    """A premium user gets what one gets for an address that is not there."""
    premium = site.browser(site.user(plan=Plan.PREMIUM))

    answer = (
        premium.get("/operations")
        if method == "get"
        else premium.post("/operations/bulletin", {"paused": "yes"})
    )

    assert answer.status_code == 404
    assert site.ports.bulletins.read() == Bulletin()


def test_a_banner_that_is_too_long_is_given_back(site: PageSite) -> None:
    """Nothing is written, and the words are kept in the form."""
    operator = site.browser(site.user("o", subject=OPERATOR))

    answer = operator.post("/operations/bulletin", {"banner": "x" * 301})

    assert answer.status_code == 400
    assert "x" * 301 in answer.text
    assert site.ports.bulletins.read() == Bulletin()


def test_a_pause_refuses_new_work_and_nothing_else(site: PageSite) -> None:
    """No upload, no job, no retry, on pages and by the API; jobs can still be watched and cancelled."""
    user = site.user()
    site.job(user, JobStatus.FAILED, "job-1")
    site.job(user, JobStatus.RUNNING, "job-2")
    browser = site.browser(user)
    site.ports.bulletins.write(Bulletin(paused=True))

    refused = [
        browser.post("/annotations", {"key": f"gas/{user.user_id}/job-3~a.vcf"}),
        browser.post("/annotations/job-1/retry"),
        browser.get("/annotate/form?name=a.vcf"),
        browser.post("/api/v1/uploads"),
        browser.post("/api/v1/jobs"),
    ]

    assert [answer.status_code for answer in refused] == [503] * 5
    assert all(290 <= int(answer.headers["Retry-After"]) <= 300 for answer in refused)
    assert 'id="upload"' not in browser.get("/annotate").text
    assert browser.get("/annotations/job-2").status_code == 200
    assert browser.post("/annotations/job-2/cancel").status_code == 303


def test_what_a_pause_names_exists(site: PageSite) -> None:
    """A view that is renamed does not slip out of the pause."""
    assert {rule.endpoint for rule in site.app.url_map.iter_rules()} >= STARTS_WORK


def test_the_board_is_read_now_and_then_and_may_fail() -> None:
    """Pages within a few seconds cost one read; while the board does not answer, the last bulletin holds."""
    answers: list[Bulletin | None] = [Bulletin("one"), None, Bulletin("two")]
    now = [100.0]

    class Board:
        def read(self) -> Bulletin:
            answer = answers.pop(0)
            if answer is None:
                raise TransientError("no answer")
            return answer

        def write(self, bulletin: Bulletin) -> None:
            raise AssertionError(bulletin)

    read = BulletinReader(Board(), clock=lambda: now[0])
    seen = []
    for step in (0.0, SECONDS - 1, 1.0, SECONDS):
        now[0] += step
        seen.append(read().banner)

    assert seen == ["one", "one", "one", "two"]
    assert answers == []
