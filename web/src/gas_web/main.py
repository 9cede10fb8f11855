"""Starts the web part under gunicorn: one worker with threads, scaled by pods."""

import argparse
import sys

from flask import Flask
from gunicorn.app.base import BaseApplication

from gas.config import Settings, unsafe_for_production
from gas.logs import configure_logging
from gas_web.app import create_app

EXIT_REFUSED = 2

THREADS = 8
"""Requests at a time in one pod."""


class _Gunicorn(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
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
            "graceful_timeout": 25,
            "timeout": 60,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application."""
        return self._app


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM; 2 when the settings are refused."""
    parser = argparse.ArgumentParser(prog="gas-web", description="Pages, API and login.")
    parser.add_argument("--check", action="store_true", help="only check the settings")
    options = parser.parse_args(argv)
    settings = Settings()
    refusals = unsafe_for_production(settings)
    if refusals:
        sys.stderr.write("\n".join(refusals) + "\n")
        return EXIT_REFUSED
    if options.check:
        return 0
    configure_logging(settings.log_level)
    _Gunicorn(create_app(settings), settings).run()
    return 0
