"""What `make e2e` and `make images` decide without a cluster."""

import subprocess
from pathlib import Path

import pytest

from dev.cluster import e2e
from dev.cluster.images import Built, report
from dev.cluster.releases import newest_with_chart, write_files
from dev.kube.errors import ClusterError
from dev.kube.node import machine
from dev.releases import Release
from dev.up.options import ROOT


def test_without_root_it_cannot_run_and_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """77 and the name of what is missing, before anything is started or written."""
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    said: list[str] = []

    code = e2e.run(tmp_path, "x", [], said.append)

    assert code == e2e.CANNOT_RUN
    assert said == ["make e2e cannot run here, it lacks: root, or KUBECONFIG of a cluster."]
    assert list(tmp_path.iterdir()) == []


def test_as_root_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As root on Linux the rest is installed, so that nothing excuses it from running."""
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("sys.platform", "linux")

    assert e2e.what_is_missing() == []


def test_another_cluster_needs_its_tools_and_addresses(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With a KUBECONFIG it is told which programs and which addresses are missing."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("GAS_E2E_INGRESS", "127.0.0.1:443")
    monkeypatch.delenv("GAS_E2E_ADDRESS", raising=False)

    missing = e2e.what_is_missing()

    assert missing == ["kubectl on the path", "helm on the path", "GAS_E2E_ADDRESS in the environment"]


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


def test_sizes_are_reported(tmp_path: Path) -> None:
    """The report names each image and its size."""
    found = report([Built("web", "localhost/gas-web:1", tmp_path / "web.tar", 123)])

    assert found == {"images": [{"part": "web", "reference": "localhost/gas-web:1", "sizeBytes": 123}]}


def test_every_difference_is_told() -> None:
    """New, gone and changed things each get a sentence; equal ones none."""
    before = {"link": {"lo": "UP", "eth0": "UP"}, "mount": {"/a": "ext4"}}
    after = {"link": {"lo": "UP", "eth0": "DOWN", "cni0": "UP"}, "mount": {}}

    found = machine.differences(before, after)

    assert found == [
        "link cni0 is new: UP",
        "link eth0 was UP and is DOWN",
        "mount /a is gone: ext4",
    ]
    assert machine.differences(before, before) == []


def test_ended_process_is_not_still_there() -> None:
    """A process counts while it runs, and a stranger under its id does not."""
    process = subprocess.Popen(["sleep", "60"])
    started = machine._start_time(process.pid)

    running = machine.still_there(frozenset({(process.pid, started)}))
    process.kill()
    process.wait()
    ended = machine.still_there(frozenset({(process.pid, started)}))
    stranger = machine.still_there(frozenset({(1, "0000")}))

    assert started
    assert (running, ended, stranger) == ([process.pid], [], [])
