"""Floods are answered with 429, and the log holds no secret."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import g
from structlog.testing import capture_logs
from werkzeug.exceptions import TooManyRequests

from dev.run.issuer.client import LocalIssuer
from gas.domain.access_token import Scope, token_text
from gas.domain.hallmark import RANDOM_BYTES, Hallmark, hallmark_of
from gas.domain.plan import User
from gas.logs import _TALKATIVE
from gas.services.issue_token import issue_token
from gas_web.app import create_app
from gas_web.asked.principal import Principal
from gas_web.guards import limits
from gas_web.services import WebServices
from tests.support.browser import Browser
from tests.support.giving_way import GivingWay
from tests.support.jobs import FREE
from tests.support.plans import FREE_TERMS
from tests.support.prometheus import told
from tests.web.conftest import Site, web_settings


def test_a_flood_is_told_when_to_come_back(make_site: Callable[..., Site]) -> None:
    """After so many requests a minute the answer is 429 with Retry-After, as a page and as a problem document."""
    site = make_site(requests_per_minute=5)
    browser = site.browser()

    answers = [browser.get("/profile") for _ in range(6)]
    problem = browser.get("/api/v1/service-info")

    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert 0 < int(answers[5].headers["Retry-After"]) <= 60
    assert answers[5].mimetype == "text/html"
    assert (problem.status_code, problem.mimetype) == (429, "application/problem+json")
    assert "Retry-After" not in answers[0].headers


def test_nobody_is_called_back_too_early(site: Site) -> None:
    """`Retry-After` is whole seconds: a part of one counts as one."""
    with site.app.test_request_context():
        with pytest.raises(TooManyRequests):
            limits._refuse(40.2)

        assert g.retry_after == "41"


def test_signing_in_has_a_limit_of_its_own(make_site: Callable[..., Site]) -> None:
    """Trying to sign in again and again ends sooner than reading; probes are never refused."""
    site = make_site(logins_per_minute=3, requests_per_minute=10)
    browser = site.browser()

    logins = [browser.post("/login").status_code for _ in range(4)]
    for _ in range(10):
        browser.get("/profile")
    probes = {browser.get(path).status_code for path in ("/livez", "/readyz") for _ in range(10)}

    assert logins == [303, 303, 303, 429]
    assert probes == {200}


def test_two_addresses_have_two_limits(make_site: Callable[..., Site]) -> None:
    """Behind one trusted proxy, the client that the proxy names counts, and what the client says does not."""
    site = make_site(requests_per_minute=2, proxies=1)
    browser = site.browser()

    def ask(forwarded: str) -> int:
        status: int = browser.get("/profile", headers={"X-Forwarded-For": forwarded}).status_code
        return status

    assert [ask("10.0.0.1"), ask("10.0.0.1"), ask("10.0.0.1")] == [303, 303, 429]
    assert ask("10.0.0.2") == 303
    assert ask("10.9.9.9, 10.0.0.1") == 429


def test_a_user_counts_as_themselves(make_site: Callable[..., Site]) -> None:
    """Behind one address one user's flood stops neither another nor strangers, and not their own next address."""
    site = make_site(requests_per_minute=6)
    flood, other = site.signed_in(), site.signed_in("premium")

    flooded = [flood.get("/subscribe").status_code for _ in range(8)]

    assert flooded == [200] * 6 + [429] * 2
    assert [other.get("/subscribe").status_code for _ in range(3)] == [200] * 3
    elsewhere = flood.open("/subscribe", "GET", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert elsewhere.status_code == 429


def test_one_household_is_one_stranger(make_site: Callable[..., Site]) -> None:
    """All addresses of a /64 count together, and its neighbour does not."""
    site = make_site(requests_per_minute=4)
    browser = site.browser()

    def ask(address: str) -> int:
        return int(browser.open("/profile", "GET", environ_base={"REMOTE_ADDR": address}).status_code)

    assert [ask(f"2001:db8:1:2::{n}") for n in range(6)] == [303] * 4 + [429] * 2
    assert ask("2001:db8:1:3::1") == 303


def test_proof_that_does_not_hold_is_counted(make_site: Callable[..., Site]) -> None:
    """Guessing ends before the tables are asked any more, and whose proof held before goes on at the same address."""
    site = make_site(requests_per_minute=5)
    ada = site.signed_in()
    assert ada.signed_in
    guesser = site.browser()

    def guess(number: int) -> int:
        guesser.plant("gas", f"{number:043d}")
        return int(guesser.get("/subscribe").status_code)

    assert [guess(n) for n in range(7)] == [303] * 5 + [429] * 2
    assert ada.signed_in


def ask_api(browser: Browser, token: str) -> int:
    """The status that a script with that token gets."""
    headers = {"Authorization": f"Bearer {token}"}
    return int(browser.open("/api/v1/me", "GET", headers=headers).status_code)


def guesses(number: int) -> list[str]:
    """Texts that are formed as access tokens are, and are none."""
    return [token_text(secrets.token_bytes(32)) for _ in range(number)]


def another_pod(site: Site, issuer: LocalIssuer) -> Site:
    """A second application of the same installation."""
    settings = web_settings(issuer)
    app = create_app(settings, WebServices.from_ports(site.ports, settings))
    return replace(site, app=app)


def carried(browser: Browser, site: Site) -> Browser:
    """The same browser, served by another pod."""
    other = site.browser()
    other.plant("gas", browser.cookie() or "")
    return other


def test_what_is_no_token_costs_no_read_and_nobody_else(
    make_site: Callable[..., Site], issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often somebody sends it, others at the address go on and sign in; the flood itself is stopped."""
    site = make_site(requests_per_minute=5)
    elsewhere = another_pod(site, issuer).signed_in()
    monkeypatch.setattr(site.ports.tokens, "get", lambda _: pytest.fail("the table was asked"))
    script = site.browser()

    answers = [ask_api(script, "x") for _ in range(8)]

    assert answers == [401] * 5 + [429] * 3
    assert carried(elsewhere, site).signed_in
    assert site.signed_in().signed_in


@pytest.mark.parametrize("flood", ["tokens", "cookies"])
def test_guesses_lock_nobody_out(make_site: Callable[..., Site], issuer: LocalIssuer, flood: str) -> None:
    """What this installation gave out is known before any table is asked: at this pod or another, before the flood or in it."""
    site = make_site(requests_per_minute=5)
    earlier = another_pod(site, issuer).signed_in()
    made = earlier.post("/profile/tokens", {"name": "t", "scope": ["jobs:read", "profile:read"], "days": "7"})
    page = earlier.get("/profile").text
    token = page[page.index("gas_") :].split("<")[0]
    guesser = site.browser()

    def guess(text: str) -> int:
        if flood == "tokens":
            return ask_api(guesser, text)
        guesser.plant("gas", text[4:47])
        return int(guesser.get("/profile").status_code)

    answers = [guess(text) for text in guesses(8)]

    assert made.status_code == 303
    assert answers == [401 if flood == "tokens" else 303] * 5 + [429] * 3
    assert carried(earlier, site).signed_in
    assert site.signed_in().signed_in
    assert ask_api(site.browser(), token) == 200


def test_what_holds_no_more_is_counted_by_itself(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser whose session has ended, shown again and again, stops asking the table and stops nobody else."""
    site = make_site(requests_per_minute=5)
    browser = site.signed_in()
    ended = browser.cookie() or ""
    browser.post("/logout")
    asked: list[str] = []
    monkeypatch.setattr(site.ports.sessions, "get", asked.append)

    def show() -> int:
        browser.plant("gas", ended)
        return int(browser.get("/subscribe").status_code)

    answers = [show() for _ in range(8)]
    monkeypatch.undo()

    assert answers == [303] * 5 + [429] * 3
    assert len(asked) == 5
    assert site.signed_in("premium").signed_in


def test_marks_that_are_struck_without_end_are_stopped(
    make_site: Callable[..., Site], issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever knows the client secret has no more tables read from one address, and stops nobody who was seen to hold."""
    site = make_site(requests_per_minute=2)
    ada, script = site.signed_in(), site.browser()
    assert ada.signed_in
    hallmark, most = hallmark_of(issuer.client_secret), 2 * limits.ENDED_TIMES
    struck = [token_text(hallmark.struck(secrets.token_bytes(RANDOM_BYTES))) for _ in range(most + 3)]
    asked: list[str] = []
    monkeypatch.setattr(site.ports.tokens, "get", asked.append)

    answers = [ask_api(script, text) for text in struck]

    assert answers == [401] * most + [429] * 3
    assert len(asked) == most
    assert ada.signed_in


def test_what_an_older_release_gave_out_still_holds(make_site: Callable[..., Site]) -> None:
    """It bears no mark, so it is looked up within what its address may guess."""
    site = make_site(requests_per_minute=5)
    user = User("a" * 26, "a@example.org", "Ada", FREE)
    site.ports.users.create(user)
    old = issue_token(
        site.ports.tokens,
        user,
        "t",
        hallmark=Hallmark(b"none of ours"),
        scopes=frozenset(Scope),
        days=7,
        now=site.ports.clock.now(),
    )
    script = site.browser()

    before = ask_api(script, old.text)
    flood = [ask_api(script, text) for text in guesses(6)]

    assert before == 200
    assert flood == [401] * 5 + [429]
    assert ask_api(script, old.text) == 200


@pytest.mark.parametrize("cookie", [True, False], ids=["with a cookie", "without"])
@pytest.mark.parametrize(("method", "path"), [("GET", "/profile"), ("POST", "/logout")])
def test_a_token_on_a_page_proves_nothing(
    make_site: Callable[..., Site], method: str, path: str, *, cookie: bool
) -> None:
    """Nobody looks at it there, so it lifts no limit, whatever the cookie beside it: who shows it is a stranger."""
    site = make_site(requests_per_minute=5)
    browser, headers = site.browser(), {"Authorization": "Bearer x", "Sec-Fetch-Site": "same-origin"}

    def ask(number: int) -> int:
        if cookie:
            browser.plant("gas", f"{number:043d}")
        return int(browser.open(path, method, headers=headers).status_code)

    assert [ask(number) for number in range(7)] == [303] * 5 + [429] * 2


def test_threads_share_what_is_remembered(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight that remember and forget proofs at the same time fail nobody's request."""
    monkeypatch.setattr(limits, "_REMEMBERED", 3)
    remembered = limits.Limits(1_000_000, 1)
    again = GivingWay[str, None]({"a": None, "b": None, "c": None})
    remembered._held = again

    def remember(number: int) -> None:
        with site.app.test_request_context(headers={"Cookie": f"gas={number:043d}"}):
            g.principal = Principal(User(f"{number:026d}", "a@example.org", "Ada", FREE), FREE_TERMS)
            remembered.after_proof()
            g.proof_refused = True
            remembered.after_refusal()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(remember, range(64)))

    assert len(again) <= 3


def test_the_log_holds_no_secret(site: Site) -> None:
    """Through a whole visit: no cookie, token, code, state, address or name."""
    browser = site.browser()
    with capture_logs() as logs:
        address = browser.depart()
        login = browser.cookie("gas-login") or ""
        path = browser.come_back(address)
        browser.get(path)
        secret = browser.cookie() or ""
        browser.post("/profile/tokens", {"name": "t", "scope": ["jobs:read"], "days": "7"})
        page = browser.get("/profile").text
        browser.get("/nowhere?token=in-the-query")
        browser.post("/logout")

    token = page[page.index("gas_") :].split("<")[0]
    said = str(logs)
    assert len(logs) >= 5
    for hidden in (login, secret, token, *path.split("?")[1].replace("=", "&").split("&")[1::2]):
        assert len(hidden) > 10
        assert hidden not in said
    assert "in-the-query" not in said
    assert "fay@" not in said


def test_each_request_is_one_line_and_one_count(make_site: Callable[..., Site]) -> None:
    """By its rule, never by its path."""
    site = make_site()
    browser = site.browser()
    with capture_logs() as logs:
        browser.get("/profile?x=1")

    metrics = told(site.app)
    assert [(line["event"], line["route"], line["status"]) for line in logs] == [("request", "/profile", 303)]
    assert 'gas_web_requests_total{method="GET",route="/profile",status="303"} 1.0' in metrics


def test_two_applications_do_not_share_their_counts(site: Site, make_site: Callable[..., Site]) -> None:
    """Limits and metrics belong to an application, so that tests and reloads do not meet."""
    site.browser().get("/profile")

    assert 'route="/profile"' not in told(make_site().app)


def test_debug_logging_keeps_libraries_quiet() -> None:
    """Authlib would write each PKCE verifier at debug level, and globus-sdk each request."""
    assert {"authlib", "globus_sdk", "urllib3"} <= set(_TALKATIVE)


def test_the_parts_are_made_without_talking(make_site: Callable[..., Site]) -> None:
    """Making an application asks neither AWS nor the issuer: both may be away."""
    site = make_site(issuer_url="http://127.0.0.1:9")

    assert site.browser().get("/login").status_code == 200


def test_metrics_are_not_for_the_world(site: Site) -> None:
    """They are told at the port for probes, which no Service and no Ingress leads to."""
    answer = site.browser().get("/metrics")

    assert answer.status_code == 404
