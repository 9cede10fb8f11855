"""Who asks: one look at the cookie or the token before every request."""

from dataclasses import replace
from urllib.parse import quote

from flask import Flask, Response, g, redirect, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import HTTPException, Unauthorized

from gas.domain.access_token import token_is_well_formed
from gas.domain.errors import SuspendedError
from gas.domain.plan import User
from gas.domain.session import handle_of
from gas.services.recognise import by_session, by_token
from gas_web.answers.errors import asks_for_api
from gas_web.asked.marks import Mark, marked
from gas_web.asked.principal import Principal, current_principal
from gas_web.audit import note_act
from gas_web.metrics import Act
from gas_web.services import WebServices, web_services

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def install(app: Flask) -> None:
    """Set `g.principal` before every request."""
    app.before_request(_authenticate)
    app.after_request(_forget_dead_session)


def bearer_token() -> str | None:
    """The access token of the request; None when it carries none."""
    # Werkzeug would decode what other schemes hold, and some of that cannot be.
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else None


def page_principal() -> Principal:
    """Who is signed in, for a page: others are sent to sign in, and come back to the page that they asked for."""
    principal = current_principal()
    if principal is not None:
        return principal
    if request.method not in SAFE_METHODS:
        raise Unauthorized("Your session has ended, so nothing was done. Sign in, and go on where you were.")
    if "HX-Request" in request.headers:
        # Sending a script to the sign-in page would put that page into the one that looks again.
        raise Unauthorized
    wanted = quote(request.full_path.rstrip("?"), safe="/")
    raise HTTPException(response=redirect(f"/login?next={wanted}", code=303))


def invalid_token() -> Unauthorized:
    """The refusal of an access token (RFC 6750)."""
    return Unauthorized(
        "The access token is wrong, revoked or expired: make a new one on your profile page.",
        www_authenticate=WWWAuthenticate("bearer", {"realm": "gas", "error": "invalid_token"}),
    )


def _authenticate() -> None:
    g.principal = None
    if marked(Mark.FOR_EVERYBODY):
        return
    services, token = web_services(), bearer_token()
    if token is not None:
        # Tokens are for the API. On a page they would carry the cookie past the check against forged requests.
        g.principal = _by_token(services, token) if asks_for_api() else None
        return
    secret = request.cookies.get(services.cookies.session)
    if secret is None:
        return
    holder = by_session(
        services.sessions, services.users, services.session_rules, secret, services.clock.now()
    )
    if holder is None:
        g.dead_session = g.proof_refused = True
        return
    g.principal = _principal(services, holder.user)


def _by_token(services: WebServices, text: str) -> Principal:
    g.proof_refused = True
    shown = handle_of(text) if token_is_well_formed(text) else None
    try:
        holder = by_token(services.tokens, services.users, text, services.clock.now())
    except SuspendedError as error:
        note_act(Act.TOKEN_REFUSED, user_id=error.user_id, token_id=shown, reason="suspended")
        raise
    if holder is None:
        note_act(Act.TOKEN_REFUSED, token_id=shown)
        raise invalid_token()
    g.proof_refused = False
    user, token = holder.user, holder.token
    if holder.first_in_a_while:
        note_act(Act.TOKEN_USED, user_id=user.user_id, token_id=token.token_id)
    return replace(_principal(services, user), scopes=token.scopes, token_id=token.token_id)


def _principal(services: WebServices, user: User) -> Principal:
    return Principal(user, services.cases.offer.terms(user), operator=_operates(services, user))


def _operates(services: WebServices, user: User) -> bool:
    return bool(user.subject) and user.subject in services.operators


def _forget_dead_session(response: Response) -> Response:
    if g.get("dead_session") and not g.get("session_set"):
        cookies = web_services().cookies
        cookies.drop(response, cookies.session)
    return response
