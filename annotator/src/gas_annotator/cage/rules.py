"""What a caged process may not ask of the kernel."""

import errno
import os
from collections.abc import Iterator

from gas_annotator.cage.seccomp import Deny, NotBits, NotWith, OnlyWith, Rule

_SOCKETS = (
    *("socket", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg", "sendmmsg"),
    *(
        "recvfrom",
        "recvmsg",
        "recvmmsg",
        "shutdown",
        "getsockopt",
        "setsockopt",
        "getsockname",
        "getpeername",
    ),
)

_UNIX = 1
_STREAM, _FLAGS = 1, (0, 0o4000, 0o2000000, 0o2004000)
"""A pair of streams reaches nothing but itself, and a JVM begins with one. An end of a pair of datagrams reaches any UNIX socket
by its name."""

_MEMORY = (
    *(
        "shmget",
        "shmat",
        "shmctl",
        "shmdt",
        "semget",
        "semop",
        "semctl",
        "semtimedop",
        "msgget",
        "msgsnd",
        "msgrcv",
        "msgctl",
    ),
    *("mq_open", "mq_unlink", "mq_timedsend", "mq_timedreceive", "mq_notify", "mq_getsetattr"),
    *("memfd_create", "memfd_secret", "userfaultfd"),
)
"""Memory and messages that lie in no folder, so that no folder's rules hold."""

_OTHERS = (
    *(
        "ptrace",
        "process_vm_readv",
        "process_vm_writev",
        "process_madvise",
        "process_mrelease",
        "kcmp",
        "get_robust_list",
    ),
    *("pidfd_open", "pidfd_getfd", "pidfd_send_signal", "migrate_pages", "move_pages", "setsid", "setpgid"),
)
"""What reaches into other processes; and what leaves the group by which the whole family is ended."""

_KERNEL = (
    *("io_uring_setup", "io_uring_enter", "io_uring_register", "bpf", "perf_event_open", "unshare", "setns"),
    *("fanotify_init", "fanotify_mark", "inotify_init", "inotify_init1", "inotify_add_watch"),
    *("add_key", "request_key", "keyctl", "name_to_handle_at", "open_by_handle_at", "personality"),
    *(
        "mount",
        "umount2",
        "pivot_root",
        "chroot",
        "open_tree",
        "move_mount",
        "fsopen",
        "fsconfig",
        "fsmount",
        "fspick",
    ),
    *(
        "mount_setattr",
        "swapon",
        "swapoff",
        "quotactl",
        "quotactl_fd",
        "nfsservctl",
        "vhangup",
        "acct",
        "syslog",
        "reboot",
    ),
    *("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "create_module"),
    *("settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname", "setdomainname"),
    *("iopl", "ioperm", "modify_ldt", "uselib", "_sysctl", "sysfs", "ustat", "lookup_dcookie"),
)
"""Parts of the kernel that annotating a file has no use for, and in which its holes are found."""

_ATTRIBUTES = (
    *("chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat", "truncate", "mknod", "mknodat"),
    *("utime", "utimes", "futimesat", "utimensat"),
    *("setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr"),
)
"""What changes a file without opening it: Landlock does not look at these."""

_NEITHER = 0b11
_UNASKED = (os.O_RDONLY | os.O_TRUNC, _NEITHER, _NEITHER | os.O_TRUNC)
"""What Landlock does not ask about: emptying a file that is opened for reading, before version 3; and opening any file for neither
reading nor writing, which is meant for ioctl."""

_PRIORITIES = ("sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr")
_SIGNALS = ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")
_PROGRAMS = ("execve", "execveat")

_OF_OTHERS = (8, 15, 1024)
"""F_SETOWN and F_SETOWN_EX: who is sent a signal when something can be read. F_SETLEASE: who would write to a file has to wait."""

_OF_DESCRIPTORS = (
    *(0x5450, 0x5451),  # FIONCLEX and FIOCLEX: whether a program that is started gets it.
    *(0x5421, 0x541B),  # FIONBIO and FIONREAD: whether reading waits, and what there is to read.
    *(0x5401, 0x802C542A, 0x5413),  # TCGETS, TCGETS2 and TIOCGWINSZ: whether it is a terminal, and how large.
    # FICLONE and FICLONERANGE: as a copy, and just so only into what may be written.
    *(0x40049409, 0x4020940D),
)
"""What is asked by ioctl of descriptors. By others of its thousands a file's owner changes what Landlock does not look at, such as
its flags, and who is sent signals."""

_OF_A_PROCESS = {"setpriority": 0, "ioprio_set": 1}
"""PRIO_PROCESS and IOPRIO_WHO_PROCESS: the others are a group, and all processes of a user."""

_EVERYBODY = 0xFFFFFFFF
"""Process -1, as a call has it."""

_NAMESPACES = 0x7E020000
"""The flags of clone that make namespaces: mounts, control groups, names, messages, users, processes, network."""

_ALWAYS: tuple[Rule, ...] = (
    # The flags of these two lie in memory, where no filter looks. Who is told that there is no such call uses the older one.
    Deny("clone3", errno.ENOSYS),
    Deny("openat2", errno.ENOSYS),
    NotWith("open", 1, _UNASKED, mask=_NEITHER | os.O_TRUNC),
    NotWith("openat", 2, _UNASKED, mask=_NEITHER | os.O_TRUNC),
    NotWith("fcntl", 1, _OF_OTHERS),
    OnlyWith("ioctl", 1, _OF_DESCRIPTORS),
)
"""What everybody is refused, and is more than a name."""


def rules(own: int, *, programs: bool, tasks: bool, signals_scoped: bool) -> Iterator[Rule]:
    """The rules of a process with that number; whether it may start programs, and tasks at all.

    With `signals_scoped` Landlock keeps its signals inside; else it may send them to itself alone.
    """
    for name in (*_SOCKETS, *_MEMORY, *_OTHERS, *_KERNEL, *_ATTRIBUTES):
        yield Deny(name)
    yield from _ALWAYS
    for name in (*_PRIORITIES, "prlimit64"):
        yield OnlyWith(name, 0, (0, own))
    for name, one_process in _OF_A_PROCESS.items():
        yield OnlyWith(name, 0, (one_process,))
        # Here 0 is who asks, to the others its group or its user.
        yield OnlyWith(name, 1, (0,))
    yield Deny("tkill")
    if signals_scoped:
        # The kernel calls it a success when each of all processes was out of reach.
        yield NotWith("kill", 0, (_EVERYBODY,))
    else:
        for name in _SIGNALS:
            yield OnlyWith(name, 0, (own,))
    if programs:
        yield OnlyWith("socketpair", 0, (_UNIX,))
        yield OnlyWith("socketpair", 1, tuple(_STREAM | flags for flags in _FLAGS))
    else:
        yield Deny("socketpair")
        for name in _PROGRAMS:
            yield Deny(name, errno.EACCES)
    if tasks:
        yield NotBits("clone", 0, _NAMESPACES)
    else:
        for name in ("fork", "vfork", "clone"):
            yield Deny(name, errno.EAGAIN)
