"""The programs of the local platform as processes: started, and waited for until they answer."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from dev import ROOT
from dev.run import stand_in
from dev.run.side_work import run_to_end
from dev.run.up.errors import PlatformError
from kube import processes
from kube.readiness import log_tail

READY_SECONDS = 60.0
"""A program that does not answer by then has failed; usually it takes two seconds."""

_RUN_SECONDS = 120.0
"""How long a program may take that is waited for to its end; building yeast takes some seconds."""

_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Part:
    """One program of the platform. `mark` stands in its command line, so that a reused id is never taken for it."""

    name: str
    pid: int
    probe: str | None
    mark: str


@dataclass(frozen=True)
class Started:
    """A program that was started and may not answer yet."""

    part: Part
    child: subprocess.Popen[bytes]
    log: Path

    def await_probe(self) -> Part:
        """The part, once it answers its readiness probe.

        Raises:
            PlatformError: it ended, or did not answer in time.
        """
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.child.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.part.probe}/readyz", timeout=2):  # noqa: S310 - loopback
                    return self.part
            except (urllib.error.URLError, OSError):
                time.sleep(_LOOK_SECONDS)
        raise PlatformError(
            f"{self.part.name} did not become ready; the end of {self.log}:\n{log_tail(self.log)}"
        )

    def await_address(self) -> str:
        """The address of a stand-in, once it answers.

        Raises:
            PlatformError: it ended, or did not answer in time.
        """
        try:
            return stand_in.await_address(self.part.name, self.child, Path(self.part.mark), self.log)
        except stand_in.StandInError as error:
            raise PlatformError(str(error)) from error


def start_program(
    name: str, label: str, state_dir: Path, settings: Mapping[str, str], *, port: int
) -> Started:
    """Start one of our programs (`gas-NAME`), which will answer its probe at this port."""
    program = _path_of(name)
    log, folder = state_dir / "logs" / f"{label}.log", state_dir / label
    folder.mkdir(parents=True, exist_ok=True)
    child = processes.start([sys.executable, program], log=log, folder=folder, settings=settings)
    return Started(Part(label, child.pid, f"http://127.0.0.1:{port}", program), child, log)


def start_stand_in(label: str, state_dir: Path, *arguments: str) -> Started:
    """Start a local stand-in (a module of `dev`), which will write its address to its ready file when it answers."""
    folder, log = state_dir / label, state_dir / "logs" / f"{label}.log"
    module, *more = arguments
    child = processes.start(stand_in.command(module, folder, *more), log=log, folder=ROOT)
    return Started(Part(label, child.pid, None, str(folder)), child, log)


def run_program(name: str, *arguments: str, settings: Mapping[str, str], over: Event | None = None) -> None:
    """Run one of our programs (`gas-NAME`) to its end; one that is no longer needed when `over` is set ends then.

    Raises:
        PlatformError: it failed, or was not done in time.
        EndedError: it was ended because it is no longer needed.
    """
    told = " ".join([f"gas-{name}", *arguments[:1]])
    command = [sys.executable, _path_of(name), *arguments]
    environment = {**settings, "PATH": "/usr/bin:/bin"}
    try:
        done = run_to_end(command, seconds=_RUN_SECONDS, over=over or Event(), settings=environment)
    except TimeoutError as error:
        raise PlatformError(
            f"{told} was not done after {_RUN_SECONDS:.0f} s: is the machine very busy?"
        ) from error
    if done.returncode != 0:
        raise PlatformError(f"{told} failed: {done.stderr.strip()}")


def _path_of(name: str) -> str:
    return str(Path(sys.executable).parent / f"gas-{name}")
