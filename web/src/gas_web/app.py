"""The web application: puts its parts together."""

from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from gas.config import Settings
from gas.metrics import tell_clock
from gas_web import (
    api,
    authentication,
    bulletin,
    compression,
    csrf,
    errors,
    headers,
    job_files,
    job_wishes,
    login,
    observation,
    operations,
    page_words,
    pages,
    profile,
    request_id,
    static_files,
    subscription,
)
from gas_web.limits import make_limiter
from gas_web.metrics import WebMetrics
from gas_web.notices import Notice, keep_or_drop, told_by
from gas_web.principal import current_principal
from gas_web.services import WebServices

MAX_FORM_BYTES = 1024 * 1024
"""The largest request body. Files never come here: browsers send them to the object store."""

BLUEPRINTS = (
    login.blueprint,
    profile.blueprint,
    subscription.blueprint,
    pages.blueprint,
    job_files.blueprint,
    job_wishes.blueprint,
    operations.blueprint,
    api.blueprint,
)
"""Every page, and the API."""


def create_app(settings: Settings, services: WebServices) -> Flask:
    """The application for these settings. It talks to nobody while it is made."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM_BYTES
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.filters["moment"] = moment
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
    errors.install(app)
    request_id.install(app)
    compression.install(app)
    headers.install(app, settings)
    observation.install(app, metrics, behind_proxies=settings.web.proxies > 0)
    limiter = make_limiter(app, settings.web.requests_per_minute)
    # A blueprint is a module's and outlives an application, so its limit belongs to the limiter, not to it.
    limiter.limit(f"{settings.web.logins_per_minute}/minute")(login.blueprint)
    csrf.install(app)
    authentication.install(app)
    bulletin.install(app)

    @app.after_request
    def carry_notice(response: Response) -> Response:
        keep_or_drop(response, services.cookies)
        return response

    @app.context_processor
    def everywhere() -> dict[str, Any]:
        return {"principal": current_principal(), "tell": _tell}

    def _tell() -> Notice | None:
        g.notice_told = told_by(services.cookies)
        return g.notice_told if isinstance(g.notice_told, Notice) else None


def _add_probes(app: Flask) -> None:
    """No probe asks AWS: a pod that is restarted because AWS is slow makes nothing faster."""

    @app.get("/livez")
    def livez() -> str:
        return "ok\n"

    @app.get("/readyz")
    def readyz() -> str:
        return "ok\n"
