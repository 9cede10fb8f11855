"""Where e-mail goes: to the issuer's verified address, or to one that its owner confirmed by the link in a letter."""

from typing import Any

import pytest

from gas.domain.plan import User
from gas.domain.session import Identity
from gas.services.send_letter import SendLetter
from gas.services.sign_in import new_secret
from gas_web.issuer.openid import OpenIdIssuer, Registration
from tests.support.pages import PageSite, make_page_site

NEW = "new@else.example"


@pytest.fixture
def site() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


def link_in_letter(site: PageSite, user: User) -> str:
    """The path of the link in the letter that the controllers send now."""
    ports = site.ports
    SendLetter(ports.users, ports.mailer, ports.clock, "", new_secret)(user.user_id)
    sent: list[Any] = ports.mailer.sent  # type: ignore[attr-defined]  # the fake's
    lines: list[str] = sent[-1].text.splitlines()
    return next(line for line in lines if line.startswith("/profile/email/"))


def address_of(site: PageSite, user: User) -> str:
    """Where e-mail to the user goes now."""
    found = site.ports.users.get(user.user_id)
    assert found is not None
    return found.mail_address


def test_from_the_form_to_the_new_address(site: PageSite) -> None:
    """Saved, told, opened, confirmed: looking at the link changes nothing, and it works once."""
    ada = site.user("a")
    browser = site.browser(ada)

    saved = browser.post("/profile", {"name": "Ada", "email": NEW, "institution": ""})
    told = browser.get("/profile").text
    link = link_in_letter(site, ada)
    looked = browser.get(link)
    before = address_of(site, ada)
    pressed = browser.post(link, {})
    after = address_of(site, ada)
    again, pressed_again = browser.get(link), browser.post(link, {})

    assert saved.status_code == 303
    assert "A letter is on its way" in told
    assert f"Send the letter to {NEW} again" in told
    assert "a@example.org</span> until you open the link" in told
    assert (looked.status_code, f'action="{link}"' in looked.text) == (200, True)
    assert before == "a@example.org"
    assert (pressed.status_code, pressed.headers["Location"]) == (303, "/profile")
    assert after == NEW
    assert (again.status_code, "This link does not work" in again.text) == (404, True)
    assert (pressed_again.status_code, "This link does not work" in pressed_again.text) == (400, True)
    assert 'href="/profile">To your profile</a>' in pressed_again.text


def test_a_letter_confirms_nothing_for_others(site: PageSite) -> None:
    """Whoever gets the letter cannot confirm it for its user, nor for themselves; who is not signed in comes back."""
    ada, bob = site.user("a"), site.user("b")
    site.browser(ada).post("/profile", {"name": "Ada", "email": NEW, "institution": ""})
    link = link_in_letter(site, ada)

    others = site.browser(bob).post(link, {})
    nobody = site.browser(None).get(link)

    assert others.status_code == 400
    assert (nobody.status_code, nobody.headers["Location"]) == (303, f"/login?next={link}")
    assert address_of(site, ada) == "a@example.org"
    assert address_of(site, bob) == "b@example.org"


def test_another_letter(site: PageSite) -> None:
    """A letter that got lost is sent again; after three a day the page says so, and keeps what was typed."""
    ada = site.user("a")
    browser = site.browser(ada)
    browser.post("/profile", {"name": "Ada", "email": NEW, "institution": ""})

    statuses = [browser.post("/profile/email/again", {}).status_code for _ in range(3)]
    other = browser.post("/profile", {"name": "Ada", "email": NEW.upper(), "institution": ""})

    assert statuses == [303, 303, 429]
    assert other.status_code == 429
    assert "Too many letters" in other.text
    assert f'value="{NEW.upper()}"' in other.text


@pytest.mark.parametrize(
    ("claims", "globus", "believed"),
    [
        ({"email_verified": True}, False, True),
        ({"email_verified": True}, True, True),
        ({"email_verified": False}, False, False),
        ({"email_verified": False}, True, False),
        ({"email_verified": "true"}, False, False),
        ({"email_verified": None}, True, False),
        ({}, False, False),
        ({}, True, True),
    ],
    ids=str,
)
def test_which_addresses_are_believed(claims: dict[str, Any], *, globus: bool, believed: bool) -> None:
    """One that the issuer says is verified; of Globus, which does not say, whatever it does not deny."""
    registration = Registration("https://i.example", "id", "secret", "https://g/", vouches_for_email=globus)

    arrival = OpenIdIssuer(registration)._arrival(
        {"sub": "s", "email": "a@b.example", "preferred_username": "ada@b.example", **claims}, {}
    )

    assert arrival.identity == Identity("https://i.example", "s")
    assert arrival.profile.email == ("a@b.example" if believed else "")
    assert arrival.profile.name == "ada"
