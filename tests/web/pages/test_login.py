"""Signing in through the local issuer, and every way in which what comes back cannot be believed."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from dev.run.issuer.people import PEOPLE
from dev.run.issuer.signing import FORGERIES
from gas.config import Environment
from gas.domain.plan import Plan
from gas.domain.session import Identity
from gas_web.asked.principal import current_principal
from gas_web.issuer.globus import LINKED_SCOPE
from tests.support.browser import SECONDS, Browser
from tests.web.conftest import Site

REASONS = {
    "alg-none": "UnsupportedAlgorithmError",
    "at-hash": "InvalidClaimError at_hash",
    "aud": "InvalidClaimError aud",
    "aud-among-others": "MissingClaimError azp",
    "aud-with-our-azp": "InvalidClaimError aud",
    "azp": "InvalidClaimError azp",
    "code": "OAuthError",
    "code-missing": "no code",
    "declined": "declined",
    "exp-missing": "MissingClaimError exp",
    "expired": "ExpiredTokenError exp",
    "garbage": "DecodeError",
    "hs256": "UnsupportedAlgorithmError",
    "iat-future": "InvalidClaimError iat",
    "introspect-inactive": "introspection: token",
    "introspect-set": "introspection: identity set",
    "introspect-subject": "introspection: token",
    "iss": "InvalidClaimError iss",
    "iss-missing": "MissingClaimError iss",
    "jku": "BadSignatureError",
    "key": "BadSignatureError",
    "kid": "InvalidKeyIdError",
    "mix-up": "answer of another issuer",
    "nbf-future": "InvalidClaimError nbf",
    "no-id-token": "no ID token",
    "nonce": "InvalidClaimError nonce",
    "nonce-missing": "MissingClaimError nonce",
    "rs384": "UnsupportedAlgorithmError",
    "state": "no sign-in under way",
    "state-missing": "no sign-in under way",
    "sub-empty": "no subject",
    "sub-missing": "MissingClaimError sub",
    "tampered": "BadSignatureError",
    "token-error": "OAuthError",
}
"""Each forgery with why it is refused: a forgery that is refused for another reason tests nothing."""


def _user_id(site: Site, login: str = "free") -> str | None:
    return site.ports.users.user_id_of(Identity(site.issuer.address, PEOPLE[login].subject))


def _sessions(site: Site) -> int:
    table = site.ports.sessions._table  # type: ignore[attr-defined]  # the fake's
    return sum(item["session_hash"].startswith("session:") for item in table.all_items())


def _assert_calm_refusal(site: Site, browser: Browser, answer: TestResponse) -> None:
    assert answer.status_code == 400
    assert "<h1>" in answer.text
    assert "Traceback" not in answer.text
    assert browser.cookie() is None
    assert _sessions(site) == 0
    assert not browser.signed_in


def test_first_sign_in_makes_a_free_user(site: Site, browser: Browser) -> None:
    """The person ends up signed in, with an opaque id, on the free plan, with the issuer's name and address."""
    answer = browser.sign_in("free")

    user_id = _user_id(site)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/profile")
    assert user_id is not None
    user = site.ports.users.get(user_id)
    assert user is not None
    assert (user.name, user.email, user.standing.plan) == ("Fay Free", "fay@university.example", Plan.FREE)
    assert user.institution == "University of Examples"
    assert "Fay Free" in browser.get("/profile").text


def test_second_sign_in_is_the_same_user(site: Site) -> None:
    """Another browser of the same person is the same user, and a profile edited meanwhile is kept."""
    first = site.signed_in()
    first.post("/profile", {"name": "Fay F.", "email": "fay@example.org", "institution": ""})

    second = site.signed_in()

    assert "Fay F." in second.get("/profile").text
    assert len(site.ports.users._table.all_items()) == 1  # type: ignore[attr-defined]  # the fake's


def test_killed_between_identity_and_user(site: Site, browser: Browser) -> None:
    """An identity that was claimed by a sign-in which then died gets its user at the next one."""
    claimed = "k" * 26
    site.ports.users.claim_identity(Identity(site.issuer.address, PEOPLE["free"].subject), claimed)

    browser.sign_in("free")

    user = site.ports.users.get(claimed)
    assert user is not None
    assert browser.signed_in


def test_the_request_carries_state_nonce_and_pkce(browser: Browser) -> None:
    """What is sent to the issuer asks for a code, with S256, and only for who they are."""
    asked = parse_qs(urlsplit(browser.depart()).query)

    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://127.0.0.1:8080/authcallback"]
    assert set(asked["scope"][0].split()) == {"openid", "email", "profile", LINKED_SCOPE}
    assert min(len(asked[name][0]) for name in ("state", "nonce", "code_challenge")) >= 20


def test_pkce_can_be_switched_off(make_site: Callable[..., Site]) -> None:
    """An issuer that stumbles over PKCE can be signed in at without it."""
    site = make_site(pkce=False)
    browser = site.browser()

    address = browser.depart()

    assert "code_challenge" not in address
    assert browser.get(browser.come_back(address)).status_code == 303
    assert browser.signed_in


def test_get_login_shows_one_button(browser: Browser) -> None:
    """A link cannot begin a sign-in; it leads to a page with a form."""
    page = browser.get("/login?next=/subscribe").text

    assert page.count('type="submit"') == 1
    assert 'method="post" action="/login"' in page
    assert 'value="/subscribe"' in page


@pytest.mark.parametrize("kind", sorted(REASONS))
def test_a_forgery_signs_nobody_in(site: Site, browser: Browser, kind: str) -> None:
    """One thing wrong with what comes back: a calm page, no session, no user, and the true reason in the log."""
    address = browser.depart()
    site.issuer.forge(kind)

    with capture_logs() as logs:
        answer = browser.get(browser.come_back(address))

    assert [line["reason"] for line in logs if line["event"] == "authentication"] == [REASONS[kind]]
    _assert_calm_refusal(site, browser, answer)
    assert _user_id(site) is None
    assert site.issuer.state()["forgery"] is None


def test_every_forgery_is_tried() -> None:
    """No kind that the issuer knows is left out, and there are more than the sixteen of the catalogue."""
    assert set(REASONS) == FORGERIES
    assert len(REASONS) >= 30


def test_a_callback_without_a_login_is_refused(site: Site, browser: Browser) -> None:
    """Somebody else's answer, sent to a browser that asked for nothing, signs nobody in."""
    other = site.browser()
    path = other.come_back(other.depart(), "operator")

    answer = browser.get(path)

    _assert_calm_refusal(site, browser, answer)


def test_an_answer_to_another_browser_is_refused(site: Site, browser: Browser) -> None:
    """A state that another browser was given does not fit the one that is under way here."""
    other = site.browser()
    path = other.come_back(other.depart(), "operator")
    browser.depart()

    answer = browser.get(path)

    _assert_calm_refusal(site, browser, answer)


def test_a_replayed_answer_is_refused(site: Site, browser: Browser) -> None:
    """The same answer a second time opens no second session, even with the cookie of the first time."""
    address = browser.depart()
    login = browser.cookie("gas-login")
    path = browser.come_back(address)
    browser.get(path)

    thief = site.browser()
    assert login is not None
    thief.plant("gas-login", login)
    answer = thief.get(path)

    assert answer.status_code == 400
    assert not thief.signed_in
    assert _sessions(site) == 1


def test_a_replayed_code_is_refused(site: Site, browser: Browser) -> None:
    """A code that was used once does not work under a state of its own."""
    other = site.browser()
    used = parse_qs(urlsplit(other.come_back(other.depart())).query)["code"][0]
    own = parse_qs(urlsplit(browser.come_back(browser.depart())).query)["state"][0]

    answer = browser.get(f"/authcallback?code={used}&state={own}")

    _assert_calm_refusal(site, browser, answer)


def test_a_sign_in_that_took_too_long_is_refused(site: Site, browser: Browser) -> None:
    """After ten minutes one starts again."""
    path = browser.come_back(browser.depart())
    site.clock.advance(timedelta(minutes=10))

    answer = browser.get(path)

    _assert_calm_refusal(site, browser, answer)


def test_production_refuses_the_local_issuers_key(make_site: Callable[..., Site]) -> None:
    """Even a production that somebody pointed at the local issuer believes nothing that it signs."""
    site = make_site(Environment.PRODUCTION)
    browser = site.browser()

    with capture_logs() as logs:
        answer = browser.sign_in()

    reasons = [line["reason"] for line in logs if line["event"] == "authentication"]
    assert reasons == ["signed by the local issuer's key"]
    _assert_calm_refusal(site, browser, answer)


def test_an_issuer_that_is_away_is_a_page(make_site: Callable[..., Site]) -> None:
    """Nobody can sign in, and is told to try again; who is signed in notices nothing."""
    site = make_site(issuer_url="http://127.0.0.1:9")
    browser = site.browser()

    answer = browser.post("/login")

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_an_issuer_that_says_to_be_another_is_refused(make_site: Callable[..., Site]) -> None:
    """Metadata that names another issuer is an operator's mistake or an attack, not a sign-in."""
    site = make_site(issuer_url=make_site().issuer.address.replace("127.0.0.1", "localhost"))

    answer = site.browser().post("/login")

    assert answer.status_code == 500
    assert site.browser().cookie("gas-login") is None


def test_the_operator_is_known_by_subject(site: Site, make_site: Callable[..., Site]) -> None:
    """Only a configured subject makes an operator, and only as long as it is configured."""
    operator, free = site.signed_in("operator"), site.signed_in("free")

    assert _operates(site, operator)
    assert not _operates(site, free)
    elsewhere = make_site(operators=())
    assert not _operates(elsewhere, elsewhere.signed_in("operator"))


def test_the_picker_shows_three_people(site: Site, browser: Browser) -> None:
    """Without a hint the local issuer asks who one is, and warns."""
    page = requests.get(browser.depart(), timeout=SECONDS).text

    assert all(person.name in page for person in PEOPLE.values())
    assert "developer" in page


def _operates(site: Site, browser: Browser) -> bool:
    with site.app.test_request_context("/profile", headers={"Cookie": f"gas={browser.cookie()}"}):
        site.app.preprocess_request()
        principal = current_principal()
    assert principal is not None
    return principal.operator
