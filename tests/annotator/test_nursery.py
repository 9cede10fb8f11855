"""The nursery: it never held a key, sends out children, and is started again when it has died."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dev import ROOT
from gas.domain.errors import TransientError, UsageError
from gas.domain.outputs import Output
from gas.domain.reasons import Reason
from gas.ports.runner import Annotated, CpuAllowance, Crashed, Outcome, Refused, Run
from gas_annotator.child import ChildLimits
from gas_annotator.nursery import Nursery
from gas_annotator.runner import ChildRunner
from tests.annotator.workbench import LIMITS
from tests.support.process_families import children_of, lives
from tests.support.vcf_files import vcf
from tests.support.waiting import PATIENCE_SECONDS, until

ALLOWED = ChildLimits(cpu_seconds=20, memory_bytes=512 * 2**20, file_bytes=64 * 2**20, wall_seconds=30.0)
SECRET = "a-key-that-only-the-annotator-holds"

SERVE = """
import os, signal, socket, sys
sys.path.insert(0, {root!r})
from gas_annotator.engine import InputRefusedError, load_reference
from gas_annotator.nursery import serve
from gas_annotator.sandbox import become_nursery
from tests.support.attacks import ATTACKS, Target, attempt
from pathlib import Path

def work(task, reference, report):
    report(7)
    if task.file_name == "hang":
        while True: signal.pause()
    if task.file_name == "burn":
        while True: pass
    raise InputRefusedError(attempt(ATTACKS[task.file_name], Target(os.getppid(), Path("/"), Path("/"))))

become_nursery()
serve(socket.socket(fileno=int(sys.argv[1])), {{"rCRS": load_reference("rCRS")}}, work)
"""
"""A nursery whose children do something else than annotating."""


class Bench:
    """A nursery, and one job."""

    def __init__(self, folder: Path, program: tuple[str, ...] = ()) -> None:
        self.nursery = Nursery(["rCRS"], program)
        self.folder = folder

    def start(
        self,
        file_name: str = "sample.vcf",
        content: bytes = vcf("MT 3460 . G A . . ."),
        limits: ChildLimits = ALLOWED,
        allowance: CpuAllowance | None = None,
    ) -> Run:
        """Send out a child."""
        job = self.folder / f"job-{sum(1 for _ in self.folder.iterdir())}"
        (job / "output").mkdir(parents=True)
        (job / "input").write_bytes(content)
        return ChildRunner(self.nursery, LIMITS, limits).start(
            job / "input", file_name, "rCRS", job / "output", allowance
        )

    def outcome(self, run: Run) -> Outcome:
        """What came of it."""
        found: list[Outcome] = []

        def ended() -> bool:
            outcome = run.poll(1.0)
            found.extend([outcome] if outcome is not None else [])
            return bool(found)

        until(ended, seconds=PATIENCE_SECONDS)
        return found[0]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """The nursery as the annotator starts it."""
    found = Bench(tmp_path)
    yield found
    found.nursery.close()


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Bench]:
    """One with other children."""
    found = Bench(tmp_path, (sys.executable, "-I", "-c", SERVE.format(root=str(ROOT))))
    yield found
    found.nursery.close()


def test_processor_time_is_the_jobs_own(odd: Bench) -> None:
    """A file that burns it is ended at what its plan allows, and its owner is told so; the next file has its own again."""
    started = time.monotonic()
    run = odd.start("burn", allowance=CpuAllowance(1, "it took too long, by its plan."))
    burnt = odd.outcome(run)
    took = time.monotonic() - started
    refused = odd.outcome(odd.start("find_a_key"))

    assert burnt == Refused(Reason.LIMIT_EXCEEDED, "it took too long, by its plan.")
    assert took >= 1
    assert 0.5 <= run.processor_seconds < 4, "what it took is told, and is its own"
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.INPUT_REFUSED


@pytest.mark.parametrize(
    "allowance", [None, CpuAllowance(600, "by its plan")], ids=["of-an-older-release", "of-a-generous-plan"]
)
def test_no_plan_allows_more_than_the_annotator(odd: Bench, allowance: CpuAllowance | None) -> None:
    """The annotator's own limit holds where it is the lower one, and is the one that is told."""
    outcome = odd.outcome(odd.start("burn", limits=replace(ALLOWED, cpu_seconds=1), allowance=allowance))

    said = "annotating the file took more than 1 seconds of processor time; split it and submit the parts"
    assert outcome == Refused(Reason.LIMIT_EXCEEDED, said)


def test_jobs_one_after_the_other(bench: Bench) -> None:
    """A sound file, a refused one and another sound one, all by one nursery."""
    first = bench.outcome(bench.start())
    pid = bench.nursery.pid
    second = bench.outcome(bench.start(content=b"no vcf"))
    third = bench.outcome(bench.start("third.vcf"))

    assert isinstance(first, Annotated)
    assert isinstance(third, Annotated)
    assert (first.variants, first.annotated_variants) == (1, 1)
    assert first.files.keys() == set(Output)
    assert third.files[Output.RESULT].name == "third.annot.vcf.gz"
    assert isinstance(second, Refused)
    assert second.reason is Reason.INPUT_REFUSED
    assert bench.nursery.pid == pid


def test_it_never_held_a_key(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its environment nor its memory has what the annotator was given: it was started anew, with nothing."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)

    bench.nursery.await_ready()

    process = Path(f"/proc/{bench.nursery.pid}")
    if os.geteuid() != 0:
        # It hides from its own user; root looks.
        with pytest.raises(PermissionError):
            (process / "environ").read_bytes()
        return
    assert (process / "environ").read_bytes() == b""
    assert not _in_memory(process, SECRET.encode())
    assert _in_memory(process, b"gas_annotator.nursery"), "the search finds what is there"


def _in_memory(process: Path, wanted: bytes) -> bool:
    """Whether a text lies anywhere in what a process can write to."""
    areas = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) rw", (process / "maps").read_text(), re.MULTILINE)
    with (process / "mem").open("rb", buffering=0) as memory:
        for first, last in areas:
            memory.seek(int(first, 16))
            if wanted in memory.read(int(last, 16) - int(first, 16)):
                return True
    return False


@pytest.mark.parametrize(
    "attack", ["find_a_key", "open_a_tcp_socket", "read_the_annotators_environment", "signal_its_parent"]
)
def test_a_child_finds_no_key(odd: Bench, monkeypatch: pytest.MonkeyPatch, attack: str) -> None:
    """There is no client of AWS in its memory, no variable, and no way to where there are."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)

    outcome = odd.outcome(odd.start(attack))

    assert isinstance(outcome, Refused)
    assert outcome.detail in {"LookupError", "PermissionError"}


def test_descriptors_are_not_passed_on(bench: Bench) -> None:
    """It has its end of the line, the standard three, and nothing else that the annotator has open."""
    with (bench.folder / "a-secret").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        bench.nursery.await_ready()
        opened = [path.readlink() for path in Path(f"/proc/{bench.nursery.pid}/fd").iterdir()]

    assert not any("a-secret" in str(path) for path in opened)
    assert sum(str(path).startswith("socket:") for path in opened) == 1


def test_progress_and_an_end_on_request(odd: Bench) -> None:
    """The annotator hears how far a child is, and a child that is killed is gone, with nothing left of it."""
    run = odd.start("hang")
    until(lambda: run.poll(0.5) is None and run.progress_percent == 7, seconds=PATIENCE_SECONDS)
    assert odd.nursery.pid is not None
    [child] = children_of(odd.nursery.pid)

    run.kill()
    run.kill()

    assert run.poll(0) == Crashed("killed on request")
    assert not lives(child)
    assert odd.outcome(odd.start("open_a_tcp_socket")) == Refused(Reason.INPUT_REFUSED, "PermissionError")


def test_it_is_started_again(odd: Bench) -> None:
    """When it is killed its child dies with it, the run counts as crashed, and the next one has a new nursery."""
    run = odd.start("hang")
    until(lambda: run.poll(0.5) is None and run.progress_percent == 7, seconds=PATIENCE_SECONDS)
    first = odd.nursery.pid
    assert first is not None
    [child] = children_of(first)

    os.kill(first, signal.SIGKILL)
    outcome = odd.outcome(run)

    until(lambda: not lives(child), seconds=PATIENCE_SECONDS)
    assert outcome == Crashed("the nursery ended")
    assert odd.outcome(odd.start("open_a_tcp_socket")) == Refused(Reason.INPUT_REFUSED, "PermissionError")
    assert odd.nursery.pid not in {None, first}


def test_it_dies_with_the_annotator(tmp_path: Path) -> None:
    """An annotator that is killed leaves neither nursery nor child."""
    script = (
        "import sys, time\nfrom gas_annotator.nursery import Nursery\n"
        "nursery = Nursery(['rCRS']); nursery.await_ready(); print(nursery.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as annotator:
        assert annotator.stdout is not None
        nursery = int(annotator.stdout.readline())
        before = lives(nursery)

        annotator.kill()

        until(lambda: not lives(nursery), seconds=PATIENCE_SECONDS)
    assert before


def test_one_that_cannot_start_is_no_fault_of_the_job(tmp_path: Path) -> None:
    """The job is handed back, at no cost: another annotator may do it."""
    bench = Bench(tmp_path, (sys.executable, "-c", "raise SystemExit(3)"))

    with pytest.raises(TransientError, match="did not start"):
        bench.start()
    bench.nursery.close()


def test_an_unknown_reference(bench: Bench) -> None:
    """It is refused before anybody is sent out, and the sentence names the known ones."""
    runner = ChildRunner(bench.nursery, LIMITS, ALLOWED)

    with pytest.raises(UsageError, match="Choose one of: rCRS"):
        runner.start(bench.folder / "input", "a.vcf", "hg19", bench.folder / "output")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_terminal_does_not_end_it(bench: Bench, number: signal.Signals) -> None:
    """What a terminal sends to all of them is the annotator's to answer: it still has a job to end."""
    bench.nursery.await_ready()
    assert bench.nursery.pid is not None

    os.kill(bench.nursery.pid, number)

    assert isinstance(bench.outcome(bench.start()), Annotated)
