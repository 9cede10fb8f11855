"""Signing in and out."""

import threading
from collections.abc import Callable
from contextlib import suppress

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from gas.domain.errors import GasError
from gas.domain.session import LoginAttempt, handle_of
from gas.services.sign_in import new_secret, open_session, sign_in
from gas_web.next_path import local_path
from gas_web.notices import Notice, notify
from gas_web.openid import Arrival
from gas_web.principal import current_principal
from gas_web.sealing import seal, unseal
from gas_web.services import WebServices, web_services

REVOKE_SECONDS = 2.0
"""How long signing out waits for the issuer; the session here has ended by then."""

blueprint = Blueprint("login", __name__)


@blueprint.get("/login")
def offer() -> str | AnyResponse:
    """A page with one button: signing in begins with a POST, so that no link can begin it."""
    wanted = local_path(request.args.get("next"))
    if current_principal() is not None:
        return redirect(wanted, code=303)
    return render_template("login.html", next_path=wanted)


@blueprint.post("/login")
def depart() -> AnyResponse:
    """Send the browser to the issuer, and remember what has to come back."""
    services, secret = web_services(), new_secret()
    departure = services.issuer.depart()
    services.sessions.begin_login(
        LoginAttempt(
            handle_of(secret),
            departure.state,
            departure.nonce,
            departure.code_verifier,
            local_path(request.form.get("next")),
            services.clock.now() + services.login_life,
        )
    )
    response = _redirect(departure.address)
    services.cookies.put(response, services.cookies.login, secret, int(services.login_life.total_seconds()))
    return response


@blueprint.get("/authcallback")
def arrive() -> AnyResponse:
    """Believe what came back or refuse it; open a new session under a new secret."""
    services = web_services()
    attempt = _taken_attempt(services)
    arrival = services.issuer.arrive(attempt, request.args)
    assert attempt is not None
    response = _redirect(local_path(attempt.next_path))
    _open(services, arrival, response)
    services.cookies.drop(response, services.cookies.login)
    return response


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
    notify(Notice.SIGNED_OUT)
    return response


def _taken_attempt(services: WebServices) -> LoginAttempt | None:
    secret = request.cookies.get(services.cookies.login)
    if secret is None:
        return None
    attempt = services.sessions.take_login(handle_of(secret))
    return attempt if attempt is not None and services.clock.now() < attempt.expires else None


def _open(services: WebServices, arrival: Arrival, response: Response) -> None:
    now, secret = services.clock.now(), new_secret()
    user = sign_in(services.users, arrival.identity, arrival.profile, now)
    sealed = seal(arrival.access_token, secret) if arrival.access_token else None
    open_session(services.sessions, user, services.session_rules, now, secret=secret, sealed_token=sealed)
    old = request.cookies.get(services.cookies.session)
    if old is not None:
        services.sessions.close(handle_of(old))
    services.cookies.put(
        response, services.cookies.session, secret, int(services.session_rules.absolute.total_seconds())
    )
    g.session_set = True


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
