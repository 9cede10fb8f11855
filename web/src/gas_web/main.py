"""Starts the web part: one process with threads, scaled by pods, and its probes and metrics on a port of their own."""

import signal

from gas.bootstrap import aws_ports
from gas.config import Settings, unsafe_web_for_production
from gas.probes import ProbeServer
from gas.startup import settings_or_exit_code, start_traces
from gas_web.app import create_app
from gas_web.metrics import metrics_of
from gas_web.server import Server
from gas_web.services import WebServices


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM; 2 when the settings are refused."""
    settings = settings_or_exit_code("gas-web", "Pages, API and login.", argv, unsafe_web_for_production)
    if isinstance(settings, int):
        return settings
    start_traces("gas-web")
    serve(settings)
    return 0


def serve(settings: Settings) -> None:
    """Serve these settings' application until SIGTERM or SIGINT."""
    web = settings.web
    app = create_app(settings, WebServices.from_ports(aws_ports(settings), settings))
    server = Server(app.wsgi_app, web.host, web.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.leave())
    # No probe asks AWS: a pod that is restarted because AWS is slow makes nothing faster.
    probes = ProbeServer(
        server.stuck,
        server.away,
        host=web.probe_host,
        port=web.probe_port,
        registry=metrics_of(app).registry,
    )
    with probes:
        server.serve()
