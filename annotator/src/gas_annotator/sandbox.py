"""What a child process gives up before it looks at a stranger's file, and how its parent hides from it."""

import ctypes
import gc
import os
import platform
import resource
import signal
import struct
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gas_annotator import child_user
from gas_annotator.cage import Cage, Kernel, Profile, landlock, seccomp

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38

CHILD_LOG = ".child.log"
"""What a child and its libraries print goes to this file in its output folder."""

_OPEN_FILES = 64
_OPEN_FILES_OF_PROGRAMS = 1024

_NO_DUMP_OF_PROGRAMS = 1
"""A program that was started can be dumped again, and the kernel hands a dump of any size to who handles dumps, at a
limit of 0 too: only not at this one (fs/coredump.c)."""

_PR_CAPBSET_DROP = 24
_CAPABILITIES = 64
_CAPABILITY_VERSION = 0x20080522

_ENVIRONMENT_START = 47
"""Index of env_start in /proc/self/stat, counted behind the command's closing bracket; env_end follows it."""


@dataclass(frozen=True)
class ChildLimits:
    """What one child may use.

    `memory_bytes` is what it may take on top of what it inherits: of address space if it runs our engine, else of memory,
    together with all that it started. `cpu_exceeded` is what is said where the processor time is not the annotator's own
    limit.
    """

    cpu_seconds: int
    memory_bytes: int
    file_bytes: int
    wall_seconds: float
    cpu_exceeded: str = ""

    @property
    def memory_sentence(self) -> str:
        """What is said to the owner of a file that needs more memory."""
        return f"annotating the file took more than {self.memory_bytes // 2**20} MiB of memory; split it and submit the parts"

    @property
    def file_sentence(self) -> str:
        """What is said to the owner of a file whose result is too large."""
        return (
            f"the result would be larger than {self.file_bytes:,} bytes, the most that is allowed;"
            " split the file and submit the parts"
        )

    @property
    def cpu_sentence(self) -> str:
        """What is said to the owner of a file that takes longer."""
        return self.cpu_exceeded or (
            f"annotating the file took more than {self.cpu_seconds} seconds of processor time; split it and submit the parts"
        )


@dataclass(frozen=True)
class Confinement:
    """All that holds a child: its limits, its cage, and the kernel that sees to both."""

    limits: ChildLimits
    cage: Cage
    kernel: Kernel


def enter(
    parent: int, result_pipe: int, sources: Sequence[Path], output_dir: Path, confinement: Confinement
) -> tuple[list[Path], Path]:
    """Confine this process; afterwards it holds one descriptor of its parent's, the result pipe, and no environment.

    It has gone into its output folder. The answer is where the sources and that folder are from there: a user of its own
    could not come in through the folders above.
    """
    limits, cage, kernel = confinement.limits, confinement.cage, confinement.kernel
    os.setsid()
    with suppress(OSError):  # When memory runs out, the kernel shall end this process, not its parent.
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    _die_with(parent)
    _forget_signals()
    _forget_environment()
    output_dir = output_dir.resolve()
    found = [source.resolve() for source in sources]
    os.chdir(output_dir)
    here, there = Path(), [Path(os.path.relpath(source, output_dir)) for source in found]
    own_id = child_user.own_id(cage, there)
    if own_id is not None:
        child_user.make_room(own_id, there)
    _forget_descriptors(result_pipe, here / CHILD_LOG)
    _limit(limits, cage, alone=own_id is not None)
    tempfile.tempdir = "."
    gc.disable()  # A child lives for one file; the collector would only touch, and so copy, the parent's pages.
    if kernel.parts["landlock"]:
        landlock.restrict(cage.grants(here, *there), kernel.landlock)
    _give_up_rights(own_id)
    _die_with(parent)  # Once more: the kernel forgets it when a process becomes another user.
    _prctl(_PR_SET_DUMPABLE, 0)
    if kernel.parts["seccomp"]:
        seccomp.install(
            seccomp.program(
                cage.rules(kernel.landlock if kernel.parts["landlock"] else 0), platform.machine()
            )
        )
    return there, here


def become_nursery() -> None:
    """Be a process that children descend from: it dies with its parent, is never dumped, and buries what children leave."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    shield_parent()


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


def _give_up_rights(own_id: int | None) -> None:
    """Become that user, or stay and keep no capability of root's."""
    for capability in range(_CAPABILITIES):
        # Without the right to, or beyond what the kernel knows, there is nothing to drop.
        _LIBC.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    if own_id is not None:
        os.setgroups(())
        os.setresgid(own_id, own_id, own_id)
        os.setresuid(own_id, own_id, own_id)
    header, nothing = struct.pack("Ii", _CAPABILITY_VERSION, 0), bytes(24)
    if _LIBC.capset(header, nothing) != 0:
        raise OSError(ctypes.get_errno(), "the capabilities could not be given up")


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
    line = Path("/proc/self/stat").read_bytes()
    fields = line[line.rindex(b")") + 2 :].split()
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


def _limit(limits: ChildLimits, cage: Cage, *, alone: bool) -> None:
    """Set the kernel's limits; the hard CPU limit kills two seconds after the soft one has asked.

    `alone` says that nobody else has this user, whose tasks the kernel counts: elsewhere they are the whole node's.
    """
    if cage.profile is Profile.OWN:
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
        _set(resource.RLIMIT_AS, pages * resource.getpagesize() + limits.memory_bytes)
    _set(resource.RLIMIT_FSIZE, limits.file_bytes)
    _set(resource.RLIMIT_CORE, 0 if cage.profile is Profile.OWN else _NO_DUMP_OF_PROGRAMS)
    _set(resource.RLIMIT_NOFILE, _OPEN_FILES if cage.profile is Profile.OWN else _OPEN_FILES_OF_PROGRAMS)
    if cage.tasks == 0:
        _set(resource.RLIMIT_NPROC, 0)
    elif alone:
        # A task that has ended is counted until the kernel has cleared it away, when the next may have to be started: so many
        # again have room. How many there are at a time the parent watches.
        _set(resource.RLIMIT_NPROC, 2 * cage.tasks + 1)
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
