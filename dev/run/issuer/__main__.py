"""`python -m dev.run.issuer`: run the local issuer until SIGTERM or Ctrl-C."""

import argparse
from pathlib import Path
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from dev.ending import end
from dev.run.issuer.issuer import create_issuer
from dev.run.stand_in import LOOPBACK, serve


class _Quiet(WSGIRequestHandler):  # type: ignore[misc]  # werkzeug is untyped here
    def log_request(self, *_args: Any) -> None:
        """Say nothing: addresses hold codes."""


def main() -> int:
    """Serve on loopback until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m dev.run.issuer", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument(
        "--address", help="what it is known by, when something in front carries connections to it"
    )
    parser.add_argument("--ready-file", type=Path, help="gets the address once requests are answered")
    arguments = parser.parse_args()
    server = ThreadedWSGIServer(LOOPBACK, arguments.port, None, handler=_Quiet)
    address = f"http://{LOOPBACK}:{server.server_port}"
    server.app = create_issuer(arguments.address or address)

    serve(server, arguments.ready_file)
    return 0


if __name__ == "__main__":
    end(main)
