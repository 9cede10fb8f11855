"""Signing in and out."""

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gas.domain.errors import GasError, SuspendedError
from gas.domain.plan import Plan, User
from gas.domain.session import LoginAttempt, Newcomer, handle_of
from gas.services.sign_in import (
    known_accounts,
    new_secret,
    new_session_secret,
    open_session,
    sign_in,
    sign_in_as,
)
from gas_web.answers.notices import Notice, notify
from gas_web.asked.marks import Mark, mark
from gas_web.asked.next_path import DEFAULT_PATH, local_path
from gas_web.asked.principal import current_principal
from gas_web.audit import note_act
from gas_web.issuer.openid import Arrival, LoginRefusedError
from gas_web.issuer.sealing import seal, unseal
from gas_web.metrics import Act
from gas_web.services import WebServices, web_services

REVOKE_SECONDS = 2.0
"""How long signing out waits for the issuer; the session here has ended by then."""

NEW_ACCOUNT = "new"
"""What is chosen by whoever wants none of the accounts that they are offered."""

blueprint = Blueprint("login", __name__)


@blueprint.get("/login")
def offer() -> str | AnyResponse:
    """A page with one button: signing in begins with a POST, so that no link can begin it."""
    wanted = local_path(request.args.get("next"))
    if current_principal() is not None:
        return redirect(wanted, code=303)
    issuer = urlsplit(web_services().issuer.registration.issuer_url).netloc
    return render_template("login.html", next_path=wanted, issuer=issuer)


@blueprint.post("/login")
@mark(Mark.SIGN_IN_STEP)
def depart() -> AnyResponse:
    """Send the browser to the issuer, and remember what has to come back."""
    services, wanted = web_services(), local_path(request.form.get("next"))
    if current_principal() is not None:
        # Another tab was faster.
        return redirect(wanted, code=303)
    secret = _browsers_secret(services) or new_secret()
    departure = services.issuer.depart()
    services.sessions.begin_login(
        LoginAttempt(
            _attempts_handle(secret, departure.state),
            departure.state,
            departure.nonce,
            departure.code_verifier,
            wanted,
            services.clock.now() + services.login_life,
        )
    )
    response = _redirect(departure.address)
    services.cookies.put(response, services.cookies.login, secret, int(services.login_life.total_seconds()))
    return response


@blueprint.get("/authcallback")
@mark(Mark.SIGN_IN_STEP)
def arrive() -> AnyResponse:
    """Believe what came back or refuse it; open a new session under a new secret, or ask whose account it is to be.

    An answer that was believed before, in a browser that is signed in: it was sent twice, or somebody went back to it.
    """
    services = web_services()
    attempt = _taken_attempt(services)
    if attempt is None and current_principal() is not None:
        return redirect(DEFAULT_PATH, code=303)
    arrival = services.issuer.arrive(attempt, request.args)
    assert attempt is not None
    accounts = _accounts_of(services, arrival)
    if accounts:
        return _ask_which(services, arrival, accounts, attempt.next_path)
    now, secret = services.clock.now(), new_session_secret(services.hallmark)
    known = services.users.user_id_of(arrival.identity)
    _refuse_suspended(services.users.get(known) if known else None)
    user = sign_in(services.users, arrival.identity, arrival.profile, _first_plan(services), now)
    sealed = seal(arrival.access_token, secret) if arrival.access_token else None
    return _opened(services, user, secret, attempt.next_path, sealed)


@blueprint.get("/login/account")
def choose() -> str | AnyResponse:
    """The accounts that somebody may choose from, who came with another identity of theirs."""
    services = web_services()
    newcomer = _pending_newcomer(services, services.sessions.newcomer)
    if newcomer is None:
        return redirect("/login", code=303)
    accounts = [services.users.get(user_id) for user_id in newcomer.accounts]
    return render_template(
        "account.html", accounts=accounts, profile=newcomer.profile, offer=services.cases.offer
    )


@blueprint.post("/login/account")
@mark(Mark.SIGN_IN_STEP)
def chosen() -> AnyResponse:
    """Sign in with the chosen account, to which the identity belongs from then on, or with a new one.

    An account that was suspended since it was offered lets nobody in by another one either.
    """
    services = web_services()
    newcomer = _pending_newcomer(services, services.sessions.take_newcomer)
    wanted = request.form.get("account", "")
    offered = {NEW_ACCOUNT: None} | {
        str(n): user for n, user in enumerate(newcomer.accounts if newcomer else ())
    }
    if newcomer is None or wanted not in offered:
        raise LoginRefusedError(
            "Nobody was signed in, for this choice is over: start again.", "no such choice"
        )
    _refuse_suspended_in_one(services, newcomer.accounts)
    now, secret, user_id = services.clock.now(), new_session_secret(services.hallmark), offered[wanted]
    if user_id is None:
        user = sign_in(services.users, newcomer.identity, newcomer.profile, _first_plan(services), now)
    else:
        user = sign_in_as(services.users, newcomer.identity, user_id)
    return _opened(services, user, secret, newcomer.next_path, None)


@blueprint.post("/logout")
def leave() -> AnyResponse:
    """End the session here first, then at the issuer as far as it answers."""
    services = web_services()
    secret = request.cookies.get(services.cookies.session, "")
    session = services.sessions.close(handle_of(secret)) if secret else None
    token = unseal(session.sealed_token, secret) if session and session.sealed_token else None
    if token is not None:
        _within(REVOKE_SECONDS, lambda: services.revoke(token))
    home = f"{services.public_origin}/login"
    response = _redirect(services.sign_out_address(home) or "/login" if session else "/login")
    services.cookies.drop(response, services.cookies.session)
    g.session_set = True
    if session is not None:
        note_act(Act.SIGNED_OUT, user_id=session.user_id)
    notify(Notice.SIGNED_OUT)
    return response


def _taken_attempt(services: WebServices) -> LoginAttempt | None:
    secret = _browsers_secret(services)
    if secret is None:
        return None
    attempt = services.sessions.take_login(_attempts_handle(secret, request.args.get("state", "")))
    return attempt if attempt is not None and services.clock.now() < attempt.expires else None


def _browsers_secret(services: WebServices) -> str | None:
    """What the browser's sign-ins under way are tied to; None when it has none, or one that cannot be ours by its length.

    That is all that is looked at: the cookie's `__Host-` keeps neighbours from planting one where there is TLS.
    """
    secret = request.cookies.get(services.cookies.login)
    return secret if secret is not None and len(secret) == len(new_secret()) else None


def _attempts_handle(secret: str, state: str) -> str:
    """One attempt for each state: a browser may have several under way, and an answer ends its own alone."""
    return handle_of(f"{secret}.{state}")


def _accounts_of(services: WebServices, arrival: Arrival) -> tuple[str, ...]:
    """The users whom somebody may already be here, though not by this identity; none where it has a user of its own.

    Who is suspended in one account is let in by none, so the issuer is asked at each sign-in. An issuer that does not answer stops the sign-in: an account that was made now would never be offered again.
    """
    accounts = known_accounts(services.users, arrival.identity, services.linked(arrival))
    _refuse_suspended_in_one(services, accounts)
    return () if services.users.user_id_of(arrival.identity) is not None else accounts


def _ask_which(
    services: WebServices, arrival: Arrival, accounts: tuple[str, ...], next_path: str
) -> AnyResponse:
    """Let somebody choose. Their token is not needed any more, so it is revoked and never stored."""
    secret = new_secret()
    services.sessions.keep_newcomer(
        Newcomer(
            handle_of(secret),
            arrival.identity,
            arrival.profile,
            accounts,
            next_path,
            services.clock.now() + services.login_life,
        )
    )
    _within(REVOKE_SECONDS, lambda: services.revoke(arrival.access_token))
    response = _redirect(url_for(".choose"))
    services.cookies.put(response, services.cookies.choice, secret, int(services.login_life.total_seconds()))
    return response


def _pending_newcomer(services: WebServices, find: Callable[[str], Newcomer | None]) -> Newcomer | None:
    secret = request.cookies.get(services.cookies.choice)
    newcomer = find(handle_of(secret)) if secret else None
    return newcomer if newcomer is not None and services.clock.now() < newcomer.expires else None


def _opened(
    services: WebServices, user: User, secret: str, next_path: str, sealed_token: str | None
) -> AnyResponse:
    """The way on, with a session under that secret. A session that the browser had is ended."""
    _refuse_suspended(user)
    now, rules = services.clock.now(), services.session_rules
    open_session(services.sessions, user, rules, now, secret=secret, sealed_token=sealed_token)
    old = request.cookies.get(services.cookies.session)
    if old is not None:
        services.sessions.close(handle_of(old))
    response = _redirect(local_path(next_path))
    services.cookies.put(response, services.cookies.session, secret, int(rules.absolute.total_seconds()))
    services.cookies.drop(response, services.cookies.choice)
    g.session_set = True
    note_act(Act.SIGNED_IN, user_id=user.user_id)
    return response


def _refuse_suspended_in_one(services: WebServices, accounts: Iterable[str]) -> None:
    """Or whoever is suspended would come in by their next identity, or by another account that they made before."""
    for user_id in accounts:
        _refuse_suspended(services.users.get(user_id))


def _refuse_suspended(user: User | None) -> None:
    if user is not None and user.suspended is not None:
        note_act(Act.SIGN_IN_REFUSED, user_id=user.user_id, reason="suspended")
        raise SuspendedError(user.user_id, leaving=user.delete_requested is not None)


def _redirect(address: str) -> Response:
    return make_response(redirect(address, code=303))


def _within(seconds: float, act: Callable[[], None]) -> None:
    """Try something for so long and not longer; it may end later, and what it raises is lost."""

    def run() -> None:
        with suppress(GasError):
            act()

    thread = threading.Thread(target=run, name="revoke", daemon=True)
    thread.start()
    thread.join(seconds)


def _first_plan(services: WebServices) -> Plan:
    return services.cases.offer.plans.default.plan
