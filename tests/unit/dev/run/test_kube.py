"""The command that compiles the control plane."""

from pathlib import Path

import pytest

from dev.run import kube as command
from kube.builds import KUBE
from tests.support.fake_go import FakeGo


def test_build_command_prints_the_folder(
    go: FakeGo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m dev.run.kube build` prints the folder alone on standard output, for use in a script."""
    go.install()
    monkeypatch.setenv("GAS_CACHE_DIR", str(tmp_path / "cache"))

    code = command.main(["build"])

    assert code == 0
    assert capsys.readouterr().out == f"{tmp_path / 'cache' / 'kube' / KUBE.digest()}\n"


def test_build_command_tells_what_is_wrong_in_one_sentence(
    go: FakeGo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failure is a sentence on standard error and exit code 1, not a traceback."""
    monkeypatch.setenv("GAS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(go.folder))

    code = command.main(["build"])

    captured = capsys.readouterr()
    assert code == 1
    assert captured.out == ""
    assert captured.err.startswith("kube: Go is not on the PATH")
