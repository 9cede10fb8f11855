"""Bundles that name a command, as the annotator runs them: in the cage of programs, under the limits of the job."""

import gzip
import json
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from dev import ROOT
from dev.run import snpeff
from gas.domain.outputs import Output
from gas.domain.reasons import Reason
from gas.ports.runner import Annotated, CpuAllowance, Crashed, Outcome, Refused, Run
from gas_annotator.child import ChildLimits
from gas_annotator.nursery import Nursery
from gas_annotator.runner import ChildRunner
from gas_engine import Bundle
from gas_engine.foreign.command import Command
from tests.annotator.workbench import LIMITS, require_cage
from tests.engine.foreign.programs import PROGRAM, named
from tests.support.kube import skip_or_fail
from tests.support.process_families import children_of, lives
from tests.support.vcf_files import vcf
from tests.support.waiting import PATIENCE_SECONDS, until

ALLOWED = ChildLimits(cpu_seconds=60, memory_bytes=2 * 2**30, file_bytes=64 * 2**20, wall_seconds=120.0)
ROWS = ("chrM 3460 rs1 G A 50 PASS DP=9", "M 8993 . T G,C . . .", "MT 3244 . C A . . .")
PYTHON = str(Path(sys.executable).resolve())

SERVE = """
import socket, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from gas_annotator.engine import Reference
from gas_annotator.nursery import serve
from gas_annotator.sandbox import become_nursery
from gas_engine import load_bundle

become_nursery()
folder = Path({folder!r})
serve(socket.socket(fileno=int(sys.argv[1])), {{"foreign": Reference(load_bundle(folder))}})
"""
"""A nursery that has loaded one bundle from a folder."""


class Bench:
    """A nursery with a bundle, and what becomes of a file in it."""

    def __init__(self, bundle: Bundle, folder: Path, allowed: tuple[str, ...] = ("/",)) -> None:
        program = (sys.executable, "-c", SERVE.format(root=str(ROOT), folder=str(bundle.folder)))
        self.nursery = Nursery(["foreign"], program)
        self.folder = folder
        self.allowed = tuple(map(Path, allowed))

    def start(self, limits: ChildLimits = ALLOWED, allowance: CpuAllowance | None = None) -> Run:
        """Send out a child."""
        job = self.folder / f"job-{sum(1 for _ in self.folder.iterdir())}"
        (job / "output").mkdir(parents=True)
        (job / "input").write_bytes(vcf(*ROWS))
        runner = ChildRunner(self.nursery, LIMITS, limits, self.allowed)
        return runner.start(job / "input", "sample.vcf", "foreign", job / "output", allowance)

    def outcome(self, limits: ChildLimits = ALLOWED, allowance: CpuAllowance | None = None) -> Outcome:
        """What becomes of a file."""
        run = self.start(limits, allowance)
        found: list[Outcome] = []

        def ended() -> bool:
            outcome = run.poll(1.0)
            found.extend([] if outcome is None else [outcome])
            return bool(found)

        until(ended, seconds=2 * PATIENCE_SECONDS)
        return found[0]


def teller(mode: str, *more: str) -> Bundle:
    """A bundle whose command does so."""
    return named(Command((PYTHON, "-I", "-c", PROGRAM, mode, *more), ("ANN",), version="teller 1.0"))


def shell(script: str) -> Bundle:
    """A bundle whose command is a line of shell."""
    return named(Command(("/bin/sh", "-c", script), ("ANN",), version="sheller"))


def outcome_of(bundle: Bundle, folder: Path, **asked: object) -> Outcome:
    """What becomes of a file, with a nursery of its own."""
    bench = Bench(bundle, folder)
    with closing(bench.nursery):
        return bench.outcome(**asked)  # type: ignore[arg-type]  # as `outcome` takes them


# ---- snpEff ----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def snpeff_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle of the mitochondrion that names Debian's snpEff and carries its database."""
    if shutil.which("snpEff") is None:
        skip_or_fail("snpeff", "a foreign engine is tried with snpEff: install it (Debian: snpeff)")
    folder = tmp_path_factory.mktemp("snpeff")
    snpeff.lay_out(folder)
    subprocess.run(
        ["/bin/sh", "-c", snpeff.DATABASE], cwd=folder, check=True, capture_output=True, timeout=600
    )
    java = tuple(str(path) for path in Path("/etc").glob("java-*"))
    command = Command(snpeff.ARGUMENTS, snpeff.TAGS, (*snpeff.READS, *java), (), snpeff.VERSION)
    return named(command, command_files=folder / "command")


def test_snpeff_annotates_in_its_cage(snpeff_bundle: Bundle, tmp_path: Path) -> None:
    """Debian's snpEff, found in a folder that the installation lists, is an engine like ours: every file of a result is made."""
    bench = Bench(snpeff_bundle, tmp_path, ("/usr/bin", "/usr/share/java", "/etc"))

    with closing(bench.nursery):
        outcome = bench.outcome()

    assert isinstance(outcome, Annotated), outcome
    assert (outcome.variants, outcome.annotated_variants) == (3, 2)
    assert [(problem.kind, problem.first_line) for problem in outcome.problems] == [("reference_mismatch", 5)]
    assert set(outcome.files) == set(Output)
    text = gzip.decompress(outcome.files[Output.RESULT].read_bytes()).decode()
    first, second, third = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    assert first[:7] == ["chrM", "3460", "rs1", "G", "A", "50", "PASS"]
    assert first[7].startswith("DP=9;ANN=A|missense_variant|MODERATE|MT-ND1|")
    assert "|p.Leu156Arg|" in second[7]
    assert "|p.Leu156Pro|" in second[7]
    assert third[7] == "."
    assert [line.partition(",")[0] for line in text.splitlines() if line.startswith("##INFO")] == [
        f"##INFO=<ID={tag}" for tag in ("ANN", "LOF", "NMD")
    ]
    told = json.loads(outcome.files[Output.STATISTICS].read_text())
    assert told["consequences"] == {"missense_variant": 3}
    assert told["genes"] == {"MT-ATP6": 2, "MT-ND1": 1}


def test_snpeff_has_its_limit_of_memory(snpeff_bundle: Bundle, tmp_path: Path) -> None:
    """What a JVM and its child take together is counted against the job's limit."""
    limits = replace(ALLOWED, memory_bytes=32 * 2**20)

    outcome = outcome_of(snpeff_bundle, tmp_path, limits=limits)

    assert outcome == Refused(Reason.LIMIT_EXCEEDED, limits.memory_sentence)


def test_snpeff_without_its_database(snpeff_bundle: Bundle, tmp_path: Path) -> None:
    """The job is tried again, for it is the installation's fault; what is missing says `gas-annotate` with the same bundle."""
    command = snpeff_bundle.command
    assert command is not None
    broken = named(
        replace(command, argv=(*command.argv[:3], "-c", "{bundle}/command/none", "-noLog", "x", "-"))
    )

    outcome = outcome_of(broken, tmp_path)

    assert isinstance(outcome, Crashed)
    assert "snpEff 5.1 ended with exit code" in outcome.detail


# ---- the limits and the cage -----------------------------------------------------------------------------------------------


def test_a_failure_is_told(tmp_path: Path) -> None:
    """The sentence of a failed command is what operators read of the attempt: of its words only what can be none of the file."""
    outcome = outcome_of(teller("fail"), tmp_path)

    assert outcome == Crashed(
        "teller 1.0 ended with exit code 3; what it printed is not told, for it may quote the file, except: java.lang.Error"
    )


def test_a_command_that_is_not_allowed(tmp_path: Path) -> None:
    """Without a list of folders nothing is started, and what operators read says which setting it is."""
    told = tmp_path / "told"
    bench = Bench(teller("tell", str(told)), tmp_path, ())

    with closing(bench.nursery):
        outcome = bench.outcome()

    assert isinstance(outcome, Crashed)
    assert outcome.detail.startswith(
        "the reference names a command, teller 1.0, and bundles may run none here"
    )
    assert "GAS_ANNOTATOR__COMMAND_FOLDERS" in outcome.detail
    assert not told.exists()


def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    """When the time of the run is over, it and what it started are gone."""
    limits = replace(ALLOWED, wall_seconds=2.0)

    outcome = outcome_of(shell("sleep 3600 & sleep 3600"), tmp_path, limits=limits)

    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.LIMIT_EXCEEDED
    assert "took longer than 2 seconds" in outcome.detail


def test_a_run_that_is_killed_takes_its_command_along(tmp_path: Path) -> None:
    """A cancelled job leaves no program behind."""
    bench = Bench(shell("sleep 3600 & sleep 3600"), tmp_path)
    with closing(bench.nursery):
        run = bench.start()
        nursery = bench.nursery.pid
        assert nursery is not None

        def grandchildren() -> list[int]:
            return [each for child in children_of(nursery) for each in children_of(child)]

        until(lambda: bool(grandchildren()), seconds=PATIENCE_SECONDS)
        programs = grandchildren()
        run.kill()

        until(lambda: not any(lives(each) for each in programs), seconds=PATIENCE_SECONDS)


def test_processor_seconds_are_those_of_the_plan(tmp_path: Path) -> None:
    """A command that computes for ever is ended by the allowance, in the plan's words."""
    allowance = CpuAllowance(1, "more than your plan allows")

    outcome = outcome_of(teller("burn"), tmp_path, allowance=allowance)

    assert outcome == Refused(Reason.LIMIT_EXCEEDED, "more than your plan allows")


def test_a_command_that_writes_without_end(tmp_path: Path) -> None:
    """Nothing of an endless line is kept."""
    outcome = outcome_of(teller("endless-line"), tmp_path)

    assert isinstance(outcome, Crashed)
    assert "wrote a line of more than" in outcome.detail


@pytest.mark.parametrize(
    "attempt",
    [
        "cat /etc/passwd",
        "cat /proc/1/environ",
        "ls /tmp",
        "echo x > /tmp/gas-command-was-here",
        "kill -9 $PPID $PPID",
    ],
)
def test_a_command_reaches_nothing(attempt: str, tmp_path: Path) -> None:
    """What is no business of a program that annotates is refused by the kernel, and the refusal is its exit code."""
    require_cage()
    allowed = ("/bin", "/usr/bin")
    bench = Bench(shell(f"{attempt} >/dev/null && exit 42; exit 7"), tmp_path, allowed)

    with closing(bench.nursery):
        outcome = bench.outcome()

    assert isinstance(outcome, Crashed)
    expected = (
        "the child was ended by SIGKILL" if attempt.startswith("kill") else "sheller ended with exit code 7"
    )
    assert outcome.detail.startswith(expected)
    assert not Path("/tmp/gas-command-was-here").exists()
