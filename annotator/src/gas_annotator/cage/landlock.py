"""Landlock: which files a process may reach, and that it reaches no process outside. Three calls of the kernel, by number."""

import ctypes
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""The same numbers on every architecture."""
_ASK_VERSION = 1
_BENEATH = 1

LEAST = 2
"""Version 1 lets nobody rename from one folder to another, which the engine does with its results. Linux 5.19 has 2; what that lets
be emptied the filter does not."""
SCOPES_SIGNALS = 6
"""From this version on, Linux 6.12, a process reaches no other with a signal."""


class Right(IntFlag):
    """What can be done to a file or folder, by the kernel's numbers."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


READ = Right.READ_FILE | Right.READ_DIR
WORK = (
    READ
    | Right.WRITE_FILE
    | Right.REMOVE_DIR
    | Right.REMOVE_FILE
    | Right.MAKE_DIR
    | Right.MAKE_REG
    | Right.REFER
    | Right.TRUNCATE
)
"""All that is done in a folder of one's own; nobody needs links, pipes or devices there."""

_OF_FILES = Right.EXECUTE | Right.WRITE_FILE | Right.READ_FILE | Right.TRUNCATE | Right.IOCTL_DEV
_CAME_WITH = {2: Right.REFER, 3: Right.TRUNCATE, 5: Right.IOCTL_DEV}
_NETWORK = 0b11
"""Binding and connecting TCP, from version 4 on."""
_SCOPES = 0b11
"""Abstract UNIX sockets and signals."""


@dataclass(frozen=True)
class Grant:
    """A file, or a folder with all below it, and what may be done there."""

    path: Path
    rights: Right


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """Landlock's version in this kernel; 0 where it is missing, off, or hidden by a container's filter."""
    return max(0, int(_LIBC.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))))


def restrict(grants: Iterable[Grant], known: int) -> None:
    """Take from this process, for good, all files that are not granted. `known` is the kernel's version.

    Needs no_new_privs. A path that is not there, or out of this user's reach, is no error: nothing is
    granted then.

    Raises:
        OSError: the kernel refused.
    """
    handled = _handled(known)
    ruleset = _Ruleset(handled, _NETWORK if known >= 4 else 0, _SCOPES if known >= SCOPES_SIGNALS else 0)  # noqa: PLR2004 - the version that brought it
    size = 24 if known >= SCOPES_SIGNALS else 16 if known >= 4 else 8  # noqa: PLR2004 - as long as it was in that version
    descriptor = _checked(_LIBC.syscall(_CREATE, ctypes.byref(ruleset), ctypes.c_size_t(size), 0))
    try:
        for grant in grants:
            with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                _grant(descriptor, grant, handled)
        _checked(_LIBC.syscall(_RESTRICT, descriptor, 0))
    finally:
        os.close(descriptor)


def _handled(known: int) -> Right:
    missing = Right(0)
    for version_, right in _CAME_WITH.items():
        if version_ > known:
            missing |= right
    return ~missing & Right(0xFFFF)


def _grant(ruleset: int, grant: Grant, handled: Right) -> None:
    place = os.open(grant.path, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = grant.rights & handled
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_FILES
        beneath = _Beneath(rights, place)
        _checked(_LIBC.syscall(_ADD, ruleset, _BENEATH, ctypes.byref(beneath), 0))
    finally:
        os.close(place)


def _checked(answer: int) -> int:
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return answer
