"""The control groups below which a node keeps everything that its pods run: made before it, and removed after it."""

import os
import time
from contextlib import suppress
from pathlib import Path

from kube.errors import ClusterError

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


def make(name: str) -> dict[str, list[str]]:
    """Make the group in every hierarchy, because the kubelet wants its root to be there.

    Returns the controllers that had to be handed on from the root of a hierarchy of version 2, for `remove` to take back.
    """
    enabled = {}
    for mount in hierarchies():
        (mount / name).mkdir(exist_ok=True)
        if (mount / "cgroup.controllers").exists():
            enabled[str(mount)] = _hand_on(mount)
            _hand_on(mount / name)
        for setting, value in SHARE.items():
            if (mount / name / setting).exists():
                (mount / name / setting).write_text(value)
    return enabled


def remove(name: str, enabled: dict[str, list[str]]) -> None:
    """Remove the group and everything below it, whose processes have ended or are ending.

    Raises:
        ClusterError: a group still holds processes.
    """
    deadline = time.monotonic() + _REMOVE_SECONDS
    for mount in hierarchies():
        for folder, _, _ in os.walk(mount / name, topdown=False):
            _remove_one(Path(folder), deadline)
    for mounted, controllers in enabled.items():
        for controller in controllers:
            # Somebody else may have come to use it.
            with suppress(OSError):
                (Path(mounted) / "cgroup.subtree_control").write_text(f"-{controller}")


def handed_on(group: Path) -> list[str]:
    """The controllers that a group of version 2 hands on to the groups in it."""
    control = group / "cgroup.subtree_control"
    return control.read_text().split() if control.exists() else []


def _hand_on(group: Path) -> list[str]:
    """Hand on every controller that the group has, and return those that it did not hand on before."""
    before = handed_on(group)
    missing = [each for each in (group / "cgroup.controllers").read_text().split() if each not in before]
    if missing:
        (group / "cgroup.subtree_control").write_text(" ".join(f"+{each}" for each in missing))
    return missing


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
