"""What operations see of every request: one line in the log, and counts for Prometheus. Never a query or a secret."""

import time
from http import HTTPStatus

from flask import Flask, Response, g, request

from gas import tracing
from gas.domain.client import client_address
from gas.domain.names import job_id_is_valid
from gas.logs import log_line
from gas_web.asked.marks import Mark, marked
from gas_web.asked.principal import current_principal
from gas_web.asked.request_line import failure
from gas_web.metrics import METHODS, NO_ROUTE, OTHER_METHOD, WebMetrics
from gas_web.server import REFUSED

_BROKEN = 500
"""What is answered when even the answer to an error fails."""


def install(app: Flask, metrics: WebMetrics) -> None:
    """Observe every request."""

    @app.before_request
    def begin() -> None:
        if not marked(Mark.FOR_EVERYBODY):
            g.started = time.perf_counter()
            metrics.in_flight.inc()
            g.work = tracing.Work(f"{_method()} {_route()}", tracing.SpanKind.SERVER)
            g.work.begin()
            # A stranger's trace is not ours to go on with, nor to be recorded at their wish: the two are linked.
            tracing.begin(request.headers.get("traceparent"))

    @app.after_request
    def note_answer(response: Response) -> Response:
        g.answered = response.status_code
        return response

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        # Here and not after the request: an answer that fails on its last steps is made anew, and is one request.
        started = g.pop("started", None)
        if started is not None:
            metrics.in_flight.dec()
            try:
                _tell(metrics, time.perf_counter() - started)
            finally:
                # Whatever happens, the thread's next request has another trace.
                g.work.end()


def _tell(metrics: WebMetrics, seconds: float) -> None:
    route, status = _route(), g.get("answered", _BROKEN)
    metrics.requests.labels(_method(), route, status).inc()
    metrics.request_seconds.labels(route).observe(seconds)
    if status >= _BROKEN and not _is_meant(status):
        metrics.failures.inc()
    principal, job_id = current_principal(), _job_id()
    _trace(status, job_id)
    failed = failure()
    log_line(
        "request",
        level="error" if failed else "info",
        method=request.method,
        route=route,
        status=status,
        duration_ms=round(seconds * 1000, 1),
        address=client_address(request.remote_addr),
        user_id=principal.user.user_id if principal is not None else None,
        **({"token_id": principal.token_id} if principal is not None and principal.token_id else {}),
        **({} if job_id is None else {"job_id": job_id}),
        **failed,
    )


def _is_meant(status: int) -> bool:
    """True of the refusal that operators ordered; an answer to it that breaks is a failure like any other."""
    return status == HTTPStatus.SERVICE_UNAVAILABLE and g.get("refused_while_paused", False)


def _method() -> str:
    return request.method if request.method in METHODS else OTHER_METHOD


def _route() -> str:
    if REFUSED in request.environ:
        # Where it was meant to go is not known, or does not matter.
        return NO_ROUTE
    # The rule and not the path: a path has as many values as there are jobs.
    return request.url_rule.rule if request.url_rule is not None else NO_ROUTE


def _trace(status: int, job_id: str | None) -> None:
    """Say of the request's span what its line says."""
    g.work.note(
        {"http.request.method": _method(), "http.route": _route(), "http.response.status_code": status}
    )
    if job_id is not None:
        tracing.note(job_id=job_id)
    if status >= _BROKEN:
        g.work.fail(str(status))


def _job_id() -> str | None:
    """The job that the request is about, if its address names one that there can be."""
    named = g.get("job_id") or (request.view_args or {}).get("job_id")
    return named if isinstance(named, str) and job_id_is_valid(named) else None
