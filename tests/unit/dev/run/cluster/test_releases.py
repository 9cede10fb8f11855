"""A release's own files."""

import subprocess
from pathlib import Path

import pytest

from dev import ROOT
from dev.run.cluster.releases import newest_with_chart, write_files
from dev.run.releases import Release
from kube.errors import ClusterError


def test_release_without_chart_is_passed_over() -> None:
    """The newest release that can be installed on a cluster is taken, and none when none can."""
    with_chart = Release("0.3.0", "2026-11-26", _commit("charts/gas/Chart.yaml"))
    without = Release("0.1.0", "2026-11-23", _commit("pyproject.toml", first=True))

    assert newest_with_chart([with_chart, without]) == with_chart
    assert newest_with_chart([without, with_chart]) == with_chart
    assert newest_with_chart([without]) is None


def _commit(path: str, *, first: bool = False) -> str:
    """The last or the first commit of this clone that changed a file."""
    log = subprocess.run(
        ["git", "log", "--format=%H", "--", path], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return log.stdout.split()[-1 if first else 0]


def test_unknown_commit_of_a_release_is_named(tmp_path: Path) -> None:
    """A clone without the history says which commit it lacks, and what to do."""
    lost = Release("0.1.0", "2026-11-23", "abcdef0" * 5 + "abcde")

    with pytest.raises(ClusterError, match=r"of release 0\.1\.0 .* fetch the whole history"):
        write_files(lost, tmp_path / "release")
