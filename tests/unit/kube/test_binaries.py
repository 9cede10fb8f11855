"""Getting the control plane's programs: from a given folder, from the cache, or compiled once."""

import threading
from pathlib import Path

import pytest

from kube.binaries import NAMES, Binaries, ensure_binaries
from kube.builds import KUBE
from kube.errors import BinariesError
from tests.support.fake_go import SUCCEED, FakeGo
from tests.support.waiting import PATIENCE_SECONDS

WAITS = "another copy is compiling the control plane; waiting for it"


def silent(text: str) -> None:
    """Progress for nobody."""


def test_programs_are_compiled_into_a_folder_named_by_their_sources(go: FakeGo, tmp_path: Path) -> None:
    """One program is compiled, and the three names lead to it."""
    go.install()

    binaries = ensure_binaries(tmp_path / "cache", say=silent)

    folder = tmp_path / "cache" / "kube" / KUBE.digest()
    assert binaries == Binaries(folder / "etcd", folder / "kube-apiserver", folder / "kubectl")
    assert {(folder / name).resolve() for name in NAMES} == {folder / "gas-kube"}
    assert "environment local 0 off" in go.calls


def test_second_call_compiles_nothing(go: FakeGo, tmp_path: Path) -> None:
    """What is in the cache is used, even after Go was removed from the machine."""
    go.install()
    first = ensure_binaries(tmp_path / "cache", say=silent)
    (go.folder / "go").unlink()

    second = ensure_binaries(tmp_path / "cache", say=silent)

    assert second == first
    assert len(go.builds) == 1


def test_two_at_once_compile_once(go: FakeGo, tmp_path: Path) -> None:
    """Of two copies that start together one compiles and the other waits and says so."""
    go.install(build=go.waiting + SUCCEED)
    found: list[Binaries] = []
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        if said.count(WAITS) == 2:
            go.go_on()

    def ensure() -> None:
        found.append(ensure_binaries(tmp_path / "cache", say=say))

    copies = [threading.Thread(target=ensure) for _ in range(3)]
    for copy in copies:
        copy.start()
    for copy in copies:
        copy.join(timeout=PATIENCE_SECONDS)

    assert len(set(found)) == 1
    assert len(found) == 3
    assert len(go.builds) == 1
    assert said.count(WAITS) == 2


def test_failed_build_leaves_nothing_that_looks_whole(go: FakeGo, tmp_path: Path) -> None:
    """After a failure the next call compiles again, over whatever a killed build left behind."""
    go.install(build='echo "./main.go:7:2: undefined: nothing" >&2; exit 1')
    leftover = tmp_path / "cache" / "kube" / f"{KUBE.digest()}.unfinished"
    leftover.mkdir(parents=True)
    (leftover / "gas-kube").write_text("half a program")

    with pytest.raises(BinariesError, match=r"undefined: nothing"):
        ensure_binaries(tmp_path / "cache", say=silent)
    go.install()
    binaries = ensure_binaries(tmp_path / "cache", say=silent)

    assert binaries.kubectl.read_text() == "#!/bin/sh\n"
    assert not leftover.exists()


def test_given_programs_are_used_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With KUBEBUILDER_ASSETS nothing is compiled and the cache is not touched."""
    for name in NAMES:
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))

    binaries = ensure_binaries(tmp_path / "cache", say=silent)

    assert binaries == Binaries.in_folder(tmp_path)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("missing", NAMES)
def test_missing_given_program_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    """KUBEBUILDER_ASSETS must hold all three; the error names the one that is not there."""
    for name in NAMES:
        if name != missing:
            (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))

    with pytest.raises(BinariesError, match=f"which lacks {missing}: put the missing programs there"):
        ensure_binaries(tmp_path / "cache", say=silent)
