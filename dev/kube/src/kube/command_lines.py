"""How etcd and the API server are called: pure, so that a test can read every flag."""

from dataclasses import dataclass
from pathlib import Path

from kube.binaries import Binaries
from kube.certificates import Certificates

SERVICES = "10.96.0.0/16"
"""The addresses of Services."""

SERVICE_ADDRESS = "10.96.0.1"
"""The API server's own, the first of them."""

SERVICE_NAMES = ("kubernetes", "kubernetes.default", "kubernetes.default.svc")
"""What pods call the API server."""

USUAL_PORT = 6443
"""Where the API servers of most clusters listen."""


@dataclass(frozen=True)
class Ports:
    """The ports of one control plane: on loopback, but for the API server of a node with pods."""

    apiserver: int
    etcd: int
    etcd_peer: int


def etcd(binaries: Binaries, state_dir: Path, ports: Ports) -> list[str]:
    """Etcd on loopback, for holders of a certificate only: whoever reads etcd has gone around RBAC."""
    files = Certificates(state_dir / "pki")
    client = f"https://127.0.0.1:{ports.etcd}"
    peer = f"http://127.0.0.1:{ports.etcd_peer}"
    return [
        str(binaries.etcd),
        "--name=gas",
        f"--data-dir={state_dir / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=gas={peer}",
        f"--cert-file={files.certificate('etcd')}",
        f"--key-file={files.key('etcd')}",
        f"--trusted-ca-file={files.authority}",
        "--client-cert-auth",
        # Nothing here outlives the machine, and a disk flush per write is most of etcd's time on a laptop.
        "--unsafe-no-fsync",
    ]


def apiserver(
    binaries: Binaries, state_dir: Path, ports: Ports, node_address: str | None = None
) -> list[str]:
    """The API server with RBAC and every default of a real cluster's admission: on loopback, or for the pods of a node."""
    files = Certificates(state_dir / "pki")
    return [
        str(binaries.kube_apiserver),
        f"--etcd-servers=https://127.0.0.1:{ports.etcd}",
        f"--etcd-cafile={files.authority}",
        f"--etcd-certfile={files.certificate('etcd')}",
        f"--etcd-keyfile={files.key('etcd')}",
        *(_ON_LOOPBACK if node_address is None else _for_pods(files, node_address)),
        f"--secure-port={ports.apiserver}",
        f"--tls-cert-file={files.certificate('apiserver')}",
        f"--tls-private-key-file={files.key('apiserver')}",
        f"--client-ca-file={files.authority}",
        f"--service-account-key-file={files.key('service-accounts')}",
        f"--service-account-signing-key-file={files.key('service-accounts')}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-cluster-ip-range={SERVICES}",
    ]


_ON_LOOPBACK = (
    "--bind-address=127.0.0.1",
    # Without it the server looks for a network interface, which an offline machine may not have.
    "--advertise-address=127.0.0.1",
    # The Service `kubernetes` refuses loopback endpoints, and no pod is there to use it.
    "--endpoint-reconciler-type=none",
    "--authorization-mode=RBAC",
)


def _for_pods(files: Certificates, node_address: str) -> tuple[str, ...]:
    """Reachable by pods, able to reach the kubelet and the API servers that run in pods."""
    return (
        "--bind-address=0.0.0.0",
        f"--advertise-address={node_address}",
        "--authorization-mode=Node,RBAC",
        "--allow-privileged",
        # Logs and exec go through the kubelet, whose name no name server knows.
        "--kubelet-preferred-address-types=InternalIP",
        f"--kubelet-client-certificate={files.certificate('admin')}",
        f"--kubelet-client-key={files.key('admin')}",
        # The metrics of pods and queues come from API servers behind this one.
        "--enable-aggregator-routing",
        f"--requestheader-client-ca-file={files.authority}",
        "--requestheader-allowed-names=front-proxy",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-username-headers=X-Remote-User",
        f"--proxy-client-cert-file={files.certificate('front-proxy')}",
        f"--proxy-client-key-file={files.key('front-proxy')}",
    )
