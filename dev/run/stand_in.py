"""The stand-ins as programs: each serves until it is told to stop, and whoever started it learns where it answers."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Protocol

from dev import ROOT
from kube.readiness import log_tail

LOOPBACK = "127.0.0.1"

READY = "ready.json"
"""In a stand-in's folder: its address, once requests are answered."""

START_SECONDS = 60.0
"""It takes two; a machine that compiles at the same time is slow."""

_STOP_SECONDS = 10.0
_LOOK_SECONDS = 0.02


class StandInError(RuntimeError):
    """A stand-in ended, or did not answer in time; the text has the end of its log."""


class Server(Protocol):
    """What serves requests: an HTTP server of the standard library's kind."""

    server_port: int

    def serve_forever(self, poll_interval: float) -> None:
        """Answer until it is shut down."""

    def shutdown(self) -> None:
        """Let it end; to be called by another thread."""


def serve(server: Server, ready: Path | None) -> None:
    """Answer until SIGTERM or Ctrl-C; the address goes to standard output, and to the file that is named."""

    def stop(_signal: int, _frame: Any) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    address = f"http://{LOOPBACK}:{server.server_port}"
    print(address, flush=True)
    if ready is not None:
        # Written aside and renamed: a reader never sees half of it.
        unfinished = ready.with_name(f"{ready.name}.new")
        unfinished.write_text(json.dumps({"address": address, "pid": os.getpid()}) + "\n", encoding="utf-8")
        unfinished.replace(ready)
    server.serve_forever(poll_interval=0.1)


def command(module: str, folder: Path, *arguments: object) -> list[str]:
    """How a stand-in is started that says in this folder where it answers; the folder is made, and says nothing yet."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / READY).unlink(missing_ok=True)
    return [sys.executable, "-m", module, *map(str, arguments), "--ready-file", str(folder / READY)]


def await_address(name: str, child: subprocess.Popen[bytes], folder: Path, log: Path) -> str:
    """Where a stand-in answers, once it does.

    Raises:
        StandInError: it ended, or did not answer in time.
    """
    ready, deadline = folder / READY, time.monotonic() + START_SECONDS
    while not ready.exists():
        if child.poll() is not None or time.monotonic() > deadline:
            raise StandInError(f"the local {name} did not start; the end of {log}:\n{log_tail(log)}")
        time.sleep(_LOOK_SECONDS)
    return str(json.loads(ready.read_text(encoding="utf-8"))["address"])


def start(name: str, module: str, folder: Path, *arguments: object) -> tuple[str, subprocess.Popen[bytes]]:
    """Start one as a child of this process, with its log in its folder; its address, once it answers.

    Raises:
        StandInError: it ended, or did not answer in time.
    """
    asked, log = command(module, folder, *arguments), folder / "output.log"
    with log.open("wb") as output:
        child = subprocess.Popen(asked, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        return await_address(name, child, folder, log), child
    except StandInError:
        stop(child)
        raise


def stop(child: subprocess.Popen[bytes]) -> None:
    """End such a child: asked first, and killed where that takes too long."""
    child.terminate()
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
