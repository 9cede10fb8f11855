"""The control groups of a node."""

from pathlib import Path

import pytest

from kube.node import cgroups, machine


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
