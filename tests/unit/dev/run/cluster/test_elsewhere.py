"""Another cluster as the one that is tried."""

from pathlib import Path

import pytest

from dev.run.cluster import elsewhere
from dev.run.cluster.images import Built
from kube.errors import ClusterError


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
