"""`go build` with a sign of life while it runs and one clear sentence when it fails."""

import contextlib
import json
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

from kube.builds import KUBE, Build, Copied
from kube.errors import BinariesError

BUILD_SECONDS = 3600.0
"""The longest build takes 8 minutes on 2 idle cores; an hour is a machine that will not finish."""

DOWNLOAD_SECONDS = 300.0
"""One module of a few megabytes, on a slow line."""

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


def find_go(build: Build = KUBE) -> str:
    """The Go compiler on the path, when it can compile this.

    Raises:
        BinariesError: there is none, or it is too old.
    """
    minimum = build.minimum_go
    go = shutil.which("go")
    if go is None:
        raise BinariesError(
            f"Go is not on the PATH, and {build.title} must be compiled with it: "
            f"install Go {_text(minimum)} or newer{build.without_go}."
        )
    version = _go_env(go, "GOVERSION")
    numbers = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", version)
    # A toolchain built from Go's own main branch has no number; it is newer than any that has.
    if numbers is not None and tuple(int(number or 0) for number in numbers.groups()) < minimum:
        raise BinariesError(
            f"{go} is {version}, and {build.title} needs Go {_text(minimum)} or newer: "
            "install a newer Go and put it first on the PATH."
        )
    return go


def compile_build(go: str, build: Build, folder: Path, say: Callable[[str], None]) -> None:
    """Compile every program of a build into a folder, telling how far it is.

    Raises:
        BinariesError: modules could not be fetched, a build failed, or it did not end.
    """
    source = build.source if build.copied is None else _copy_module(build, build.copied, folder)
    for name, package in build.packages.items():
        _compile(go, build, package, source=source, target=folder / name, say=say)
    if build.copied is not None:
        shutil.rmtree(source)


def _compile(
    go: str, build: Build, package: str, *, source: Path, target: Path, say: Callable[[str], None]
) -> None:
    command = [go, "build", "-v", *build.flags, "-o", str(target), package]
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
    ) as process:
        progress = _Progress(build)
        assert process.stdout is not None
        reader = threading.Thread(target=progress.read, args=(process.stdout,), daemon=True)
        reader.start()
        try:
            code = _watch(process, progress, say)
        except BaseException:
            process.kill()
            raise
        reader.join(timeout=5)
    if code != 0:
        raise BinariesError(_why(go, source, progress.kept))


@dataclass
class _Progress:
    """What the build has said so far."""

    build: Build
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
            f"compiling {self.build.title} (once, about {self.build.minutes} minutes on 2 cores, here {cores}): "
            f"{self.newest or 'reading modules'}, {self.packages} packages, {passed}"
        )


def _watch(process: subprocess.Popen[str], progress: _Progress, say: Callable[[str], None]) -> int:
    """Wait for the end of the build and tell about it meanwhile."""
    began = time.monotonic()
    terminal = sys.stderr.isatty()
    pause = TERMINAL_SECONDS if terminal else LOG_SECONDS
    say(progress.line(0))
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(timeout=pause)
            break
        passed = time.monotonic() - began
        if passed > BUILD_SECONDS:
            raise BinariesError(
                f"compiling {progress.build.title} did not end within {BUILD_SECONDS / 60:.0f} minutes: "
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


def module_folder(build: Build, module: str, version: str = "", checked: str = "") -> Path:
    """The source of a module that a build needs, fetched first when it is not there.

    Raises:
        BinariesError: it could not be fetched, or is not what was expected.
    """
    go = find_go(build)
    wanted = f"{module}@{version}" if version else module
    answer = subprocess.run(
        [go, "mod", "download", "-json", wanted],
        cwd=build.source,
        env=_environment(),
        check=False,
        capture_output=True,
        text=True,
        timeout=DOWNLOAD_SECONDS,
    )
    if answer.returncode != 0:
        raise BinariesError(_why(go, build.source, answer.stdout.splitlines() + answer.stderr.splitlines()))
    found = json.loads(answer.stdout)
    if checked and found["Sum"] != checked:
        raise BinariesError(f"{wanted} has the sum {found['Sum']} and must have {checked}: it was altered.")
    return Path(found["Dir"])


def copy_writable(source: Path, target: Path) -> None:
    """Copy a folder of Go's, which keeps modules without the right to write, into one that can be changed."""
    shutil.copytree(source, target, copy_function=shutil.copyfile)
    for path in (target, *target.rglob("*/")):
        path.chmod(0o755)


def _copy_module(build: Build, copied: Copied, folder: Path) -> Path:
    """A working copy of our module, with the other one beside it as `source`, which go.mod names."""
    work = folder / "module"
    shutil.copytree(build.source, work)
    copy_writable(module_folder(build, copied.module, copied.version, copied.sum), work / "source")
    shutil.copytree(work / "added", work / "source", dirs_exist_ok=True)
    return work


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


def _text(version: tuple[int, ...]) -> str:
    """A version as people write it: 1.26.4, and 1.24 for 1.24.0."""
    major, minor, patch = version
    return f"{major}.{minor}.{patch}" if patch else f"{major}.{minor}"
