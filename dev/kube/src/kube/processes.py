"""Programs that outlive the one that starts them: started apart, recognised again by id, and ended for certain."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from kube.errors import ControlPlaneError

STOP_SECONDS = 15.0
"""How long a program may take to end by itself; the API server closes its watches within a few seconds."""

_POLL_SECONDS = 0.05


def start(
    command: list[str],
    *,
    log: Path,
    folder: Path,
    settings: Mapping[str, str] | None = None,
    descriptors: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, with its output appended to a log and none of the caller's settings.

    The environment holds the paths and what `settings` names, because etcd would read any ETCD_ variable as a flag.
    `descriptors` are open files that it is given.
    """
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), **(settings or {})}
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            start_new_session=True,
            pass_fds=descriptors,
        )


def alive(pid: int, *, mark: str, child: subprocess.Popen[bytes] | None = None) -> bool:
    """True while a process runs: one's own `child` until it is reaped, another's while its command line holds the mark.

    So a reused id is never taken for it. A child is asked itself: its command line is empty for a moment while the
    program is being loaded, and gone before it has ended.
    """
    return mark in _command_line(pid) if child is None else child.poll() is None


def stop(pid: int, *, alive: Callable[[], bool], kill: bool = False, seconds: float = STOP_SECONDS) -> None:
    """End a process and its group: asked first, then killed when it does not obey in time.

    Raises:
        ControlPlaneError: the process is still there after it was killed.
    """
    signals = [signal.SIGKILL] if kill else [signal.SIGTERM, signal.SIGKILL]
    for each in signals:
        if not alive():
            return
        try:
            os.killpg(pid, each)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not alive():
                return
            time.sleep(_POLL_SECONDS)
    raise ControlPlaneError(
        f"process {pid} is still running after SIGKILL: end it by hand with `kill -9 {pid}`."
    )


def _command_line(pid: int) -> str:
    """What the process was started with; empty when it is gone or only waits to be reaped."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        if Path("/proc/self/cmdline").exists():
            return ""
    # Without /proc, as on macOS, ps tells the same.
    answer = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],
        check=False,
        capture_output=True,
        text=True,
        timeout=10,
    )
    return answer.stdout.strip()
