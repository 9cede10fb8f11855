"""The child process: what it may see and use, how it can end, and that nothing of it stays."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from gas.domain.own_file import OWN_FILE_WORDS
from gas_annotator.cage import Kernel, own, this_kernel
from gas_annotator.child import Child, ChildEnd, ChildLimits, Delivered, Died, InputRefused, LimitExceeded
from gas_annotator.engine import (
    Annotation,
    InputRefusedError,
    LimitExceededError,
    Reference,
    Task,
    annotate,
    planned,
)
from tests.annotator.workbench import LIMITS, ended, rcrs
from tests.support.vcf_files import vcf
from tests.support.waiting import PATIENCE_SECONDS, until

ALLOWED = ChildLimits(
    cpu_seconds=20, memory_bytes=256 * 2**20, file_bytes=16 * 2**20, wall_seconds=PATIENCE_SECONDS
)
DESCRIPTORS = Path("/proc/self/fd")
SECRET = "not-for-children"

BARE = Kernel(landlock=0, seccomp=False)
"""A kernel that keeps a child from little: there its parent's distrust is all there is."""

Report = Callable[[int], None]
Work = Callable[[Task, Reference, Report], Annotation]


@pytest.fixture
def task(tmp_path: Path) -> Task:
    """A small sound file, and a folder for its results."""
    source = tmp_path / "input"
    source.write_bytes(vcf("MT 3460 . G A . . ."))
    (tmp_path / "output").mkdir()
    return Task(source, "sample.vcf", tmp_path / "output", LIMITS)


def outcome_of(
    work: Work, task: Task, limits: ChildLimits = ALLOWED, kernel: Kernel | None = None
) -> ChildEnd:
    """What becomes of a child that does this work."""
    return ended(Child.fork(task, rcrs(), limits, work, kernel=kernel))


def running(pid: int) -> bool:
    """Whether a process exists and is not only waiting to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition: Callable[[], bool]) -> bool:
    """Whether a condition comes true in time."""
    return until(condition)


def environment_in_memory() -> str:
    """What /proc shows of the environment that this process was started with; a user of its own sees nothing at all."""
    try:
        return Path("/proc/self/environ").read_bytes().strip(b"\0").decode()
    except PermissionError:
        return ""


def hang(task: Task, _: Reference, report: Report) -> Annotation:
    """Work that says it has begun, and never ends."""
    report(7)
    while True:
        signal.pause()
        (task.output_dir / "woken").touch()


def test_annotates(task: Task) -> None:
    """A sound file comes back annotated, with its progress at the end."""
    child = Child.fork(task, rcrs(), ALLOWED)

    outcome = ended(child)

    assert isinstance(outcome, Delivered)
    assert outcome.annotation == planned(task, 1, 1, indexed=True)
    assert outcome.annotation.result.stat().st_size > 0
    assert child.progress_percent == 100
    assert not running(child.pid)
    assert child.poll(0) is outcome


def test_refusal_reaches_the_owner(task: Task) -> None:
    """The engine's sentence is the outcome's message."""
    task.input_path.write_bytes(b"not,a,vcf\n")

    outcome = ended(Child.fork(task, rcrs(), ALLOWED))

    assert isinstance(outcome, InputRefused)
    assert outcome.message.startswith("line 1: this is not a VCF file")


def look_around(task: Task, _: Reference, __: Report) -> Annotation:
    """Work that tells what the child can see and use."""
    limits = ("RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_NPROC", "RLIMIT_NOFILE", "RLIMIT_CPU")
    seen = {
        "descriptors": [int(path.name) for path in DESCRIPTORS.iterdir()],
        "environ": dict(os.environ),
        "memory": environment_in_memory(),
        "session": os.getsid(0) == os.getpid() == os.getpgid(0),
        "limits": {name: resource.getrlimit(getattr(resource, name))[0] for name in limits},
        "privileges": "NoNewPrivs:\t1" in Path("/proc/self/status").read_text(),
    }
    (task.output_dir / "seen").write_text(json.dumps(seen))
    raise InputRefusedError("looked around")


def test_child_is_confined(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child has its own session, no environment, no descriptor of its parent's but the pipe, and its limits.

    So it is on a kernel without a cage, where a child can look.
    """
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)

    with task.input_path.open("rb") as secret_file:
        os.set_inheritable(secret_file.fileno(), True)
        outcome = outcome_of(look_around, task, kernel=BARE)

    assert isinstance(outcome, InputRefused)
    seen = json.loads((task.output_dir / "seen").read_text())
    # Three standard ones, the pipe, and the one that lists the folder itself.
    assert len(seen["descriptors"]) == 5
    assert (seen["environ"], seen["memory"]) == ({}, "")
    assert seen["session"]
    assert seen["privileges"]
    assert seen["limits"] == {
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": ALLOWED.file_bytes,
        "RLIMIT_NPROC": 0,
        "RLIMIT_NOFILE": 64,
        "RLIMIT_CPU": ALLOWED.cpu_seconds,
    }


def test_inherited_environment_is_wiped(task: Task) -> None:
    """What the parent was started with is gone from the child's memory, where /proc shows it."""
    script = (
        "import sys; from pathlib import Path; from gas_annotator.child import Child, ChildLimits\n"
        "from gas_annotator.cage import Kernel; from gas_annotator.engine import *\n"
        "from tests.annotator.test_child import environment_in_memory\n"
        "def work(task, *_): raise InputRefusedError(environment_in_memory())\n"
        f"task = Task(Path({str(task.input_path)!r}), 'a.vcf', Path({str(task.output_dir)!r}), EngineLimits(1, 1, 1))\n"
        "child = Child.fork(task, load_reference('rCRS'), ChildLimits(9, 2**28, 2**20, 9.0), work, kernel=Kernel(0, False))\n"
        "while (outcome := child.poll(5)) is None: pass\n"
        "sys.stdout.write(repr(outcome))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"AWS_SECRET_ACCESS_KEY": SECRET},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )

    assert done.stdout == "InputRefused(message='')"


def test_shielded_parent_hides_its_environment() -> None:
    """A shielded parent is not dumpable: the kernel then gives its /proc files to root, not to its own user."""
    script = (
        "import ctypes; from gas_annotator.sandbox import shield_parent\n"
        "dumpable = lambda: ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)\n"
        "print(dumpable()); shield_parent(); print(dumpable())\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
    )

    assert done.stdout == "1\n0\n"


def crash(*_: object) -> Annotation:
    """Work in which a C library writes where it may not."""
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def fail(*_: object) -> Annotation:
    """Work with an ordinary error."""
    raise RuntimeError("something broke")


def leave(*_: object) -> Annotation:
    """Work that ends the process without a word."""
    os._exit(3)


def lie(task: Task, _: Reference, __: Report) -> Annotation:
    """Work that says it is done and wrote nothing."""
    return planned(task, 5, 5, indexed=False)


def link(task: Task, _: Reference, __: Report) -> Annotation:
    """Work that puts links to another's file where its results should be."""
    annotation = planned(task, 5, 5, indexed=False)
    for path in (
        annotation.result,
        annotation.log,
        annotation.preview,
        annotation.statistics,
        annotation.provenance,
    ):
        path.symlink_to("/etc/passwd")
    return annotation


def boast(task: Task, _: Reference, __: Report) -> Annotation:
    """Work that says it annotated more than there was."""
    return planned(task, 5, 6, indexed=False)


def babble(*_: object) -> Annotation:
    """Work that writes nonsense into every descriptor it has."""
    for descriptor in range(4096):  # in a cage it cannot list them, and its pipe has a number of these tests
        try:
            os.write(descriptor, b"nonsense\n" * 100)
        except OSError:
            continue
    return hang_for_ever()


def flood(_: Task, __: Reference, report: Report) -> Annotation:
    """Work that reports without end."""
    while True:
        report(1)


def hang_for_ever() -> Annotation:
    """Never end."""
    while True:
        signal.pause()


@pytest.mark.parametrize(
    "kernel", [pytest.param(BARE, id="no-cage"), pytest.param(this_kernel(), id="this-kernels-cage")]
)
@pytest.mark.parametrize(
    ("work", "message"),
    [
        (crash, "SIGSEGV"),
        (fail, "RuntimeError at test_child.py:"),
        (leave, "exit code 3"),
        (lie, "sample.annot.vcf.gz is missing"),
        (link, ("is not a file of its own", "PermissionError")),
        (boast, "more annotated variants than variants"),
        (babble, "no message"),
        (flood, "no message"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_crashes(task: Task, work: Work, message: str | tuple[str, str], kernel: Kernel) -> None:
    """However a child fails or lies, its parent lives on and says what it saw, whatever the kernel keeps it from.

    Where there are two messages, the second is of a child that the cage kept from it.
    """
    bare, caged = (message, message) if isinstance(message, str) else message

    outcome = outcome_of(work, task, kernel=kernel)

    assert isinstance(outcome, Died)
    assert (caged if kernel.parts["landlock"] else bare) in outcome.message


def spin(*_: object) -> Annotation:
    """Work that only heats the processor."""
    while True:
        pass


def hoard(*_: object) -> Annotation:
    """Work that takes all memory it can get."""
    return [bytearray(2**24) for _ in range(10_000)]  # type: ignore[return-value]


def fill(task: Task, _: Reference, __: Report) -> Annotation:
    """Work that fills the disk."""
    with (task.output_dir / "full").open("wb") as file:
        while True:
            file.write(bytes(2**20))


@pytest.mark.parametrize(
    ("work", "limits", "sentence"),
    [
        (spin, ChildLimits(1, 2**28, 2**24, 20.0), "more than 1 seconds of processor time"),
        (hang, ChildLimits(9, 2**28, 2**24, 0.3), "longer than 0.3 seconds"),
        (hoard, ChildLimits(9, 2**26, 2**24, 20.0), "more than 64 MiB of memory"),
        (fill, ChildLimits(9, 2**28, 2**22, 20.0), "larger than 4,194,304 bytes"),
    ],
    ids=["processor", "clock", "memory", "disk"],
)
def test_limits(task: Task, work: Work, limits: ChildLimits, sentence: str) -> None:
    """Each limit ends the child, and its sentence says which one it was and what to do."""
    outcome = outcome_of(work, task, limits)

    assert isinstance(outcome, LimitExceeded)
    assert sentence in outcome.message
    assert outcome.message.endswith("split it and submit the parts") or "split the file" in outcome.message


def read_own_file(work: Work) -> Work:
    """Work that gets beyond the own file, and then does that."""

    def beyond(task: Task, reference: Reference, report: Report) -> Annotation:
        report(0)
        return work(task, reference, report)

    return beyond


def wait(*_: object) -> Annotation:
    """Work that never says that it has begun."""
    while True:
        signal.pause()


@pytest.mark.parametrize(
    ("work", "limits", "sentence"),
    [
        (
            spin,
            ChildLimits(1, 2**28, 2**24, 20.0),
            "annotating the file took more than 1 seconds of processor time",
        ),
        (wait, ChildLimits(9, 2**28, 2**24, 0.5), "annotating the file took longer than 0.5 seconds"),
        (hoard, ChildLimits(9, 2**26, 2**24, 20.0), "annotating the file took more than 64 MiB of memory"),
        (fill, ChildLimits(9, 2**28, 2**22, 20.0), "the result would be larger than 4,194,304 bytes"),
    ],
    ids=["processor", "clock", "memory", "disk"],
)
def test_a_limit_that_the_own_file_breaks(task: Task, work: Work, limits: ChildLimits, sentence: str) -> None:
    """Until the work says how far it is, it reads the own file: the sentence says so, and of the input it says nothing."""
    own_file = task.input_path.with_name("own")
    own_file.write_bytes(b"")
    with_own = replace(task, own_path=own_file, own_name="mine.bed")

    of_own_file, of_input = (outcome_of(each, with_own, limits) for each in (work, read_own_file(work)))

    assert isinstance(of_own_file, LimitExceeded)
    assert of_own_file.message.startswith(f"{OWN_FILE_WORDS} was being read when {sentence}")
    assert isinstance(of_input, LimitExceeded)
    assert of_input.message.startswith(sentence)


def test_the_engine_reads_the_own_file_first(task: Task) -> None:
    """Its own sentences about that file stay as they are, and nothing is told of progress before it is read."""
    own_file = task.input_path.with_name("own")
    own_file.write_bytes(b"chrM\t1\t9\n" * 250_001)
    told: list[int] = []

    with pytest.raises(LimitExceededError):
        annotate(replace(task, own_path=own_file, own_name="mine.bed"), rcrs(), told.append)
    outcome = outcome_of(annotate, replace(task, own_path=own_file, own_name="mine.bed"))

    assert told == []
    assert isinstance(outcome, LimitExceeded)
    assert outcome.message.startswith(f"{OWN_FILE_WORDS} holds more than 250,000 rows")


def test_large_result_is_a_limit(task: Task) -> None:
    """A result that would outgrow its limit is said to, though htslib does not say why it cannot write."""
    rows = (f"MT 3460 r{number} G A . . X={number * 7919 % 99991}" for number in range(20_000))
    task.input_path.write_bytes(vcf(*rows))

    outcome = ended(Child.fork(task, rcrs(), ChildLimits(9, 2**28, 2**16, PATIENCE_SECONDS)))

    assert isinstance(outcome, LimitExceeded)
    assert "larger than 65,536 bytes" in outcome.message


def test_poll_returns_on_progress(task: Task) -> None:
    """A parent that waits long hears of progress at once."""
    child = Child.fork(task, rcrs(), ALLOWED, hang)
    started = time.monotonic()

    while child.progress_percent == 0:  # It says first which of its files it reads.
        assert child.poll(60.0) is None

    assert time.monotonic() - started < 30
    assert child.progress_percent == 7
    child.kill()


def breed(task: Task, _: Reference, report: Report) -> Annotation:
    """Work that starts a process of its own."""
    pid = os.fork()
    if pid == 0:
        hang_for_ever()
    (task.output_dir / "grandchild").write_text(str(pid))
    report(50)
    return hang_for_ever()


def test_kill_leaves_nothing(task: Task) -> None:
    """Killing a child ends it and what it started, collects it, and may be done twice."""
    # The memory of a family counts what it inherited, which of these tests is much.
    allowed = replace(ALLOWED, memory_bytes=2**34)
    child = Child.fork(task, rcrs(), allowed, breed, cage=own((), tasks=1))
    while child.progress_percent == 0:
        assert child.poll(5.0) is None
    pids = [child.pid, int((task.output_dir / "grandchild").read_text())]

    child.kill()
    child.kill()

    assert not Path(f"/proc/{child.pid}").exists()
    assert all(wait_until(lambda pid=pid: not running(pid)) for pid in pids)  # type: ignore[misc]
    assert child.poll(0) == Died("killed on request")


def test_kill_right_after_fork(task: Task) -> None:
    """A child can be killed before it has made a group of its own."""
    children = [Child.fork(task, rcrs(), ALLOWED, hang) for _ in range(10)]

    for child in children:
        child.kill()

    assert not any(running(child.pid) for child in children)


def test_child_dies_with_its_parent(task: Task) -> None:
    """When the parent is killed, the kernel kills the child."""
    script = (
        "import signal, sys; from pathlib import Path; from gas_annotator.child import Child, ChildLimits\n"
        "from gas_annotator.engine import *\n"
        "def work(task, reference, report):\n"
        "    report(1)\n"
        "    while True: signal.pause()\n"
        f"task = Task(Path({str(task.input_path)!r}), 'a.vcf', Path({str(task.output_dir)!r}), EngineLimits(1, 1, 1))\n"
        "child = Child.fork(task, load_reference('rCRS'), ChildLimits(9, 2**28, 2**20, 60.0), work)\n"
        "while child.progress_percent == 0: child.poll(5)\n"
        "print(child.pid, flush=True)\n"
        "while True: signal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert running(pid)

        parent.kill()

        assert wait_until(lambda: not running(pid))


def pipes() -> set[str]:
    """The pipes that this process has open."""
    found = set()
    for path in DESCRIPTORS.iterdir():
        with suppress(OSError):
            found.add(str(path.readlink()))
    return {name for name in found if name.startswith("pipe:")}


def test_parent_keeps_no_descriptor(task: Task) -> None:
    """Thirty jobs later the parent has no pipe more open; what else goes on in this process may open one or two."""
    before = pipes()

    for _ in range(30):
        ended(Child.fork(task, rcrs(), ALLOWED, fail))

    assert len(pipes() - before) < 3


def test_why_records_got_no_consequence_is_counted(tmp_path: Path) -> None:
    """Each kind with its number of records and the line of the first; what does not keep a record from one does not count."""
    source = tmp_path / "input"
    source.write_bytes(
        vcf(
            "MT 3460 . G A . . .",
            "MT 3461 . T A . . .",
            "MT 3461 . T A . . .",
            "1 5 . A C . . .",
            "MT 73 . A . . . .",
        )
    )
    (tmp_path / "output").mkdir()

    outcome = ended(Child.fork(Task(source, "a.vcf", tmp_path / "output", LIMITS), rcrs(), ALLOWED))

    assert isinstance(outcome, Delivered)
    assert (outcome.annotation.variants, outcome.annotation.annotated_variants) == (5, 1)
    assert outcome.annotation.unannotated == (
        ("reference_mismatch", 2, 4),
        ("unknown_contig", 1, 6),
        ("no_alternative", 1, 7),
    )


@pytest.mark.parametrize(
    "told",
    [
        None,
        "nonsense",
        7,
        [["kind"]],
        [["kind", "2", 3]],
        [["kind", 9, 3]],
        [["kind", 1, 0]],
        [["k" * 50, 1, 3]],
    ],
)
def test_counts_that_cannot_be_are_left_out(task: Task, told: object) -> None:
    """A child that was taken over can say nothing there that would harm, or cost the file its result."""

    def work(given: Task, reference: Reference, report: Report) -> Annotation:
        made = annotate(given, reference, report)
        return replace(made, variants=2, unannotated=told)  # type: ignore[arg-type]

    outcome = outcome_of(work, task)

    assert isinstance(outcome, Delivered)
    assert outcome.annotation.unannotated == ()
