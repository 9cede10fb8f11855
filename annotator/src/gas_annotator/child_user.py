"""The user that a child becomes: nobody else's, where root can give it one and that one can read what it has to."""

import os
import stat
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from gas_annotator.cage import Cage

FIRST_ID, IDS = 61_184, 4_096
"""The users of children: of the range that systemd keeps for users of the moment."""

_NEEDED = {"CHOWN": 0, "DAC_OVERRIDE": 1, "KILL": 5, "SETGID": 6, "SETUID": 7}
"""Capabilities, by the kernel's numbers: to let the child have its folder and become its user, and then to end it, to read its
results and to remove them."""


def own_id(cage: Cage, sources: Collection[Path]) -> int | None:
    """The user and group that this process becomes, or None where it has to stay who it is.

    Only root can become another, and not everywhere. That one has to come to what it reads: a source is `../input` and no
    further, and the cage's folders may lie below one that is root's alone.
    """
    far = any(len(source.parts) > 2 for source in sources)  # noqa: PLR2004 - `..` and a name
    if not can_be_given() or far or not readable_by_all(cage):
        return None
    return free_id(os.getpid() % IDS, set(_ids_in_use()))


def can_be_given() -> bool:
    """Whether this process is a root that may make a child another user, and still end it and have its files."""
    return os.geteuid() == 0 and _has_capabilities() and all(map(_maps, ("uid_map", "gid_map")))


def lacks() -> str | None:
    """One sentence where this process is root and its children have to stay root; None where nothing is amiss."""
    if os.geteuid() != 0 or can_be_given():
        return None
    return (
        "This root may give children no user of their own, so that they stay root, without root's capabilities: run as another "
        f"user, as the chart does, or with the capabilities {', '.join(_NEEDED)} and a user namespace that has the users "
        f"{FIRST_ID} to {FIRST_ID + IDS - 1}."
    )


def readable_by_all(cage: Cage) -> bool:
    """Whether any user may read what the cage grants."""
    return all(_open_to_all(path) for path in (*cage.readable, *cage.runnable))


def free_id(start: int, taken: Collection[int]) -> int | None:
    """The first user from there on whom no process has, or None when all are taken."""
    candidates = (FIRST_ID + (start + step) % IDS for step in range(IDS))
    return next((each for each in candidates if each not in taken), None)


def make_room(own: int, sources: Collection[Path]) -> None:
    """Let that user have the folder that this process is in, and read the sources."""
    os.chown(".", own, own)
    for source in sources:
        source.chmod(0o644)
        source.parent.chmod(0o711)


def _ids_in_use() -> Iterator[int]:
    """The users of all processes that this one sees, another annotator's children among them."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError, ValueError):
            yield from map(int, _status(process)["Uid"].split())


def _has_capabilities() -> bool:
    held = int(_status(Path("/proc/self"))["CapEff"], 16)
    return all(held & 1 << number for number in _NEEDED.values())


def _maps(name: str) -> bool:
    """Whether the user namespace of this process has all these users or groups."""
    spans = [tuple(map(int, line.split())) for line in Path("/proc/self", name).read_text().splitlines()]
    return any(first <= FIRST_ID and first + count >= FIRST_ID + IDS for first, _, count in spans)


def _status(process: Path) -> dict[str, str]:
    lines = (process / "status").read_text().splitlines()
    return {name: value for name, _, value in (line.partition(":") for line in lines)}


def _open_to_all(path: Path) -> bool:
    """Whether any user may read a file or folder, as far as its permissions and those of the folders above say."""
    try:
        return bool(path.stat().st_mode & stat.S_IROTH) and all(
            folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents
        )
    except OSError:
        return not path.exists()
