"""The web application. So far it tells what this service offers; the pages and the API come next."""

from typing import Any

from flask import Flask

from gas.config import Settings


def create_app(settings: Settings) -> Flask:
    """The application for these settings. It talks to nobody while it is made."""
    app = Flask(__name__)

    @app.get("/livez")
    def livez() -> str:
        return "ok\n"

    @app.get("/readyz")
    def readyz() -> str:
        return "ok\n"

    @app.get("/api/v1/service-info")
    def service_info() -> dict[str, Any]:
        return service_info_of(settings)

    return app


def service_info_of(settings: Settings) -> dict[str, Any]:
    """What the service offers to each plan: limits in bytes, times in seconds."""
    return {
        "name": "GAS, the Genomics Annotation Service",
        "references": ["rCRS"],
        "plans": {
            "free": {
                "maxInputBytes": settings.plans.free_max_input_bytes,
                "retentionSeconds": settings.lifecycle.retention_seconds,
            },
            "premium": {"maxInputBytes": settings.plans.premium_max_input_bytes, "retentionSeconds": None},
        },
    }
