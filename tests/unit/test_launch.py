"""A program that is told to stop while it is being loaded stops, in order, and at once."""

import subprocess
import sys

import pytest

from tests.support.waiting import PATIENCE_SECONDS

STOPPED_WHILE_LOADING = """
import os, signal, sys
from importlib import import_module

class Finder:
    def find_spec(self, name, *_):
        if name == {module!r}:
            os.kill(os.getpid(), signal.{signal})

sys.meta_path.insert(0, Finder())
# As a container's first process sees it: without a handler the signal is lost.
signal.signal(signal.{signal}, signal.SIG_IGN)
sys.exit(import_module({launcher!r}).main())
"""


@pytest.mark.parametrize("part", ["annotator", "controllers", "web"])
@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
def test_stop_while_loading_is_heard(part: str, number: str) -> None:
    """The exit code is 0, and nothing was started: the settings are not even read."""
    program = STOPPED_WHILE_LOADING.format(
        module=f"gas_{part}.main", launcher=f"gas_{part}.launch", signal=number
    )

    ended = _run(program)

    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("part", ["annotator", "controllers", "web"])
def test_launched_program_runs(part: str) -> None:
    """What was loaded is run: settings that are wrong are refused, with its own code."""
    program = f"import sys; from gas_{part}.launch import main; sys.argv = ['x', '--check']; sys.exit(main())"

    ended = _run(program)

    assert ended.returncode == 2
    assert ended.stderr.startswith("GAS_ENV is 'no'")


def _run(program: str) -> subprocess.CompletedProcess[str]:
    """Run some Python with settings that are wrong."""
    return subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env={"GAS_ENV": "no"},
    )
