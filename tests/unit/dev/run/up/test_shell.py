"""What `make env` prints."""

import shlex
from pathlib import Path

from dev import ROOT
from dev.run.up.options import Options
from dev.run.up.platform import Platform
from dev.run.up.shell import exports, link_programs
from tests.support.up_file import UP


def test_the_exports_are_for_any_shell() -> None:
    """Blanks in folders are quoted; our kubectl comes first on the path, then our programs, whatever else goes by these names."""
    lines = exports(Platform(Options(), UP), Path("/our programs")).splitlines()
    words = [shlex.split(line) for line in lines]
    values = dict(word[1].split("=", 1) for word in words)

    assert {word[0] for word in words} == {"export"}
    assert (values["GAS_URL"], values["GAS_TOKEN"]) == (UP["web"], "gas_free")
    assert (values["KUBECONFIG"], values["AWS_ENDPOINT_URL"]) == (UP["kubeconfig"], UP["aws"])
    assert values["GAS_WEB__PUBLIC_URL"] == UP["web"]
    assert values["PATH"] == "/a folder:/our programs:$PATH"


def test_our_programs_come_without_our_python(tmp_path: Path) -> None:
    """The shell's own stays the shell's. Linking twice is linking once."""
    link_programs(tmp_path / "bin")

    found = link_programs(tmp_path / "bin")

    names = {program.name for program in found.iterdir()}
    assert {"gas", "gas-reference", "gas-annotate"} <= names
    assert all(name.startswith("gas") for name in names)
    assert (found / "gas").resolve() == (ROOT / ".venv/bin/gas").resolve()
