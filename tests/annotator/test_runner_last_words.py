"""What operations learn of a child that crashed: its cause of death, and what of its last words is no part of the file."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gas.ports.runner import Crashed, Outcome
from gas_annotator.cage import Kernel
from gas_annotator.child import Child, ChildLimits
from gas_annotator.engine import Annotation, Reference, Task
from gas_annotator.runner import ChildRun
from gas_annotator.sandbox import CHILD_LOG
from tests.annotator.workbench import LIMITS, ended, rcrs
from tests.support.vcf_files import vcf
from tests.support.waiting import PATIENCE_SECONDS

ALLOWED = ChildLimits(
    cpu_seconds=20, memory_bytes=256 * 2**20, file_bytes=16 * 2**20, wall_seconds=PATIENCE_SECONDS
)

Report = Callable[[int], None]
Work = Callable[[Task, Reference, Report], Annotation]


def outcome_of(work: Work, folder: Path) -> Outcome:
    """What becomes of a child that does this work."""
    source, output = folder / "input", folder / "output"
    source.write_bytes(vcf("MT 3460 . G A . . ."))
    output.mkdir()
    # On a kernel without a cage a child can put anything anywhere.
    kernel = Kernel(landlock=0, seccomp=False)
    task = Task(source, "sample.vcf", output, LIMITS)
    child = Child.fork(task, rcrs(), ALLOWED, work, kernel=kernel)
    ended(child)
    outcome = ChildRun(child, output).poll(0.0)
    assert outcome is not None
    return outcome


def die(*words: str) -> None:
    """Print as a C library does, and die without a verdict."""
    os.write(2, "\n".join(words).encode())
    os._exit(3)


def test_end_of_what_was_printed(tmp_path: Path) -> None:
    """A library quotes the record that it stumbled over: told is which of its functions it was."""

    def talk(task: Task, _: Reference, report: Report) -> Annotation:
        die("SMITH" * 10_000, "[E::bcf_write] broken record of SMITH at MT:3460", "No space left on device")
        raise AssertionError

    outcome = outcome_of(talk, tmp_path)

    assert outcome == Crashed(
        "the child ended with exit code 3 and no verdict; what it printed is not told, for it may quote the file, "
        "except: [E::bcf_write], No space left on device"
    )


def test_a_defect_of_ours_quotes_nothing(tmp_path: Path) -> None:
    """The text of an exception may be a piece of the file: told are its kind and its place."""

    def fail(task: Task, _: Reference, report: Report) -> Annotation:
        int("SMITH")
        raise AssertionError

    outcome = outcome_of(fail, tmp_path)

    assert isinstance(outcome, Crashed)
    assert outcome.detail.startswith("ValueError at test_runner_last_words.py:")
    assert "SMITH" not in outcome.detail


def test_silent_death(tmp_path: Path) -> None:
    """A child that printed nothing has no last words."""

    def vanish(task: Task, _: Reference, report: Report) -> Annotation:
        die()
        raise AssertionError

    assert outcome_of(vanish, tmp_path) == Crashed("the child ended with exit code 3 and no verdict")


@pytest.mark.parametrize("trick", ["symlink", "hard-link", "pipe", "folder"])
def test_place_that_leads_elsewhere(tmp_path: Path, trick: str) -> None:
    """A child cannot make its parent read another file, wait at a pipe, or fail."""
    secret = tmp_path / "secret"
    secret.write_text("not for logs", encoding="utf-8")

    def swap(task: Task, _: Reference, report: Report) -> Annotation:
        place = task.output_dir / CHILD_LOG
        place.unlink()
        match trick:
            case "symlink":
                place.symlink_to(secret)
            case "hard-link":
                place.hardlink_to(secret)
            case "pipe":
                os.mkfifo(place)
            case _:
                place.mkdir()
        die()
        raise AssertionError

    outcome = outcome_of(swap, tmp_path)

    assert isinstance(outcome, Crashed)
    assert "not for logs" not in outcome.detail
    if trick == "hard-link" and outcome.detail.startswith("PermissionError"):
        return  # A user of its own may link to no file of somebody else's.
    assert outcome.detail == "the child ended with exit code 3 and no verdict"
