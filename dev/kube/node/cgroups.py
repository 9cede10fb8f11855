"""The control groups below which a node keeps everything that its pods run: made before it, and removed after it."""

import os
import time
from pathlib import Path

from dev.kube.errors import ClusterError

SHARE = {"cpu.shares": "8192", "cpu.weight": "800"}
"""What the group gets of a busy processor, in the words of versions 1 and 2: as much as eight processes outside of it.

A group is one process to the scheduler until it says more, and there are a dozen pods in this one.
"""

_REMOVE_SECONDS = 10.0
_POLL_SECONDS = 0.1


def hierarchies() -> list[Path]:
    """Where the control groups are mounted: one folder a controller with version 1, one for all with version 2."""
    mounts = (line.split() for line in Path("/proc/self/mounts").read_text().splitlines())
    return [Path(fields[1]) for fields in mounts if fields[2] in {"cgroup", "cgroup2"}]


def make(name: str) -> None:
    """Make the group in every hierarchy, because the kubelet wants its root to be there."""
    for mount in hierarchies():
        (mount / name).mkdir(exist_ok=True)
        controllers = mount / "cgroup.controllers"
        if controllers.exists():
            wanted = " ".join(f"+{each}" for each in controllers.read_text().split())
            for group in (mount, mount / name):
                (group / "cgroup.subtree_control").write_text(wanted)
        for setting, value in SHARE.items():
            if (mount / name / setting).exists():
                (mount / name / setting).write_text(value)


def remove(name: str) -> None:
    """Remove the group and everything below it, whose processes have ended or are ending.

    Raises:
        ClusterError: a group still holds processes.
    """
    deadline = time.monotonic() + _REMOVE_SECONDS
    for mount in hierarchies():
        for folder, _, _ in os.walk(mount / name, topdown=False):
            _remove_one(Path(folder), deadline)


def _remove_one(group: Path, deadline: float) -> None:
    while True:
        try:
            group.rmdir()
        except OSError as refused:
            # A process that was killed stays in its group for a moment.
            if time.monotonic() > deadline:
                held = (group / "cgroup.procs").read_text().split()
                raise ClusterError(
                    f"{group} still holds the processes {held}: {refused.strerror}."
                ) from refused
            time.sleep(_POLL_SECONDS)
        else:
            return
