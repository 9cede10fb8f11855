"""The cage: what a child that turned against us can reach, as root and as another user, and that honest work goes on in it."""

import ctypes
import gzip
import multiprocessing
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from gas_annotator import child_user
from gas_annotator.cage import Cage, Kernel, Profile, command, own, this_kernel
from gas_annotator.cage.landlock import LEAST, SCOPES_SIGNALS
from gas_annotator.child import Child, ChildEnd, ChildLimits, Delivered, Died, InputRefused, LimitExceeded
from gas_annotator.engine import Annotation, InputRefusedError, Reference, Task, annotate
from tests.annotator.workbench import LIMITS, ended, rcrs, require_cage
from tests.support.attacks import ATTACKS, LIBC, NEW_USER, Target, attempt
from tests.support.kube import skip_or_fail
from tests.support.vcf_files import vcf
from tests.support.waiting import PATIENCE_SECONDS, until

NOBODY = 60_001
"""Somebody without rights, as an annotator is in a pod. Its pods on a node beside have another number: what is done to all
of one user's processes would meet them."""

ALLOWED = ChildLimits(cpu_seconds=20, memory_bytes=512 * 2**20, file_bytes=64 * 2**20, wall_seconds=30.0)
SMALL = multiprocessing.get_context("forkserver")
"""Where small processes come from: one that has loaded this module, and nothing of what other tests leave behind."""

SMALL.set_forkserver_preload([__name__])
BARE = Kernel(landlock=0, seccomp=False)

REFUSALS = {
    *("PermissionError", "BlockingIOError", "OSError"),
    "RuntimeError",  # A thread that cannot be started.
    "ValueError",  # A limit that cannot be raised.
    "NotImplementedError",  # What there is on other machines only.
}

NO_SUCH_CALL = "empty_a_token_by_the_newer_call"
"""What is answered as if there was no such call: whoever asks does it otherwise."""

OTHER_NAME = "make_another_name_of_a_token"
"""What is answered as if the folders lay on two disks; a child that is a user of its own is refused it by rights before
that, where the machine protects links."""

OF_MEMORY = {"find_a_key"}
"""What is tried in tests/annotator/test_nursery.py: a child of these tests has the memory of these tests."""

MAY_COMMANDS = {
    "make_a_pair_of_sockets",
    "start_a_program",
    "start_a_process",
    "start_a_thread",
    "raise_its_own_limit_of_memory",
}
"""What a cage of programs is for; the parent counts their memory."""


OF_OTHERS = (
    "signal_",
    "have_a_socket_",
    "have_the_kernel_",
    "slow_",
    "pin_",
    "trace_",
    "copy_",
    "read_the_annotators_",
    "take_",
)
"""How attacks on other processes begin."""


TOKEN = "a projected token"
"""What somebody else's file holds."""

INPUT = vcf("MT 3460 . G A . . .")
"""The file of every job here."""


class Laboratory:
    """An annotator's folder, with somebody's token and a job in it, and a child of it that attacks."""

    def __init__(
        self, user: int | None, become: Callable[[], None] | None = None, beneath: Path = Path("/tmp")
    ) -> None:
        self.user = user
        self.become = become
        self.folder = Path(tempfile.mkdtemp(prefix="gas-laboratory-", dir=beneath))
        job = self.folder / "job"
        self.task = Task(job / "input", "sample.vcf", job / "output", LIMITS)

    def tidy(self) -> None:
        """Have everything as it was before any attack."""
        self.close()
        self.task.output_dir.mkdir(parents=True)
        self.folder.chmod(0o755)
        token = self.folder / "token"
        token.write_text(TOKEN)
        self.task.input_path.write_bytes(INPUT)
        if self.user is not None:
            for path in (
                self.folder,
                token,
                *self.task.output_dir.parent.rglob("*"),
                self.task.output_dir.parent,
            ):
                os.chown(path, self.user, self.user)

    def outcome(
        self, work: Callable[..., Annotation], cage: Cage, kernel: Kernel | None = None, **limits: Any
    ) -> ChildEnd:
        """What becomes of a child that does this work, of a small parent that is this user.

        Small, because the memory of a family counts what it inherited, and these tests have more than a nursery.
        """
        self.tidy()
        hearing, telling = SMALL.Pipe(duplex=False)
        asked = (
            self.become or partial(be, self.user),
            self.task,
            replace(ALLOWED, **limits),
            work,
            cage,
            kernel,
        )
        parent = SMALL.Process(target=be_a_parent, args=(telling, *asked))
        parent.start()
        telling.close()
        try:
            outcome: ChildEnd = hearing.recv()
        finally:
            parent.join(PATIENCE_SECONDS)
        return outcome

    def attacked(self, name: str, cage: Cage, kernel: Kernel | None = None) -> str:
        """What came of an attack."""
        outcome = self.outcome(partial(attacking, name=name, folder=self.folder), cage, kernel)
        if outcome == Died("the child ended with exit code 0 and no verdict"):
            return "done"  # It became another program.
        return outcome.message if isinstance(outcome, InputRefused) else str(outcome)

    def family(self) -> list[int]:
        """Processes that still are in the folder of the job."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (process / "cwd").readlink() == self.task.output_dir:
                    found.append(int(process.name))
        return found

    def close(self) -> None:
        """Leave nothing."""
        shutil.rmtree(self.folder)


def attacking(_: Task, __: Reference, ___: Callable[[int], None], *, name: str, folder: Path) -> Annotation:
    """Work that attacks its parent and what is the parent's."""
    raise InputRefusedError(attempt(ATTACKS[name], Target(os.getppid(), folder / "token", folder)))


def be_a_parent(telling: Connection, become: Callable[[], None], *asked: Any) -> None:
    """Become who is asked for, have a child do the work, and tell what became of it."""
    task, allowed, work, cage, kernel = asked
    become()
    telling.send(ended(Child.fork(task, rcrs(), allowed, work, cage=cage, kernel=kernel)))


def be(user: int | None) -> None:
    """Become that user, or stay who one is."""
    if user is not None:
        os.setgroups(())
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def be_root_of_nobody() -> None:
    """Become root of a user namespace that has no other user, as in a rootless container."""
    if LIBC.unshare(NEW_USER) != 0:
        raise OSError(ctypes.get_errno(), "no user namespace")
    for name, text in (("setgroups", "deny"), ("uid_map", "0 0 1"), ("gid_map", "0 0 1")):
        Path("/proc/self", name).write_text(text, encoding="ascii")


def be_root_without_rights() -> None:
    """Lose all capabilities, as root does in a container that drops them."""
    if LIBC.capset(struct.pack("Ii", 0x20080522, 0), bytes(24)) != 0:
        raise OSError(ctypes.get_errno(), "the capabilities stay")


def be_root_without_chown() -> None:
    """Lose the right to give files away alone: there is no telling which capabilities a container drops."""
    [held] = re.findall(r"^CapPrm:\s*(\w+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    low, high = int(held, 16) & 0xFFFFFFFE, int(held, 16) >> 32
    kept = struct.pack("IIIIII", low, low, 0, high, high, 0)
    if LIBC.capset(struct.pack("Ii", 0x20080522, 0), kept) != 0:
        raise OSError(ctypes.get_errno(), "the capability stays")


def laboratory(user: int | None) -> Iterator[Laboratory]:
    """A laboratory that is gone afterwards."""
    if user is not None and os.geteuid() != 0:
        pytest.skip("only root can be another user")
    found = Laboratory(user)
    yield found
    found.close()


@pytest.fixture(scope="module", params=[None, NOBODY], ids=["this user", "another user"])
def lab(request: pytest.FixtureRequest) -> Iterator[Laboratory]:
    """An annotator that is who runs the tests, mostly root, or somebody without rights as in a pod."""
    yield from laboratory(request.param)


CAGES = {
    "own": own((rcrs().fasta.parent,)),
    "own with tasks": own((rcrs().fasta.parent,), tasks=2),
    "own as nobody else": Cage(Profile.OWN),
    "command": command((), tasks=8),
}
"""`own as nobody else` reads no folder below root's own, so that root's child becomes a user of its own."""

ALLOWED_IN = {"own with tasks": {"start_a_process", "start_a_thread"}, "command": MAY_COMMANDS}


@pytest.mark.parametrize("name", CAGES)
def test_no_attack_comes_out(lab: Laboratory, name: str) -> None:
    """Whatever it tries, a child reaches no socket, no file but its own, and no other process."""
    require_cage()
    attacks = ATTACKS.keys() - OF_MEMORY - ALLOWED_IN.get(name, set())

    answers = {attack: lab.attacked(attack, CAGES[name]) for attack in sorted(attacks)}

    assert {attack: answer for attack, answer in answers.items() if answer not in REFUSALS} == {}
    assert len(answers) > 40


@pytest.mark.parametrize("name", ["own", "command"])
@pytest.mark.parametrize("version", [LEAST, SCOPES_SIGNALS], ids=["oldest kernel", "newer kernel"])
def test_what_it_may_read_stays_as_it_is(lab: Laboratory, name: str, version: int) -> None:
    """Its user's file that it may read it cannot empty, change, lock others out of, or give a name of its own."""
    require_cage()
    token = lab.folder / "token"
    cage = replace(CAGES[name], readable=(*CAGES[name].readable, token))
    kernel = Kernel(min(this_kernel().landlock, version), seccomp=True)
    attacks = {attack for attack in ATTACKS if "a_token" in attack} - {"read_a_token"}

    answers, left = dict[str, str](), dict[str, str]()
    for attack in sorted(attacks):
        answers[attack] = lab.attacked(attack, cage, kernel)
        left[attack] = token.read_text()

    assert answers[OTHER_NAME] in {"OSError", "PermissionError"}
    refusals = dict.fromkeys(attacks, "PermissionError") | {NO_SUCH_CALL: "OSError"}
    assert answers == refusals | {OTHER_NAME: answers[OTHER_NAME]}
    assert set(left.values()) == {TOKEN}
    assert len(answers) > 10


@pytest.mark.parametrize("name", ["own with tasks", "command"])
def test_an_older_kernel_keeps_to_itself_too(lab: Laboratory, name: str) -> None:
    """Where Landlock does not keep signals inside, the filter does: nobody else is signalled, slowed or looked into."""
    require_cage()
    older = Kernel(min(this_kernel().landlock, SCOPES_SIGNALS - 1), seccomp=True)
    attacks = [attack for attack in sorted(ATTACKS) if attack.startswith(OF_OTHERS)]

    answers = {attack: lab.attacked(attack, CAGES[name], older) for attack in attacks}

    assert {attack: answer for attack, answer in answers.items() if answer not in REFUSALS} == {}
    assert len(answers) > 15


@pytest.mark.parametrize("name", ["own with tasks", "command"])
def test_what_a_cage_is_for(lab: Laboratory, name: str) -> None:
    """Programs, processes and threads can be started where that is meant."""
    require_cage()

    answers = {attack: lab.attacked(attack, CAGES[name]) for attack in ALLOWED_IN[name]}

    assert set(answers.values()) == {"done"}


def who_am_i(_: Task, __: Reference, ___: Callable[[int], None]) -> Annotation:
    """Work that tells its user and its rights."""
    [rights] = re.findall(r"^CapEff:\s*(\w+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    raise InputRefusedError(f"{os.getuid()} {int(rights, 16)}")


@pytest.mark.parametrize(
    "become",
    [be_root_of_nobody, be_root_without_rights, be_root_without_chown],
    ids=lambda each: each.__name__,
)
def test_a_root_that_cannot_give_away(become: Callable[[], None]) -> None:
    """Where root may make nobody another user, its child stays root, without rights, and the job runs."""
    if os.geteuid() != 0:
        pytest.skip("only root can be less than root")
    if become is be_root_of_nobody and subprocess.run(["unshare", "--user", "true"], check=False).returncode:
        pytest.skip("no user namespace can be made here, as in a chroot")
    lab = Laboratory(None, become)

    # Without Landlock, so that the child can tell: /proc is none of its folders.
    outcome = lab.outcome(who_am_i, Cage(Profile.OWN), Kernel(0, this_kernel().seccomp))

    lab.close()
    assert outcome == InputRefused("0 0")


def test_a_child_of_root_is_nobody_else() -> None:
    """Where root may, each child is a user of its own."""
    if not child_user.can_be_given():
        pytest.skip("this user can make nobody another")
    lab = Laboratory(None)

    outcome = lab.outcome(who_am_i, Cage(Profile.OWN), Kernel(0, this_kernel().seccomp))

    lab.close()
    assert isinstance(outcome, InputRefused)
    user, rights = outcome.message.split()
    assert child_user.FIRST_ID <= int(user) < child_user.FIRST_ID + child_user.IDS
    assert rights == "0"


def test_a_child_that_is_nobody_else_reads_the_own_file(tmp_path: Path) -> None:
    """It makes a file of its own of that, in its folder, though it may not come there from the root of all folders."""
    if not child_user.can_be_given():
        pytest.skip("this user can make nobody another")
    lab = Laboratory(None, beneath=tmp_path)
    lab.task = replace(lab.task, own_path=lab.task.input_path, own_name="mine.vcf")

    outcome = lab.outcome(annotate, Cage(Profile.OWN), Kernel(0, this_kernel().seccomp))

    assert tmp_path.stat().st_mode & 0o077 == 0
    assert isinstance(outcome, Delivered)
    assert b"Own_VARIANT=yes" in gzip.decompress(outcome.annotation.result.read_bytes())


def test_no_two_children_are_the_same_user() -> None:
    """Numbers of processes that are 4,096 apart begin at the same user: one that somebody has already is left out."""
    first, last = child_user.FIRST_ID, child_user.FIRST_ID + child_user.IDS - 1

    assert child_user.free_id(5, {0, 1000}) == first + 5
    assert child_user.free_id(5, {first + 5, first + 6}) == first + 7
    assert child_user.free_id(child_user.IDS - 1, {last}) == first
    assert child_user.free_id(0, range(first, last + 1)) is None


def test_the_attacks_are_real() -> None:
    """Without a cage most of them succeed, so that their failure above says something."""
    lab = Laboratory(NOBODY if os.geteuid() == 0 else None)
    successes = {
        name for name in ATTACKS.keys() - OF_MEMORY if lab.attacked(name, Cage(tasks=4), BARE) == "done"
    }
    lab.close()

    assert {
        *("open_a_tcp_socket", "open_a_udp_socket", "open_a_unix_socket", "make_a_pair_of_sockets"),
        *(
            "read_a_token",
            "write_a_token",
            "truncate_a_token",
            "empty_a_token_by_reading_it",
            "empty_a_token_that_it_neither_reads_nor_writes",
            "hold_a_token_that_it_neither_reads_nor_writes",
            "empty_a_token_by_the_newer_call",
            "make_others_wait_for_a_token",
            "change_the_mode_of_a_token",
            "read_the_machines_users",
        ),
        *(
            "write_into_the_annotators_folder",
            "write_into_tmp",
            "signal_the_annotator",
            "look_at_the_annotators_limits",
        ),
        *(
            "have_the_kernel_signal_the_annotator",
            "have_a_socket_signal_the_annotator",
            "have_a_socket_signal_the_annotators_group",
        ),
        *(
            "slow_the_annotator",
            "slow_everybody_of_its_user",
            "pin_the_annotator",
            "make_a_program_in_memory",
            "start_a_program",
            "start_a_process",
        ),
        *(
            "list_the_annotators_folder",
            "close_the_annotators_folder",
            "share_memory_by_key",
            "leave_its_group",
        ),
        "write_into_shared_memory",
    } <= successes


def divide(task: Task, _: Reference, report: Callable[[int], None]) -> Annotation:
    """Work of two threads and two processes, as an engine with workers would do it."""
    lengths = list[int]()
    threads = [
        threading.Thread(target=lambda: lengths.append(len(task.input_path.read_bytes()))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    workers = []
    for number in range(2):
        worker = os.fork()
        if worker == 0:
            (task.output_dir / f"part-{number}").write_bytes(task.input_path.read_bytes())
            os._exit(0)
        workers.append(worker)
    codes = [os.waitpid(worker, 0)[1] for worker in workers]
    (task.output_dir / "part-0").replace(task.output_dir / "whole")
    report(50)
    raise InputRefusedError(
        f"{lengths} {codes} {sorted(path.name for path in task.output_dir.glob('[pw]*'))}"
    )


def test_an_engine_with_workers(lab: Laboratory) -> None:
    """Threads and processes of our own engine work in the cage, up to their stated number."""
    outcome = lab.outcome(divide, own((rcrs().fasta.parent,), tasks=2))

    assert outcome == InputRefused(f"{[len(INPUT)] * 2} [0, 0] ['part-1', 'whole']")


def multiply(_: Task, __: Reference, ___: Callable[[int], None]) -> Annotation:
    """Work that starts more and more processes that do nothing."""
    while True:
        with suppress(OSError):
            if os.fork() == 0:
                while True:
                    signal.pause()


@pytest.mark.parametrize(
    "cage", [own((), tasks=3), command((), tasks=3), Cage(tasks=3)], ids=["own", "command", "alone"]
)
def test_too_many_tasks(lab: Laboratory, cage: Cage) -> None:
    """A family that outgrows its number is ended, and nothing of it stays; where the kernel counts, it never grows."""
    outcome = lab.outcome(multiply, cage, wall_seconds=2.0)

    assert isinstance(outcome, Died | LimitExceeded)
    assert "tasks, and 4 are allowed" in outcome.message or "longer than 2 seconds" in outcome.message
    until(lambda: not lab.family(), seconds=PATIENCE_SECONDS)


def hoard(_: Task, __: Reference, ___: Callable[[int], None]) -> Annotation:
    """Work whose processes take together what none of them takes alone."""
    for _number in range(3):
        if os.fork() == 0:
            held = bytearray(b"x") * (45 * 2**20)
            while held:
                signal.pause()
    while True:
        signal.pause()


@pytest.mark.parametrize("profile", [own, command])
def test_memory_is_that_of_the_family(lab: Laboratory, profile: Callable[..., Cage]) -> None:
    """135 MiB in three processes are more than 100 MiB."""
    outcome = lab.outcome(hoard, profile((), tasks=3), memory_bytes=100 * 2**20)

    assert isinstance(outcome, LimitExceeded)
    assert "more than 100 MiB of memory" in outcome.message


def heat(_: Task, __: Reference, ___: Callable[[int], None]) -> Annotation:
    """Work whose processes heat the processor together."""
    for _number in range(2):
        if os.fork() == 0:
            while True:
                pass
    while True:
        signal.pause()


def test_processor_time_is_that_of_the_family(lab: Laboratory) -> None:
    """Two processes of more than half a second each are more than one."""
    outcome = lab.outcome(heat, own((), tasks=2), cpu_seconds=1)

    assert isinstance(outcome, LimitExceeded)
    assert "more than 1 seconds of processor time" in outcome.message


def run_java(task: Task, _: Reference, __: Callable[[int], None], *, java: Path) -> Annotation:
    """Work that leaves the work to a JVM, with its dozen of threads: here to make a pair of keys and write it down."""
    tool = (
        "-m",
        "java.base/sun.security.tools.keytool.Main",
        "-genkeypair",
        "-keyalg",
        "RSA",
        "-dname",
        "CN=x",
    )
    store = ("-keystore", "store", "-storepass", "changeit")
    done = subprocess.run(
        [java, "-Xmx64m", "-Djava.io.tmpdir=.", *tool, *store], capture_output=True, text=True, check=False
    )
    size = (task.output_dir / "store").stat().st_size if done.returncode == 0 else 0
    raise InputRefusedError(
        f"{done.returncode}: {size > 1000} {done.stderr[-300:] if done.returncode else ''}"
    )


def jvm() -> Path:
    """The home of the machine's Java."""
    found = shutil.which("java")
    if found is None:
        skip_or_fail(
            "java", "a foreign engine is tried with a JVM: install one (Debian: default-jre-headless)"
        )
    return Path(found).resolve().parents[1]


def jvm_folders() -> list[Path]:
    """What a JVM reads: its home, and in /etc its configuration, which Debian keeps there."""
    return sorted({jvm(), *Path("/etc").glob("java*")})


def test_a_foreign_engine_on_a_jvm(lab: Laboratory) -> None:
    """A JVM has the address space, the threads and the folders that it needs, and writes into the folder of its job."""
    outcome = lab.outcome(partial(run_java, java=jvm() / "bin" / "java"), command(jvm_folders(), tasks=64))

    assert outcome == InputRefused("0: True ")


def test_a_foreign_engine_has_its_limit_of_memory(lab: Laboratory) -> None:
    """What it takes is counted, not what it could."""
    outcome = lab.outcome(
        partial(run_java, java=jvm() / "bin" / "java"), command(jvm_folders(), tasks=64), memory_bytes=2**24
    )

    assert isinstance(outcome, LimitExceeded)
    assert "more than 16 MiB of memory" in outcome.message


def test_a_kernel_that_lacks_something_says_so() -> None:
    """One sentence that names what is missing and what a child can do for want of it."""
    whole, without_landlock, bare = Kernel(7, seccomp=True), Kernel(0, seccomp=True), Kernel(0, seccomp=False)

    said = [kernel.lacks() for kernel in (whole, without_landlock, bare)]

    assert said[0] is None
    assert said[1] is not None
    assert "no Landlock" in said[1]
    assert "seccomp" not in said[1]
    assert said[2] is not None
    assert "Landlock" in said[2]
    assert "open sockets" in said[2]
    # The first version lets nobody rename between folders.
    assert Kernel(1, seccomp=True).lacks() == said[1]
