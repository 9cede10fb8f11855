"""The programs of a node besides the control plane: who they are, and how each is called. Pure."""

from dataclasses import dataclass
from pathlib import Path

from kube.certificates import Certificates, Client
from kube.command_lines import SERVICES
from kube.node.layout import ADDRESS, NODE, PODS

CLIENTS = (
    Client("controllers", "system:kube-controller-manager"),
    Client("scheduler", "system:kube-scheduler"),
    Client("proxy", "system:kube-proxy"),
    Client("policies", "kube-router"),
    Client("kubelet", f"system:node:{NODE}", "system:nodes"),
    # The API server itself, towards the API servers behind it.
    Client("front-proxy", "front-proxy"),
)
"""Each program is somebody of its own, with the rights that Kubernetes has for it."""


POLICY_CHAIN = "KUBE-ROUTER-FORWARD"
"""The firewall's chain by which kube-router judges what pods send to each other and out."""


@dataclass(frozen=True)
class Program:
    """One program of the node."""

    name: str
    command: tuple[str, ...]


def containerd(state_dir: Path) -> Program:
    """The container runtime, from Debian."""
    return Program("containerd", ("containerd", f"--config={state_dir / 'containerd.toml'}"))


def policies(folder: Path, state_dir: Path) -> Program:
    """What enforces NetworkPolicies, and nothing else of kube-router: the bridge routes, kube-proxy serves Services."""
    return Program(
        "kube-router",
        (
            str(folder / "kube-router"),
            f"--kubeconfig={state_dir / 'policies.kubeconfig'}",
            "--run-firewall=true",
            "--run-router=false",
            "--run-service-proxy=false",
            "--run-loadbalancer=false",
            f"--service-cluster-ip-range={SERVICES}",
            f"--hostname-override={NODE}",
            # It would listen on every address.
            "--health-port=0",
        ),
    )


def kubernetes(folder: Path, state_dir: Path) -> tuple[Program, ...]:
    """Kubernetes' own, in the order in which they are of use."""
    files = Certificates(state_dir / "pki")
    return (
        Program(
            "kube-controller-manager",
            (
                str(folder / "kube-controller-manager"),
                f"--kubeconfig={state_dir / 'controllers.kubeconfig'}",
                f"--service-account-private-key-file={files.key('service-accounts')}",
                f"--root-ca-file={files.authority}",
                "--use-service-account-credentials",
                "--allocate-node-cidrs",
                f"--cluster-cidr={PODS}",
                "--bind-address=127.0.0.1",
                # The usual 15 s would be most of what a person waits for the second annotator.
                "--horizontal-pod-autoscaler-sync-period=5s",
                # One of each runs: nobody to elect, and 15 s saved after a restart.
                "--leader-elect=false",
            ),
        ),
        Program(
            "kube-scheduler",
            (
                str(folder / "kube-scheduler"),
                f"--kubeconfig={state_dir / 'scheduler.kubeconfig'}",
                "--bind-address=127.0.0.1",
                "--leader-elect=false",
            ),
        ),
        Program("kube-proxy", (str(folder / "kube-proxy"), f"--config={state_dir / 'proxy.json'}")),
        Program(
            "kubelet",
            (
                str(folder / "kubelet"),
                f"--config={state_dir / 'kubelet.json'}",
                f"--kubeconfig={state_dir / 'kubelet.kubeconfig'}",
                f"--node-ip={ADDRESS}",
                f"--hostname-override={NODE}",
            ),
        ),
    )
