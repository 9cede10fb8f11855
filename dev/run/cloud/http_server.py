"""HTTP/1.1 with keep-alive on loopback, one thread a connection: requests are read whole, so no stream is left over."""

import logging
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from dev.run.cloud.exchange import Handler, Request, Response

LOOPBACK = "127.0.0.1"
_log = logging.getLogger(__name__)
_REPLACED = {"content-length", "connection", "date", "server", "transfer-encoding"}


class _RequestHandler(MotoRequestHandler):  # type: ignore[misc]  # moto and werkzeug are untyped here
    """Answers many requests on one connection; moto's parent keeps the spelling of S3 metadata headers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 300

    def run_wsgi(self) -> None:
        """Read one request, answer it in one write."""
        environ = self.make_environ()
        length = int(environ.get("CONTENT_LENGTH") or 0)
        chunked = environ.get("wsgi.input_terminated", False)
        body = environ["wsgi.input"].read() if chunked else environ["wsgi.input"].read(length)
        try:
            response = self.server.app(Request(environ, body))
        except Exception:  # noqa: BLE001 - the log tells; one request must not end the server
            _log.exception("the local AWS failed on %s %s", self.command, self.path)
            response = Response(
                500, (("Content-Type", "text/plain"),), b"the local AWS failed; its log says why\n"
            )
        self._write(response)

    def handle_expect_100(self) -> bool:
        """Tell an uploading client to go on: botocore waits a full second for this line."""
        self.send_response_only(100)
        self.end_headers()
        self.wfile.flush()
        return True

    def _write(self, response: Response) -> None:
        self.send_response(response.status)
        length = str(len(response.body))
        for name, value in response.headers:
            if name.lower() == "content-length" and self.command == "HEAD":
                length = value
            if name.lower() not in _REPLACED:
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def log_error(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's name
        """Log what went wrong; an idle connection that was closed is no error."""
        if not args or not isinstance(args[0], TimeoutError):
            _log.error(format, *args)

    def log_request(self, *_args: Any) -> None:
        """Say nothing about a request that was answered."""


def http_server(handler: Handler, port: int) -> Any:
    """A server bound to loopback; `serve_forever` runs it, `server_port` is its port (a free one for 0)."""
    return ThreadedWSGIServer(LOOPBACK, port, handler, handler=_RequestHandler)
