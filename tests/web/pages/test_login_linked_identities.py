"""Somebody comes with another identity of theirs: they are asked whose account it is to be, and nothing is merged unasked."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from dev.run.issuer.people import OPERATOR_SUBJECT, PEOPLE
from gas.domain.plan import User
from gas.domain.session import Identity, handle_of
from gas.services.suspend_user import suspend_user
from gas_web.issuer.globus import MOST_IDENTITIES, linked_subjects
from gas_web.issuer.openid import LoginRefusedError
from tests.support.browser import Browser
from tests.web.conftest import Site

FREE, PREMIUM = (PEOPLE[login].subject for login in ("free", "premium"))


def user_of(site: Site, login: str) -> User | None:
    """The user that an identity belongs to."""
    user_id = site.ports.users.user_id_of(Identity(site.issuer.address, PEOPLE[login].subject))
    return None if user_id is None else site.ports.users.get(user_id)


def users(site: Site) -> list[Any]:
    """Everybody who has an account."""
    table = site.ports.users._table  # type: ignore[attr-defined]  # the fake's
    return [item for item in table.all_items() if ":" not in item["user_id"]]


def asked(site: Site, login: str = "premium") -> Browser:
    """The browser of somebody who has just been asked."""
    browser = site.browser()
    answer = browser.sign_in(login, next_path="/annotate")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login/account")
    return browser


def choose(browser: Browser, account: str = "0") -> TestResponse:
    """Press one of the buttons."""
    return browser.post("/login/account", {"account": account})


@pytest.fixture
def linked(site: Site) -> Site:
    """Fay has an account, and comes back as Pat: the issuer says that both are one person."""
    site.signed_in("free")
    site.issuer.link("free", "premium")
    return site


def test_the_account_is_offered_and_nobody_is_signed_in(linked: Site) -> None:
    """Before the choice there is no session, no new user, and the identity belongs to nobody."""
    browser = asked(linked)

    page = browser.get("/login/account").text

    assert "Sign in as Fay Free" in page
    assert "fay@university.example" in page
    assert "pat@institute.example" in page
    assert "free plan" in page
    assert not browser.signed_in
    assert user_of(linked, "premium") is None
    assert len(users(linked)) == 1


def test_choosing_the_account_joins_the_identity(linked: Site) -> None:
    """The same user from then on, whichever way they come; the profile stays what it was."""
    browser = asked(linked)

    answer = choose(browser)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/annotate")
    assert "Fay Free" in browser.get("/profile").text
    assert user_of(linked, "premium") == user_of(linked, "free") is not None
    assert len(users(linked)) == 1
    assert linked.browser().sign_in("premium").headers["Location"] == "/profile"
    assert linked.browser().sign_in("free").headers["Location"] == "/profile"


def test_refusing_makes_an_account_of_its_own(linked: Site) -> None:
    """With the profile of the new identity, and nobody is asked again."""
    browser = asked(linked)

    choose(browser, "new")

    mine, theirs = user_of(linked, "premium"), user_of(linked, "free")
    assert "Pat Premium" in browser.get("/profile").text
    assert mine is not None
    assert theirs is not None
    assert mine.user_id != theirs.user_id
    assert linked.browser().sign_in("premium").headers["Location"] == "/profile"


def test_nothing_of_the_issuers_is_kept(linked: Site) -> None:
    """The token is revoked before the choice, and neither it nor an unknown identity stands in a table."""
    before = linked.issuer.state()
    linked.issuer.link("free", "premium", "operator")

    browser = asked(linked)
    pending = browser.cookie("gas-choice") or ""
    kept = str(linked.ports.sessions._table.all_items())  # type: ignore[attr-defined]  # the fake's
    after = linked.issuer.state()
    choose(browser)

    session = linked.ports.sessions.get(handle_of(browser.cookie() or ""))
    assert (after["revoked"] - before["revoked"], after["active"] - before["active"]) == (1, 0)
    assert len(pending) > 40
    assert pending not in kept
    assert OPERATOR_SUBJECT not in kept
    assert session is not None
    assert session.sealed_token is None
    assert "newcomer:" not in str(linked.ports.sessions._table.all_items())  # type: ignore[attr-defined]  # the fake's
    assert browser.post("/logout").status_code == 303


def test_two_accounts_can_be_chosen_from(linked: Site) -> None:
    """Somebody who made two accounts earlier sees both."""
    choose(asked(linked), "new")
    linked.issuer.link("free", "premium", "operator")

    browser = asked(linked, "operator")
    page = browser.get("/login/account").text
    chosen = "0" if page.index("Fay Free") < page.index("Pat Premium") else "1"
    choose(browser, chosen)

    assert "Sign in as Fay Free" in page
    assert "Sign in as Pat Premium" in page
    assert user_of(linked, "operator") == user_of(linked, "free")


def test_who_operates_follows_the_account(linked: Site) -> None:
    """An operator's identity that joins another's account does not make that account an operator's."""
    linked.issuer.link("free", "operator")
    browser = asked(linked, "operator")

    choose(browser)

    assert browser.get("/operations").status_code == 404


@pytest.mark.parametrize("group", [(), ("free", "premium"), ("premium", "operator")], ids=str)
def test_people_whom_nobody_knows_are_not_asked(site: Site, group: tuple[str, ...]) -> None:
    """A set in which no identity is known is nobody's business, and a first account is made as ever."""
    site.issuer.link(*group)

    answer = site.browser().sign_in("premium")

    assert answer.headers["Location"] == "/profile"
    assert len(users(site)) == 1


def test_the_same_address_proves_nothing(site: Site) -> None:
    """An account is never offered for an e-mail address: those can be given to another person later."""
    fay = site.signed_in("free")
    fay.post("/profile", {"name": "Fay", "email": PEOPLE["premium"].email, "institution": ""})

    answer = site.browser().sign_in("premium")

    assert answer.headers["Location"] == "/profile"
    assert len(users(site)) == 2


def test_known_people_cost_one_question(linked: Site) -> None:
    """The issuer is asked at each sign-in, for somebody may be suspended meanwhile; who is known is offered nothing."""
    before = linked.issuer.state()["introspections"]

    linked.signed_in("free")

    assert linked.issuer.state()["introspections"] == before + 1


@pytest.mark.parametrize("suspended", ["free", "premium"])
def test_who_is_suspended_comes_in_by_no_other_account(linked: Site, suspended: str) -> None:
    """Neither by the one that they made beside the first, nor by the first."""
    choose(asked(linked), "new")
    user = user_of(linked, suspended)
    assert user is not None
    suspend_user(linked.ports.users, user.user_id, linked.clock.now())

    with capture_logs() as logs:
        answers = [linked.browser().sign_in(login).status_code for login in ("free", "premium")]

    refused = [line["user_id"] for line in logs if line.get("act") == "sign-in-refused"]
    assert answers == [403, 403]
    assert refused == [user.user_id] * 2


@pytest.mark.parametrize("account", ["0", "1", "new"])
@pytest.mark.parametrize("suspended", ["free", "premium"])
def test_who_is_suspended_while_they_choose_comes_in_by_nothing(
    linked: Site, suspended: str, account: str
) -> None:
    """Neither by one of their accounts nor by a new one: no session, no user, and the identity stays free."""
    choose(asked(linked), "new")
    linked.issuer.link("free", "premium", "operator")
    browser = asked(linked, "operator")
    user = user_of(linked, suspended)
    assert user is not None
    suspend_user(linked.ports.users, user.user_id, linked.clock.now())

    with capture_logs() as logs:
        answer = choose(browser, account)

    refused = [line["user_id"] for line in logs if line.get("act") == "sign-in-refused"]
    assert answer.status_code == 403
    assert refused == [user.user_id]
    assert not browser.signed_in
    assert user_of(linked, "operator") is None
    assert len(users(linked)) == 2


@pytest.mark.parametrize("web", [{"issuer_is_globus": False}, {"linked_identities": False}], ids=str)
def test_without_globus_nobody_is_asked(make_site: Callable[..., Site], web: dict[str, Any]) -> None:
    """Another issuer is not introspected, and where the operators do not want it neither is Globus Auth."""
    site = make_site(**web)
    site.signed_in("free")
    site.issuer.link("free", "premium")
    before = site.issuer.state()["introspections"]
    departed = site.browser().depart()

    answer = site.browser().sign_in("premium")

    assert answer.headers["Location"] == "/profile"
    assert len(users(site)) == 2
    assert site.issuer.state()["introspections"] == before
    assert "identity_set" not in departed


@pytest.mark.parametrize(
    "raw",
    [
        [],
        [PREMIUM],
        "not a list",
        {"identity_set": [FREE]},
        [PREMIUM, FREE.upper()],
        [PREMIUM, f" {FREE}"],
        [PREMIUM, f"{{{FREE}}}"],
        [PREMIUM, PEOPLE["free"].email],
        [PREMIUM, [FREE]],
        [PREMIUM, {"id": FREE}],
        [PREMIUM, None, 7],
    ],
    ids=str,
)
def test_what_is_no_identity_is_no_identity(linked: Site, raw: Any) -> None:
    """Whatever an answer holds beside identities in their one spelling is left out."""
    linked.issuer.link(raw=raw)

    answer = linked.browser().sign_in("premium")

    if raw == []:
        assert answer.status_code == 400
    else:
        assert answer.headers["Location"] == "/profile"
        assert user_of(linked, "premium") != user_of(linked, "free")


@pytest.mark.parametrize("raw", [[FREE], [FREE, OPERATOR_SUBJECT]], ids=["theirs", "others"])
def test_a_set_of_other_people_is_refused(linked: Site, raw: list[str]) -> None:
    """A set that does not hold the one who came is not theirs, and gives them nobody's account."""
    linked.issuer.link(raw=raw)
    browser = linked.browser()

    with capture_logs() as logs:
        answer = browser.sign_in("premium")

    assert answer.status_code == 400
    reasons = [line["reason"] for line in logs if line["event"] == "authentication"]
    assert reasons == ["introspection: identity set"]
    assert not browser.signed_in
    assert user_of(linked, "premium") is None


def test_an_issuer_that_fails_makes_no_second_account(linked: Site) -> None:
    """It would belong to them for good: they are asked to try again, and are offered the account then."""
    linked.issuer.link(fails=True)
    browser = linked.browser()

    answer = browser.sign_in("premium")

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert user_of(linked, "premium") is None
    linked.issuer.link("free", "premium")
    assert asked(linked).get("/login/account").status_code == 200


@pytest.mark.parametrize("account", ["", "1", "-1", "00", "x", "New", "new ", "0,new"])
def test_only_what_was_offered_can_be_chosen(linked: Site, account: str) -> None:
    """Anything else ends the choice: no session, no user, and the identity stays free."""
    browser = asked(linked)

    answer = choose(browser, account)

    assert answer.status_code == 400
    assert not browser.signed_in
    assert user_of(linked, "premium") is None
    assert choose(browser).status_code == 400


def test_the_account_of_somebody_else_cannot_be_named(linked: Site) -> None:
    """Not by its id either: what can be chosen stands in the table, not in the form."""
    operator = linked.signed_in("operator")
    victim = user_of(linked, "operator")
    assert victim is not None
    browser = asked(linked)

    answer = choose(browser, victim.user_id)

    assert answer.status_code == 400
    assert operator.signed_in
    assert user_of(linked, "premium") is None


def test_a_choice_belongs_to_one_browser(linked: Site) -> None:
    """Without its cookie, or with that of a sign-in under way, there is nothing to choose."""
    asked(linked)
    stranger, beginner = linked.browser(), linked.browser()
    beginner.depart()

    for browser in (stranger, beginner):
        assert browser.get("/login/account").headers["Location"] == "/login"
        assert choose(browser).status_code == 400
        assert not browser.signed_in


def test_a_choice_is_made_once(linked: Site) -> None:
    """The same form again, or from a copy of the cookie, opens nothing."""
    browser = asked(linked)
    thief = linked.browser()
    thief.plant("gas-choice", browser.cookie("gas-choice") or "")

    choose(browser)
    answers = [choose(thief), choose(browser)]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert not thief.signed_in
    assert browser.signed_in


def test_a_choice_ends(linked: Site) -> None:
    """After ten minutes one starts again."""
    browser = asked(linked)
    linked.clock.advance(timedelta(minutes=10))

    assert browser.get("/login/account").headers["Location"] == "/login"
    assert choose(browser).status_code == 400
    assert user_of(linked, "premium") is None


def test_a_choice_opens_a_fresh_session(linked: Site) -> None:
    """Under a secret that no cookie held before; a session that the browser had is over."""
    browser = asked(linked)
    pending = browser.cookie("gas-choice")
    browser.plant("gas", "planted-by-somebody")

    choose(browser)

    assert browser.cookie() not in {pending, "planted-by-somebody", None}
    assert browser.cookie("gas-choice") is None


def test_an_identity_that_got_a_user_meanwhile_keeps_it(linked: Site) -> None:
    """Two browsers are asked; what the first chose holds for the second too."""
    first, second = asked(linked), asked(linked)

    choose(first, "new")
    choose(second, "0")

    assert "Pat Premium" in first.get("/profile").text
    assert "Pat Premium" in second.get("/profile").text
    assert user_of(linked, "premium") != user_of(linked, "free")


def test_looking_changes_nothing(linked: Site) -> None:
    """The page may be reloaded; only the button decides."""
    browser = asked(linked)
    before = linked.ports.sessions._table.all_items()  # type: ignore[attr-defined]  # the fake's

    for _ in range(2):
        assert browser.get("/login/account").status_code == 200

    assert linked.ports.sessions._table.all_items() == before  # type: ignore[attr-defined]  # the fake's


@pytest.mark.parametrize(
    "told",
    [None, [], "active", {}, {"active": True}, {"active": "true", "sub": FREE}, {"active": 1, "sub": FREE}],
)
def test_an_answer_that_says_nothing_certain_is_refused(told: Any) -> None:
    """The token has to hold, and to be the very person's who came."""
    with pytest.raises(LoginRefusedError):
        linked_subjects(told, FREE)


def test_a_huge_set_is_cut() -> None:
    """Each identity costs a read."""
    many = [FREE, *(f"00000000-0000-4000-8000-{number:012x}" for number in range(500))]

    assert len(linked_subjects({"active": True, "sub": FREE, "identity_set": many}, FREE)) == MOST_IDENTITIES
