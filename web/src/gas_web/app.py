"""The web application: puts its parts together."""

from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from gas.config import Settings
from gas.metrics import tell_clock
from gas_web import api, observation
from gas_web.answers import compression, errors, headers, static_files
from gas_web.answers.notices import keep_or_drop, told_by
from gas_web.asked import request_id, strict_json
from gas_web.asked.marks import Mark, mark
from gas_web.asked.principal import current_principal
from gas_web.guards import authentication, csrf, limits, pause
from gas_web.metrics import WebMetrics
from gas_web.pages import (
    annotations,
    job_files,
    job_wishes,
    login,
    operations,
    page_words,
    profile,
    subscription,
)
from gas_web.server import MAX_BODY_BYTES
from gas_web.services import WebServices

BLUEPRINTS = (
    login.blueprint,
    profile.blueprint,
    subscription.blueprint,
    annotations.blueprint,
    job_files.blueprint,
    job_wishes.blueprint,
    operations.blueprint,
    api.blueprint,
)
"""Every page, and the API."""


def create_app(settings: Settings, services: WebServices) -> Flask:
    """The application for these settings. It talks to nobody while it is made."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.filters["moment"] = moment
    strict_json.install(app)
    page_words.install(app)
    static_files.install(app)
    services.attach(app.extensions)
    metrics = WebMetrics()
    tell_clock(services.clock.ahead, metrics.registry)
    metrics.attach(app.extensions)
    if settings.web.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.web.proxies, x_proto=0)  # type: ignore[method-assign]
    _install(app, settings, services, metrics)
    _add_probes(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)

    return app


def moment(time: datetime) -> str:
    """A time as people read it, in UTC."""
    return f"{time.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def _install(app: Flask, settings: Settings, services: WebServices, metrics: WebMetrics) -> None:
    """Hooks run in this order before a request, and in the reverse order after it."""
    request_id.install(app)
    compression.install(app)
    headers.install(app, settings)
    observation.install(app, metrics)
    errors.install(app)
    counted = limits.Limits(settings.web.requests_per_minute, settings.web.logins_per_minute)
    limits.install_before_proof(app, counted)
    csrf.install(app)
    authentication.install(app)
    limits.install_after_proof(app, counted)
    pause.install(app)

    @app.after_request
    def carry_notice(response: Response) -> Response:
        keep_or_drop(response, services.cookies)
        return response

    @app.context_processor
    def everywhere() -> dict[str, Any]:
        return {"principal": current_principal(), "offer": services.cases.offer, "tell": _tell}

    def _tell() -> str | None:
        g.notice_told = notice = told_by(services.cookies)
        principal, plans = current_principal(), services.cases.offer.plans
        own = plans.default if principal is None else principal.own
        return notice and notice.value.format(own=own.word, first=plans.default.word)


def _add_probes(app: Flask) -> None:
    """What a balancer may ask at the port of the pages. The kubelet asks at the port for probes."""

    @app.get("/livez")
    @mark(Mark.FOR_EVERYBODY)
    def livez() -> str:
        return "ok\n"

    @app.get("/readyz")
    @mark(Mark.FOR_EVERYBODY)
    def readyz() -> str:
        return "ok\n"
