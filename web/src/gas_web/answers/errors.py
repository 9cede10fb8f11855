"""Errors become answers here, once: a problem document under /api, a calm page elsewhere."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from math import ceil

from flask import Flask, Response, abort, g, render_template, request
from markupsafe import escape
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date
from werkzeug.wrappers import Response as AnyResponse

from gas.domain.errors import (
    ArchivedObjectError,
    ConflictError,
    GasError,
    NotAllowedError,
    NotFoundError,
    NotNowError,
    NotReadyError,
    TooManyRequestsError,
    TransientError,
    UsageError,
)
from gas.logs import log_line
from gas_web.asked.request_id import request_id
from gas_web.asked.request_line import note_failure
from gas_web.asked.way_back import typed, upload_arrived, way_back
from gas_web.audit import note_act
from gas_web.issuer.openid import LoginRefusedError
from gas_web.metrics import Act
from gas_web.server import REFUSED

RETRY_SECONDS = 5
"""When to try again what the outside world did not answer."""

_HEADINGS = {
    400: "That was not understood",
    401: "You were signed out",
    403: "Not allowed",
    404: "Nothing is here",
    405: "That does not work here",
    408: "That took too long",
    409: "Not now",
    413: "Too large",
    429: "Too much at once",
    431: "Too long",
    500: "Something went wrong",
    503: "Not available now",
}
"""What people read above the sentence; scripts get the names that HTTP gives."""

_SENTENCES = {
    400: "The request could not be understood.",
    401: "Sign in to see this.",
    403: "This is not allowed.",
    404: "There is nothing here, or it is not yours.",
    405: "This address does not take that kind of request. If it is a button's, go back and press the button.",
    408: "The request did not arrive whole in time, so nothing was done: try again.",
    413: "That is more than one form may hold. Files are not sent here: choose them on the page “Annotate”.",
    429: "Too many requests came from you in a short time: wait a moment, then go on.",
    431: "The request's address or its headers are longer than GAS reads. Clearing this site's cookies may help.",
    500: "Something went wrong on our side. It was noted, and your jobs and files are safe.",
    503: "A service that GAS needs does not answer now. Your jobs go on; try again in a moment.",
}


_PASSING = {429, 500, 503}
"""What may be over in a moment."""

_SENT_AGAIN = _PASSING | {401, 409}
"""After these a form that was typed into may be sent again just as it is."""


def install(app: Flask) -> None:
    """Answer every error."""
    app.before_request(_refuse_again)
    app.register_error_handler(GasError, _of_gas)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _of_python)


def asks_for_api() -> bool:
    """True when the request is for the API."""
    path: str = request.path
    return path == "/api" or path.startswith("/api/")


def status_of(error: GasError) -> HTTPStatus:
    """The HTTP status of an error of ours."""
    match error:
        case NotFoundError():
            return HTTPStatus.NOT_FOUND
        case NotAllowedError():
            return HTTPStatus.FORBIDDEN
        case TooManyRequestsError():
            return HTTPStatus.TOO_MANY_REQUESTS
        case ConflictError() | NotReadyError() | ArchivedObjectError():
            return HTTPStatus.CONFLICT
        case UsageError():
            return HTTPStatus.BAD_REQUEST
        case TransientError():
            return HTTPStatus.SERVICE_UNAVAILABLE
        case _:
            return HTTPStatus.INTERNAL_SERVER_ERROR


def error_answer(
    status: int,
    sentence: str | None = None,
    headers: Iterable[tuple[str, str]] = (),
    *,
    heading: str | None = None,
) -> Response:
    """The answer with that status: RFC 9457 for scripts, a page for people, under the status' heading or another."""
    sentence = sentence or _SENTENCES.get(status, HTTPStatus(status).description or HTTPStatus(status).phrase)
    if asks_for_api():
        title = HTTPStatus(status).phrase
        problem = {"type": "about:blank", "title": title, "status": status, "detail": sentence}
        answer = Response(json.dumps(problem) + "\n", status, content_type="application/problem+json")
    else:
        page = _page(status, sentence, heading or _HEADINGS.get(status, HTTPStatus(status).phrase))
        answer = Response(page, status, content_type="text/html; charset=utf-8")
    for name, value in headers:
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers.add(name, value)
    return answer


def _page(status: int, sentence: str, title: str) -> str:
    try:
        return render_template(
            "error.html",
            status=status,
            title=title,
            sentence=sentence,
            seconds=_seconds_to_wait(),
            signed_out=status == HTTPStatus.UNAUTHORIZED,
            back=_back(status),
            kept=status in _PASSING and upload_arrived(),
            typed=typed() if status in _SENT_AGAIN else [],
            reference=request_id() if status == HTTPStatus.INTERNAL_SERVER_ERROR else None,
        )
    except Exception as error:  # noqa: BLE001 - an error page that fails must not hide the error
        log_line("error page failed", level="error", error=type(error).__name__, exc_info=error)
        return f"<!doctype html><html lang=en><title>{escape(title)}</title><h1>{escape(title)}</h1><p>{escape(sentence)}"


def _back(status: int) -> str | None:
    """Where people go on: whoever only looked, where looking again may help; whoever pressed a button, where it was."""
    if request.method != "POST":
        return way_back() if status in _PASSING or status == HTTPStatus.UNAUTHORIZED else None
    # What is not there has no page either; a token that is gone was in a list, which has.
    gone = status == HTTPStatus.NOT_FOUND and request.blueprint != "profile"
    return None if gone else way_back()


def _seconds_to_wait() -> int | None:
    wait = str(g.get("retry_after", ""))
    return int(wait) if wait.isdecimal() else None


def _refuse_again() -> None:
    """What the server could not read is answered here, so that it has our headers and our line in the log."""
    status = request.environ.get(REFUSED)
    if status is not None:
        abort(status)


def _of_gas(error: GasError) -> Response:
    if isinstance(error, LoginRefusedError):
        note_act(Act.SIGN_IN_REFUSED, reason=error.reason)
    status = status_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # The sentences of these name tables and settings: they are for operators.
        note_failure(error)
        retry = status is HTTPStatus.SERVICE_UNAVAILABLE
        return error_answer(status, headers=[("Retry-After", str(RETRY_SECONDS))] if retry else ())
    note_retry_after(error)
    return error_answer(
        status, str(error), heading=_HEADINGS[409] if isinstance(error, NotNowError) else None
    )


def note_retry_after(error: GasError) -> None:
    """Let the answer say when it is worth trying again, where the error knows."""
    retry_after = _retry_after(error)
    if retry_after is not None:
        g.retry_after = retry_after


def _retry_after(error: GasError) -> str | None:
    match error:
        case TooManyRequestsError(retry_after=wait):
            return str(ceil(wait.total_seconds()))
        case NotReadyError():
            return str(RETRY_SECONDS)
        case ArchivedObjectError(expected=moment) if moment is not None:
            return str(http_date(moment))
        case _:
            return None


def _of_http(error: HTTPException) -> AnyResponse:
    if error.response is not None or error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    own = error.description if error.description != type(error).description else None
    return error_answer(error.code, own, error.get_headers())


def _of_python(error: Exception) -> Response:
    note_failure(error, defect=True)
    return error_answer(HTTPStatus.INTERNAL_SERVER_ERROR)
