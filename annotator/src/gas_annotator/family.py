"""A child and all that it started, as /proc shows them: how many tasks, how much memory and processor time together."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_GROUP, _TIMES, _THREADS = 2, slice(11, 15), 17
"""Places in /proc/<pid>/stat, counted behind the command's closing bracket; the times are its own and its dead children's."""

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Use:
    """What a family uses."""

    tasks: int
    memory_bytes: int
    cpu_seconds: float


def use_of(group: int) -> Use:
    """What the processes of a group use together. One that ends meanwhile does not count."""
    tasks, memory, seconds = 0, 0, 0.0
    for process, fields in _members(group):
        with suppress(OSError, ValueError):
            memory += _memory(process)
            tasks += int(fields[_THREADS])
            seconds += sum(map(int, fields[_TIMES])) * _TICK
    return Use(tasks, memory, seconds)


def _members(group: int) -> Iterator[tuple[Path, list[bytes]]]:
    for process in _PROC.glob("[0-9]*"):
        with suppress(OSError):
            fields = (process / "stat").read_bytes().rpartition(b")")[2].split()
            if int(fields[_GROUP]) == group:
                yield process, fields


def _memory(process: Path) -> int:
    """Its proportional share (PSS), in which a page that several share counts once among them.

    Where the kernel does not tell it, of a process that hides itself, what it has in memory and shares with no file.
    """
    try:
        for line in (process / "smaps_rollup").read_bytes().splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    except PermissionError:
        pass
    _, resident, shared = (process / "statm").read_bytes().split()[:3]
    return max(0, int(resident) - int(shared)) * _PAGE
