"""Every pod of the chart passes the restricted Pod Security Standard on the real API server, and a bad one does not."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from dev.run.helm.chart import Release, Rendered
from kube.kubectl import Answer, Kubectl
from tests.support.charts import TABLE, Json, chart

pytestmark = pytest.mark.kube


def pods(rendered: Rendered) -> Iterator[Json]:
    """Each pod that the chart's objects would bring forth."""
    for each in rendered.objects:
        if each["kind"] == "Pod":
            yield each
        elif each["kind"] in {"Deployment", "Job"}:
            template = each["spec"]["template"]
            yield {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": each["metadata"]["name"],
                    "namespace": each["metadata"]["namespace"],
                    **template["metadata"],
                },
                "spec": template["spec"],
            }


def made_ready(cluster: Kubectl, release: Release, rendered: Rendered) -> None:
    """The accounts and classes that admission looks for."""
    wanted = [each for each in rendered.objects if each["kind"] in {"ServiceAccount", "PriorityClass"}]
    wanted.append(
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "somebody", "namespace": release.namespace},
        }
    )
    cluster.run("apply", "--server-side", "-f", "-", stdin=yaml.safe_dump_all(wanted))


def tried(cluster: Kubectl, release: Release, pod: Json) -> Answer:
    """What the API server says of a pod, without keeping it."""
    return cluster.ask(
        "create",
        "--dry-run=server",
        "--validate=strict",
        f"--namespace={release.namespace}",
        "-f",
        "-",
        stdin=json.dumps(pod),
    )


@pytest.mark.parametrize("name", TABLE)
def test_every_pod_is_admitted(cluster: Kubectl, release: Release, name: str) -> None:
    """In a namespace that enforces the restricted standard, the API server takes each pod without a warning."""
    rendered = chart(name=name, release=release)
    made_ready(cluster, release, rendered)

    answers = {each["metadata"]["name"]: tried(cluster, release, each) for each in pods(rendered)}

    assert len(answers) >= 3
    assert {pod: (answer.code, answer.stderr) for pod, answer in answers.items()} == dict.fromkeys(
        answers, (0, "")
    )


BAD: dict[str, tuple[Json, str]] = {
    "root": ({"podSecurityContext": {"runAsUser": 0, "runAsNonRoot": True}}, "runAsUser=0"),
    "may be root": ({"podSecurityContext": {"runAsNonRoot": False}}, "runAsNonRoot != true"),
    "escalation": (
        {"securityContext": {"allowPrivilegeEscalation": True}},
        "allowPrivilegeEscalation != false",
    ),
    "capabilities": ({"securityContext": {"capabilities": {"drop": []}}}, "unrestricted capabilities"),
    "seccomp": ({"podSecurityContext": {"seccompProfile": {"type": "Unconfined"}}}, "seccompProfile"),
}


@pytest.mark.parametrize(("planted", "said"), BAD.values(), ids=BAD)
def test_a_planted_bad_pod_is_refused(cluster: Kubectl, release: Release, planted: Json, said: str) -> None:
    """The admission above is real: the same pod with one thing worse is refused for it."""
    rendered = chart({"annotator": planted}, release=release)
    made_ready(cluster, release, rendered)
    [bad] = [each for each in pods(rendered) if each["metadata"]["name"] == "gas-annotator"]

    answer = tried(cluster, release, bad)

    assert answer.code != 0
    assert 'violates PodSecurity "restricted:latest"' in answer.stderr
    assert said in answer.stderr


@pytest.mark.parametrize("name", TABLE)
def test_no_container_can_write_to_its_image(name: str) -> None:
    """The root file system is read-only, what is written goes to bounded volumes, and /tmp is one of them."""
    for pod in pods(chart(name=name)):
        volumes: dict[str, Any] = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        for container in pod["spec"]["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            for mount in container["volumeMounts"]:
                volume = volumes[mount["name"]]
                claimed = "persistentVolumeClaim" in volume
                assert mount.get("readOnly") or claimed or volume["emptyDir"]["sizeLimit"]


def test_only_the_controllers_hold_a_token() -> None:
    """Annotators parse strangers' files, and pages are open to the world: neither is known to the Kubernetes API."""
    held = {
        each["metadata"]["name"]: each["spec"].get("automountServiceAccountToken")
        for each in pods(chart(name="everything"))
    }

    assert {name for name, mounted in held.items() if mounted is not False} == {"gas-controllers"}
