"""Starts the web part under gunicorn: one worker with threads, scaled by pods."""

from flask import Flask
from gunicorn.app.base import BaseApplication

from gas.bootstrap import aws_ports
from gas.config import Settings, unsafe_web_for_production
from gas.startup import settings_or_exit_code, start_traces
from gas_web.app import create_app
from gas_web.services import WebServices

GRACEFUL_SECONDS = 25
"""How long the requests under way may take to end."""

THREADS = 8
"""Requests at a time in one pod."""

KEEP_ALIVE_SECONDS = 100
"""How long an idle connection stays open: longer than proxies keep theirs (60 s on AWS's balancer, 90 s in Traefik), for
one that is closed just when its next request is under way fails that request."""


class Gunicorn(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn around one application."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Set what gunicorn is to do: `gthread` finishes every accepted request at its end, `sync` does not."""
        web = self._settings.web
        for name, value in {
            "bind": f"{web.host}:{web.port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": THREADS,
            "graceful_timeout": GRACEFUL_SECONDS,
            "keepalive": KEEP_ALIVE_SECONDS,
            "timeout": 60,
            # Its socket for commands would lie in the home folder, which a container's numeric user has not.
            "control_socket_disable": True,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, in the process that serves it."""
        start_traces("gas-web")
        return self._app


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM; 2 when the settings are refused."""
    settings = settings_or_exit_code("gas-web", "Pages, API and login.", argv, unsafe_web_for_production)
    if isinstance(settings, int):
        return settings
    services = WebServices.from_ports(aws_ports(settings), settings)
    Gunicorn(create_app(settings, services), settings).run()
    return 0
