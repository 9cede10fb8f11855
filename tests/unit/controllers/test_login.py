"""How the watch finds the API server from inside a pod."""

from collections.abc import Iterator
from pathlib import Path

import kopf
import pytest
from kubernetes import client
from kubernetes.config.incluster_config import InClusterConfigLoader

from gas_controllers.main import by_address

NAMED = kopf.ConnectionInfo(server="https://kubernetes.default.svc", token="t", ca_path="/ca.crt")


@pytest.fixture(autouse=True)
def _own_configuration() -> Iterator[None]:
    """What a test loads is forgotten again."""
    yield
    client.Configuration.set_default(None)


@pytest.mark.parametrize(
    ("host", "server"),
    [("10.96.0.1", "https://10.96.0.1:443"), ("fd00::1", "https://[fd00::1]:443")],
    ids=["IPv4", "IPv6"],
)
def test_address_takes_the_place_of_the_name(host: str, server: str, tmp_path: Path) -> None:
    """The watch needs no DNS; token and authority stay."""
    (tmp_path / "token").write_text("t")
    (tmp_path / "ca.crt").write_text("a certificate")
    told = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": "443"}
    InClusterConfigLoader(tmp_path / "token", tmp_path / "ca.crt", environ=told).load_and_set()

    found = by_address(NAMED)

    assert found.server == server
    assert (found.token, found.ca_path) == (NAMED.token, NAMED.ca_path)
