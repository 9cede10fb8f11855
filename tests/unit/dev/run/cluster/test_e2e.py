"""What `make e2e` decides without a cluster."""

import os
from pathlib import Path

import pytest

from dev.run.cluster import e2e


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


def test_a_claim_that_was_not_tried_is_no_success() -> None:
    """It may stay untried elsewhere, but something must have been tried, and a skip is a failure."""

    def outcomes(*names: str) -> list[e2e.Claim]:
        return [e2e.Claim("x", name, {}) for name in names]

    assert e2e.verdict(outcomes("passed", e2e.NOT_TRIED))
    assert not e2e.verdict(outcomes(e2e.NOT_TRIED))
    assert not e2e.verdict(outcomes("passed", "skipped"))
    assert not e2e.verdict(outcomes("passed", "failed"))
    assert not e2e.verdict([])
