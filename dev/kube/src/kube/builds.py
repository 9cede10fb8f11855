"""The programs that are compiled from published Go modules: which, from what, and with which flags."""

import hashlib
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SOURCES = Path(__file__).resolve().parent / "programs"
"""One Go module a build: what it requires, the sums of all that, and a main where we write our own."""

_KUBERNETES = "k8s.io/component-base/version"
_KUBERNETES_STAMPS = {
    # Without its stamp the server calls itself v0.0.0, and Helm refuses charts that ask for a version.
    f"{_KUBERNETES}.gitVersion": "v1.34.4",
    f"{_KUBERNETES}.gitMajor": "1",
    f"{_KUBERNETES}.gitMinor": "34",
    f"{_KUBERNETES}.gitTreeState": "clean",
    f"{_KUBERNETES}.gitCommit": "0",
    f"{_KUBERNETES}.buildDate": "2026-01-01T00:00:00Z",
}


@dataclass(frozen=True)
class Copied:
    """A module that compiles only with files its published form lacks: it is copied, and they are added."""

    module: str
    version: str
    sum: str
    """What the copy is checked against, because Go does not check a module that is replaced by a folder."""


@dataclass(frozen=True)
class Build:
    """One Go module of ours, and the programs that come of it."""

    name: str
    title: str
    """How a progress line calls it."""
    minutes: int
    """On two idle cores with nothing compiled before."""
    packages: Mapping[str, str]
    """The Go package of each file that is compiled."""
    links: Mapping[str, str] = field(default_factory=dict)
    """More names of a file: one that holds several programs looks at what it is called."""
    stamps: Mapping[str, str] = field(default_factory=dict)
    """The variables that are set at linking, such as versions."""
    tags: str = ""
    copied: Copied | None = None
    without_go: str = ""
    """What to do instead where Go is missing; told with the error."""

    @property
    def source(self) -> Path:
        """The folder of the Go module."""
        return SOURCES / self.name

    @property
    def flags(self) -> tuple[str, ...]:
        """What `go build` is called with; a caller's GOFLAGS may say otherwise, these keep it the same everywhere."""
        stamps = "".join(f" -X {name}={value}" for name, value in self.stamps.items())
        tags = (f"-tags={self.tags}",) if self.tags else ()
        return ("-trimpath", "-mod=readonly", "-buildvcs=false", *tags, f"-ldflags=-s -w{stamps}")

    @property
    def minimum_go(self) -> tuple[int, ...]:
        """The oldest Go that compiles it, which is the newest that any of its modules asks for."""
        version = re.search(r"^go (\d+)\.(\d+)(?:\.(\d+))?$", self._read("go.mod"), re.MULTILINE)
        if version is None:
            raise ValueError(f"{self.source / 'go.mod'} has no line `go 1.N.N`.")
        return tuple(int(number or 0) for number in version.groups())

    def digest(self) -> str:
        """What the programs depend on, as a short name: sources, versions, flags and the machine's kind."""
        content = hashlib.sha256()
        for path in sorted(self.source.rglob("*")):
            if path.is_file():
                content.update(path.read_bytes())
        content.update("\0".join([*self.flags, platform.system(), platform.machine()]).encode())
        return content.hexdigest()[:16]

    def _read(self, name: str) -> str:
        return (self.source / name).read_text(encoding="utf-8")


KUBE = Build(
    name="kube",
    title="the control plane",
    minutes=7,
    packages={"gas-kube": "."},
    links=dict.fromkeys(("etcd", "kube-apiserver", "kubectl"), "gas-kube"),
    stamps=_KUBERNETES_STAMPS,
    without_go=", or point KUBEBUILDER_ASSETS at a folder that holds etcd, kube-apiserver and kubectl",
)
"""What `make demo` and `make test` need."""

NODE = Build(
    name="node",
    title="the controllers, the scheduler, the kubelet and the proxy of Kubernetes",
    minutes=3,
    packages={"gas-node": "."},
    links=dict.fromkeys(("kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"), "gas-node"),
    stamps=_KUBERNETES_STAMPS,
)

HELM = Build(
    name="helm",
    title="Helm",
    minutes=2,
    packages={"helm": "helm.sh/helm/v4/cmd/helm"},
    stamps={"helm.sh/helm/v4/internal/version.version": "v4.3.1"},
)

COREDNS = Build(name="coredns", title="CoreDNS", minutes=2, packages={"coredns": "."})

METRICS_SERVER = Build(
    name="metrics-server",
    title="metrics-server",
    minutes=3,
    packages={"metrics-server": "sigs.k8s.io/metrics-server/cmd/metrics-server"},
    stamps={"k8s.io/client-go/pkg/version.gitVersion": "v0.9.0"},
)

KEDA = Build(
    name="keda",
    title="KEDA",
    minutes=8,
    packages={
        "keda": "github.com/kedacore/keda/v2/cmd/operator",
        "keda-adapter": "github.com/kedacore/keda/v2/cmd/adapter",
    },
    stamps={"github.com/kedacore/keda/v2/version.Version": "2.20.2"},
)

PROMETHEUS = Build(
    name="prometheus",
    title="Prometheus",
    minutes=4,
    packages={"prometheus": "github.com/prometheus/prometheus/cmd/prometheus"},
    stamps={"github.com/prometheus/common/version.Version": "3.13.5"},
    # Every cloud's discovery would be half of the program; ours asks Kubernetes only.
    tags="remove_all_sd,enable_kubernetes_sd",
)

TRAEFIK = Build(
    name="traefik",
    title="Traefik",
    minutes=7,
    packages={"traefik": "github.com/traefik/traefik/v3/cmd/traefik"},
    stamps={"github.com/traefik/traefik/v3/pkg/version.Version": "3.5.0"},
    # Its dashboard is embedded and is no part of the published module.
    copied=Copied(
        "github.com/traefik/traefik/v3", "v3.5.0", "h1:LcEVhZkBC0uXp8vNwn+4zCWKmZTnPo95euw6ejmmWPk="
    ),
)

KUBE_ROUTER = Build(
    name="kube-router",
    title="kube-router",
    minutes=4,
    packages={"kube-router": "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router"},
    stamps={"github.com/cloudnativelabs/kube-router/v2/pkg/version.Version": "v2.1.0"},
)
"""Of it only what enforces NetworkPolicies."""

SYSTEM = (COREDNS, METRICS_SERVER, KEDA, PROMETHEUS, TRAEFIK)
"""What runs in pods of the cluster."""

CLUSTER = (KUBE, NODE, HELM, KUBE_ROUTER, *SYSTEM)
"""Everything that `make warm` compiles, in an order in which the later use what the earlier compiled."""
