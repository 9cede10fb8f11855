"""What happens inside a node's namespaces when it starts: `python -m kube.node.inside STATE_DIR INSTANCE CGROUP`.

Everything that it starts inherits the namespaces, so no program needs to be told of them.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kube import processes
from kube.binaries import built_folder, ensure_binaries
from kube.builds import KUBE_ROUTER, NODE
from kube.control_plane import ControlPlane
from kube.errors import ClusterError, KubeError
from kube.kubeconfig import for_client, write_kubeconfig
from kube.kubectl import Kubectl
from kube.node import layout, programs, system
from kube.node.images import import_images
from kube.readiness import log_tail

PIDS = "node.json"
"""In the state folder: the process ids of the node's programs, as they are inside."""

READY_SECONDS = 120.0
"""A node is Ready after ten seconds, and its system after thirty; other builds on the machine make it slow."""

_POLL_SECONDS = 0.2
_APPLY = ("apply", "--server-side", "--force-conflicts", "--field-manager=gas-node", "-f")


def start(state_dir: Path, instance: str, cgroup: str) -> None:
    """Start the control plane and the node, and return once the system's parts are available.

    Raises:
        KubeError: a part did not become ready; the text holds the end of its log.
    """
    said = _Clock()
    runtime = _start_runtime(state_dir, cgroup)
    # The images take as long as the control plane, and need nothing of it.
    images = _InBackground(lambda: import_images(_archives()))
    plane = ControlPlane.start(
        state_dir,
        ensure_binaries(say=_silent),
        instance=instance,
        node_address=layout.ADDRESS,
        clients=programs.CLIENTS,
    )
    said("the API server is ready")
    pids = {runtime.name: runtime.pid} | _start_programs(state_dir, plane)
    kubectl = plane.admin
    # A pod whose image is not there yet is tried again later and later.
    images.join()
    said("the images are imported")
    for part in system.PARTS:
        kubectl.run(*_APPLY, str(_made(part).manifest), seconds=READY_SECONDS)
    said("the system's manifests are applied")
    _await_node(kubectl, state_dir)
    said("the node is ready")
    # It ends where it lacks its rights, or finds no node.
    enforcer = _launch(programs.policies(built_folder(KUBE_ROUTER), state_dir), state_dir)
    (state_dir / PIDS).write_text(json.dumps(pids | {enforcer.name: enforcer.pid}, indent=2) + "\n")
    _await_policies(state_dir)
    said("NetworkPolicies are enforced")
    for part in system.PARTS:
        for deployment in part.deployments:
            _await_deployment(kubectl, deployment)
            said(f"{deployment} is available")


def _start_runtime(state_dir: Path, cgroup: str) -> "_Started":
    _write(state_dir / "cni" / "10-gas.conflist", layout.network())
    _write(state_dir / "containerd.toml", layout.containerd(state_dir))
    _write(state_dir / "kubelet.json", json.dumps(layout.kubelet(state_dir, cgroup), indent=2))
    _write(state_dir / "proxy.json", json.dumps(layout.proxy(state_dir), indent=2))
    _write(state_dir / "resolv.conf", f"nameserver {layout.NAME_SERVER}\n")
    return _launch(programs.containerd(state_dir), state_dir)


def _start_programs(state_dir: Path, plane: ControlPlane) -> dict[str, int]:
    for client in programs.CLIENTS:
        write_kubeconfig(
            state_dir / f"{client.party}.kubeconfig",
            server=plane.server,
            certificates=plane.certificates,
            user=for_client(plane.certificates, client.party),
            context=client.party,
        )
    started = [_launch(each, state_dir) for each in programs.kubernetes(built_folder(NODE), state_dir)]
    return {each.name: each.pid for each in started}


class _Started:
    def __init__(self, name: str, pid: int) -> None:
        self.name, self.pid = name, pid


def _launch(program: programs.Program, state_dir: Path) -> _Started:
    log = state_dir / "logs" / f"{program.name}.log"
    return _Started(program.name, processes.start(list(program.command), log=log, folder=state_dir).pid)


def _archives() -> Sequence[Path]:
    pause = system.ensure_pause(None, _silent)
    return [pause, *(image for part in system.PARTS for image in _made(part).images)]


def _made(part: system.Part) -> system.Made:
    return system.ensure_part(part, ensure_binaries(say=_silent).kubectl, None, _silent)


def _await_node(kubectl: Kubectl, state_dir: Path) -> None:
    wait = ("wait", "--for=condition=Ready", "--timeout=1s", f"node/{layout.NODE}")
    log = state_dir / "logs" / "kubelet.log"
    _await(lambda: kubectl.ask(*wait).code == 0, "the node did not become Ready", log)


def _await_policies(state_dir: Path) -> None:
    """Wait until the enforcer has hung its chains into the firewall's."""
    ask = ["iptables", "--wait", "--list-rules", "FORWARD"]

    def hung() -> bool:
        return programs.POLICY_CHAIN in subprocess.run(ask, check=True, capture_output=True, text=True).stdout

    _await(hung, "nobody enforces NetworkPolicies", state_dir / "logs" / "kube-router.log")


def _await(there: Callable[[], bool], failure: str, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not there():
        if time.monotonic() > deadline:
            raise ClusterError(f"{failure}; the end of {log}:\n{log_tail(log)}")
        time.sleep(_POLL_SECONDS)


def _await_deployment(kubectl: Kubectl, deployment: str) -> None:
    namespace, _, name = deployment.partition("/")
    where = (f"--namespace={namespace}",)
    wait = ("wait", "--for=condition=Available", f"--timeout={READY_SECONDS:.0f}s", f"deployment/{name}")
    answer = kubectl.ask(*where, *wait, seconds=READY_SECONDS + 10)
    if answer.code != 0:
        pods = kubectl.ask(*where, "get", "pods", "--output=wide").stdout
        events = kubectl.ask(*where, "get", "events", "--sort-by=.lastTimestamp").stdout
        tail = "\n".join(events.splitlines()[-10:])
        raise ClusterError(f"{deployment} did not become available: {answer.stderr.strip()}\n{pods}\n{tail}")


class _Clock:
    """Says what was reached, and after how many seconds."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, text: str) -> None:
        print(f"{time.monotonic() - self._began:6.1f} s  {text}", file=sys.stderr, flush=True)


class _InBackground:
    """A piece of work in a thread; what went wrong there is raised where it is joined."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._failure: BaseException | None = None
        self._work = work
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def join(self) -> None:
        """Wait for the end."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as failure:  # noqa: BLE001 - raised again by join
            self._failure = failure


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _silent(text: Any) -> None:
    """Progress for nobody: everything was made before."""


def main(arguments: list[str]) -> int:
    """Start; 1 and a sentence when it did not."""
    state_dir, instance, cgroup = arguments
    try:
        start(Path(state_dir), instance, cgroup)
    except KubeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
