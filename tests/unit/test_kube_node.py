"""A node's configuration, its images, and the carrier that leads into it: what can be tried without a node."""

import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from dev.kube.binaries import Binaries
from dev.kube.command_lines import SERVICES, Ports, apiserver
from dev.kube.errors import ClusterError
from dev.kube.node import cgroups, layout, machine, packages, programs, system
from dev.kube.node.archives import Image, write_archive
from dev.kube.node.forward import listen
from dev.kube.ports import free_ports
from tests.support.waiting import PATIENCE_SECONDS, until


def test_image_is_what_docker_would_load(tmp_path: Path) -> None:
    """The archive names its configuration and its layer, whose digest is right, and the files are in the layer."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    target = tmp_path / "image.tar"

    write_archive(Image("localhost/gas/program:1", {"/program": program}, ["/program"]), target)

    with tarfile.open(target) as archive:
        manifest = json.loads(_content(archive, "manifest.json"))
        config = json.loads(_content(archive, manifest[0]["Config"]))
        layer = _content(archive, manifest[0]["Layers"][0])
    with tarfile.open(fileobj=io.BytesIO(layer)) as files:
        entry = files.getmember("program")
    assert manifest[0]["RepoTags"] == ["localhost/gas/program:1"]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]
    assert config["config"] == {"Entrypoint": ["/program"], "User": "65532:65532"}
    assert entry.mode == 0o755
    assert entry.size == program.stat().st_size


def test_same_files_make_the_same_image(tmp_path: Path) -> None:
    """Nothing of when or where it was made is in an image."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    image = Image("localhost/gas/program:1", {"/program": program})

    write_archive(image, tmp_path / "first.tar")
    os.utime(program, (0, 0))
    write_archive(image, tmp_path / "second.tar")

    with tarfile.open(tmp_path / "first.tar") as first, tarfile.open(tmp_path / "second.tar") as second:
        assert _content(first, "config.json") == _content(second, "config.json")


def _content(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file is not None
    return file.read()


@pytest.fixture
def carried() -> Iterator[tuple[int, socket.socket]]:
    """A carrier under way: the port that it listens on, and the server that it leads to."""
    target = listen()
    source = listen()
    port = source.getsockname()[1]
    command = [sys.executable, "-m", "dev.kube.node.forward", str(source.fileno())]
    carrier = subprocess.Popen([*command, f"127.0.0.1:{target.getsockname()[1]}"], pass_fds=[source.fileno()])
    source.close()
    yield port, target
    carrier.kill()
    carrier.wait()
    target.close()


def test_carrier_carries_both_ways_and_the_end(carried: tuple[int, socket.socket]) -> None:
    """A caller that has said everything still gets the answer."""
    port, target = carried
    target.settimeout(PATIENCE_SECONDS)

    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as caller:
        server, _ = target.accept()
        caller.sendall(b"question")
        caller.shutdown(socket.SHUT_WR)
        heard = server.recv(100) + server.recv(100)
        server.sendall(b"answer")
        server.close()
        answer = caller.recv(100)

    assert (heard, answer) == (b"question", b"answer")


def test_carrier_survives_a_target_that_is_not_there() -> None:
    """A refused connection ends the caller's and no other."""
    nobody, port = free_ports(2)
    carrier = subprocess.Popen(
        [sys.executable, "-m", "dev.kube.node.forward", f"127.0.0.1:{port}", f"127.0.0.1:{nobody}"]
    )
    try:
        answers = [_answer(port), _answer(port)]
    finally:
        carrier.kill()
        carrier.wait()

    assert answers == [b"", b""]


def _answer(port: int) -> bytes:
    """What the carrier says to a caller; waits until it listens."""
    until(lambda: _listens(port))
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as caller:
        return caller.recv(100)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS).close()
    except ConnectionRefusedError:
        return False
    return True


def test_api_server_of_a_node_serves_pods() -> None:
    """It is reached from outside of loopback, lets pods run, and knows the API servers behind it."""
    binaries = Binaries.in_folder(Path("/programs"))

    flags = apiserver(binaries, Path("/state"), Ports(1, 2, 3), layout.ADDRESS)

    assert f"--advertise-address={layout.ADDRESS}" in flags
    assert f"--service-cluster-ip-range={SERVICES}" in flags
    assert "--authorization-mode=Node,RBAC" in flags
    assert "--enable-aggregator-routing" in flags
    assert "--bind-address=127.0.0.1" not in flags


def test_every_program_of_a_node_is_somebody_of_its_own() -> None:
    """No program but the API server shows the administrator's certificate, and none shares another's."""
    users = [client.user for client in programs.CLIENTS]

    folders = (Path("/programs"), Path("/state"))
    started = [*programs.kubernetes(*folders), programs.policies(*folders)]
    commands = [" ".join(each.command) for each in started]

    assert len(set(users)) == len(users)
    assert not any("admin" in command for command in commands)


def test_node_writes_below_its_own_folders() -> None:
    """What is configured lies in the state folder, or in folders that the node sees its own in the place of."""
    text = layout.containerd(Path("/state")) + json.dumps(layout.kubelet(Path("/state"), "/gas-node-x"))
    paths = {word for word in text.replace('"', " ").replace(",", " ").split() if word.startswith("/")}

    own = (*(f"{folder}/" for folder in layout.REPLACED), "/state/", layout.PLUGINS, "/gas-node-x")

    assert paths
    assert {path for path in paths if not path.startswith(own)} == set()


@pytest.mark.parametrize("part", system.PARTS, ids=lambda part: str(part.name))
def test_own_manifests_are_restricted_and_small(part: system.Part) -> None:
    """Every container of the system drops all rights and requests little, for a machine of two cores."""
    for path in (system.SOURCES / part.name).glob("*.yaml"):
        for document in yaml.safe_load_all(path.read_text()):
            if document.get("kind") != "Deployment":
                continue
            spec = document["spec"]["template"]["spec"]
            for container in spec["containers"]:
                assert spec["securityContext"]["runAsNonRoot"] is True
                assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
                assert container["securityContext"]["readOnlyRootFilesystem"] is True
                assert container["resources"]["requests"]["cpu"] == "10m"
                assert container["image"] in part.programs


def test_missing_packages_are_named_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not install is told what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(ClusterError, match=r"as root, `apt-get install .*containerd.*runc"):
        packages.ensure_packages(lambda _: None)


def test_roots_of_control_groups_are_given_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With version 2 a node needs every controller: what the root did not hand on is taken back at the end, and no more."""
    control = tmp_path / "cgroup.subtree_control"
    written: list[str] = []
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    control.write_text("memory\n")
    group = tmp_path / "gas-node-x"
    group.mkdir()
    (group / "cgroup.controllers").write_text("memory\n")
    (group / "cgroup.subtree_control").write_text("memory\n")
    monkeypatch.setattr(cgroups, "hierarchies", lambda: [tmp_path])
    write = Path.write_text

    def note(path: Path, text: str) -> int:
        """The kernel takes words with a sign, and tells them back without; a file of a test would keep them."""
        if path != control:
            return write(path, text)
        written.append(text)
        return len(text)

    monkeypatch.setattr(Path, "write_text", note)

    enabled = cgroups.make("gas-node-x")
    held = dict(machine.control_groups())
    for file in group.iterdir():
        file.unlink()
    cgroups.remove("gas-node-x", enabled)

    assert enabled == {str(tmp_path): ["cpu", "pids"]}
    assert held == {str(group): "", str(tmp_path): "memory"}
    assert written == ["+cpu +pids", "-cpu", "-pids"]
    assert not group.exists()
