"""Where things are inside a node: addresses, and the folders and files that its programs are given. Pure."""

import json
from pathlib import Path
from typing import Any

NODE = "gas"
"""The node's name."""

PODS = "10.244.0.0/16"
SUBNET = "10.244.0.0/24"
ADDRESS = "10.244.0.1"
"""The node's own, on the bridge that the pods hang on: what runs on the node and on nobody's loopback listens here."""

BRIDGE = "cni0"

NAME_SERVER = "10.96.0.10"
"""The Service of CoreDNS."""

PAUSE_IMAGE = "localhost/gas/pause:1"

RUNTIME = "unix:///run/containerd/containerd.sock"

PLUGINS = "/usr/lib/cni"
"""Where Debian puts the network plugins."""

REPLACED = ("/run", "/var/lib", "/var/log")
"""The host's folders that the node sees its own in the place of, so that nothing it writes there is the host's."""

KERNEL_SETTINGS = {
    "vm/overcommit_memory": "1",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}
"""What the kubelet sets for the whole machine unless it reads these values: so it is shown files that hold them."""


def network() -> str:
    """The configuration of the pods' network: one bridge, with addresses of the node's subnet."""
    bridge = {
        "type": "bridge",
        "bridge": BRIDGE,
        "isGateway": True,
        "ipMasq": True,
        # A pod that calls its own Service must get its answer.
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": SUBNET, "gateway": ADDRESS}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        },
    }
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return json.dumps({"cniVersion": "0.4.0", "name": "gas", "plugins": [bridge, ports]}, indent=2)


def containerd(state_dir: Path) -> str:
    """The configuration of containerd; its own folders are the node's, not the host's."""
    return f"""version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
oom_score = 0
[grpc]
  address = "{RUNTIME.removeprefix("unix://")}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE_IMAGE}"
  # Without CAP_SYS_RESOURCE runc may not lower a score, and dies.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{PLUGINS}"
    conf_dir = "{state_dir / "cni"}"
"""


def kubelet(state_dir: Path, cgroup: str) -> dict[str, Any]:
    """The kubelet's configuration."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(state_dir / "pki" / "authority.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "cgroupfs",
        # Everything that pods run is below one group, which is removed with the node.
        "cgroupRoot": cgroup,
        "clusterDNS": [NAME_SERVER],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": RUNTIME,
        # Deleted and pulled again is the usual remedy for a full disk; these images come from no registry.
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "evictionHard": {"imagefs.available": "1%", "nodefs.available": "1%", "memory.available": "100Mi"},
        "failCgroupV1": False,
        "failSwapOn": False,
        "resolvConf": str(state_dir / "resolv.conf"),
    }


def proxy(state_dir: Path) -> dict[str, Any]:
    """The configuration of kube-proxy."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(state_dir / "proxy.kubeconfig")},
        "clusterCIDR": PODS,
        # The machine's table of connections is not the node's to size.
        "conntrack": {"maxPerCore": 0, "tcpCloseWaitTimeout": "0s", "tcpEstablishedTimeout": "0s"},
        "hostnameOverride": NODE,
        "mode": "iptables",
    }
