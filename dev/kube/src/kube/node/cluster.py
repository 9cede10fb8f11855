"""A cluster of one node on this machine: started, found again, and ended without a trace."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from kube import processes
from kube.binaries import ensure_binaries, ensure_build
from kube.builds import CLUSTER, HELM
from kube.certificates import Certificates
from kube.control_plane import ControlPlane
from kube.errors import ClusterError
from kube.kubeconfig import for_administrator, write_kubeconfig
from kube.node import cgroups, forward, system
from kube.node.layout import ADDRESS
from kube.node.machine import processes_of
from kube.node.namespaces import PACKAGES, Namespaces
from kube.node.packages import ensure_packages

_RECORD = "cluster.json"

START_SECONDS = 600.0
"""Half a minute on an idle machine; every wait inside has its own, shorter end."""

HTTPS = 443
"""Where the ingress controller answers on the node."""


@dataclass(frozen=True)
class _Record:
    """What another process must know to find and end a cluster."""

    instance: str
    keeper: int
    holder: int
    cgroup: str
    ports: dict[str, int]
    cgroup_controllers: dict[str, list[str]]
    """What the roots of control groups hand on because of it."""


def kubeconfig_outside(state_dir: Path) -> Path:
    """Where the administrator's kubeconfig for this machine's programs is, of the cluster of that folder."""
    return state_dir / "outside.kubeconfig"


class Cluster:
    """One cluster: everything about it lies in its state folder, so any process can find it and end it."""

    def __init__(self, state_dir: Path, record: _Record) -> None:
        self._state_dir = state_dir
        self._record = record

    @classmethod
    def start(cls, state_dir: Path, *, instance: str, say: Callable[[str], None]) -> "Cluster":
        """Make the namespaces, start everything in them, and return once the system's parts are available.

        Raises:
            KubeError: not root, something is missing, one runs already, or a part did not become ready.
        """
        if os.geteuid() != 0:
            raise ClusterError(
                "a node makes namespaces, mounts and a network, and only root may: run it as root."
            )
        state_dir = state_dir.resolve()
        if (state_dir / _RECORD).exists():
            raise ClusterError(f"{state_dir / _RECORD} says that it runs already: `make cluster-down` first.")
        warm(say)
        shutil.rmtree(state_dir, ignore_errors=True)
        namespaces = Namespaces.make(state_dir)
        cgroup = f"gas-node-{instance}"
        cluster = cls(state_dir, _Record(instance, namespaces.keeper, namespaces.holder, cgroup, {}, {}))
        cluster._save()
        try:
            cluster._record = replace(cluster._record, cgroup_controllers=cgroups.make(cgroup))
            cluster._save()
            cluster._start_inside()
            cluster._forward()
        except BaseException:
            cluster.stop(keep_logs=True)
            raise
        return cluster

    @classmethod
    def attach(cls, state_dir: Path) -> "Cluster":
        """The cluster that another process started.

        Raises:
            ClusterError: none was started.
        """
        state_dir = state_dir.resolve()
        try:
            fields = json.loads((state_dir / _RECORD).read_text())
        except FileNotFoundError:
            raise ClusterError("no cluster runs: `make cluster` starts it.") from None
        return cls(state_dir, _Record(**fields))

    @property
    def namespaces(self) -> Namespaces:
        """What everything of it runs in."""
        return Namespaces(self._state_dir, self._record.keeper, self._record.holder)

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig for this machine's programs."""
        return kubeconfig_outside(self._state_dir)

    @property
    def kubeconfig_inside(self) -> Path:
        """The administrator's kubeconfig for programs that run inside the namespaces."""
        return self._state_dir / "admin.kubeconfig"

    @property
    def programs(self) -> tuple[Path, Path]:
        """The folders that hold the kubectl and the helm that belong to it."""
        return ensure_binaries().kubectl.parent, ensure_build(HELM)

    @property
    def ports(self) -> dict[str, int]:
        """This machine's loopback ports: `apiserver` and `https`."""
        return dict(self._record.ports)

    def processes(self) -> frozenset[tuple[int, str]]:
        """Every process of it, by its id outside and the time that it started at."""
        return processes_of(self._record.holder, self._record.cgroup)

    def load_images(self, archives: list[Path]) -> None:
        """Import images into the node.

        Raises:
            ClusterError: containerd refused one.
        """
        command = [sys.executable, "-m", "kube.node.load", *(str(each) for each in archives)]
        done = subprocess.run(self.namespaces.inside(*command), check=False, timeout=START_SECONDS)
        if done.returncode != 0:
            raise ClusterError("the node did not take the images.")

    def stop(self, *, keep_logs: bool = False) -> None:
        """End everything and leave the machine as it was before. Stopping twice is stopping once."""
        self.namespaces.end()
        cgroups.remove(self._record.cgroup, self._record.cgroup_controllers)
        (self._state_dir / _RECORD).unlink(missing_ok=True)
        if not keep_logs:
            shutil.rmtree(self._state_dir, ignore_errors=True)

    def _start_inside(self) -> None:
        record = self._record
        command = [sys.executable, "-m", "kube.node.inside", str(self._state_dir), record.instance]
        done = subprocess.run(
            self.namespaces.inside(*command, f"/{record.cgroup}"),
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=START_SECONDS,
        )
        if done.returncode != 0:
            raise ClusterError(f"the node did not start; its logs are in {self._state_dir / 'logs'}.")

    def _forward(self) -> None:
        """Let this machine's programs reach the API server and the ingress controller at loopback ports."""
        apiserver = int(ControlPlane.attach(self._state_dir).server.rpartition(":")[2])
        targets = {"apiserver": f"127.0.0.1:{apiserver}", "https": f"{ADDRESS}:{HTTPS}"}
        listeners = {name: forward.listen() for name in targets}
        arguments = [each for name in targets for each in (str(listeners[name].fileno()), targets[name])]
        command = self.namespaces.inside(sys.executable, "-m", "kube.node.forward", *arguments)
        processes.start(
            command,
            log=self._state_dir / "logs" / "forward.log",
            folder=self._state_dir,
            settings={"PYTHONPATH": str(PACKAGES)},
            descriptors=[each.fileno() for each in listeners.values()],
        )
        ports = {name: each.getsockname()[1] for name, each in listeners.items()}
        for each in listeners.values():
            each.close()
        self._record = replace(self._record, ports=ports)
        certificates = Certificates(self._state_dir / "pki")
        write_kubeconfig(
            self.kubeconfig,
            server=f"https://127.0.0.1:{ports['apiserver']}",
            certificates=certificates,
            user=for_administrator(certificates),
            context=self._record.instance,
        )
        self._save()

    def _save(self) -> None:
        unfinished = self._state_dir / f".{_RECORD}.new"
        unfinished.write_text(json.dumps(asdict(self._record), indent=2) + "\n")
        unfinished.replace(self._state_dir / _RECORD)


def warm(say: Callable[[str], None]) -> None:
    """Install, compile and write everything that a cluster is made of, once; afterwards it starts within a minute.

    Raises:
        KubeError: a package, Go or the network is missing, or a build failed.
    """
    ensure_packages(say)
    for build in CLUSTER:
        ensure_build(build, say=say)
    kubectl = ensure_binaries(say=say).kubectl
    system.ensure_pause(None, say)
    for part in system.PARTS:
        system.ensure_part(part, kubectl, None, say)
