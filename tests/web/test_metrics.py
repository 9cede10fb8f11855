"""What the web counts of uploads, submissions and requests, through both doors."""

import threading
from datetime import timedelta

import pytest
import structlog
from flask import Flask, Response
from structlog.testing import capture_logs
from werkzeug.test import Client

from dev.measure.metrics import counted
from gas.adapters.memory.clock import FakeClock
from gas.config import PlanSettings
from gas.domain.bulletin import Bulletin
from gas.domain.errors import TransientError
from gas.tracing import traceparent
from gas_web.services import WebServices
from tests.support.api import ApiSite, make_api_site
from tests.support.pages import make_page_site
from tests.support.prometheus import complaints, told
from tests.support.waiting import PATIENCE_SECONDS


@pytest.fixture
def site() -> ApiSite:
    """An application of this test alone: its counts begin at zero."""
    return make_api_site()


def metrics(app: Flask) -> str:
    """What Prometheus is told."""
    return told(app)


def submissions(app: Flask, door: str = "api") -> dict[str, float]:
    """How many submissions had which outcome; those that had none are left out."""
    text = metrics(app)
    outcomes = (
        "new",
        "repeated",
        "refused",
        "refused-size",
        "not-found",
        "over-quota",
        "conflict",
        "paused",
        "failed",
    )
    found = {o: counted(text, "gas_web_submissions_total", door=door, outcome=o) for o in outcomes}
    return {outcome: count for outcome, count in found.items() if count}


def uploads(app: Flask) -> dict[str, float]:
    """The same of upload forms."""
    text = metrics(app)
    outcomes = ("granted", "refused-size", "refused-name", "paused", "failed")
    found = {o: counted(text, "gas_web_uploads_total", outcome=o) for o in outcomes}
    return {outcome: count for outcome, count in found.items() if count}


def test_uploads_by_outcome(site: ApiSite) -> None:
    """A form that is given, one refused by the size that was told, one by the name."""
    ada = site.caller()

    ada.post("/uploads", {"fileName": "a.vcf"})
    ada.post("/uploads", {"fileName": "a.vcf", "sizeBytes": 153_601})
    ada.post("/uploads", {"fileName": "a.txt"})

    assert uploads(site.app) == {"granted": 1, "refused-size": 1, "refused-name": 1}


def test_submissions_by_outcome(site: ApiSite) -> None:
    """New, the same again, another one under the same key, nobody's upload, and a reference that there is not."""
    ada = site.caller()
    first, second = site.upload(ada, "a.vcf"), site.upload(ada, "b.vcf")
    key = {"Idempotency-Key": "k"}

    ada.post("/jobs", {"key": first["key"], "reference": "rCRS"}, headers=key)
    ada.post("/jobs", {"key": first["key"], "reference": "rCRS"}, headers=key)
    ada.post("/jobs", {"key": second["key"], "reference": "rCRS"}, headers=key)
    ada.post("/jobs", {"key": "gas/nobody/x~a.vcf", "reference": "rCRS"})
    ada.post("/jobs", {"key": second["key"], "reference": "hg19"})

    assert submissions(site.app) == {"new": 1, "repeated": 1, "conflict": 1, "not-found": 1, "refused": 1}
    assert submissions(site.app, "page") == {}


def test_a_submission_over_the_quota() -> None:
    """Told apart from a wrong one: somebody waits for a place."""
    site = make_api_site(plans=PlanSettings(free_max_active_jobs=1))
    ada = site.caller()

    for name in ("a.vcf", "b.vcf"):
        ada.post("/jobs", {"key": site.upload(ada, name)["key"], "reference": "rCRS"})

    assert submissions(site.app) == {"new": 1, "over-quota": 1}


def test_a_submission_that_the_store_did_not_take(site: ApiSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails on our side is counted as failed, not as refused."""
    ada = site.caller()
    key = site.upload(ada, "a.vcf")["key"]

    def away(*_: object) -> None:
        raise TransientError("no answer")

    monkeypatch.setattr(site.ports.jobs, "create", away)
    answer = ada.post("/jobs", {"key": key, "reference": "rCRS"})

    assert answer.status_code == 503
    assert submissions(site.app) == {"failed": 1}


def test_what_is_refused_during_a_pause(site: ApiSite) -> None:
    """Counted, though no view was reached; and apart from what fails, whatever was asked for: the pause is meant."""
    ada = site.caller()
    key = site.upload(ada, "a.vcf")["key"]
    services: WebServices = site.app.extensions["gas"]
    services.bulletin.write(Bulletin(paused=True))

    before = metrics(site.app)
    ada.post("/uploads", {"fileName": "a.vcf"})
    ada.post("/jobs", {"key": key, "reference": "rCRS"})
    ada.post("/jobs/some-job/retry")

    assert uploads(site.app) == {"granted": 1, "paused": 1}
    assert submissions(site.app) == {"paused": 1}
    assert "\ngas_web_refused_while_paused_total 0.0\n" in before
    assert counted(metrics(site.app), "gas_web_refused_while_paused_total") == 3
    assert counted(metrics(site.app), "gas_web_requests_total", status="503") == 3
    assert counted(metrics(site.app), "gas_web_failures_total") == 0


def test_failures_are_counted_from_the_first_on(site: ApiSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a zero before the first failure, which no labelled series has; and every error of ours counts, whatever its kind."""

    @site.app.get("/defect")
    def defect() -> str:
        raise RuntimeError("a defect")

    ada = site.caller()
    key = site.upload(ada, "a.vcf")["key"]

    def away(*_: object) -> None:
        raise TransientError("no answer")

    before = metrics(site.app)
    Client(site.app).get("/defect")
    monkeypatch.setattr(site.ports.jobs, "create", away)
    unavailable = ada.post("/jobs", {"key": key, "reference": "rCRS"})
    ada.get("/jobs/there-is-none")
    Client(site.app).get("/no-such-page")

    assert "\ngas_web_failures_total 0.0\n" in before
    assert unavailable.status_code == 503
    assert counted(metrics(site.app), "gas_web_failures_total") == 2


def break_next_answer(site: ApiSite) -> None:
    """Let the last steps of the next answer fail, and of no other."""
    broken = iter([True])

    @site.app.after_request
    def break_once(response: Response) -> Response:
        if next(broken, False):
            raise RuntimeError("a defect")
        return response


def test_a_refusal_that_breaks_is_a_failure(site: ApiSite) -> None:
    """What operators ordered is the answer 503, and nothing else that comes of it."""
    services: WebServices = site.app.extensions["gas"]
    services.bulletin.write(Bulletin(paused=True))
    ada = site.caller()
    break_next_answer(site)

    statuses = [ada.post("/uploads", {"fileName": "a.vcf"}).status_code for _ in range(2)]

    assert statuses == [500, 503]
    assert counted(metrics(site.app), "gas_web_failures_total") == 1


def test_the_page_is_a_door_of_its_own() -> None:
    """The button on the page, and the form for browsers without scripts."""
    site = make_page_site()
    browser = site.browser(site.user())

    browser.get("/annotate/form?name=a.vcf")
    browser.get("/annotate/form?name=a.txt")
    browser.post("/annotations", {"key": "gas/nobody/x~a.vcf"})

    assert uploads(site.app) == {"granted": 1, "refused-name": 1}
    assert submissions(site.app, "page") == {"not-found": 1}


def test_requests_in_flight_rise_and_fall(site: ApiSite) -> None:
    """While requests are answered they are counted; afterwards, and after one that broke, none is."""
    inside, go = threading.Barrier(3), threading.Event()

    @site.app.get("/slow")
    def slow() -> str:
        inside.wait(PATIENCE_SECONDS)
        assert go.wait(PATIENCE_SECONDS)
        raise RuntimeError("a defect")

    threads = [threading.Thread(target=lambda: Client(site.app).get("/slow")) for _ in range(2)]
    for thread in threads:
        thread.start()
    inside.wait(PATIENCE_SECONDS)
    during = counted(metrics(site.app), "gas_web_requests_in_flight")
    go.set()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)

    after = metrics(site.app)
    assert during == 2
    assert counted(after, "gas_web_requests_in_flight") == 0
    assert counted(after, "gas_web_requests_total", route="/slow", status="500") == 2
    assert counted(after, "gas_web_request_duration_seconds_count", route="/slow") == 2


def test_an_answer_that_breaks_on_its_last_steps_is_one_request(site: ApiSite) -> None:
    """The steps after a view may fail and are made anew for the error: one line, one count, of what was sent."""
    break_next_answer(site)

    with capture_logs() as lines:
        answer = Client(site.app).get("/")

    requests = [line for line in lines if line["event"] == "request"]
    assert answer.status_code == 500
    assert [(line["status"], line["route"]) for line in requests] == [(500, "/")]
    assert counted(metrics(site.app), "gas_web_requests_total") == 1


def test_a_trace_ends_with_its_request(site: ApiSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also with one whose line cannot be written: the next request of the thread is a part of nothing."""

    def full(*_: object, **_fields: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("gas_web.observation.log_line", full)
    with pytest.raises(OSError, match="no space"):
        Client(site.app).get("/")

    assert traceparent() is None
    assert "trace_id" not in structlog.contextvars.get_contextvars()
    assert counted(metrics(site.app), "gas_web_requests_in_flight") == 0


def test_the_line_names_the_job(site: ApiSite) -> None:
    """That of a submission, too, whose address names none; and never what cannot be a job's id."""
    ada = site.caller()
    key = site.upload(ada, "a.vcf")["key"]
    with capture_logs() as lines:
        job_id = ada.post("/jobs", {"key": key, "reference": "rCRS"}).get_json()["id"]
        ada.get(f"/jobs/{job_id}")
        ada.get("/jobs/NOT%20A%20JOB")
        ada.get("/me")

    requests = [line for line in lines if line["event"] == "request"]
    assert [line.get("job_id") for line in requests] == [job_id, job_id, None, None]


def test_promtool_reads_a_living_application(site: ApiSite) -> None:
    """After some requests, what the web tells is well-formed, and says which GAS it is."""
    ada = site.caller()
    site.upload(ada, "a.vcf")
    ada.get("/jobs")
    Client(site.app).get("/nowhere")
    text = metrics(site.app)

    assert complaints(text) == ""
    assert 'gas_build_info{part="web",version="' in text
    assert "process_resident_memory_bytes" in text


def test_a_wrong_clock_of_its_machine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one metric that the alert of all parts looks at."""
    monkeypatch.setattr(FakeClock, "ahead", lambda _: timedelta(seconds=-40))

    assert "gas_clock_ahead_seconds -40.0" in metrics(make_api_site().app).splitlines()
