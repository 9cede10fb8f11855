"""A suspended user is out at once, everywhere, and what happens to who somebody is stands in the log."""

from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs
from werkzeug.test import Client

from gas.domain.access_token import Scope
from gas.domain.job import JobStatus
from gas.domain.plan import Plan
from gas_web.metrics import Act
from tests.support.pages import OPERATOR, PageSite, make_page_site
from tests.support.prometheus import told
from tests.web.conftest import Site
from tests.web.pages.test_profile_email import link_in_letter

ADDRESS = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture
def pages() -> PageSite:
    """The pages, with people who are signed in already."""
    return make_page_site()


def acts(logs: list[Any]) -> list[tuple[str, str | None]]:
    """What the log says of who somebody is: the acts, and whose."""
    return [(line["act"], line["user_id"]) for line in logs if line["event"] == "authentication"]


def token_of(site: PageSite, browser: Any) -> str:
    """A token of all scopes, made on the profile page."""
    del site
    browser.post("/profile/tokens", {"name": "t", "scope": [scope.value for scope in Scope], "days": "7"})
    page = browser.get("/profile").text
    return str(page[page.index("gas_") :].split("<")[0])


def test_a_suspended_user_is_out_at_once_everywhere(pages: PageSite) -> None:
    """Pages, forms, the API by session and by token; let in again, tokens hold and old sessions do not."""
    ada = pages.user("a")
    browser, operator = pages.browser(ada), pages.browser(pages.user("o", subject=OPERATOR))
    bearer = {"Authorization": f"Bearer {token_of(pages, browser)}"}
    api = Client(pages.app, use_cookies=False)
    before = api.get("/api/v1/me", headers=bearer).status_code

    answer = operator.post("/operations/suspend", {"user": f" {ada.user_id} "})
    page, form = browser.get("/profile"), browser.post("/profile", {"name": "A"})
    by_token = api.get("/api/v1/me", headers=bearer)
    uploads = api.post("/api/v1/uploads", headers=bearer, json={"fileName": "a.vcf"})
    operator.post("/operations/suspend", {"user": ada.user_id, "let_in": "yes"})
    after = api.get("/api/v1/me", headers=bearer).status_code

    assert before == after == 200
    assert answer.headers["Location"] == f"/operations?user={ada.user_id}#suspend"
    assert (page.status_code, form.status_code) == (303, 401)
    assert (by_token.status_code, uploads.status_code) == (403, 403)
    assert "suspended by those who run GAS" in by_token.get_json()["detail"]
    assert browser.get("/profile").status_code == 303


def test_who_is_suspended_cannot_sign_in(site: Site) -> None:
    """The issuer vouches for them, and GAS says why that is not enough: with every identity of theirs."""
    operator, fay = site.signed_in("operator"), site.signed_in()
    user_id = (
        fay.get("/profile").text.split('user <code class="user-select-all text-break">')[1].split("<")[0]
    )
    operator.post("/operations/suspend", {"user": user_id})

    with capture_logs() as logs:
        answer = site.browser().sign_in("free")

    assert answer.status_code == 403
    assert "suspended" in answer.text
    assert acts(logs) == [("sign-in-refused", user_id)]


def test_their_jobs_are_told_of_and_left_alone(pages: PageSite) -> None:
    """The page says how many are unfinished, and that a suspension stops none."""
    ada = pages.user("a")
    running = pages.job(ada, JobStatus.RUNNING)
    pages.job(ada, JobStatus.COMPLETED, "job-2")
    operator = pages.browser(pages.user("o", subject=OPERATOR))

    operator.post("/operations/suspend", {"user": ada.user_id})
    text = " ".join(operator.get(f"/operations?user={ada.user_id}").text.split())

    assert "is suspended since" in text
    assert "1 is unfinished and 1 is finished: a suspension stops and deletes none of them" in text
    assert pages.ports.jobs.get(running.job_id) == running


@pytest.mark.parametrize(
    ("user", "status"),
    [("v" * 26, 404), ("ada", 400), ("", 400), ("o" * 26, 400)],
    ids=["nobody", "no id", "empty", "oneself"],
)
def test_what_cannot_be_suspended(pages: PageSite, user: str, status: int) -> None:
    """Nobody, and not oneself: who suspends the only operator lets nobody in again."""
    operator = pages.browser(pages.user("o", subject=OPERATOR))

    answer = operator.post("/operations/suspend", {"user": user})

    assert answer.status_code == status
    assert operator.get("/operations").status_code == 200


def test_only_operators_suspend(pages: PageSite) -> None:
    """For others the form does not exist."""
    ada = pages.user("a")

    answer = pages.browser(pages.user("b")).post("/operations/suspend", {"user": ada.user_id})

    assert answer.status_code == 404
    assert pages.browser(ada).get("/profile").status_code == 200


def test_what_happens_to_who_somebody_is_stands_in_the_log(site: Site) -> None:
    """Signing in and out, tokens made, used, refused and revoked: with address, user and token id, and never a secret."""
    with capture_logs() as logs:
        browser = site.signed_in()
        browser.post("/profile/tokens", {"name": "t", "scope": ["jobs:read", "tokens:write"], "days": "7"})
        page = browser.get("/profile").text
        token = page[page.index("gas_") :].split("<")[0]
        api = Client(site.app, use_cookies=False)
        bearer = {"Authorization": f"Bearer {token}"}
        [listed] = api.get("/api/v1/tokens", headers=bearer, environ_base=ADDRESS).get_json()["tokens"]
        api.get("/api/v1/jobs", headers=bearer, environ_base=ADDRESS)
        api.delete(f"/api/v1/tokens/{listed['id']}", headers=bearer, environ_base=ADDRESS)
        api.get("/api/v1/jobs", headers=bearer, environ_base=ADDRESS)
        browser.post("/logout")

    lines = [line for line in logs if line["event"] == "authentication"]
    user_id = lines[0]["user_id"]
    assert acts(logs) == [
        ("signed-in", user_id),
        ("token-made", user_id),
        ("token-used", user_id),
        ("token-revoked", user_id),
        ("token-refused", None),
        ("signed-out", user_id),
    ]
    assert {line["token_id"] for line in lines[1:5]} == {listed["id"]}
    assert [line["address"] for line in lines] == ["unknown"] * 2 + ["203.0.113.7"] * 3 + ["unknown"]
    assert token not in str(logs)
    requests = [line for line in logs if line["event"] == "request" and line["route"] == "/api/v1/jobs"]
    assert [(line["address"], line.get("token_id")) for line in requests] == [
        ("203.0.113.7", listed["id"]),
        ("203.0.113.7", None),
    ]


def test_what_changes_an_account_stands_in_the_log(pages: PageSite) -> None:
    """A plan, for whom and by whom; an address that was asked for and one that was confirmed, neither named; the end."""
    boss, ada = pages.user("o", subject=OPERATOR), pages.user("a")
    operator, browser = pages.browser(boss), pages.browser(ada)
    new = "new@else.example"
    with capture_logs() as logs:
        operator.post("/operations/plan", {"user": ada.user_id, "plan": "premium", "sure": "yes"})
        operator.post("/operations/plan", {"user": "z" * 26, "plan": "premium"})
        browser.post("/profile", {"name": "Ada", "email": new, "institution": ""})
        browser.post("/profile", {"name": "Ada L.", "email": new, "institution": ""})
        pages.ports.clock.advance(timedelta(seconds=1))  # type: ignore[attr-defined]  # the fake's
        browser.post("/profile/email/again")
        browser.post(link_in_letter(pages, ada), {})
        browser.post("/unsubscribe")
        browser.post("/profile/delete")

    lines = [line for line in logs if line["event"] == "authentication"]
    assert acts(logs) == [
        ("plan-changed", ada.user_id),
        ("address-asked", ada.user_id),
        ("address-asked", ada.user_id),
        ("address-confirmed", ada.user_id),
        ("plan-changed", ada.user_id),
        ("account-deletion-asked", ada.user_id),
    ]
    plans = [(line["by"], line["plan"]) for line in lines if line["act"] == "plan-changed"]
    assert plans == [(boss.user_id, Plan.PREMIUM.value), (ada.user_id, Plan.FREE.value)]
    assert new not in str(logs)


def test_every_act_is_counted_from_zero(pages: PageSite) -> None:
    """The first refusal is seen by an alert."""
    page = told(pages.app)

    assert all(f'gas_web_authentications_total{{act="{act.value}"}} 0.0' in page for act in Act)


def test_who_asked_to_be_forgotten_is_told_of(site: Site) -> None:
    """To the operators on their page, and to the user where they sign in; nobody is signed in as somebody new."""
    operator, fay = site.signed_in("operator"), site.signed_in()
    profile = fay.get("/profile").text
    user_id = profile.split('user <code class="user-select-all text-break">')[1].split("<")[0]
    before = " ".join(operator.get(f"/operations?user={user_id}").text.split())
    asked = fay.post("/profile/delete", {"confirm": "delete"})
    operator.post("/operations/suspend", {"user": user_id})
    page = " ".join(operator.get(f"/operations?user={user_id}").text.split())

    with capture_logs() as logs:
        answer = site.browser().sign_in("free")

    assert asked.status_code == 303
    assert "to have the account deleted" not in before
    assert "to have the account deleted" in page
    assert "stay until they are let in again" in page
    assert answer.status_code == 403
    assert "deleted, as you asked" in answer.text
    assert acts(logs) == [("sign-in-refused", user_id)]
