"""The control plane as the rest of the project uses it: started, found again, disturbed and stopped."""

import json
import os
import shutil
import socket
import stat
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from kube import control_plane, processes
from kube.binaries import Binaries
from kube.command_lines import Ports, apiserver
from kube.control_plane import ControlPlane
from kube.errors import ControlPlaneError
from kube.ports import free_ports
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.kube


@pytest.fixture(scope="module")
def binaries(kube: ControlPlane) -> Binaries:
    """The programs of the session's control plane, which was started first."""
    return Binaries.in_folder(kube.kubectl.parent)


@pytest.fixture(scope="module")
def own(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane of this module's own, to be disturbed, with a namespace `kept`. A port first chosen is taken."""
    with socket.socket() as thief, pytest.MonkeyPatch.context() as patches:
        thief.bind(("127.0.0.1", 0))
        thief.listen()
        apiserver_port, peer_port = free_ports(2)
        choices = iter([[apiserver_port, thief.getsockname()[1], peer_port], free_ports(3)])
        patches.setattr(control_plane, "free_ports", lambda _: next(choices))
        plane = ControlPlane.start(tmp_path_factory.mktemp("own"), binaries, instance="own")
        assert next(choices, None) is None, "the taken port was not noticed"
    try:
        plane.admin.run("create", "namespace", "kept")
        yield plane
    finally:
        plane.stop()
        shutil.rmtree(plane.admin_kubeconfig.parent / "etcd")


def test_taken_port_is_replaced(own: ControlPlane) -> None:
    """When another program takes a port between its choice and its use, other ports are chosen."""
    assert own.running


def test_absence_of_the_api_server_can_be_staged(own: ControlPlane) -> None:
    """After the API server alone was killed calls fail; restarted, it answers at the same address with its data."""
    server = own.server

    own.stop_apiserver(kill=True)
    away = own.admin.ask("get", "namespaces", "--request-timeout=2s")
    running = own.running
    own.restart_apiserver()

    assert away.code != 0
    assert not running
    assert own.running
    assert own.server == server
    assert own.admin.ask("get", "namespace", "kept").code == 0


def test_another_process_finds_and_stops_it(own: ControlPlane, binaries: Binaries) -> None:
    """Whoever knows the state folder attaches to it and stops it; none is started twice in a folder."""
    state_dir = own.admin_kubeconfig.parent
    other = ControlPlane.attach(state_dir)

    with pytest.raises(ControlPlaneError, match="already runs in"):
        ControlPlane.start(state_dir, binaries)
    other.stop()

    assert (other.server, other.admin_kubeconfig) == (own.server, own.admin_kubeconfig)
    assert not any(processes.alive(pid, mark=str(state_dir)) for pid in own.pids.values())
    with pytest.raises(ControlPlaneError, match="no control plane was started in"):
        ControlPlane.attach(state_dir)


def test_next_start_finds_the_data_of_the_last(own: ControlPlane, binaries: Binaries) -> None:
    """Etcd's data stay in the state folder when the control plane is stopped."""
    own.stop()

    again = ControlPlane.start(own.admin_kubeconfig.parent, binaries)
    try:
        kept = again.admin.ask("get", "namespace", "kept")
    finally:
        again.stop()

    assert kept.code == 0


def test_start_that_fails_shows_the_log_and_leaves_nothing_running(tmp_path: Path) -> None:
    """A program that dies at once is reported with the last lines of its log."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("etcd", "kube-apiserver", "kubectl"):
        (folder / name).write_text("#!/bin/sh\necho 'the disk is on fire'\nexit 1\n")
        (folder / name).chmod(0o755)

    with pytest.raises(ControlPlaneError) as error:
        ControlPlane.start(tmp_path / "state", Binaries.in_folder(folder))

    assert "etcd ended before it was ready" in str(error.value)
    assert "the disk is on fire" in str(error.value)
    assert not (tmp_path / "state" / "control-plane.json").exists()


def test_secrets_are_private(kube: ControlPlane) -> None:
    """Keys and the administrator's kubeconfig are readable by their owner only."""
    folder = kube.certificates.folder
    files = [kube.admin_kubeconfig, *folder.iterdir()]

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_programs_run_in_sessions_of_their_own(kube: ControlPlane) -> None:
    """A Ctrl-C in the terminal reaches the one who started them, who then stops them in order."""
    groups = {os.getpgid(pid) for pid in kube.pids.values()}

    assert groups == set(kube.pids.values())


def test_requests_without_identity_are_refused(kube: ControlPlane) -> None:
    """RBAC is on: whoever shows no certificate and no token sees nothing."""
    answer = kube.admin.ask(
        "get", "namespaces", "--kubeconfig=/dev/null", f"--server={kube.server}", "--insecure-skip-tls-verify"
    )

    assert answer.code != 0


def test_everything_listens_on_loopback_only() -> None:
    """No flag opens the API server to the network or turns authorization off."""
    flags = apiserver(Binaries.in_folder(Path("/bin")), Path("/state"), Ports(1, 2, 3))

    assert "--bind-address=127.0.0.1" in flags
    assert "--authorization-mode=RBAC" in flags
    assert not any("0.0.0.0" in flag or "AlwaysAllow" in flag for flag in flags)


def test_foreign_process_is_never_stopped(tmp_path: Path) -> None:
    """A process id that now belongs to another program is left alone."""
    record = {
        "instance": "gas",
        "folder": "/",
        "ports": asdict(Ports(1, 2, 3)),
        "pids": {"etcd": os.getpid()},
    }
    (tmp_path / "control-plane.json").write_text(json.dumps(record))
    plane = ControlPlane.attach(tmp_path)

    plane.stop()

    assert not plane.running


def test_program_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    """SIGTERM is followed by SIGKILL when the program does not end."""
    script = tmp_path / "stubborn.sh"
    script.write_text("trap '' TERM\necho ready\nwhile true; do sleep 0.1; done\n")
    child = processes.start(["/bin/sh", str(script)], log=tmp_path / "log", folder=tmp_path)
    while "ready" not in (tmp_path / "log").read_text():
        assert child.poll() is None

    processes.stop(child.pid, alive=lambda: child.poll() is None, seconds=0.5)

    assert child.wait(timeout=PATIENCE_SECONDS) == -9
