"""Stand-ins as programs: where they answer is learnt, and where they do not, why."""

import subprocess
import sys
from pathlib import Path

import pytest

from dev.run import stand_in


def test_it_is_told_where_to_say_that_it_answers(tmp_path: Path) -> None:
    """In a file of its folder; what an older one said there is gone."""
    folder = tmp_path / "issuer"
    folder.mkdir()
    (folder / stand_in.READY).touch()

    asked = stand_in.command("dev.run.issuer", folder, "--port", 0)

    wanted = ["-m", "dev.run.issuer", "--port", "0", "--ready-file", str(folder / stand_in.READY)]
    assert asked == [sys.executable, *wanted]
    assert list(folder.iterdir()) == []


def test_its_address_is_what_it_said(tmp_path: Path) -> None:
    """Once the file is there."""
    (tmp_path / stand_in.READY).write_text('{"address": "http://127.0.0.1:7", "pid": 7}')
    child = subprocess.Popen(["true"])

    address = stand_in.await_address("issuer", child, tmp_path, tmp_path / "log")
    child.wait()

    assert address == "http://127.0.0.1:7"


def test_one_that_does_not_start_tells_why(tmp_path: Path) -> None:
    """The end of its log is in the error, and nothing of it is left."""
    with pytest.raises(stand_in.StandInError, match=r"(?s)the local issuer did not start; .*--nonsense"):
        stand_in.start("issuer", "dev.run.issuer", tmp_path, "--nonsense")
