"""Who reaches whom, on a cluster that enforces NetworkPolicies. The model of them is tried in tests/charts/test_network.py."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from dev.cluster.installation import Installation
from dev.cluster.outside import AWS_PORT, ISSUER_PORT
from tests.e2e.conftest import own_node
from tests.support.inputs import short_vcf
from tests.support.waiting import until

PORTS = {"web": 8080, "annotator": 8082, "controllers": 8083}
"""What each part listens on."""

STRANGER = "stranger"
STRANGER_PORT = 9000

INGRESS_NAMESPACE = "ingress"
"""Of our own node's ingress controller."""

REACHED = """
import json, os, socket, sys

def opens(host, port):
    try:
        socket.create_connection((host, port), timeout=3).close()
    except OSError:
        return False
    return True

targets = json.load(sys.stdin)
targets["the Kubernetes API"] = [os.environ["KUBERNETES_SERVICE_HOST"], int(os.environ["KUBERNETES_SERVICE_PORT"])]
print(json.dumps([name for name, (host, port) in sorted(targets.items()) if opens(host, port)]))
"""
"""Run by a pod's own Python: to which of the targets a connection can be made."""


@pytest.fixture(scope="module")
def stranger(installation: Installation) -> Iterator[str]:
    """A pod of the namespace that is no part of the release: no policy holds it, and what it reaches is there."""
    serve = ["python", "-m", "http.server", str(STRANGER_PORT), "--directory", "/tmp"]
    container: dict[str, Any] = {
        "name": STRANGER,
        "image": f"{installation.target.registry}/gas-web:{installation.target.tag}",
        "command": serve,
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    spec = {
        "containers": [container],
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 0,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    }
    metadata = {
        "name": STRANGER,
        "namespace": installation.namespace,
        "labels": {"app.kubernetes.io/component": STRANGER},
    }
    installation.apply([{"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}])
    until(lambda: installation.pods(STRANGER, ready=True), seconds=60, pause=0.2)
    yield STRANGER
    installation.ask("delete", "pod", STRANGER)


def test_parts_reach_what_they_need(installation: Installation, stranger: str, record_property: Any) -> None:
    """Each part reaches what it needs and nothing else, where a pod without a policy reaches everything."""
    installation.send(["for-the-network"], short_vcf())  # An annotator is there for a job alone.
    pods = {part: _pod(installation, part) for part in (*PORTS, STRANGER)}
    address = installation.target.address
    targets = {"AWS": [address, AWS_PORT], "the issuer": [address, ISSUER_PORT]}
    targets |= {f"a pod of {part}": [pods[part]["status"]["podIP"], port] for part, port in PORTS.items()}
    targets |= {"a stranger": [pods[STRANGER]["status"]["podIP"], STRANGER_PORT]}

    reached = {
        part: [
            # Itself it reaches without a network.
            target
            for target in _reached(installation, pod["metadata"]["name"], targets)
            if part == STRANGER or target != f"a pod of {part}"
        ]
        for part, pod in pods.items()
    }

    record_property("reached", reached)
    if all(found == reached[stranger] for found in reached.values()):
        pytest.skip("this cluster does not enforce NetworkPolicies")
    # To 443 everybody may go, for AWS has no fixed addresses; some clusters have their API there.
    everybody = {"AWS"} | ({"the Kubernetes API"} if _api_port(installation) == 443 else set())
    assert set(reached[stranger]) == {*targets, "the Kubernetes API"}
    assert set(reached["annotator"]) == everybody
    assert set(reached["web"]) == everybody | {"the issuer"}
    assert set(reached["controllers"]) == everybody | {"the Kubernetes API"}
    installation.await_jobs(["for-the-network"])


def test_pages_only_through_the_ingress_controller(
    installation: Installation, stranger: str, record_property: Any
) -> None:
    """When `web.networkPolicy.from` names the ingress controller, people and `helm test` come in and strangers do not."""
    if not own_node():
        pytest.skip("where the ingress controller's pods are is known of our own node alone")
    before = _reaches_the_web(installation)
    values = installation.values()
    named = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": INGRESS_NAMESPACE}}}
    values["web"]["networkPolicy"] = {"from": [named]}
    installation.give_token()
    try:
        installation.upgrade(values)
        until(lambda: not _reaches_the_web(installation), seconds=60, pause=1)
        status = installation.get("/").status_code
        installation.helm("test", "gas", "--timeout=240s")
        after = _reaches_the_web(installation)
    finally:
        installation.upgrade()

    record_property("statusThroughTheIngress", status)
    assert (before, after) == (True, False)
    assert status == 200


def _pod(installation: Installation, part: str) -> dict[str, Any]:
    """A pod of a part, once one is ready."""
    name = until(lambda: installation.pods(part, ready=True), seconds=120, pause=0.2)[0]
    return next(pod for pod in installation.pod_objects(part) if pod["metadata"]["name"] == name)


def _reached(installation: Installation, pod: str, targets: dict[str, list[Any]]) -> list[str]:
    answer = installation.kubectl.run(
        f"--namespace={installation.namespace}",
        "exec",
        "--stdin",
        pod,
        "--",
        "python",
        "-c",
        REACHED,
        stdin=json.dumps(targets),
        seconds=60,
    )
    found: list[str] = json.loads(answer)
    return found


def _reaches_the_web(installation: Installation) -> bool:
    """Whether the stranger does."""
    address = _pod(installation, "web")["status"]["podIP"]
    return "web" in _reached(installation, STRANGER, {"web": [address, PORTS["web"]]})


def _api_port(installation: Installation) -> int:
    """Where the API server itself listens: policies judge a connection to a Service by where it leads."""
    slices = json.loads(
        installation.kubectl.run(
            "--namespace=default",
            "get",
            "endpointslices",
            "-l",
            "kubernetes.io/service-name=kubernetes",
            "-o",
            "json",
        )
    )
    return int(slices["items"][0]["ports"][0]["port"])
