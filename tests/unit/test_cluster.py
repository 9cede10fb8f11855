"""What `make e2e` and `make images` decide without a cluster."""

import os
import subprocess
from pathlib import Path

import pytest

from dev.cluster import e2e, elsewhere
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


def test_as_root_nothing_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As root on Linux the rest is installed, so that nothing excuses it from running."""
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("sys.platform", "linux")

    assert e2e.what_is_missing(tmp_path) == []


def test_our_own_kubeconfig_names_no_other_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What `make cluster-env` exports leads to our own node, which stays our own."""
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "outside.kubeconfig"))

    assert e2e.what_is_missing(tmp_path) == []
    assert e2e.what_is_missing(tmp_path / "another") != []


def test_another_cluster_needs_its_tools_and_addresses(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With a KUBECONFIG it is told which programs and which addresses are missing."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("GAS_E2E_INGRESS", "127.0.0.1:443")
    monkeypatch.delenv("GAS_E2E_ADDRESS", raising=False)

    missing = e2e.what_is_missing(tmp_path)

    assert missing == ["kubectl on the path", "helm on the path", "GAS_E2E_ADDRESS in the environment"]


@pytest.mark.parametrize(
    ("kubectl", "missing"),
    [
        ("echo found", []),
        (
            "exit 1",
            [
                f"{need} in the cluster of KUBECONFIG"
                for need in ("KEDA", "metrics-server", "an ingress controller")
            ],
        ),
        # An empty list is an answer too.
        (
            'case "$*" in *ingressclass*) ;; *) echo found;; esac',
            ["an ingress controller in the cluster of KUBECONFIG"],
        ),
    ],
    ids=["all", "nothing", "no-ingress"],
)
def test_what_another_cluster_lacks_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kubectl: str, missing: list[str]
) -> None:
    """Before an image is built: the platform needs what the cluster's owner installs."""
    for name, body in {"kubectl": kubectl, "helm": "true"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("GAS_E2E_INGRESS", "127.0.0.1:443")
    monkeypatch.setenv("GAS_E2E_ADDRESS", "127.0.0.1")

    assert e2e.what_is_missing(tmp_path / "state") == missing


def test_another_cluster_is_a_target(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Images come to it by the command or the registry that it names; HTTP is on port 80 unless told."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.setenv("GAS_E2E_INGRESS", "127.0.0.1:8443")
    monkeypatch.setenv("GAS_E2E_ADDRESS", "172.18.0.1")
    monkeypatch.setenv("GAS_E2E_REGISTRY", "r.test/gas")
    monkeypatch.setenv("GAS_E2E_LOAD", "test -f")
    archive = tmp_path / "web.tar"
    built = [Built("web", "r.test/gas/gas-web:t", archive, 1)]

    with pytest.raises(ClusterError, match="is GAS_E2E_LOAD right for this cluster"):
        elsewhere.as_target(built, "t")
    archive.touch()
    target = elsewhere.as_target(built, "t")

    assert (target.ingress, target.ingress_http) == ("127.0.0.1:8443", "127.0.0.1:80")
    assert (target.registry, target.tag, target.own_state_dir) == ("r.test/gas", "t", "")


def test_a_claim_that_was_not_tried_is_no_success() -> None:
    """It may stay untried elsewhere, but something must have been tried, and a skip is a failure."""

    def outcomes(*names: str) -> list[e2e.Claim]:
        return [e2e.Claim("x", name, {}) for name in names]

    assert e2e.verdict(outcomes("passed", e2e.NOT_TRIED))
    assert not e2e.verdict(outcomes(e2e.NOT_TRIED))
    assert not e2e.verdict(outcomes("passed", "skipped"))
    assert not e2e.verdict(outcomes("passed", "failed"))
    assert not e2e.verdict([])


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
