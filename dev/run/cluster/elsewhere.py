"""A cluster that is not our own: what `KUBECONFIG` and the variables beside it tell of it."""

import os
import shutil
import subprocess
from pathlib import Path

from dev.run.cluster.images import LOCAL_REGISTRY, Built
from dev.run.cluster.target import Target
from kube.errors import ClusterError
from kube.node.cluster import kubeconfig_outside

KUBECONFIG = "KUBECONFIG"
ADDRESS = "GAS_E2E_ADDRESS"
INGRESS = "GAS_E2E_INGRESS"
INGRESS_HTTP = "GAS_E2E_INGRESS_HTTP"
LOAD = "GAS_E2E_LOAD"
REGISTRY = "GAS_E2E_REGISTRY"

LOAD_SECONDS = 1800.0
ASK_SECONDS = 30.0

NEEDS = {
    "KEDA": ("get", "crd", "scaledobjects.keda.sh", "--output=name"),
    "metrics-server": ("get", "apiservice", "v1beta1.metrics.k8s.io", "--output=name"),
    "an ingress controller": ("get", "ingressclass", "--output=name"),
}
"""What must be there, and how kubectl is asked for it."""


def is_named(state_dir: Path) -> bool:
    """Whether KUBECONFIG names a cluster other than that of `make cluster`, whose state is in this folder.

    `make cluster-env` lets a shell have our own, which is then still reached as our own.
    """
    named = os.environ.get(KUBECONFIG)
    return named is not None and Path(named).resolve() != kubeconfig_outside(state_dir.resolve())


def what_is_missing() -> list[str]:
    """What this machine and that cluster lack; empty when the tests can be tried."""
    programs = [f"{name} on the path" for name in ("kubectl", "helm") if shutil.which(name) is None]
    unset = [f"{name} in the environment" for name in (ADDRESS, INGRESS) if not os.environ.get(name)]
    if programs or unset:
        return programs + unset
    return [
        f"{need} in the cluster of KUBECONFIG" for need, question in NEEDS.items() if not _there(question)
    ]


def registry() -> str:
    """What stands before the images' names."""
    return os.environ.get(REGISTRY) or LOCAL_REGISTRY


def as_target(built: list[Built], tag: str, **more: str) -> Target:
    """The cluster as a target. GAS_E2E_LOAD brings the images to its nodes, unless a registry has them.

    Raises:
        ClusterError: that command failed.
    """
    _load(built, os.environ.get(LOAD, ""))
    ingress = os.environ[INGRESS]
    return Target(
        kubectl=str(shutil.which("kubectl")),
        helm=str(shutil.which("helm")),
        kubeconfig=os.environ[KUBECONFIG],
        address=os.environ[ADDRESS],
        ingress=ingress,
        ingress_http=os.environ.get(INGRESS_HTTP) or f"{ingress.rpartition(':')[0]}:80",
        tag=tag,
        registry=registry(),
        **more,
    )


def directly(*command: str) -> list[str]:
    """A command as it is: such a cluster is reached from here."""
    return list(command)


def _there(question: tuple[str, ...]) -> bool:
    try:
        asked = subprocess.run(
            ["kubectl", *question, f"--request-timeout={ASK_SECONDS:.0f}s"],
            check=False,
            capture_output=True,
            timeout=2 * ASK_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return False
    return asked.returncode == 0 and bool(asked.stdout.strip())


def _load(built: list[Built], command: str) -> None:
    for each in built if command else []:
        if subprocess.call([*command.split(), str(each.archive)], timeout=LOAD_SECONDS) != 0:
            raise ClusterError(f"`{command} {each.archive}` failed: is {LOAD} right for this cluster?")
