"""`go build` with a sign of life while it runs and one clear sentence when it fails."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from dev.kube.errors import BinariesError

MINIMUM_GO = (1, 24)
"""What go.mod asks for, because Kubernetes 1.34 does."""

_VERSION = "k8s.io/component-base/version"
_STAMPS = {
    "gitVersion": "v1.34.4",
    "gitMajor": "1",
    "gitMinor": "34",
    "gitTreeState": "clean",
    "gitCommit": "0",
    "buildDate": "2026-01-01T00:00:00Z",
}

FLAGS = (
    "-trimpath",
    # A caller's GOFLAGS may say otherwise; these two keep the build the same everywhere.
    "-mod=readonly",
    "-buildvcs=false",
    # Without its stamp the server calls itself v0.0.0, and Helm refuses charts that ask for a version.
    "-ldflags=-s -w " + " ".join(f"-X {_VERSION}.{name}={value}" for name, value in _STAMPS.items()),
)

BUILD_SECONDS = 3600.0
"""The build takes 7 minutes on 2 idle cores; an hour is a machine that will not finish."""

TERMINAL_SECONDS = 1.0
LOG_SECONDS = 20.0
"""How often progress is told: on a terminal the line is rewritten, in a log each one stays."""

_UNREACHABLE = re.compile(
    r"dial tcp|no such host|connection refused|i/o timeout|TLS handshake|proxyconnect|Client\.Timeout"
    r"|module lookup disabled|network is unreachable|server misbehaving|unexpected EOF"
    r"|\b(403 Forbidden|407 Proxy|429 Too Many|50[0-4] )|x509:",
    re.IGNORECASE,
)
_KEPT_LINES = 12


def find_go() -> str:
    """The Go compiler on the path.

    Raises:
        BinariesError: there is none, or it is too old.
    """
    go = shutil.which("go")
    if go is None:
        raise BinariesError(
            "Go is not on the PATH, and the local Kubernetes API server is compiled with it: "
            f"install Go {_text(MINIMUM_GO)} or newer, or point KUBEBUILDER_ASSETS at a folder that holds "
            "etcd, kube-apiserver and kubectl."
        )
    version = _go_env(go, "GOVERSION")
    numbers = re.match(r"go(\d+)\.(\d+)", version)
    # A toolchain built from Go's own main branch has no number; it is newer than any that has.
    if numbers is not None and (int(numbers[1]), int(numbers[2])) < MINIMUM_GO:
        raise BinariesError(
            f"{go} is {version}, and the local Kubernetes API server needs Go {_text(MINIMUM_GO)} or newer: "
            "install a newer Go and put it first on the PATH."
        )
    return go


def compile_program(go: str, source: Path, target: Path, say: Callable[[str], None]) -> None:
    """Compile the Go module in a folder to one file, telling how far it is.

    Raises:
        BinariesError: modules could not be fetched, the build failed, or it did not end.
    """
    command = [go, "build", "-v", *FLAGS, "-o", str(target), "."]
    environment = _environment() | {"CGO_ENABLED": "0"}
    with subprocess.Popen(
        command,
        cwd=source,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as build:
        progress = _Progress()
        assert build.stdout is not None
        reader = threading.Thread(target=progress.read, args=(build.stdout,), daemon=True)
        reader.start()
        try:
            code = _watch(build, progress, say)
        except BaseException:
            build.kill()
            raise
        reader.join(timeout=5)
    if code != 0:
        raise BinariesError(_why(go, source, progress.kept))


@dataclass
class _Progress:
    """What the build has said so far."""

    packages: int = 0
    newest: str = ""
    kept: list[str] = field(default_factory=list)
    """The last lines that are no package and no download: the errors."""

    def read(self, lines: IO[str]) -> None:
        """Read until the build ends."""
        for raw in lines:
            line = raw.rstrip()
            if line.startswith("go: downloading "):
                self.newest = line.removeprefix("go: ")
            elif re.fullmatch(r"[\w./~-]+", line):
                self.packages += 1
                self.newest = line
            elif line:
                self.kept = [*self.kept, line][-_KEPT_LINES:]

    def line(self, seconds: float) -> str:
        """How far the build is."""
        passed = f"{int(seconds) // 60}m{int(seconds) % 60:02d}s"
        cores = os.cpu_count() or 1
        return (
            f"compiling the control plane (once, about 7 minutes on 2 cores, here {cores}): "
            f"{self.newest or 'reading modules'}, {self.packages} packages, {passed}"
        )


def _watch(build: subprocess.Popen[str], progress: _Progress, say: Callable[[str], None]) -> int:
    """Wait for the end of the build and tell about it meanwhile."""
    began = time.monotonic()
    terminal = sys.stderr.isatty()
    pause = TERMINAL_SECONDS if terminal else LOG_SECONDS
    say(progress.line(0))
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = build.wait(timeout=pause)
            break
        passed = time.monotonic() - began
        if passed > BUILD_SECONDS:
            raise BinariesError(
                f"compiling the control plane did not end within {BUILD_SECONDS / 60:.0f} minutes: "
                "try again when the machine is less busy; what is compiled already is kept."
            )
        if terminal:
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write("\r" + progress.line(passed)[:width].ljust(width))
            sys.stderr.flush()
        else:
            say(progress.line(passed))
    if terminal:
        sys.stderr.write("\n")
    say(f"compiled {progress.packages} packages in {time.monotonic() - began:.0f} s")
    return code


def _why(go: str, source: Path, lines: list[str]) -> str:
    """The sentence for a build that failed."""
    unreachable = next((line for line in lines if _UNREACHABLE.search(line)), None)
    if unreachable is not None:
        return (
            f"the Go modules of {source} could not be fetched ({unreachable}): check the network, or set GOPROXY "
            f"(now {_go_env(go, 'GOPROXY') or 'empty'}) to a module proxy that this machine reaches."
        )
    said = "\n".join(lines) or "(it said nothing)"
    return (
        f"`go build` in {source} failed; try `go clean -cache` if the disk is full or the cache broken. "
        f"Its last lines:\n{said}"
    )


def _go_env(go: str, name: str) -> str:
    answer = subprocess.run(
        [go, "env", name], check=False, capture_output=True, text=True, timeout=60, env=_environment()
    )
    return answer.stdout.strip()


def _environment() -> dict[str, str]:
    """The caller's, but with the compiler that is installed and no workspace of a folder above."""
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOWORK": "off"}
    # Go refuses to run without a place for its caches, which it derives from HOME.
    environment.setdefault("HOME", str(Path.home()))
    return environment


def _text(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
