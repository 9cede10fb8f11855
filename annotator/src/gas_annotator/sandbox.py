"""What a child process gives up before it looks at a stranger's file, and how its parent hides from it."""

import ctypes
import gc
import os
import resource
import signal
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38

CHILD_LOG = ".child.log"
"""What a child and its libraries print goes to this file in its output folder."""

_OPEN_FILES = 64
_ENVIRONMENT_START = 47
"""Index of env_start in /proc/self/stat, counted behind the command's closing bracket; env_end follows it."""


@dataclass(frozen=True)
class ChildLimits:
    """What one child may use. `memory_bytes` is what it may take on top of the address space that it inherits."""

    cpu_seconds: int
    memory_bytes: int
    file_bytes: int
    wall_seconds: float


def enter(parent: int, result_pipe: int, output_dir: Path, limits: ChildLimits) -> None:
    """Confine this process; afterwards it holds one descriptor of its parent's, the result pipe, and no environment."""
    os.setsid()
    with suppress(OSError):  # When memory runs out, the kernel shall end this process, not its parent.
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    _die_with(parent)
    _forget_signals()
    _forget_environment()
    _forget_descriptors(result_pipe, output_dir / CHILD_LOG)
    _limit(limits)
    tempfile.tempdir = str(output_dir)
    gc.disable()  # A child lives for one file; the collector would only touch, and so copy, the parent's pages.


def shield_parent() -> None:
    """Hide this process's memory and environment in /proc from its children. Call it once, before the first fork.

    A child of the same user could otherwise read /proc/<parent>/environ, where the cloud's credentials may stand.
    """
    _prctl(_PR_SET_DUMPABLE, 0)


def _prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option} failed")


def _die_with(parent: int) -> None:
    """Be killed when the parent dies, even by SIGKILL, and gain no rights by any program that is started."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # The parent died before the line above: nobody waits for a result.
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_DUMPABLE, 0)


def _forget_signals() -> None:
    """The parent's handlers drain its queue; a child has none to drain."""
    signal.set_wakeup_fd(-1)
    for number in (
        signal.SIGTERM,
        signal.SIGINT,
        signal.SIGHUP,
        signal.SIGCHLD,
        signal.SIGUSR1,
        signal.SIGUSR2,
    ):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _forget_environment() -> None:
    """Empty os.environ, and the memory behind /proc/self/environ, which would keep what the parent was given."""
    os.environ.clear()
    stat = Path("/proc/self/stat").read_bytes()
    fields = stat[stat.rindex(b")") + 2 :].split()
    start, end = (int(value) for value in fields[_ENVIRONMENT_START : _ENVIRONMENT_START + 2])
    if 0 < start < end:
        ctypes.memset(start, 0, end - start)


def _forget_descriptors(result_pipe: int, log: Path) -> None:
    """Keep the pipe only; what a library prints goes to a file in the output folder."""
    printed = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    highest = os.sysconf("SC_OPEN_MAX")
    os.closerange(3, result_pipe)
    os.closerange(result_pipe + 1, highest)


def _limit(limits: ChildLimits) -> None:
    """Set the kernel's limits; the hard CPU limit kills two seconds after the soft one has asked."""
    pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    memory = pages * resource.getpagesize() + limits.memory_bytes
    _set(resource.RLIMIT_AS, memory)
    _set(resource.RLIMIT_FSIZE, limits.file_bytes)
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _set(resource.RLIMIT_NPROC, 0)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    asked = limits.cpu_seconds + 2
    resource.setrlimit(
        resource.RLIMIT_CPU,
        (limits.cpu_seconds, asked if hard == resource.RLIM_INFINITY else min(asked, hard)),
    )


def _set(kind: int, value: int) -> None:
    """Set a soft and hard limit, but never try to raise one that is lower already."""
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))
