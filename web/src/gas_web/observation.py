"""What operations see of every request: one line in the log, and counts for Prometheus. Never a query or a secret."""

import time

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.exceptions import NotFound

from gas.logs import log_line
from gas_web.authentication import UNAUTHENTICATED
from gas_web.principal import current_principal

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5, 5, 10)


def install(app: Flask, *, behind_proxies: bool = False) -> None:
    """Observe every request, and tell at /metrics: to whoever reaches the pod itself, and not through the proxies."""
    registry = CollectorRegistry()
    requests = Counter(
        "gas_web_requests", "Requests that were answered.", ["method", "route", "status"], registry=registry
    )
    seconds = Histogram(
        "gas_web_request_seconds", "How long answers took.", ["route"], buckets=_BUCKETS, registry=registry
    )

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def observe(response: Response) -> Response:
        if request.endpoint in UNAUTHENTICATED:
            return response
        # The rule and not the path: a path has as many values as there are jobs.
        route = request.url_rule.rule if request.url_rule is not None else "(none)"
        taken = time.perf_counter() - g.get("started", time.perf_counter())
        requests.labels(
            request.method if request.method in _METHODS else "(other)", route, response.status_code
        ).inc()
        seconds.labels(route).observe(taken)
        principal = current_principal()
        log_line(
            "request",
            method=request.method,
            route=route,
            status=response.status_code,
            duration_ms=round(taken * 1000, 1),
            user_id=principal.user.user_id if principal is not None else None,
        )
        return response

    @app.get("/metrics")
    def metrics() -> Response:
        # Every proxy in front says whom it asks for. Prometheus comes without one.
        if behind_proxies and "X-Forwarded-For" in request.headers:
            raise NotFound
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
