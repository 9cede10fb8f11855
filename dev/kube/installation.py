"""What GAS needs in a control plane: its CRDs, a namespace, and the controllers' identity with the least rights."""

import json
import time
from pathlib import Path
from typing import Any

import yaml

from dev.helm.chart import Release, render
from dev.kube.certificates import Certificates
from dev.kube.errors import KubectlError
from dev.kube.kubeconfig import for_token, write_kubeconfig
from dev.kube.kubectl import Kubectl

_ROOT = Path(__file__).resolve().parents[2]

CRDS = _ROOT / "crds"
"""The one source of the CRDs."""

SERVICE_ACCOUNT = "gas-controllers"

RIGHTS = ("controllers/serviceaccount.yaml", "controllers/rbac.yaml", "annotationjob-restores.yaml")
"""The chart's templates that say who the controllers are and what they may do, and what else is refused at the door."""

TOKEN_DURATION = "168h"  # noqa: S105 - a duration, not a token
"""A week: `make up` is left running over days, and on a real cluster the kubelet renews tokens instead."""

_LOCAL_VALUES = {
    "settings": {"env": "local", "web": {"publicUrl": "http://127.0.0.1", "clientId": "local"}},
    "web": {"oidc": {"existingSecret": "none"}},
    "controllers": {"podDeletionCost": {"enabled": False}},
}
"""What the chart wants to be told by every installation, and that there are no pods to mark."""

_SETTLE_SECONDS = 30.0
_POLL_SECONDS = 0.1
_APPLY = ("apply", "--server-side", "--force-conflicts", "--field-manager=gas-dev", "-f", "-")


def apply_crds(kubectl: Kubectl, folder: Path) -> None:
    """Apply every CRD of a folder and return once the API server serves each version.

    Raises:
        KubectlError: the folder holds no CRD, the API server refused one, or did not serve it in time.
    """
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise KubectlError(f"{folder} holds no CRD: it should hold one YAML file for each custom resource.")
    crds = [crd for file in files for crd in yaml.safe_load_all(file.read_text(encoding="utf-8"))]
    kubectl.run(*_APPLY, stdin=yaml.safe_dump_all(crds))
    names = [f"customresourcedefinition/{crd['metadata']['name']}" for crd in crds]
    kubectl.run("wait", "--for=condition=Established", "--timeout=30s", *names, seconds=40)
    for crd in crds:
        for version in crd["spec"]["versions"]:
            _wait_served(kubectl, crd["spec"]["group"], version["name"], crd["spec"]["names"]["plural"])


def controllers_manifests(namespace: str) -> list[dict[str, Any]]:
    """The chart's own rights, for a release `gas` in this namespace that has no pods.

    Raises:
        HelmError: the chart cannot be rendered.
    """
    rendered = render(_LOCAL_VALUES, Release("gas", namespace))
    return [each for template in RIGHTS for each in rendered.of(template)]


def identity_for_controllers(
    kubectl: Kubectl, namespace: str, *, server: str, certificates: Certificates, path: Path
) -> Path:
    """Make the namespace, the service account and its rights; write its kubeconfig and return the path.

    Raises:
        KubectlError: the API server refused a step, or the rights did not hold in time.
        HelmError: the chart that the rights are rendered from is broken.
    """
    wanted = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}]
    kubectl.run(*_APPLY, stdin=yaml.safe_dump_all(wanted + controllers_manifests(namespace)))
    token = kubectl.run(
        "create", "token", SERVICE_ACCOUNT, f"--namespace={namespace}", f"--duration={TOKEN_DURATION}"
    ).strip()
    write_kubeconfig(
        path,
        server=server,
        certificates=certificates,
        user=for_token(token),
        context=f"{SERVICE_ACCOUNT}@{namespace}",
        namespace=namespace,
    )
    _wait_allowed(Kubectl(kubectl.binary, path), namespace)
    return path


def _wait_served(kubectl: Kubectl, group: str, version: str, plural: str) -> None:
    """Established is said a moment before the first request is answered; wait for the answer itself."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        answer = kubectl.ask("get", "--raw", f"/apis/{group}/{version}")
        if answer.code == 0 and plural in {each["name"] for each in json.loads(answer.stdout)["resources"]}:
            return
        if time.monotonic() > deadline:
            raise KubectlError(
                f"the API server does not serve {plural}.{group}/{version}: {answer.stderr.strip()}"
            )
        time.sleep(_POLL_SECONDS)


def _wait_allowed(kubectl: Kubectl, namespace: str) -> None:
    """The authorizer learns of new bindings from a watch; wait until it has."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    questions = (
        ("list", "annotationjobs.gas.io", f"--namespace={namespace}"),
        ("get", "customresourcedefinitions.apiextensions.k8s.io/annotationjobs.gas.io"),
    )
    for question in questions:
        while kubectl.ask("auth", "can-i", *question).stdout.strip() != "yes":
            if time.monotonic() > deadline:
                raise KubectlError(
                    f"{SERVICE_ACCOUNT} in {namespace} may still not {' '.join(question)}: see the chart's {RIGHTS[-1]}."
                )
            time.sleep(_POLL_SECONDS)
