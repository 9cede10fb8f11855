"""The cage as a value: profiles, tasks, folders; and what follows from it for Landlock and seccomp."""

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from gas_annotator.cage.landlock import READ, SCOPES_SIGNALS, WORK, Grant, Right
from gas_annotator.cage.rules import rules
from gas_annotator.cage.seccomp import Rule

_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")
"""What a module that is loaded late is linked with."""

_PROGRAMS = ("/bin", "/usr/bin", "/usr/local/bin")
_OF_PROGRAMS = (
    *("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/usr/share/zoneinfo", "/usr/share/locale"),
    *(
        "/proc/cpuinfo",
        "/proc/meminfo",
        "/proc/stat",
        "/proc/sys/vm",
        "/proc/sys/kernel",
        "/sys/devices/system",
        "/sys/fs/cgroup",
    ),
    *("/sys/kernel/mm", "/dev/urandom", "/dev/random", "/dev/zero"),
)
"""What programs look at before they begin: the machine, the time, the language. Nobody's secret is there."""


class Profile(Enum):
    """Who is caged."""

    OWN = "own"
    """Our engine, in the child itself."""
    COMMAND = "command"
    """Somebody else's program, which the child starts and watches."""


@dataclass(frozen=True)
class Cage:
    """What one child may do.

    `tasks` are processes and threads beside its first; `readable` are files and folders, with all below them, and so are
    `runnable`, whose programs may also be started.
    """

    profile: Profile = Profile.OWN
    tasks: int = 0
    readable: tuple[Path, ...] = ()
    runnable: tuple[Path, ...] = ()

    @property
    def watched(self) -> bool:
        """Whether the parent has to count what no limit of the kernel counts: the memory and tasks of a whole family."""
        return self.tasks > 0

    def grants(self, work: Path, *sources: Path) -> Iterator[Grant]:
        """What it may reach of the file system, when it works in one folder on one file, and on what came with that."""
        command_ = self.profile is Profile.COMMAND
        yield Grant(work, WORK)
        for source in sources:
            yield Grant(source, Right.READ_FILE)
        yield Grant(Path(os.devnull), Right.READ_FILE | Right.WRITE_FILE)
        for folder in self.readable:
            yield Grant(folder, READ)
        for folder in self.runnable:
            yield Grant(folder, READ | Right.EXECUTE)
        if command_:
            for path in (*map(Path, _OF_PROGRAMS), Path("/proc") / str(os.getpid())):
                yield Grant(path, READ)

    def rules(self, landlock: int) -> Iterator[Rule]:
        """What it may not ask of the kernel, where Landlock has that version."""
        return rules(
            os.getpid(),
            programs=self.profile is Profile.COMMAND,
            tasks=self.tasks > 0,
            signals_scoped=landlock >= SCOPES_SIGNALS,
        )


def own(folders: Iterable[Path], tasks: int = 0) -> Cage:
    """The cage of our engine, which reads these folders."""
    return Cage(Profile.OWN, tasks, (*folders, *python_folders()))


def command(folders: Iterable[Path], tasks: int, reads: Iterable[Path] = ()) -> Cage:
    """The cage of a program that lies in these folders, or in those of the system, and reads them and some more."""
    system = (Path(path) for path in _PROGRAMS)
    return Cage(Profile.COMMAND, tasks, tuple(reads), (*folders, *system, *python_folders()))


def python_folders() -> tuple[Path, ...]:
    """Where modules lie that are loaded only when they are needed, and what they are linked with."""
    places = [*sysconfig.get_paths().values(), *(path for path in sys.path if path), *_LIBRARIES]
    wanted = {Path(place).resolve() for place in places}
    return tuple(sorted(path for path in wanted if path.is_dir()))
