"""Programs that come with a command are told of in the manifest as such, so that whoever fetches a bundle can run them."""

from pathlib import Path

from gas_engine.foreign.command import Command
from tests.engine.foreign.programs import named
from tests.engine.workbench import rcrs


def test_what_is_executable_is_told(tmp_path: Path) -> None:
    """The mode of a file is part of what the digest names, and the files of no other bundle have one."""
    for name, mode in (("run", 0o755), ("data", 0o644)):
        (tmp_path / name).write_text("#!/bin/sh\nexec cat\n", encoding="ascii")
        (tmp_path / name).chmod(mode)
    command = Command(("{bundle}/command/run",), ("ANN",), runs=("{bundle}/command",))

    with_program = named(command, command_files=tmp_path).manifest
    (tmp_path / "run").chmod(0o644)
    without = named(command, command_files=tmp_path).manifest

    assert {name for name, told in with_program["files"].items() if told.get("executable")} == {"command/run"}
    assert not any(
        "executable" in told for told in [*without["files"].values(), *rcrs().manifest["files"].values()]
    )
    assert with_program["digest"] != without["digest"]
