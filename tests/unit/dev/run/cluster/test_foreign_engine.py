"""The bundles that name somebody else's programs: what they are built of, and that an installation may run them."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from dev import ROOT
from dev.run.cluster.foreign_engine import (
    FOLDERS,
    PROBE_CODE,
    PROBE_SCRIPT,
    probe_arguments,
    sample,
    snpeff_arguments,
)
from gas_engine.foreign.command import Command


@pytest.mark.parametrize(
    "arguments",
    [snpeff_arguments(Path("bundle"), Path("database")), probe_arguments(Path("bundle"))],
    ids=["snpEff", "probe"],
)
def test_the_listed_folders_are_enough(arguments: list[str]) -> None:
    """An installation that lists what the page on references says runs both."""
    told = [argument.partition("=") for argument in arguments if argument.startswith("--command")]
    [command] = [value for name, _, value in told if name == "--command"]
    reads = tuple(value for name, _, value in told if name == "--command-reads")

    assert Command(tuple(shlex.split(command)), ("ANN",), reads).refusal(map(Path, FOLDERS)) is None
    assert json.dumps(list(FOLDERS)) in (ROOT / "docs/references.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("asked", "code"), [(PROBE_CODE, 99), (0, 0)])
def test_the_probe_says_what_it_reached(asked: int, code: int) -> None:
    """Where nothing keeps it from that, at least the users; it ends otherwise than asked then, but for a success."""
    done = subprocess.run(
        ["bash", "-c", PROBE_SCRIPT, "probe", str(asked)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == code
    assert done.stderr.startswith("it reached:")
    assert "users" in done.stderr


def test_the_sample_covers_the_mitochondrion() -> None:
    """Its records lie from one end to the other."""
    places = [int(line.split("\t")[1]) for line in sample().splitlines() if not line.startswith("#")]

    assert len(places) > 300
    assert places == sorted(places)
    assert (places[0], places[-1]) == (51, 16551)
