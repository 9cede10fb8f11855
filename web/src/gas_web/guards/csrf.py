"""Requests that another site made the browser send are refused before anything looks at the cookie."""

from flask import Flask, g, request
from werkzeug.exceptions import Forbidden

from gas_web.answers.errors import asks_for_api
from gas_web.guards.authentication import SAFE_METHODS, bearer_token
from gas_web.services import web_services

_OWN = frozenset({"same-origin", "none"})
"""`none` is a person at the address bar or a bookmark, which no site can bring about."""


def install(app: Flask) -> None:
    """Check every request that could change something."""
    app.before_request(_refuse_forged)


def forged(method: str, site: str | None, origin: str | None, public_origin: str, *, cookie: bool) -> bool:
    """True when a request without access token may have been started by another site.

    All current browsers send Sec-Fetch-Site; those that do not send Origin. A request with neither comes from no
    browser, and is only believed when it carries no cookie of ours. Same-site is not same-origin: a neighbour under
    the same domain is a stranger.
    """
    if method in SAFE_METHODS:
        return False
    if site is not None:
        return site not in _OWN
    if origin is not None:
        return origin != public_origin
    return cookie


def from_elsewhere(site: str | None) -> bool:
    """True when another site led the browser here, as far as the browser says: by a link, or by a way through the issuer."""
    return site is not None and site not in _OWN


def _refuse_forged() -> None:
    services = web_services()
    if asks_for_api() and bearer_token() is not None:
        # Another site cannot make a browser send this header; and where it is, the API does not look at the cookie.
        return
    if forged(
        request.method,
        request.headers.get("Sec-Fetch-Site"),
        request.headers.get("Origin"),
        services.public_origin,
        cookie=services.cookies.present(request),
    ):
        raise Forbidden("This request was not started on a page of GAS, so nothing was done.")
    # Only now may a page of ours offer to send the same once more: a stranger's words would be sent as one's own.
    g.started_here = True
