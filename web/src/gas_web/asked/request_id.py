"""A number for each request: it stands on the page of an error, and on every line that the request logged."""

import secrets

import structlog
from flask import Flask, g

_BYTES = 6
"""281 trillion numbers: two requests of one day do not share one."""


def install(app: Flask) -> None:
    """Number every request, and let its log lines say so."""

    @app.before_request
    def number() -> None:
        g.request_id = secrets.token_hex(_BYTES)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)


def request_id() -> str:
    """The number of this request; empty when it was refused before it got one."""
    return str(g.get("request_id", ""))
