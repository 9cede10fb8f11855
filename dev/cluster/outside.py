"""What GAS talks to outside of a cluster, on the machine beside it: the local AWS and the local issuer.

Both listen on loopback. A carrier leads from an address that pods reach to them, and can be stopped as a fault: what the
local AWS holds outlives that.
"""

import json
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from dev.cloud.client import CloudControl
from dev.kube import processes
from dev.kube.errors import ClusterError
from dev.kube.readiness import log_tail
from dev.up.options import ROOT

AWS_PORT = 5000
ISSUER_PORT = 5001
"""What the carriers listen on, at the address that pods reach."""

_READY_SECONDS = 60.0
_POLL_SECONDS = 0.05


class Outside:
    """The local AWS and the local issuer, started for one cluster."""

    def __init__(self, state_dir: Path, address: str) -> None:
        self._state_dir = state_dir
        self._address = address
        self._children: list[subprocess.Popen[bytes]] = []
        self._carrier: subprocess.Popen[bytes] | None = None
        self.aws_here = ""
        """The local AWS as this machine's programs and browsers reach it."""

    @property
    def aws(self) -> str:
        """The local AWS as pods reach it."""
        return f"http://{self._address}:{AWS_PORT}"

    @property
    def issuer(self) -> str:
        """The local issuer, as everybody reaches it."""
        return f"http://{self._address}:{ISSUER_PORT}"

    @property
    def aws_pid(self) -> int:
        """The local AWS's process."""
        return self._children[0].pid

    @property
    def control(self) -> CloudControl:
        """The control endpoints of the local AWS."""
        return CloudControl(self.aws_here)

    def start(self, *, thaw_seconds: float) -> None:
        """Start both and return when they answer.

        Raises:
            ClusterError: one did not start; the text holds the end of its log.
        """
        cloud = [
            "dev.cloud",
            "--state-dir",
            str(self._state_dir / "aws"),
            "--thaw-seconds",
            str(thaw_seconds),
        ]
        self.aws_here = self._start("aws", cloud, "endpoint")
        issuer = self._start("issuer", ["dev.issuer", "--address", self.issuer], "address")
        self._carry(f"{self._address}:{ISSUER_PORT}", issuer)
        self.open_aws()

    def close_aws(self) -> None:
        """Let pods' connections to AWS be refused, and end those that are open."""
        if self._carrier is not None:
            self._carrier.kill()
            self._carrier.wait()
            self._carrier = None

    def open_aws(self) -> None:
        """Let pods reach AWS, again."""
        if self._carrier is None:
            self._carrier = self._carry(f"{self._address}:{AWS_PORT}", self.aws_here)

    def stop(self) -> None:
        """End everything: asked first, and killed where that takes too long, as it may with many thousand objects."""
        self.close_aws()
        for child in self._children:
            processes.stop(child.pid, alive=partial(_runs, child), seconds=processes.STOP_SECONDS)

    def _start(self, label: str, module: list[str], address: str) -> str:
        folder = self._state_dir / label
        folder.mkdir(parents=True, exist_ok=True)
        ready, log = folder / "ready.json", self._state_dir / "logs" / f"{label}.log"
        ready.unlink(missing_ok=True)
        child = self._launch(label, [*module, "--ready-file", str(ready)])
        deadline = time.monotonic() + _READY_SECONDS
        while not ready.exists():
            if child.poll() is not None or time.monotonic() > deadline:
                raise ClusterError(f"the local {label} did not start; the end of {log}:\n{log_tail(log)}")
            time.sleep(_POLL_SECONDS)
        return str(json.loads(ready.read_text())[address])

    def _carry(self, source: str, target: str) -> subprocess.Popen[bytes]:
        host, _, port = source.rpartition(":")
        if _listens(host, int(port)):
            raise ClusterError(
                f"something listens at {source} already: is another run of the tests still there?"
            )
        child = self._launch("carrier", ["dev.kube.node.forward", source, target.removeprefix("http://")])
        deadline = time.monotonic() + _READY_SECONDS
        while not _listens(host, int(port)):
            if child.poll() is not None or time.monotonic() > deadline:
                raise ClusterError(f"the carrier at {source} did not start: see {self._state_dir / 'logs'}.")
            time.sleep(_POLL_SECONDS)
        return child

    def _launch(self, label: str, module: list[str]) -> subprocess.Popen[bytes]:
        log = self._state_dir / "logs" / f"{label}.log"
        child = processes.start([sys.executable, "-m", *module], log=log, folder=ROOT)
        self._children.append(child)
        return child


def _runs(child: subprocess.Popen[bytes]) -> bool:
    return child.poll() is None


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=_POLL_SECONDS).close()
    except OSError:
        return False
    return True
