"""What GAS needs in a control plane: its CRDs, a namespace, and the controllers' identity with the least rights."""

import time
from pathlib import Path
from typing import Any

from dev import ROOT
from dev.run.helm.chart import Release, render
from kube.control_plane import ControlPlane
from kube.errors import KubectlError
from kube.kubeconfig import for_token, write_kubeconfig
from kube.kubectl import Kubectl

CRDS = ROOT / "crds"
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


def controllers_manifests(namespace: str) -> list[dict[str, Any]]:
    """The chart's own rights, for a release `gas` in this namespace that has no pods.

    Raises:
        HelmError: the chart cannot be rendered.
    """
    rendered = render(_LOCAL_VALUES, Release("gas", namespace))
    return [each for template in RIGHTS for each in rendered.of(template)]


def identity_for_controllers(plane: ControlPlane, namespace: str) -> Path:
    """Make the namespace, the service account and its rights; write its kubeconfig and return the path.

    Raises:
        KubectlError: the API server refused a step, or the rights did not hold in time.
        HelmError: the chart that the rights are rendered from is broken.
    """
    kubectl, path = plane.admin, plane.admin_kubeconfig.with_name(f"controllers-{namespace}.kubeconfig")
    wanted = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    kubectl.apply([wanted, *controllers_manifests(namespace)])
    token = kubectl.run(
        "create", "token", SERVICE_ACCOUNT, f"--namespace={namespace}", f"--duration={TOKEN_DURATION}"
    ).strip()
    write_kubeconfig(
        path,
        server=plane.server,
        certificates=plane.certificates,
        user=for_token(token),
        context=f"{SERVICE_ACCOUNT}@{namespace}",
        namespace=namespace,
    )
    _wait_allowed(Kubectl(kubectl.binary, path), namespace)
    return path


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
