"""Every answer carries the headers, pages, redirects and errors alike."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

import gas_web
from gas.config import AwsSettings, Settings
from gas.domain.errors import ConflictError, FatalError, NotFoundError, TransientError, UsageError
from gas_web.answers.headers import content_security_policy, object_store_origins
from tests.support.safe_headers import missing_headers
from tests.web.conftest import Site

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize("signed_in", [True, False], ids=["signed-in", "anonymous"])
def test_every_route_has_them(site: Site, signed_in: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Each route by each method that it takes, and some that it does not."""
    browser = site.signed_in() if signed_in else site.browser()
    paths = {
        str(rule.rule).replace("<token_id>", "x").replace("<path:filename>", "x")
        for rule in site.app.url_map.iter_rules()
    }

    lacking = {
        (method, path): missing_headers(answer)
        for path in sorted(paths)
        for method in ("GET", "POST", "DELETE", "OPTIONS", "HEAD")
        if missing_headers(answer := browser.open(path, method))
    }

    assert len(paths) >= 12
    assert lacking == {}


def _failing(error: Exception) -> Callable[[], str]:
    def view() -> str:
        raise error

    return view


def _add_failures(app: Flask) -> None:
    errors = {
        "usage": UsageError("That cannot be."),
        "missing": NotFoundError("There is no such job."),
        "conflict": ConflictError("It has changed."),
        "transient": TransientError("table gas-jobs did not answer"),
        "fatal": FatalError("table gas-jobs is missing: run gas-setup"),
        "bug": RuntimeError("secret-in-a-bug"),
    }
    for name, error in errors.items():
        app.add_url_rule(f"/fail/{name}", f"page-{name}", _failing(error))
        app.add_url_rule(f"/api/v1/fail/{name}", f"api-{name}", _failing(error))


def test_an_error_page_that_fails_is_still_a_page(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When even the template is broken, people get the sentence, with the right status and the headers."""
    site = make_site()
    monkeypatch.setattr(site.app.jinja_env, "undefined", None)

    with capture_logs():
        answer = site.browser().get("/nowhere")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert missing_headers(answer) == set()


FAILURES = {"usage": 400, "missing": 404, "conflict": 409, "transient": 503, "fatal": 500, "bug": 500}


@pytest.mark.parametrize(("name", "status"), FAILURES.items())
def test_errors_are_calm_pages_and_problem_documents(
    make_site: Callable[..., Site], name: str, status: int
) -> None:
    """People get a page, scripts RFC 9457, both with the headers; what is for operators stays in the log."""
    site = make_site()
    _add_failures(site.app)
    browser = site.browser()

    with capture_logs():
        page, problem = browser.get(f"/fail/{name}"), browser.get(f"/api/v1/fail/{name}")

    assert (page.status_code, problem.status_code) == (status, status)
    assert page.mimetype == "text/html"
    assert problem.mimetype == "application/problem+json"
    assert problem.get_json()["status"] == status
    assert {"type", "title", "detail"} <= set(problem.get_json())
    assert missing_headers(page) == missing_headers(problem) == set()
    for answer in (page, problem):
        assert "gas-jobs" not in answer.text
        assert "secret-in-a-bug" not in answer.text
        assert ("Retry-After" in answer.headers) == (status == 503)


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
def test_http_errors_have_them_too(site: Site, prefix: str) -> None:
    """404, 405 and 413 are answered in the same two ways."""
    browser = site.browser()
    calls: dict[int, Callable[[], TestResponse]] = {
        404: lambda: browser.get(f"{prefix}/nowhere"),
        405: lambda: browser.open(f"{prefix}/service-info" if prefix else "/login", "DELETE", headers=OWN),
        413: lambda: browser.post("/profile/tokens", {"name": "x" * 2_000_000}),
    }
    if not prefix:
        browser.sign_in()
    else:
        del calls[413]

    answers = {status: call() for status, call in calls.items()}

    assert {status: answer.status_code for status, answer in answers.items()} == {s: s for s in calls}
    assert all(missing_headers(answer) == set() for answer in answers.values())
    assert all("Retry-After" not in answer.headers for answer in answers.values())
    assert "GET" in answers[405].headers["Allow"]


def test_the_object_store_stands_in_two_places_only() -> None:
    """Uploads and downloads may go there; nothing is loaded from there, and the issuer only takes the form."""
    policy = dict(
        rule.split(" ", 1)
        for rule in content_security_policy(("https://store.example",), "https://issuer.example").split("; ")
    )

    assert {name for name, value in policy.items() if "store.example" in value} == {
        "connect-src",
        "form-action",
    }
    assert {name for name, value in policy.items() if "issuer.example" in value} == {"form-action"}
    assert not any("unsafe" in value or "*" in value for value in policy.values())


def test_the_object_store_is_the_local_one_or_the_buckets() -> None:
    """Without a setting it follows from where AWS is."""
    local = Settings(aws=AwsSettings.model_validate({"endpoint_url": "http://127.0.0.1:5000/"}))

    assert object_store_origins(local) == ("http://127.0.0.1:5000",)
    assert "https://gas-inputs.s3.us-east-1.amazonaws.com" in object_store_origins(Settings())


def test_no_template_needs_an_exception() -> None:
    """No inline script, style or event handler: the policy would stop it, and the page would break."""
    for template in (Path(gas_web.__file__).parent / "templates").rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        inline = [piece for piece in text.split("<script")[1:] if "src=" not in piece.split(">")[0]]

        assert inline == [], template.name
        assert " style=" not in text, template.name
        assert "<style" not in text, template.name
        assert " onclick" not in text, template.name


def test_pages_are_not_kept_by_caches(site: Site) -> None:
    """What one person sees is not shown to the next at the same machine."""
    answer = site.signed_in().get("/profile")

    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]
