"""`python -m dev.issuer`: run the local issuer until SIGTERM or Ctrl-C."""

import argparse
import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from dev.ending import end
from dev.issuer.issuer import create_issuer

LOOPBACK = "127.0.0.1"


class _Quiet(WSGIRequestHandler):  # type: ignore[misc]  # werkzeug is untyped here
    def log_request(self, *_args: Any) -> None:
        """Say nothing: addresses hold codes."""


def main() -> int:
    """Serve on loopback until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m dev.issuer", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument(
        "--address", help="what it is known by, when something in front carries connections to it"
    )
    parser.add_argument("--ready-file", type=Path, help="gets the address once requests are answered")
    arguments = parser.parse_args()
    server = ThreadedWSGIServer(LOOPBACK, arguments.port, None, handler=_Quiet)
    address = f"http://{LOOPBACK}:{server.server_port}"
    server.app = create_issuer(arguments.address or address)

    def stop(_signal: int, _frame: Any) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(address, flush=True)
    if arguments.ready_file is not None:
        # Written aside and renamed: a reader never sees half of it.
        unfinished = arguments.ready_file.with_name(arguments.ready_file.name + ".new")
        unfinished.write_text(json.dumps({"address": address, "pid": os.getpid()}) + "\n", encoding="utf-8")
        unfinished.replace(arguments.ready_file)
    server.serve_forever(poll_interval=0.1)
    return 0


if __name__ == "__main__":
    end(main)
