"""Access tokens: shown once, hashed at rest, scoped, expiring, revocable; and the profile page around them."""

import html
import re
from datetime import timedelta

import pytest
from flask import Flask, jsonify

from dev.run.issuer.client import LocalIssuer
from gas.adapters.memory.clock import FakeClock
from gas.bootstrap import memory_ports
from gas.domain.access_token import MAX_TOKENS, token_is_well_formed, token_text
from gas.domain.session import handle_of
from gas_web.app import create_app
from gas_web.asked.principal import current_principal
from gas_web.services import WebServices
from tests.support.browser import Browser
from tests.web.conftest import Site, web_settings

TOKEN = re.compile(r"gas_[a-z2-7]{52}[0-9a-f]{8}")
FORM = {"name": "laptop", "scope": ["jobs:read"], "days": "30"}


@pytest.fixture(scope="module")
def usual_app(started_issuer: LocalIssuer) -> Flask:
    """An application with one more operation, which says who asks."""
    settings = web_settings(started_issuer)
    app = create_app(settings, WebServices.from_ports(memory_ports(FakeClock()), settings))
    _add_whoami(app)
    return app


def _add_whoami(app: Flask) -> None:
    @app.route("/api/v1/whoami", methods=["GET", "POST"])
    def whoami() -> object:
        principal = current_principal()
        if principal is None:
            return jsonify(user=None)
        return jsonify(
            user=principal.user.name,
            scopes=sorted(scope.value for scope in principal.scopes),
            operator=principal.operator,
            by_token=principal.by_token,
        )


def _made(browser: Browser, **form: object) -> str:
    answer = browser.post("/profile/tokens", {**FORM, **form})
    assert answer.status_code == 303, answer.text
    found = TOKEN.search(browser.get(answer.headers["Location"]).text)
    assert found is not None
    return found[0]


def _who(site: Site, token: str, method: str = "GET") -> tuple[int, object]:
    answer = site.browser().open("/api/v1/whoami", method, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.get_json()


def test_a_token_speaks_for_its_user(site: Site) -> None:
    """With its scopes and no more, and without any header that browsers send."""
    token = _made(site.signed_in())

    assert _who(site, token, "POST") == (
        200,
        {"user": "Fay Free", "scopes": ["jobs:read"], "operator": False, "by_token": True},
    )


def test_a_token_is_shown_once_and_kept_nowhere(site: Site) -> None:
    """The page shows it at its making only, and the table knows its hash."""
    browser = site.signed_in()
    token = _made(browser)

    again = browser.get("/profile").text
    kept = str(site.ports.tokens._table.all_items())  # type: ignore[attr-defined]  # the fake's

    assert "laptop" in again
    assert token not in again
    assert token not in kept
    assert handle_of(token) in kept


def test_a_revoked_token_is_refused_at_once(site: Site) -> None:
    """The next request with it is a 401 that says so (RFC 6750)."""
    browser = site.signed_in()
    token = _made(browser)

    browser.post(f"/profile/tokens/{handle_of(token)}/revoke")

    answer = site.browser().get("/api/v1/whoami", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert "error=invalid_token" in answer.headers["WWW-Authenticate"]
    assert "laptop" not in browser.get("/profile").text.replace("The token is revoked", "")


def test_an_expired_token_is_refused(site: Site) -> None:
    """To the second, and the page says that it has expired."""
    browser = site.signed_in()
    token = _made(browser)
    site.clock.advance(timedelta(days=30) - timedelta(seconds=1))
    before = _who(site, token)[0]
    site.clock.advance(timedelta(seconds=1))
    browser.sign_in()

    assert (before, _who(site, token)[0]) == (200, 401)
    assert "Expired <time" in browser.get("/profile").text


@pytest.mark.parametrize(
    "token",
    ["", "x", "gas_", "gas_" + "a" * 60, token_text(bytes(32)), token_text(bytes(32))[:-1] + "g"],
    ids=["empty", "short", "prefix", "no-checksum", "unknown", "wrong-checksum"],
)
def test_a_wrong_token_is_refused_and_the_cookie_not_looked_at(site: Site, token: str) -> None:
    """A wrong token never falls back to the browser's session."""
    browser = site.signed_in()

    answer = browser.get("/api/v1/whoami", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401


def test_a_session_speaks_for_its_user_at_the_api(site: Site) -> None:
    """Pages may call the API; an operator is one there too."""
    answer = site.signed_in("operator").get("/api/v1/whoami").get_json()

    assert answer == {
        "user": "Olu Operator",
        "scopes": ["jobs:read", "jobs:write", "profile:read", "tokens:write"],
        "operator": True,
        "by_token": False,
    }


def test_a_token_opens_no_page(site: Site) -> None:
    """Nobody makes tokens with a token, or changes a profile or a plan."""
    token = _made(site.signed_in())
    bearer = {"Authorization": f"Bearer {token}"}

    answers = [
        site.browser().post(path, FORM, bearer).status_code
        for path in ("/profile", "/profile/tokens", "/subscribe", "/unsubscribe")
    ]

    assert answers == [401] * 4
    assert site.browser().get("/profile", headers=bearer).status_code == 303


def test_nobody_revokes_anothers_token(site: Site) -> None:
    """It is a 404, and the token goes on."""
    token = _made(site.signed_in())

    answer = site.signed_in("premium").post(f"/profile/tokens/{handle_of(token)}/revoke")

    assert answer.status_code == 404
    assert _who(site, token)[0] == 200


@pytest.mark.parametrize(
    "token_id", ["x", "a" * 31, "A" * 32, "é" * 32, "a" * 3000], ids=lambda text: text[:40]
)
def test_what_is_no_id_of_a_token_is_none_of_theirs(site: Site, token_id: str) -> None:
    """It is a 404 like any other: no table is asked for a key that it does not take."""
    browser = site.signed_in()

    answer = browser.post(f"/profile/tokens/{token_id}/revoke")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        {"name": ""},
        {"name": "x" * 61},
        {"name": "a\x00b"},
        {"scope": []},
        {"scope": ["jobs:everything"]},
        {"days": "0"},
        {"days": "366"},
        {"days": "-1"},
        {"days": "ten"},
        {"days": "99999999999999"},
        {"days": "٣"},
    ],
    ids=str,
)
def test_a_token_that_cannot_be_is_not_made(site: Site, form: dict[str, object]) -> None:
    """The page says why, and nothing is kept."""
    answer = site.signed_in().post("/profile/tokens", {**FORM, **form})

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert site.ports.tokens._table.all_items() == []  # type: ignore[attr-defined]  # the fake's


def test_there_are_only_so_many_tokens(site: Site) -> None:
    """The twenty-first is refused until one is revoked or has expired."""
    browser = site.signed_in()
    tokens = [_made(browser) for _ in range(MAX_TOKENS)]

    refused = browser.post("/profile/tokens", FORM)
    browser.post(f"/profile/tokens/{handle_of(tokens[0])}/revoke")

    assert refused.status_code == 400
    assert browser.post("/profile/tokens", FORM).status_code == 303


def test_last_use_is_noted_by_the_hour(site: Site) -> None:
    """A write per request would cost more than the request."""
    token = _made(site.signed_in())
    seen = []
    for _ in range(3):
        _who(site, token)
        kept = site.ports.tokens.get(handle_of(token))
        assert kept is not None
        seen.append(kept.last_used)
        site.clock.advance(timedelta(minutes=31))

    assert seen[0] == seen[1]
    assert seen[2] == seen[0] + timedelta(minutes=62) if seen[0] else False


def test_the_checksum_catches_a_slip() -> None:
    """A token with one letter changed is not even looked up."""
    token = token_text(bytes(range(32)))
    slipped = [token[:n] + ("b" if token[n] != "b" else "c") + token[n + 1 :] for n in range(4, 56)]

    assert token_is_well_formed(token)
    assert not any(map(token_is_well_formed, slipped))


def test_a_profile_is_saved_and_escaped(site: Site) -> None:
    """What is typed comes back as text, never as a part of the page."""
    browser = site.signed_in()
    institution = '<script>alert("x")</script>'

    answer = browser.post(
        "/profile", {"name": "O'Neill & Co", "email": "fay@university.example", "institution": institution}
    )

    page = browser.get("/profile").text
    assert answer.status_code == 303
    assert "Your profile is saved." in page
    assert institution not in page
    assert html.escape(institution, quote=True).replace("&quot;", "&#34;") in page


@pytest.mark.parametrize(
    "form",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "ada@example.org"},
        {"name": "See www.evil.example"},
        {"email": ""},
        {"email": "nobody"},
        {"email": "a@b"},
        {"email": "a b@c.example"},
        {"email": "a@b.example\nBcc: x@y.example"},
        {"email": "a@b.example,c@d.example"},
        {"email": "x" * 250 + "@b.example"},
        {"institution": "x" * 201},
        {"institution": "a\u202eb"},
    ],
    ids=lambda form: str(form)[:40],
)
def test_a_profile_that_cannot_be_is_not_saved(site: Site, form: dict[str, str]) -> None:
    """What was typed is still there, with a sentence; the profile is as it was."""
    browser = site.signed_in()

    answer = browser.post("/profile", {"name": "A", "email": "a@b.example", "institution": "", **form})

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "Fay Free" in browser.get("/profile").text
