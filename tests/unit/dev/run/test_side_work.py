"""Work beside other work: heard to its end, or ended when nobody waits for it any more."""

import sys
from pathlib import Path
from threading import Event

import pytest

from dev.run.side_work import EndedError, beside, run_to_end
from tests.support.waiting import PATIENCE_SECONDS

_ENDLESS = [sys.executable, "-c", "import time; time.sleep(1000)"]


def test_work_beside_is_there_when_it_is_asked_for() -> None:
    """What the work made is taken where it is needed."""
    with beside(lambda over: f"made {over.is_set()}") as made:
        found = made.result()

    assert found == "made False"


def test_work_beside_is_told_when_the_other_work_fails() -> None:
    """A platform that does not start says so at once, and not only when yeast is built."""
    with pytest.raises(ZeroDivisionError), beside(lambda over: over.wait(PATIENCE_SECONDS)) as told:
        raise ZeroDivisionError

    assert told.result() is True


def test_a_command_is_heard_to_its_end(tmp_path: Path) -> None:
    """Its exit code and both of its outputs, with the settings that it was given and no others."""
    program = "import os, sys; print(os.environ['WORD']); sys.stderr.write('why'); sys.exit(3)"

    done = run_to_end(
        [sys.executable, "-c", program],
        seconds=PATIENCE_SECONDS,
        over=Event(),
        settings={"WORD": str(tmp_path)},
    )

    assert (done.returncode, done.stdout, done.stderr) == (3, f"{tmp_path}\n", "why")


def test_a_command_that_takes_too_long_is_ended() -> None:
    """Whoever waits for it is told."""
    with pytest.raises(TimeoutError):
        run_to_end(_ENDLESS, seconds=0.0, over=Event())


def test_a_command_that_nobody_waits_for_is_ended() -> None:
    """It leaves nothing behind that would write on."""
    over = Event()
    over.set()

    with pytest.raises(EndedError):
        run_to_end(_ENDLESS, seconds=PATIENCE_SECONDS, over=over)
