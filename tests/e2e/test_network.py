"""Who reaches whom, on a cluster that enforces NetworkPolicies. The model of them is tried in tests/charts/test_network.py."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import pytest

from dev.run.cluster.installation import Installation
from dev.run.cluster.outside import AWS_PORT, ISSUER_PORT
from tests.e2e.conftest import own_node
from tests.support.inputs import short_vcf
from tests.support.records import with_pace
from tests.support.waiting import until

PORTS = {"web": 8080, "annotator": 8082, "controllers": 8083}
"""What each part listens on."""

PACE_SECONDS = 60.0
"""An annotator that is looked at stays busy meanwhile."""

STRANGER = "stranger"
STRANGER_PORT = 9000

INGRESS_NAMESPACE = "ingress"
"""Of our own node's ingress controller."""

SETTLED_SECONDS = 60
"""An enforcer of policies learns of a new pod a moment after its start, and may let it pass until then."""

REACHED = """
import json, os, socket, sys
from concurrent.futures import ThreadPoolExecutor

def opens(target):
    try:
        socket.create_connection(target, timeout=3).close()
    except OSError:
        return False
    return True

def asks_dns(name):
    try:
        socket.getaddrinfo(name, 443)
    except OSError:
        return False
    return True

targets = {name: tuple(where) for name, where in json.load(sys.stdin).items()}
targets["the Kubernetes API"] = os.environ["KUBERNETES_SERVICE_HOST"], int(os.environ["KUBERNETES_SERVICE_PORT"])
with ThreadPoolExecutor() as threads:
    found = dict(zip(targets, threads.map(opens, targets.values())))
found["DNS"] = asks_dns("kubernetes.default.svc")
print(json.dumps(sorted(name for name, reached in found.items() if reached)))
"""
"""Run by a pod's own Python: which of the targets it reaches."""


@pytest.fixture(scope="module")
def job(installation: Installation) -> Iterator[str]:
    """A job that an annotator is busy with."""
    values = with_pace(installation.values(), pace_seconds=PACE_SECONDS, drain_seconds=20, grace_seconds=60)
    installation.upgrade(values)
    installation.make_user()
    name = "for-the-network"
    installation.send([name], short_vcf())
    yield name
    installation.await_jobs([name])
    installation.upgrade()


@pytest.fixture(scope="module")
def stranger(installation: Installation, job: str) -> Iterator[dict[str, Any]]:
    """A pod of the namespace that is no part of the release: no policy holds it, and what it reaches is there."""
    container: dict[str, Any] = {
        "name": STRANGER,
        "image": f"{installation.target.registry}/gas-web:{installation.target.tag}",
        "command": ["python", "-m", "http.server", str(STRANGER_PORT), "--directory", "/tmp"],
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
    yield installation.pod(STRANGER)
    installation.ask("delete", "pod", STRANGER)


def test_parts_reach_what_they_need(
    installation: Installation, stranger: dict[str, Any], record_property: Any
) -> None:
    """Each part reaches what it needs and nothing else, where a pod without a policy reaches everything."""
    pods = {part: installation.pod(part) for part in PORTS} | {STRANGER: stranger}
    address = installation.target.address
    targets = {"AWS": (address, AWS_PORT), "the issuer": (address, ISSUER_PORT)}
    targets |= {_name(part): (pods[part]["status"]["podIP"], port) for part, port in PORTS.items()}
    targets |= {_name(STRANGER): (stranger["status"]["podIP"], STRANGER_PORT)}
    everything = {*targets, "the Kubernetes API", "DNS"}
    # To 443 everybody may go, for AWS has no fixed addresses; some clusters have their API there.
    usual = {"AWS", "DNS"} | ({"the Kubernetes API"} if _api_port(installation) == 443 else set())
    more = {"web": {"the issuer"}, "annotator": set(), "controllers": {"the Kubernetes API"}}
    # Itself each reaches without a network.
    expected = {part: usual | more[part] | {_name(part)} for part in PORTS} | {STRANGER: everything}
    reached: dict[str, set[str]] = {}

    def settled() -> bool:
        reached.update({part: _reached(installation, pod, targets) for part, pod in pods.items()})
        return reached == expected

    with suppress(AssertionError):
        until(settled, seconds=SETTLED_SECONDS, pause=2)

    record_property("reached", {part: sorted(found) for part, found in reached.items()})
    if all(found == everything for found in reached.values()):
        pytest.skip("this cluster does not enforce NetworkPolicies")
    assert reached == expected


def test_pages_only_through_the_ingress_controller(
    installation: Installation, stranger: dict[str, Any], record_property: Any
) -> None:
    """When `web.networkPolicy.from` names the ingress controller, people and `helm test` come in and strangers do not."""
    if not own_node():
        pytest.skip("where the ingress controller's pods are is known of our own node alone")
    before = _reaches_the_web(installation, stranger)
    values = installation.values()
    named = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": INGRESS_NAMESPACE}}}
    values["web"]["networkPolicy"] = {"from": [named]}
    installation.give_token()

    installation.upgrade(values)
    until(lambda: not _reaches_the_web(installation, stranger), seconds=SETTLED_SECONDS, pause=1)
    status = installation.get("/").status_code
    installation.helm("test", "gas", "--timeout=240s")
    after = _reaches_the_web(installation, stranger)

    record_property("statusThroughTheIngress", status)
    assert (before, after) == (True, False)
    assert status == 200


def _name(part: str) -> str:
    """What a pod is called among the targets."""
    return f"a pod of {part}"


def _reached(
    installation: Installation, pod: dict[str, Any], targets: Mapping[str, tuple[str, int]]
) -> set[str]:
    """Which of the targets a pod reaches, the Kubernetes API and DNS among them."""
    answer = installation.kubectl.run(
        f"--namespace={installation.namespace}",
        "exec",
        "--stdin",
        pod["metadata"]["name"],
        "--",
        "python",
        "-c",
        REACHED,
        stdin=json.dumps(targets),
        seconds=60,
    )
    return set(json.loads(answer))


def _reaches_the_web(installation: Installation, stranger: dict[str, Any]) -> bool:
    web = (installation.pod("web")["status"]["podIP"], PORTS["web"])
    return "web" in _reached(installation, stranger, {"web": web})


def _api_port(installation: Installation) -> int:
    """Where the API server itself listens: policies judge a connection to a Service by where it leads."""
    label = "--selector=kubernetes.io/service-name=kubernetes"
    text = installation.kubectl.run("--namespace=default", "get", "endpointslices", label, "--output=json")
    return int(json.loads(text)["items"][0]["ports"][0]["port"])
