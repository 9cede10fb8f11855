"""The real Kubernetes control plane on one machine: etcd and the API server, started, found again and stopped."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from kube import command_lines, crds, processes, readiness
from kube.binaries import Binaries
from kube.certificates import Certificates, Client, write_certificates
from kube.command_lines import Ports
from kube.errors import ControlPlaneError, PortTakenError
from kube.kubeconfig import for_administrator, write_kubeconfig
from kube.kubectl import Kubectl
from kube.ports import free_ports

_RECORD = "control-plane.json"
_STOP_ORDER = ("kube-apiserver", "etcd")


@dataclass(frozen=True)
class _Record:
    """What another process must know to find and stop this control plane; kept in the state folder."""

    instance: str
    folder: str
    ports: Ports
    pids: dict[str, int]
    node_address: str | None = None

    def save(self, state_dir: Path) -> None:
        unfinished = state_dir / f".{_RECORD}.new"
        unfinished.write_text(json.dumps(asdict(self), indent=2) + "\n")
        unfinished.replace(state_dir / _RECORD)

    @classmethod
    def load(cls, state_dir: Path) -> "_Record | None":
        try:
            fields = json.loads((state_dir / _RECORD).read_text())
        except FileNotFoundError:
            return None
        return cls(
            fields["instance"],
            fields["folder"],
            Ports(**fields["ports"]),
            fields["pids"],
            fields.get("node_address"),  # The control plane of an older checkout has none to tell.
        )


class ControlPlane:
    """One control plane: everything about it lies in its state folder, so any process can attach to it and stop it."""

    def __init__(self, state_dir: Path, record: _Record) -> None:
        self._state_dir = state_dir
        self._record = record
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    @classmethod
    def start(
        cls,
        state_dir: Path,
        binaries: Binaries,
        *,
        instance: str = "gas",
        node_address: str | None = None,
        clients: Sequence[Client] = (),
    ) -> "ControlPlane":
        """Start etcd and the API server and return once the API server is ready.

        With `node_address` it serves a cluster with pods, which reach it there; `clients` get certificates.

        Raises:
            ControlPlaneError: one runs in this folder already, or the programs did not become ready.
        """
        state_dir = state_dir.resolve()
        state_dir.mkdir(parents=True, exist_ok=True)
        old = _Record.load(state_dir)
        if old is not None and cls(state_dir, old).running:
            raise ControlPlaneError(
                f"a control plane already runs in {state_dir} (processes {old.pids}): stop it first, or attach to it."
            )
        if old is not None:
            cls(state_dir, old).stop()
        reach = () if node_address is None else (node_address, command_lines.SERVICE_ADDRESS)
        names = () if node_address is None else command_lines.SERVICE_NAMES
        write_certificates(state_dir / "pki", clients=clients, addresses=reach, names=names)
        try:
            return cls._start_once(state_dir, binaries, instance, node_address)
        except PortTakenError:
            # Another program was faster between the choice of the ports and their use. Twice in a row is no chance.
            return cls._start_once(state_dir, binaries, instance, node_address)

    @classmethod
    def _start_once(
        cls, state_dir: Path, binaries: Binaries, instance: str, node_address: str | None
    ) -> "ControlPlane":
        ports = Ports(*free_ports(3))
        if node_address is not None:
            # A node's network is its own. There it listens where clusters do, and where NetworkPolicies let clients out.
            ports = replace(ports, apiserver=command_lines.USUAL_PORT)
        record = _Record(instance, str(binaries.kubectl.parent), ports, {}, node_address)
        plane = cls(state_dir, record)
        write_kubeconfig(
            plane.admin_kubeconfig,
            server=plane.server,
            certificates=plane.certificates,
            user=for_administrator(plane.certificates),
            context=instance,
        )
        try:
            plane._start_etcd()
            plane.start_apiserver()
        except BaseException:
            plane.stop()
            raise
        return plane

    @classmethod
    def attach(cls, state_dir: Path) -> "ControlPlane":
        """The control plane that another process started in this folder, running or not.

        Raises:
            ControlPlaneError: none was started there, or it was stopped.
        """
        state_dir = state_dir.resolve()
        record = _Record.load(state_dir)
        if record is None:
            raise ControlPlaneError(f"no control plane was started in {state_dir}: start one first.")
        return cls(state_dir, record)

    @property
    def admin_kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self._state_dir / "admin.kubeconfig"

    @property
    def server(self) -> str:
        """The address of the API server."""
        return f"https://127.0.0.1:{self._record.ports.apiserver}"

    @property
    def pids(self) -> dict[str, int]:
        """The process ids, by the program's name."""
        return dict(self._record.pids)

    @property
    def kubectl(self) -> Path:
        """The kubectl that belongs to this API server."""
        return self._binaries.kubectl

    @property
    def admin(self) -> Kubectl:
        """Kubectl as the administrator."""
        return Kubectl(self.kubectl, self.admin_kubeconfig)

    @property
    def certificates(self) -> Certificates:
        """The certificates of this control plane."""
        return Certificates(self._state_dir / "pki")

    @property
    def running(self) -> bool:
        """True while both programs run."""
        return set(self.pids) == set(_STOP_ORDER) and all(self._alive(name) for name in self.pids)

    def stop(self) -> None:
        """Stop both programs; etcd's data and the logs stay. Stopping twice is stopping once."""
        for name in _STOP_ORDER:
            self._stop(name)
        (self._state_dir / _RECORD).unlink(missing_ok=True)

    def stop_apiserver(self, *, kill: bool = False) -> None:
        """Stop the API server alone, as a fault: gently, or at once with SIGKILL."""
        self._stop("kube-apiserver", kill=kill)

    def start_apiserver(self) -> None:
        """Start the API server on its port and return once it is ready."""
        name = "kube-apiserver"
        record = self._record
        command = command_lines.apiserver(self._binaries, self._state_dir, record.ports, record.node_address)
        self._start(name, command)
        readiness.wait_ready(
            name,
            self._record.ports.apiserver,
            "/readyz",
            certificates=self.certificates,
            party="admin",
            log=self._log(name),
            alive=lambda: self._alive(name),
        )

    def restart_apiserver(self, *, kill: bool = False) -> None:
        """Stop the API server and start it again at the same address with the same data."""
        self.stop_apiserver(kill=kill)
        self.start_apiserver()

    def apply_crds(self, folder: Path) -> None:
        """Apply every CRD of a folder and return once the API server serves them."""
        crds.apply_crds(self.admin, folder)

    @property
    def _binaries(self) -> Binaries:
        return Binaries.in_folder(Path(self._record.folder))

    def _log(self, name: str) -> Path:
        return self._state_dir / "logs" / f"{name}.log"

    def _start_etcd(self) -> None:
        self._start("etcd", command_lines.etcd(self._binaries, self._state_dir, self._record.ports))
        readiness.wait_ready(
            "etcd",
            self._record.ports.etcd,
            "/health",
            certificates=self.certificates,
            party="etcd",
            log=self._log("etcd"),
            alive=lambda: self._alive("etcd"),
        )

    def _start(self, name: str, command: list[str]) -> None:
        child = processes.start(command, log=self._log(name), folder=self._state_dir)
        self._children[name] = child
        self._remember({**self._record.pids, name: child.pid})

    def _stop(self, name: str, *, kill: bool = False) -> None:
        pid = self._record.pids.get(name)
        if pid is None:
            return
        processes.stop(pid, alive=lambda: self._alive(name), kill=kill)
        self._children.pop(name, None)
        self._remember({other: each for other, each in self._record.pids.items() if other != name})

    def _remember(self, pids: dict[str, int]) -> None:
        self._record = replace(self._record, pids=pids)
        self._record.save(self._state_dir)

    def _alive(self, name: str) -> bool:
        # Both command lines name files in the state folder; no other process's does.
        mark = f"{self._state_dir}/"
        return processes.alive(self._record.pids[name], mark=mark, child=self._children.get(name))
