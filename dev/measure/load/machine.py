"""How busy this machine is, and one process of it: two looks, and the share between them."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Look:
    """What the kernel has counted so far, in seconds of CPU."""

    busy: float
    idle: float
    process: float
    """Of the one process, its threads included."""


def look(pid: int) -> Look:
    """Look at the whole machine and at one process; one that is gone has used nothing more."""
    fields = [int(each) / _TICKS for each in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    idle = fields[3] + fields[4]
    try:
        own = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        process = (int(own[11]) + int(own[12])) / _TICKS
    except OSError:
        process = 0.0
    return Look(sum(fields) - idle, idle, process)


def shares(before: Look, after: Look) -> dict[str, float]:
    """How busy the machine was between two looks, in percent of all cores, and the process in percent of one core."""
    total = (after.busy - before.busy) + (after.idle - before.idle)
    cores = os.cpu_count() or 1
    seconds = total / cores if total else 1.0
    return {
        "machineBusyPercent": round(100 * (after.busy - before.busy) / total, 1) if total else 0.0,
        "localCloudPercentOfACore": round(100 * (after.process - before.process) / seconds, 1),
    }


def facts() -> dict[str, object]:
    """What a reader should know of the machine."""
    return {"cores": os.cpu_count(), "loadAverage": [round(each, 2) for each in os.getloadavg()]}
