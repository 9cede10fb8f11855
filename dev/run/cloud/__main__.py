"""`python -m dev.run.cloud`: run the local AWS until SIGTERM or Ctrl-C."""

import argparse
import gc
import logging
import sys
from pathlib import Path

from dev.ending import end
from dev.run.cloud.cloud import local_aws
from dev.run.cloud.http_server import LOOPBACK, http_server
from dev.run.stand_in import serve

_COLLECTIONS = (50_000, 20, 500)
"""Of the garbage collector: a full collection stops every answer for a second once there are 10,000 records of small
objects, and finds little, for few cycles outlive a request."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m dev.run.cloud", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument(
        "--state-dir", type=Path, required=True, help="where the log goes; nothing else is kept"
    )
    parser.add_argument(
        "--thaw-seconds",
        type=float,
        default=5,
        help="an Expedited retrieval; Standard takes twice as long, Bulk four times (default 5)",
    )
    parser.add_argument("--day-seconds", type=float, default=86_400, help="a day of a retrieved copy")
    parser.add_argument("--ready-file", type=Path, help="gets the address once requests are answered")
    return parser.parse_args()


def main() -> int:
    """Serve until told to stop."""
    arguments = _arguments()
    arguments.state_dir.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=arguments.state_dir / "cloud.log",
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    handler = local_aws(thaw_seconds=arguments.thaw_seconds, day_seconds=arguments.day_seconds)
    try:
        server = http_server(handler, arguments.port)
    except OSError as refused:
        print(
            f"port {arguments.port} on {LOOPBACK}: {refused.strerror}; choose another or 0", file=sys.stderr
        )
        return 1

    gc.set_threshold(*_COLLECTIONS)
    serve(server, arguments.ready_file)
    return 0


if __name__ == "__main__":
    end(main)
