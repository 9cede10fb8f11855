"""A filter for calls to the kernel, as the small program that the kernel runs at each of them."""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from gas_annotator.cage.syscalls import NEWEST, NUMBERS

_LIBC = ctypes.CDLL(None, use_errno=True)
_SET_SECCOMP, _FILTER = 22, 2
_GET_ACTION_AVAILABLE = 2
_SECCOMP_CALL = {"x86_64": 317, "aarch64": 277}

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""The column of the table, and what the kernel calls calls of this architecture."""

_KILL, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_LOAD, _AND, _EQUAL, _GREATER, _ANY_BIT, _JUMP, _RETURN = 0x20, 0x54, 0x15, 0x25, 0x45, 0x05, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
"""Where the kernel puts what a program looks at (struct seccomp_data)."""


@dataclass(frozen=True)
class Deny:
    """A call that fails, and with which error."""

    name: str
    error: int = errno.EPERM


@dataclass(frozen=True)
class OnlyWith:
    """A call that fails unless its argument (counted from 0) is one of these values.

    The lower half of it is looked at: all that the kernel reads of a process number, a command or the flags of clone.
    """

    name: str
    argument: int
    values: Sequence[int]


@dataclass(frozen=True)
class NotWith:
    """A call that fails when its argument, or what the mask leaves of it, is one of these values."""

    name: str
    argument: int
    values: Sequence[int]
    mask: int = 0xFFFFFFFF


@dataclass(frozen=True)
class NotBits:
    """A call that fails when its argument has one of these bits."""

    name: str
    argument: int
    bits: int


Rule = Deny | OnlyWith | NotWith | NotBits


def available() -> bool:
    """Whether this kernel takes a filter, and this machine's calls are known here."""
    call = _SECCOMP_CALL.get(platform.machine())
    if call is None:
        return False
    action = ctypes.c_uint32(_ERRNO)
    return int(_LIBC.syscall(call, _GET_ACTION_AVAILABLE, 0, ctypes.byref(action))) == 0


def program(rules: Iterable[Rule], machine: str) -> bytes:
    """The program for a machine's architecture.

    Calls of another architecture end the process, unknown new ones do not exist, and what no rule names is allowed.
    """
    column, architecture = _ARCHITECTURES[machine]
    steps = [
        _step(_LOAD, _ARCHITECTURE_AT),
        _step(_EQUAL, architecture, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER_AT),
        # This also catches the calls of x32, whose numbers have a bit of their own.
        _step(_GREATER, NEWEST, 0, 1),
        _step(_RETURN, _ERRNO | errno.ENOSYS),
    ]
    for rule in rules:
        number = NUMBERS[rule.name][column]
        if number is not None:
            block = _block(rule)
            steps += [_step(_EQUAL, number, 0, len(block)), *block]
    return b"".join([*steps, _step(_RETURN, _ALLOW)])


def install(filter_program: bytes) -> None:
    """Put this process, and all that it will start, under the program, for good. Needs no_new_privs.

    Raises:
        OSError: the kernel refused.
    """
    length = len(filter_program) // 8
    code = ctypes.create_string_buffer(filter_program, len(filter_program))
    described = struct.pack("HxxxxxxP", length, ctypes.addressof(code))
    if _LIBC.prctl(_SET_SECCOMP, _FILTER, described, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")


def _block(rule: Rule) -> list[bytes]:
    """What is done with a call of the rule: it is refused, or the next rules are asked."""
    refuse, go_on = _step(_RETURN, _ERRNO | errno.EPERM), _step(_LOAD, _NUMBER_AT)
    match rule:
        case Deny(_, error):
            return [_step(_RETURN, _ERRNO | error)]
        case OnlyWith(_, argument, values):
            return [_load(argument), *_over_the_next(values), refuse, go_on]
        case NotWith(_, argument, values, mask):
            compared = [_load(argument), _step(_AND, mask), *_over_the_next(values)]
            return [*compared, _step(_JUMP, 1), refuse, go_on]
        case NotBits(_, argument, bits):
            return [_load(argument), _step(_ANY_BIT, bits, 0, 1), refuse, go_on]
        case _:
            assert_never(rule)


def _over_the_next(values: Sequence[int]) -> list[bytes]:
    """The next step after these is left out when what was loaded is one of the values."""
    last = len(values)
    return [_step(_EQUAL, value, last - place, 0) for place, value in enumerate(values)]


def _load(argument: int) -> bytes:
    return _step(_LOAD, _ARGUMENTS_AT + 8 * argument)


def _step(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, operand)
