"""Uploads that are never submitted: a user holds so many at a time, and is told what to do instead."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from dev.measure.metrics import counted
from gas.config import PlanSettings
from gas.domain.errors import TransientError
from gas.domain.plan import Plan
from gas.domain.uploads import NOTHING_COMES_AFTER, SETTLES
from tests.support.api import VCF, ApiSite, Caller, make_api_site
from tests.support.pages import make_page_site
from tests.support.prometheus import told

HOURS_20 = timedelta(hours=20)


@pytest.fixture
def site() -> ApiSite:
    """An application with the usual settings."""
    return make_api_site()


def ask(who: Caller, size: int | None = None, name: str = "a.vcf") -> Any:
    """The answer to somebody who asks for a form."""
    return who.post("/uploads", {"fileName": name, **({} if size is None else {"sizeBytes": size})})


def test_of_forty_uploads_that_are_never_submitted_half_are_refused(site: ApiSite) -> None:
    """The refusal says how many there are, how many may be, what to do, and when it is worth asking again."""
    ada, bob = site.caller(), site.caller()

    answers = [ask(ada, 100) for _ in range(40)]

    refused = answers[-1]
    assert [answer.status_code for answer in answers] == [201] * 20 + [429] * 20
    assert refused.mimetype == "application/problem+json"
    assert "20 uploads that are not submitted" in refused.get_json()["detail"]
    assert "your plan allows 20 at a time: submit one of them, or wait" in refused.get_json()["detail"]
    assert timedelta(seconds=int(refused.headers["Retry-After"])) == NOTHING_COMES_AFTER
    assert ask(bob).status_code == 201


def test_premium_users_may_hold_more() -> None:
    """Each plan has a limit of its own."""
    site = make_api_site(plans=PlanSettings(free_max_open_uploads=2, premium_max_open_uploads=3))
    free, premium = site.caller(), site.caller(plan=Plan.PREMIUM)

    assert [ask(free).status_code for _ in range(3)] == [201, 201, 429]
    assert [ask(premium).status_code for _ in range(4)] == [201, 201, 201, 429]


def test_a_submission_gives_the_place_back(site: ApiSite) -> None:
    """Whoever submits what they upload never meets the limit."""
    ada = site.caller()
    assert ada.user is not None

    for _ in range(4):
        site.submit(ada)

    assert site.ports.uploads.get(ada.user.user_id).uploads == {}


def test_open_bytes_are_limited_where_an_owner_says_so() -> None:
    """What was told counts as told, what was not counts as the most that the plan takes, and the largest input and a file of one's own always fit."""
    plans = PlanSettings(free_max_input_bytes=100, free_max_open_bytes=250)
    site = make_api_site(plans=plans)
    ada, bob = site.caller(), site.caller()

    told_sizes = [ask(ada, 100), ask(ada, 100), ask(ada, 60)]
    untold = [ask(bob), ask(bob), ask(bob)]

    assert [answer.status_code for answer in told_sizes] == [201, 201, 429]
    assert "200 bytes" in told_sizes[-1].get_json()["detail"]
    assert "250 bytes" in told_sizes[-1].get_json()["detail"]
    assert [answer.status_code for answer in untold] == [201, 201, 429]


def test_a_form_takes_no_more_than_was_told(site: ApiSite) -> None:
    """The store refuses a file that is larger than its owner said."""
    ada = site.caller()

    form = ask(ada, len(VCF)).get_json()

    assert form["maxBytes"] == len(VCF)
    assert site.links.receive(form["url"], form["fields"], VCF + b"x") == 400
    assert site.links.receive(form["url"], form["fields"], VCF) == 201


def test_what_was_never_sent_frees_its_place_soon(site: ApiSite) -> None:
    """Twenty forms that came to nothing, on a bad line, do not lock anybody out for the day; files that came count."""
    ada = site.caller()
    arrived = [site.upload(ada) for _ in range(2)]
    for _ in range(18):
        ask(ada)
    site.clock.advance(NOTHING_COMES_AFTER)

    answers = [ask(ada).status_code for _ in range(19)]
    late = ask(ada)

    assert answers == [201] * 18 + [429]
    assert late.status_code == 429
    assert ada.post("/jobs", {"key": arrived[0]["key"], "reference": "rCRS"}).status_code == 201
    assert ask(ada).status_code == 201


def test_places_of_what_lapsed_are_not_without_end(site: ApiSite) -> None:
    """However long somebody goes on asking for forms, what is remembered of them is bounded."""
    ada = site.caller()
    statuses = []
    for _ in range(6):
        statuses += [ask(ada).status_code for _ in range(20)]
        site.clock.advance(NOTHING_COMES_AFTER)

    assert statuses == [201] * 80 + [429] * 40


def test_what_waited_too_long_is_refused_in_words(site: ApiSite) -> None:
    """An upload that is about to be removed makes no job any more; the sentence says to send the file again."""
    ada = site.caller()
    assert ada.user is not None
    form = site.upload(ada)
    uploads = site.ports.uploads.get(ada.user.user_id)
    site.clock.advance(HOURS_20)
    going = uploads.with_going(form["jobId"], site.clock.now() + SETTLES)
    site.ports.uploads.commit(ada.user.user_id, uploads, going)

    answer = ada.post("/jobs", {"key": form["key"], "reference": "rCRS"})

    assert answer.status_code == 409
    assert "was not submitted in time" in answer.get_json()["detail"]
    assert "upload the file again" in answer.get_json()["detail"]
    assert ada.get("/jobs").get_json()["jobs"] == []


def test_a_premium_form_makes_no_job_after_the_loss_of_premium(site: ApiSite) -> None:
    """The plan at the time of submission decides; the file goes with the rest of what is not submitted."""
    ada = site.caller(plan=Plan.PREMIUM)
    assert ada.user is not None
    form = site.upload(ada, content=VCF + b"x" * 200_000)
    site.ports.users.change_plan(ada.user.user_id, Plan.FREE, site.clock.now())

    answer = ada.post("/jobs", {"key": form["key"], "reference": "rCRS"})

    assert answer.status_code == 400
    assert "the free plan takes files of up to 153,600 bytes" in answer.get_json()["detail"]
    assert list(site.ports.uploads.get(ada.user.user_id).uploads) == [form["jobId"]]
    assert ask(ada, 100).status_code == 201


def test_a_page_says_it_too() -> None:
    """A browser without scripts reads the same sentence, with the status that says to wait."""
    site = make_page_site()
    browser = site.browser(site.user())
    for _ in range(20):
        assert browser.get("/annotate/form?name=a.vcf").status_code == 200

    answer = browser.get("/annotate/form?name=a.vcf")

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "20 uploads that are not submitted" in unescape(answer.text)
    assert 'type="file"' in answer.text


def test_another_sites_link_takes_no_place() -> None:
    """It leads to the page with the name filled in; only what is pressed there asks for a form."""
    site = make_page_site()
    user = site.user()
    browser = site.browser(user)

    answer = browser.get("/annotate/form?name=a.vcf", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 200
    assert 'value="a.vcf"' in answer.text
    assert 'enctype="multipart/form-data" action="https' not in answer.text
    assert site.ports.uploads.get(user.user_id).uploads == {}


def test_refusals_are_counted(site: ApiSite) -> None:
    """Beside the other outcomes of asking for a form."""
    ada = site.caller()
    for _ in range(21):
        ask(ada)

    assert counted(told(site.app), "gas_web_uploads_total", outcome="over-quota") == 1
    assert counted(told(site.app), "gas_web_uploads_total", outcome="granted") == 20


def test_the_document_tells_of_it(site: ApiSite) -> None:
    """429 with Retry-After is an answer that scripts can expect, and 409 of a submission that comes too late."""
    paths = site.anybody().get("/openapi.json").get_json()["paths"]
    start, submit = paths["/api/v1/uploads"]["post"], paths["/api/v1/jobs"]["post"]

    assert "Retry-After" in start["responses"]["429"]["headers"]
    assert "not submitted" in start["responses"]["429"]["description"]
    assert "409" in submit["responses"]


def test_what_somebody_holds_is_told_to_them(site: ApiSite) -> None:
    """The limit stands beside the others, and the open uploads in what is exported."""
    ada = site.caller()
    form = site.upload(ada)

    limits = ada.get("/me").get_json()["limits"]
    kept = ada.get("/me/export").get_json()["account"]["uploads"]

    assert limits["maxOpenUploads"] == 20
    assert [each["key"] for each in kept.values()] == [form["key"]]


def test_a_store_that_does_not_answer_gives_no_form(site: ApiSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """No form goes out that nobody would remember."""

    def away(*_: object) -> None:
        raise TransientError("away")

    monkeypatch.setattr(site.ports.uploads, "commit", away)

    assert ask(site.caller()).status_code == 503
