"""What GAS talks to outside of a cluster, on the machine beside it: the local AWS and the local issuer.

Both listen on loopback. A carrier leads from an address that pods reach to them, and can be stopped as a fault: what the
local AWS holds outlives that.
"""

import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from dev import ROOT
from dev.run import stand_in
from dev.run.cloud.client import CloudControl
from kube import processes
from kube.errors import ClusterError

AWS_PORT = 5000
ISSUER_PORT = 5001
"""What the carriers listen on, at the address that pods reach."""

CARRIER = (sys.executable, "-m", "kube.node.forward")

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
        thaw = ("--thaw-seconds", thaw_seconds)
        self.aws_here = self._start("aws", "dev.run.cloud", "--state-dir", self._state_dir / "aws", *thaw)
        issuer = self._start("issuer", "dev.run.issuer", "--address", self.issuer)
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

    def _start(self, label: str, module: str, *arguments: object) -> str:
        folder, log = self._state_dir / label, self._log(label)
        child = self._launch(label, stand_in.command(module, folder, *arguments))
        try:
            return stand_in.await_address(label, child, folder, log)
        except stand_in.StandInError as error:
            raise ClusterError(str(error)) from error

    def _carry(self, source: str, target: str) -> subprocess.Popen[bytes]:
        host, _, port = source.rpartition(":")
        if _listens(host, int(port)):
            raise ClusterError(
                f"something listens at {source} already: is another run of the tests still there?"
            )
        child = self._launch("carrier", [*CARRIER, source, target.removeprefix("http://")])
        deadline = time.monotonic() + _READY_SECONDS
        while not _listens(host, int(port)):
            if child.poll() is not None or time.monotonic() > deadline:
                raise ClusterError(f"the carrier at {source} did not start: see {self._state_dir / 'logs'}.")
            time.sleep(_POLL_SECONDS)
        return child

    def _launch(self, label: str, command: list[str]) -> subprocess.Popen[bytes]:
        child = processes.start(command, log=self._log(label), folder=ROOT)
        self._children.append(child)
        return child

    def _log(self, label: str) -> Path:
        return self._state_dir / "logs" / f"{label}.log"


def _runs(child: subprocess.Popen[bytes]) -> bool:
    return child.poll() is None


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=_POLL_SECONDS).close()
    except OSError:
        return False
    return True
