"""How the API server is called."""

from pathlib import Path

from kube.binaries import Binaries
from kube.command_lines import SERVICES, Ports, apiserver
from kube.node import layout


def test_api_server_of_a_node_serves_pods() -> None:
    """It is reached from outside of loopback, lets pods run, and knows the API servers behind it."""
    binaries = Binaries.in_folder(Path("/programs"))

    flags = apiserver(binaries, Path("/state"), Ports(1, 2, 3), layout.ADDRESS)

    assert f"--advertise-address={layout.ADDRESS}" in flags
    assert f"--service-cluster-ip-range={SERVICES}" in flags
    assert "--authorization-mode=Node,RBAC" in flags
    assert "--enable-aggregator-routing" in flags
    assert "--bind-address=127.0.0.1" not in flags
