"""The namespaces of a node: made, entered, and ended with everything in them."""

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from kube import processes
from kube.errors import ClusterError
from kube.node.holder import READY
from kube.readiness import log_tail

PACKAGES = Path(__file__).resolve().parents[2]
"""The folder that holds this package: a program inside finds it there, whatever else its Python knows."""

READY_SECONDS = 15.0
"""Arranging takes a quarter of a second."""

_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Namespaces:
    """A network, a mount and a process namespace, held by a process of the host."""

    state_dir: Path
    keeper: int
    """The process outside whose end is the end of everything inside."""
    holder: int
    """The first process inside, by its id outside."""

    @classmethod
    def make(cls, state_dir: Path) -> "Namespaces":
        """Make and arrange them.

        Raises:
            ClusterError: the kernel or a program refused; the text holds what was said.
        """
        state_dir.mkdir(parents=True, exist_ok=True)
        ready, log = state_dir / READY, state_dir / "logs" / "holder.log"
        ready.unlink(missing_ok=True)
        command = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--propagation=private"]
        # The keeper's end ends the holder, however it came.
        command += ["--kill-child=SIGKILL", sys.executable, "-m", "kube.node.holder", str(state_dir)]
        settings = {"PYTHONPATH": str(PACKAGES)}
        keeper = processes.start(command, log=log, folder=state_dir, settings=settings)
        deadline = time.monotonic() + READY_SECONDS
        while not ready.exists():
            if keeper.poll() is not None or time.monotonic() > deadline:
                keeper.kill()
                raise ClusterError(
                    f"the node's namespaces could not be made; the end of {log}:\n{log_tail(log)}"
                )
            time.sleep(_POLL_SECONDS)
        children = Path(f"/proc/{keeper.pid}/task/{keeper.pid}/children").read_text().split()
        return cls(state_dir, keeper.pid, int(children[0]))

    @property
    def alive(self) -> bool:
        """True while they are held."""
        return processes.alive(self.keeper, mark=str(self.state_dir))

    def inside(self, *command: str) -> list[str]:
        """The command line that runs a command inside, in the caller's folder and with its environment."""
        enter = ["nsenter", f"--target={self.holder}", "--net", "--mount", "--pid", "--"]
        # Entering a mount namespace leads to its root, whatever folder one comes from.
        return [*enter, "env", f"--chdir={Path.cwd()}", *command]

    def end(self) -> None:
        """End everything inside, and return when it is gone. Ending twice is ending once."""
        if self.alive:
            os.kill(self.keeper, signal.SIGKILL)
        deadline = time.monotonic() + READY_SECONDS
        while self.alive or processes.alive(self.holder, mark=str(self.state_dir)):
            if time.monotonic() > deadline:
                raise ClusterError(
                    f"process {self.holder} still holds the node: end it with `kill -9 {self.holder}`."
                )
            time.sleep(_POLL_SECONDS)
