# ruff: noqa: D103 - the name of an attack says what it does
"""What code that was smuggled into a child tries: each attack raises where it is stopped, and returns where it is not.

What an attack does would do no harm: a signal that changes nothing, a limit that is read and not set.
"""

import ctypes
import fcntl
import gc
import os
import resource
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_USER = 0x10000000

_NEITHER = 0b11
"""How a file is opened for calls of ioctl alone, which neither reads nor writes it, and needs the right to both."""


@dataclass(frozen=True)
class Target:
    """What an attacker would like to reach: the annotator, somebody's file, a folder that is not the child's."""

    annotator: int
    token: Path
    folder: Path
    folder_of_nobody: Path = Path("/dev/shm")


Attack = Callable[[Target], object]
ATTACKS: dict[str, Attack] = {}


def attack(function: Attack) -> Attack:
    """Note an attack by its name."""
    ATTACKS[function.__name__] = function
    return function


def attempt(each: Attack, target: Target) -> str:
    """Try one: `done`, or why not."""
    try:
        each(target)
    except BaseException as error:  # noqa: BLE001 - whatever stops it is an answer
        return type(error).__name__
    return "done"


def call(x86_64: int, aarch64: int, *arguments: object) -> int:
    """A call to the kernel by its number; an error is raised."""
    number = x86_64 if os.uname().machine == "x86_64" else aarch64
    answer = int(LIBC.syscall(number, *arguments))
    if answer < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return answer


@attack
def find_a_key(_: Target) -> None:
    """In the memory that it inherited: the SDK's clients, and what the environment said."""
    if any(name.startswith(("boto3", "botocore")) for name in sys.modules):
        return
    held = [found for found in gc.get_objects() if str(type(found).__module__).startswith("botocore")]
    if not held and not any("SECRET" in name for name in os.environ):
        raise LookupError("no key")


@attack
def open_a_tcp_socket(_: Target) -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()


@attack
def open_a_udp_socket(_: Target) -> None:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()


@attack
def open_an_ipv6_socket(_: Target) -> None:
    socket.socket(socket.AF_INET6, socket.SOCK_STREAM).close()


@attack
def open_a_unix_socket(_: Target) -> None:
    socket.socket(socket.AF_UNIX).close()


@attack
def open_a_netlink_socket(_: Target) -> None:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close()


@attack
def make_a_pair_of_sockets(_: Target) -> None:
    socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)


@attack
def make_a_pair_of_datagram_sockets(_: Target) -> None:
    """An end of one reaches other UNIX sockets by their names."""
    socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)


@attack
def make_a_pair_of_packet_sockets(_: Target) -> None:
    socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


@attack
def set_up_an_io_uring(_: Target) -> None:
    call(425, 425, 1, ctypes.create_string_buffer(120))


@attack
def read_a_token(target: Target) -> None:
    target.token.read_bytes()


@attack
def write_a_token(target: Target) -> None:
    with target.token.open("ab"):
        pass


@attack
def truncate_a_token(target: Target) -> None:
    os.truncate(target.token, target.token.stat().st_size)


@attack
def empty_a_token_by_reading_it(target: Target) -> None:
    os.close(os.open(target.token, os.O_RDONLY | os.O_TRUNC))


@attack
def hold_a_token_that_it_neither_reads_nor_writes(target: Target) -> None:
    os.close(os.open(target.token, _NEITHER))


@attack
def empty_a_token_that_it_neither_reads_nor_writes(target: Target) -> None:
    os.close(os.open(target.token, _NEITHER | os.O_TRUNC))


@attack
def empty_a_token_by_the_newer_call(target: Target) -> None:
    wanted = struct.pack("QQQ", _NEITHER | os.O_TRUNC, 0, 0)
    os.close(call(437, 437, -100, bytes(target.token), wanted, len(wanted)))


@attack
def change_the_flags_of_a_token(target: Target) -> None:
    """Which the kernel lets its owner do who has opened it, in whatever way."""
    with target.token.open("rb") as file:
        flags = fcntl.ioctl(file, 0x80086601, bytes(8))
        fcntl.ioctl(file, 0x40086602, flags)


@attack
def make_others_wait_for_a_token(target: Target) -> None:
    """Whoever writes to a file that is leased waits until that is given back."""
    with target.token.open("rb") as file:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)


@attack
def change_the_mode_of_a_token(target: Target) -> None:
    target.token.chmod(0o600)


@attack
def change_the_time_of_a_token(target: Target) -> None:
    os.utime(target.token)


@attack
def give_a_token_an_attribute(target: Target) -> None:
    os.setxattr(target.token, "user.x", b"x")


@attack
def link_to_a_token_and_read_it(target: Target) -> None:
    Path("here").symlink_to(target.token)
    Path("here").read_bytes()


@attack
def make_another_name_of_a_token(target: Target) -> None:
    Path("there").hardlink_to(target.token)
    Path("there").read_bytes()


@attack
def read_the_machines_users(_: Target) -> None:
    Path("/etc/passwd").read_bytes()


@attack
def list_the_annotators_folder(target: Target) -> None:
    list(target.folder.iterdir())


@attack
def write_into_the_annotators_folder(target: Target) -> None:
    (target.folder / "evil").write_bytes(b"")


@attack
def remove_the_annotators_file(target: Target) -> None:
    target.token.rename(target.folder / "gone")


@attack
def close_the_annotators_folder(target: Target) -> None:
    target.folder.chmod(0o755)


@attack
def write_into_tmp(_: Target) -> None:
    path = Path("/tmp") / f"gas-attack-{os.getpid()}"
    path.write_bytes(b"")
    path.unlink()


@attack
def write_into_shared_memory(target: Target) -> None:
    path = target.folder_of_nobody / f"gas-attack-{os.getpid()}"
    path.write_bytes(b"")
    path.unlink()


@attack
def share_memory_by_key(_: Target) -> None:
    call(29, 194, 0, 4096, 0o1600)


@attack
def open_a_queue_of_messages(_: Target) -> None:
    call(240, 180, b"gas-attack", os.O_CREAT | os.O_RDWR, 0o600, None)


@attack
def make_a_pipe_with_a_name(_: Target) -> None:
    os.mkfifo("pipe")


@attack
def signal_the_annotator(target: Target) -> None:
    os.kill(target.annotator, signal.SIGCONT)


@attack
def signal_its_parent(_: Target) -> None:
    os.kill(os.getppid(), signal.SIGCONT)


@attack
def signal_a_thread_of_the_annotator(target: Target) -> None:
    call(234, 131, target.annotator, target.annotator, int(signal.SIGCONT))


@attack
def signal_everybody(_: Target) -> None:
    os.kill(-1, 0)


@attack
def signal_by_a_descriptor(target: Target) -> None:
    descriptor = os.pidfd_open(target.annotator)
    signal.pidfd_send_signal(descriptor, signal.SIGCONT)


@attack
def have_the_kernel_signal_the_annotator(target: Target) -> None:
    reading, _ = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETOWN, target.annotator)


@attack
def have_a_socket_signal_the_annotator(target: Target) -> None:
    """What fcntl does for a pipe, ioctl does for a socket."""
    ours, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    fcntl.ioctl(ours, 0x8901, struct.pack("i", target.annotator))


@attack
def have_a_socket_signal_the_annotators_group(target: Target) -> None:
    ours, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    fcntl.ioctl(ours, 0x8902, struct.pack("i", -target.annotator))


@attack
def look_at_the_annotators_limits(target: Target) -> None:
    resource.prlimit(target.annotator, resource.RLIMIT_NOFILE)


@attack
def slow_the_annotator(target: Target) -> None:
    os.setpriority(os.PRIO_PROCESS, target.annotator, os.getpriority(os.PRIO_PROCESS, target.annotator))


@attack
def slow_everybody_of_its_user(_: Target) -> None:
    os.setpriority(os.PRIO_USER, 0, os.getpriority(os.PRIO_USER, 0))


@attack
def slow_the_files_of_everybody_of_its_user(_: Target) -> None:
    call(251, 30, 3, 0, call(252, 31, 3, 0))


@attack
def pin_the_annotator(target: Target) -> None:
    os.sched_setaffinity(target.annotator, os.sched_getaffinity(target.annotator))


@attack
def trace_the_annotator(target: Target) -> None:
    call(101, 117, 0x4206, target.annotator, 0, 0)
    call(101, 117, 17, target.annotator, 0, 0)


@attack
def read_the_annotators_memory(target: Target) -> None:
    with Path(f"/proc/{target.annotator}/mem").open("rb"):
        pass


@attack
def copy_the_annotators_memory(target: Target) -> None:
    here = ctypes.create_string_buffer(8)
    piece = (ctypes.c_uint64 * 2)(ctypes.addressof(here), 8)
    call(310, 270, target.annotator, ctypes.byref(piece), 1, ctypes.byref(piece), 1, 0)


@attack
def read_the_annotators_environment(target: Target) -> None:
    Path(f"/proc/{target.annotator}/environ").read_bytes()


@attack
def take_a_descriptor_of_the_annotator(target: Target) -> None:
    call(438, 438, os.pidfd_open(target.annotator), 0, 0)


@attack
def be_root_of_users_of_its_own(_: Target) -> None:
    call(272, 97, NEW_USER)


@attack
def fork_a_root_of_users_of_its_own(_: Target) -> None:
    if call(56, 220, NEW_USER | signal.SIGCHLD, 0, 0, 0, 0) == 0:
        os._exit(0)


@attack
def make_a_program_in_memory(_: Target) -> None:
    os.close(os.memfd_create("x"))


@attack
def start_a_program(_: Target) -> None:
    os.execv("/bin/true", ["true"])


@attack
def start_a_program_of_its_own(_: Target) -> None:
    program = Path("program")
    program.write_bytes(Path(sys.executable).read_bytes())
    program.chmod(0o755)
    os.execv("./program", ["program", "-c", ""])


@attack
def start_a_process(_: Target) -> None:
    if os.fork() == 0:
        os._exit(0)


@attack
def start_a_thread(_: Target) -> None:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()


@attack
def leave_its_group(_: Target) -> None:
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            os._exit(0)
        finally:
            os._exit(1)
    if os.waitpid(child, 0)[1] != 0:
        raise PermissionError


@attack
def watch_a_folder(target: Target) -> None:
    call(294, 26, 0)


@attack
def load_a_program_into_the_kernel(_: Target) -> None:
    call(321, 280, 0, ctypes.create_string_buffer(128), 128)


@attack
def measure_the_kernel(_: Target) -> None:
    call(298, 241, ctypes.create_string_buffer(b"\0\0\0\0\x70", 112), 0, -1, -1, 0)


@attack
def ask_for_the_kernels_keys(_: Target) -> None:
    call(250, 219, 0, -3, 0)


@attack
def handle_page_faults(_: Target) -> None:
    call(323, 282, 1)


@attack
def mount_something(_: Target) -> None:
    call(165, 40, b"none", b"/tmp", b"tmpfs", 0, None)


@attack
def open_by_handle(_: Target) -> None:
    call(
        303,
        264,
        -100,
        b"/etc/passwd",
        ctypes.create_string_buffer(b"\x80", 136),
        ctypes.byref(ctypes.c_int()),
        0,
    )


@attack
def raise_its_own_limit_of_memory(_: Target) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@attack
def use_calls_of_another_architecture(_: Target) -> None:
    if os.uname().machine != "x86_64":
        raise NotImplementedError
    call(0x40000000 + 41, 0, socket.AF_INET, socket.SOCK_STREAM, 0)


@attack
def use_the_newest_calls(_: Target) -> None:
    call(452, 452, -100, b"/tmp", 0o777, 0)


@attack
def have_a_capability(_: Target) -> None:
    """Any of root's: here to change its root folder."""
    os.chroot(".")
