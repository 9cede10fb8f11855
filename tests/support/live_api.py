"""The web application as a real server on a free port, with an object store beside it: for programs that speak HTTP."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from flask import Flask, Response, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from tests.support.api import ApiSite, make_api_site
from tests.support.waiting import PATIENCE_SECONDS


@dataclass(frozen=True)
class LiveSite:
    """A site, and where it listens."""

    site: ApiSite
    url: str


@contextmanager
def live_site() -> Iterator[LiveSite]:
    """Serve a site until the end of the block."""
    site = make_api_site()
    application = DispatcherMiddleware(site.app.wsgi_app, {"/objects": _object_store(site).wsgi_app})
    server = make_server("127.0.0.1", 0, application, threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    site.links.base_url = f"{url}/objects"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    # The server logs to standard output, which here is that of the command under test.
    structlog.reset_defaults()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(io.StringIO()))
    thread.start()
    try:
        yield LiveSite(site, url)
    finally:
        structlog.reset_defaults()
        server.shutdown()
        thread.join(PATIENCE_SECONDS)
        server.server_close()


def _object_store(site: ApiSite) -> Flask:
    store = Flask("objects")

    @store.post("/<bucket>")
    def receive(bucket: str) -> Response:
        content = request.files["file"].read()
        return Response(status=site.links.receive(f"{site.links.base_url}/{bucket}", request.form, content))

    @store.get("/<bucket>")
    def fetch(bucket: str) -> Response:
        query = request.query_string.decode()
        status, name, content = site.links.fetch(f"{site.links.base_url}/{bucket}?{query}")
        assert status != 200 or name
        return Response(content, status)

    return store
