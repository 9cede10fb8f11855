"""What runs beside a cluster ends for certain."""

import subprocess
import sys
from pathlib import Path

import pytest

from dev.run.cluster.outside import Outside
from kube import processes
from tests.support.waiting import PATIENCE_SECONDS, until

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
OBEDIENT = "import time; print('there', flush=True); time.sleep(60)"


def started(program: str, folder: Path, name: str) -> subprocess.Popen[bytes]:
    """The program, once it says that it is there."""
    log = folder / f"{name}.log"
    child = processes.start([sys.executable, "-c", program], log=log, folder=folder)
    until(log.read_text, seconds=PATIENCE_SECONDS, pause=0.02)
    return child


def test_whoever_does_not_end_in_time_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A local AWS that is busy with what ten thousand jobs left may take long; nobody who has a report waits for it."""
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.5)
    outside = Outside(tmp_path, "127.0.0.1")
    children = [started(DEAF, tmp_path, "deaf"), started(OBEDIENT, tmp_path, "obedient")]
    outside._children += children

    outside.stop()

    assert [child.returncode for child in children] == [-9, -15]


def test_stopping_twice_is_no_error(tmp_path: Path) -> None:
    """Also where nothing was started."""
    outside = Outside(tmp_path, "127.0.0.1")

    outside.stop()
    outside.stop()
