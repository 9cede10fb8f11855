"""Sessions: fresh at every sign-in, gone at once when ended, and small."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from globus_sdk import ConfidentialAppAuthClient

from dev.run.issuer.people import PEOPLE
from gas.domain.plan import Plan
from gas.domain.session import handle_of
from gas_web.issuer.globus import LINKED_SCOPE
from gas_web.issuer.sealing import seal, unseal
from gas_web.pages import login
from tests.support.browser import Browser
from tests.web.conftest import Site


def _copy(site: Site, browser: Browser) -> Browser:
    """A thief with the cookie."""
    thief = site.browser()
    thief.plant("gas", browser.cookie() or "")
    return thief


def test_a_planted_session_is_not_used(site: Site) -> None:
    """A cookie that was there before signing in opens nothing afterwards."""
    browser = site.browser()
    browser.plant("gas", "planted-by-somebody")

    browser.sign_in()

    thief = site.browser()
    thief.plant("gas", "planted-by-somebody")
    assert browser.cookie() != "planted-by-somebody"
    assert browser.signed_in
    assert not thief.signed_in


def test_signing_in_again_ends_the_old_session(site: Site) -> None:
    """The secret changes at every sign-in, and the one before opens nothing: here two that began in two tabs."""
    browser = site.browser()
    first, second = browser.depart(), browser.depart()
    browser.get(browser.come_back(first))
    thief = _copy(site, browser)

    browser.get(browser.come_back(second, "premium"))

    assert browser.cookie() != thief.cookie()
    assert browser.signed_in
    assert not thief.signed_in


def test_a_copied_cookie_is_refused_after_signing_out(site: Site) -> None:
    """The session is gone from the table, not only from the browser."""
    browser = site.signed_in()
    thief = _copy(site, browser)
    assert thief.signed_in

    answer = browser.post("/logout")

    assert answer.status_code == 303
    assert browser.cookie() is None
    assert not browser.signed_in
    assert not thief.signed_in


def test_signing_out_is_a_post(site: Site) -> None:
    """A link or an image cannot sign anybody out."""
    browser = site.signed_in()

    assert browser.get("/logout").status_code == 405
    assert browser.signed_in


def test_signing_out_tells_the_issuer(site: Site) -> None:
    """The access token is revoked there, and the browser is sent to sign out there and come back."""
    browser = site.signed_in()
    before = site.issuer.state()

    address = browser.post("/logout").headers["Location"]

    after = site.issuer.state()
    assert (after["revoked"] - before["revoked"], after["active"] - before["active"]) == (1, -1)
    assert address.startswith(f"{site.issuer.address}/v2/web/logout?client_id={site.issuer.client_id}&")
    assert "redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Flogin" in address
    assert "You are signed out." in browser.get("/login").text
    assert "You are signed out." not in browser.get("/login").text


def test_an_issuer_that_is_not_globus_is_told_by_its_metadata(make_site: Callable[..., Site]) -> None:
    """RFC 7009 and OpenID's own sign-out serve every other issuer."""
    site = make_site(issuer_is_globus=False)
    browser = site.signed_in()
    before = site.issuer.state()["revoked"]

    address = browser.post("/logout").headers["Location"]

    assert site.issuer.state()["revoked"] == before + 1
    assert "post_logout_redirect_uri=" in address


def test_globus_sdk_finds_the_issuer_by_its_own_setting(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The endpoints that the SDK calls are where it looks for them: introspection with linked identities, revocation."""
    monkeypatch.setenv("GLOBUS_SDK_SERVICE_URL_AUTH", f"{site.issuer.address}/")
    site.issuer.link("free", "premium")
    browser = site.signed_in()
    session = site.ports.sessions.get(handle_of(browser.cookie() or ""))
    assert session is not None
    token = unseal(session.sealed_token or "", browser.cookie() or "") or ""
    client = ConfidentialAppAuthClient(site.issuer.client_id, site.issuer.client_secret)

    told = client.oauth2_token_introspect(token, include="identity_set")
    client.oauth2_revoke_token(token)

    assert told["active"] is True
    assert told["identity_set"] == [told["sub"], PEOPLE["premium"].subject]
    assert LINKED_SCOPE in told["scope"].split()
    assert client.oauth2_token_introspect(token)["active"] is False


def test_an_issuer_that_hangs_does_not_hold_a_sign_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session ends first; the issuer gets its moment and no more."""
    browser = site.signed_in()
    monkeypatch.setattr(login, "REVOKE_SECONDS", 0.05)
    site.issuer.process.send_signal(19)
    try:
        answer = browser.post("/logout")
    finally:
        site.issuer.process.send_signal(18)

    assert answer.status_code == 303
    assert not browser.signed_in


def test_no_token_of_the_issuer_can_be_read_from_the_table(site: Site) -> None:
    """Everything that the table holds, without the cookie, opens nothing."""
    browser = site.signed_in()
    secret = browser.cookie() or ""

    kept = str(site.ports.sessions._table.all_items())  # type: ignore[attr-defined]  # the fake's

    session = site.ports.sessions.get(handle_of(secret))
    assert session is not None
    token = unseal(session.sealed_token or "", secret)
    assert token
    assert secret not in kept
    assert token not in kept
    assert unseal(session.sealed_token or "", "another secret") is None
    assert unseal(seal("text", "a"), "a") == "text"


def test_an_unused_session_ends(site: Site) -> None:
    """After eight hours without a request, it is over."""
    browser = site.signed_in()
    site.clock.advance(timedelta(hours=8))

    assert not browser.signed_in


def test_a_used_session_ends_after_a_day(site: Site) -> None:
    """Use prolongs it, up to twenty-four hours."""
    browser = site.signed_in()
    held = []
    for _ in range(4):
        site.clock.advance(timedelta(hours=7))
        held.append(browser.signed_in)

    assert held == [True, True, True, False]


def test_a_dead_cookie_is_taken_away(site: Site) -> None:
    """A browser does not carry a secret around that opens nothing."""
    browser = site.signed_in()
    site.clock.advance(timedelta(days=2))

    browser.get("/login")

    assert browser.cookie() is None


def test_signing_out_everywhere(site: Site) -> None:
    """Every browser of the user is signed out at once, nobody else's, and one can sign in again."""
    one, two, other = site.signed_in(), site.signed_in(), site.signed_in("premium")
    site.clock.advance(timedelta(seconds=1))

    one.post("/profile/sign-out-everywhere")

    assert not one.signed_in
    assert not two.signed_in
    assert other.signed_in
    site.clock.advance(timedelta(seconds=1))
    two.sign_in()
    assert two.signed_in


def test_the_plan_is_never_remembered(site: Site) -> None:
    """A second browser sees a plan change at its next request."""
    one, two = site.signed_in(), site.signed_in()

    one.post("/subscribe")

    assert "<strong>premium</strong>" in two.get("/profile").text
    two.post("/unsubscribe")
    assert "<strong>free</strong>" in one.get("/profile").text


def test_a_user_who_is_gone_is_signed_out(site: Site) -> None:
    """A session of a user who is not in the table any more opens nothing."""
    browser = site.signed_in()

    site.ports.users._table._items.clear()  # type: ignore[attr-defined]  # the fake's

    assert not browser.signed_in


def test_the_cookies_flags(make_site: Callable[..., Site]) -> None:
    """Behind https every cookie is __Host-, Secure, HttpOnly, Lax, for the whole path, and small."""
    site = make_site(public_url="https://gas.example")
    browser = site.browser()

    arrived = browser.sign_in()

    given = arrived.headers.getlist("Set-Cookie")
    session = next(each for each in given if each.startswith("__Host-gas="))
    assert arrived.status_code == 303
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(session.split("; "))
    assert "Domain" not in session
    assert len(session) <= 1024
    assert all(each.startswith("__Host-") for each in given)
    assert browser.signed_in


def test_over_http_the_name_has_no_prefix(site: Site) -> None:
    """Browsers refuse __Host- over plain http, so a developer's machine goes without."""
    browser = site.signed_in()

    assert browser.cookie("gas") is not None
    assert browser.cookie("__Host-gas") is None


def test_a_new_user_is_free_until_they_subscribe(site: Site) -> None:
    """Subscribing changes the plan once and hints at the restore channel."""
    browser = site.signed_in()
    page = browser.get("/subscribe").text

    browser.post("/subscribe")
    browser.post("/subscribe")

    user_id = site.ports.users.due_before(site.clock.now(), 10)[0]
    user = site.ports.users.get(user_id)
    assert "Become premium" in page
    assert user is not None
    assert (user.standing.plan, user.plan_version) == (Plan.PREMIUM, 2)
    assert "Leave the premium plan" in browser.get("/subscribe").text
