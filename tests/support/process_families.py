"""Who is whose child on this machine, by /proc."""

from contextlib import suppress
from pathlib import Path


def children_of(parent: int) -> list[int]:
    """The processes that this one has forked and not yet reaped."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            _, ancestor = _state(int(entry.name))
            if ancestor == parent:
                found.append(int(entry.name))
    return found


def lives(process: int) -> bool:
    """True while the process is there and no zombie."""
    try:
        return _state(process)[0] != "Z"
    except OSError:
        return False


def _state(process: int) -> tuple[str, int]:
    """The letter of its state, and its parent."""
    state, parent = (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[:2]
    return state, int(parent)
