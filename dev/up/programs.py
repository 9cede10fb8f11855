"""The programs of the local platform as processes: started, and waited for until they answer."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dev.kube import processes
from dev.up.errors import PlatformError
from dev.up.options import ROOT

READY_SECONDS = 60.0
"""A program that does not answer by then has failed; usually it takes two seconds."""

_LOOK_SECONDS = 0.05
_LOG_LINES = 15


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
        raise PlatformError(f"{self.part.name} did not become ready; the end of {self.log}:\n{self._tail()}")

    def await_address(self, field: str) -> str:
        """The address of a stand-in, once it has written it to its ready file.

        Raises:
            PlatformError: it ended, or did not answer in time.
        """
        ready = _ready_file(Path(self.part.mark))
        deadline = time.monotonic() + READY_SECONDS
        while not ready.exists():
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise PlatformError(
                    f"the local {self.part.name} did not start; the end of {self.log}:\n{self._tail()}"
                )
            time.sleep(_LOOK_SECONDS)
        return str(json.loads(ready.read_text(encoding="utf-8"))[field])

    def _tail(self) -> str:
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-_LOG_LINES:])


def start_program(
    name: str, label: str, state_dir: Path, settings: Mapping[str, str], *, port: int
) -> Started:
    """Start one of our programs (`gas-NAME`), which will answer its probe at this port."""
    program = str(Path(sys.executable).parent / f"gas-{name}")
    log, folder = state_dir / "logs" / f"{label}.log", state_dir / label
    folder.mkdir(parents=True, exist_ok=True)
    child = processes.start([sys.executable, program], log=log, folder=folder, settings=settings)
    return Started(Part(label, child.pid, f"http://127.0.0.1:{port}", program), child, log)


def start_stand_in(label: str, state_dir: Path, *arguments: str) -> Started:
    """Start a local stand-in (a module of `dev`), which will write its address to its ready file when it answers."""
    folder, log = state_dir / label, state_dir / "logs" / f"{label}.log"
    folder.mkdir(parents=True, exist_ok=True)
    _ready_file(folder).unlink(missing_ok=True)
    command = [sys.executable, "-m", *arguments, "--port", "0", "--ready-file", str(_ready_file(folder))]
    child = processes.start(command, log=log, folder=ROOT)
    return Started(Part(label, child.pid, None, str(folder)), child, log)


def run_setup(settings: Mapping[str, str]) -> None:
    """Make all AWS resources of the instance.

    Raises:
        PlatformError: it failed.
    """
    program = str(Path(sys.executable).parent / "gas-setup")
    done = subprocess.run(
        [sys.executable, program],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**settings, "PATH": "/usr/bin:/bin"},
    )
    if done.returncode != 0:
        raise PlatformError(f"gas-setup failed: {done.stderr.strip()}")


def _ready_file(folder: Path) -> Path:
    return folder / "ready.json"
