"""The ways in which a command fails: each is told in a sentence that names it and what it printed last."""

import signal
import time
from pathlib import Path
from typing import Any

import pytest

from gas_engine import CommandFailedError
from gas_engine.foreign.command import Command
from gas_engine.foreign.running import Running
from tests.engine.foreign.programs import commanded, named, run
from tests.engine.workbench import LIMITS
from tests.support.vcf_files import vcf

ROWS = ("chrM 3243 . A G . . .", "chrM 3460 . G A . . .")


def failure(tmp_path: Path, mode: str, **more: Any) -> CommandFailedError:
    """How the run of such a command fails."""
    with pytest.raises(CommandFailedError) as raised:
        run(vcf(*ROWS), tmp_path, commanded(mode), **more)
    return raised.value


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        (
            "fail",
            "teller 1.0 ended with exit code 3; it printed last: reading the database /  [1mjava.lang.Error: no such genome",
        ),
        ("kill", "teller 1.0 was ended by SIGKILL, as happens when memory runs out"),
        ("die-late", "teller 1.0 was ended by SIGABRT; it printed last: the cache is damaged"),
        (
            "no-vcf",
            "teller 1.0 wrote no VCF: its output has to begin with ##fileformat=VCF, and begins with: usage: program [options]",
        ),
        ("nothing", "teller 1.0 wrote no VCF: its output has to begin with ##fileformat=VCF, and is empty"),
        ("no-columns", "teller 1.0 wrote no VCF: its output ends before the line of column names"),
        ("undeclared", "teller 1.0 does not declare ANN in its header, which the reference says it writes"),
    ],
)
def test_a_failure_is_a_sentence(tmp_path: Path, mode: str, sentence: str) -> None:
    """What happened and what was printed; frames of a Java stack and control characters are left out."""
    assert str(failure(tmp_path, mode)) == sentence


def test_an_endless_line(tmp_path: Path) -> None:
    """No line is longer than those of the input and what a command may add."""
    assert "wrote a line of more than" in str(failure(tmp_path, "endless-line"))


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    """The sentence names the path."""
    bundle = named(Command(("/usr/bin/no-such-engine", "-"), ("ANN",)))

    with pytest.raises(CommandFailedError) as raised:
        run(vcf(*ROWS), tmp_path, bundle)

    assert str(raised.value) == (
        "no-such-engine could not be started: /usr/bin/no-such-engine: No such file or directory; the machine that annotates"
        " needs it, and leave to run it"
    )


def test_processor_seconds(tmp_path: Path) -> None:
    """A command that computes for ever is ended by the limit of processor time, and the error says by which signal."""
    failed = failure(tmp_path, "burn", max_cpu_seconds=1.0)

    assert failed.signal == signal.SIGXCPU


def test_a_command_that_hangs(tmp_path: Path) -> None:
    """One that writes nothing for long is ended, and so is what it started."""
    sites = tmp_path / "sites"
    sites.write_bytes(vcf(*ROWS))
    began = time.monotonic()

    with (
        Running("sleeper", ["/bin/sleep", "3600"], sites, tmp_path / "own", silence_seconds=0.2) as running,
        pytest.raises(CommandFailedError, match=r"sleeper hangs: it wrote nothing for 0\.2 seconds"),
    ):
        list(running.lines(1000))

    assert time.monotonic() - began < 60


def test_much_that_is_printed(tmp_path: Path) -> None:
    """A command that warns more than a pipe holds goes on: it is read, and little of it kept."""
    outcome = run(vcf(*ROWS), tmp_path, commanded("noisy"))

    assert outcome.annotation.annotated_records == 2


def test_only_its_own_folder_and_nobodys_environment(tmp_path: Path) -> None:
    """It starts in an empty folder of the run, which goes with the run, with no more environment than a path and a language."""
    script = 'ls -A | wc -l >&2; env | cut -d= -f1 | sort | tr "\\n" " " >&2; touch left; exit 1'
    bundle = named(Command(("/bin/sh", "-c", script), ("ANN",)))

    with pytest.raises(CommandFailedError) as raised:
        run(vcf(*ROWS), tmp_path, bundle, limits=LIMITS)

    assert "printed last: 0 / HOME LANG " in str(raised.value)
    assert [path.name for path in (tmp_path / "output0").iterdir()] == []
