"""A failing test tells what it saw in forty lines."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE_SECONDS

FAILING = """
import pytest
import sys

@pytest.fixture
def prepared():
    print("prepared " * 3000)

def test_pages(prepared):
    for number in range(500):
        print("printed", number)
        print("complained", number, file=sys.stderr)
    page = "<p>" * 5000
    lines = [f"line {number}" for number in range(900)]
    assert (page, lines) == (page + "the end", lines + ["one more"])
"""


@pytest.mark.parametrize(("option", "most"), [("-q", 40), ("-vv", None)], ids=["short", "whole"])
def test_a_failure_is_told_in_forty_lines(tmp_path: Path, option: str, most: int | None) -> None:
    """Whatever was printed and compared, and where pytest itself would shorten nothing; more only when asked for."""
    (tmp_path / "test_it.py").write_text(FAILING)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.support.failures", option, "--rootdir=.", "test_it.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[3]), "CI": "true"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )

    told = done.stdout.splitlines()
    [assertion] = [number for number, line in enumerate(told) if line.startswith("E   ")][:1]
    assert done.returncode == 1
    assert assertion > 0
    if most is None:
        assert len(told) > 1000
    else:
        assert len(told) <= most
        assert max(len(line) for line in told) < 500
        assert "complained 499" in done.stdout
