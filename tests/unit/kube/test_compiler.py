"""Go as the compiler: found, old, without a network, watched, and given what it lacks."""

import re
from pathlib import Path

import pytest

from kube import compiler
from kube.binaries import ensure_binaries, ensure_build
from kube.builds import KUBE, TRAEFIK
from kube.errors import BinariesError
from tests.support.fake_go import SUCCEED, FakeGo


def silent(text: str) -> None:
    """Progress for nobody."""


def test_progress_counts_packages(go: FakeGo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it compiles, a line tells what it compiles, how many packages are done, and for how long."""
    go.install(build=SUCCEED + go.waiting)
    monkeypatch.setattr(compiler, "LOG_SECONDS", 0.1)
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        if "2 packages" in text:
            go.go_on()

    ensure_binaries(tmp_path / "cache", say=say)

    assert said[0].startswith("compiling the control plane (once, about 7 minutes on 2 cores")
    assert any(
        re.search(r"k8s.io/kubernetes/cmd/kube-apiserver/app, 2 packages, \dm\d\ds$", line) for line in said
    )
    assert said[-1].startswith("compiled 2 packages in ")


def test_missing_go_is_said_with_both_ways_out(
    go: FakeGo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Go the error names Go, the version to install, and the variable that makes it unneeded."""
    monkeypatch.setenv("PATH", str(go.folder))

    with pytest.raises(BinariesError) as error:
        ensure_binaries(tmp_path / "cache", say=silent)

    assert "Go is not on the PATH" in str(error.value)
    assert "install Go 1.24 or newer" in str(error.value)
    assert "KUBEBUILDER_ASSETS" in str(error.value)


@pytest.mark.parametrize("version", ["go1.23.12", "go1.9", "go1.20rc1"])
def test_old_go_is_refused(go: FakeGo, tmp_path: Path, version: str) -> None:
    """A Go that cannot compile Kubernetes 1.34 is named before anything is compiled."""
    go.install(version=version)

    with pytest.raises(BinariesError, match=rf"is {version}, .* needs Go 1\.24 or newer"):
        ensure_binaries(tmp_path / "cache", say=silent)

    assert go.builds == []


@pytest.mark.parametrize("version", ["go1.24.0", "go1.26.8", "go2.0", "devel go1.27-abcdef"])
def test_new_go_is_taken(go: FakeGo, tmp_path: Path, version: str) -> None:
    """Every newer Go compiles, and so does one without a number."""
    go.install(version=version)

    ensure_binaries(tmp_path / "cache", say=silent)

    assert len(go.builds) == 1


@pytest.mark.parametrize(
    "line",
    [
        'go: k8s.io/api@v0.34.4: Get "https://proxy.example.org/": dial tcp: lookup proxy.example.org: no such host',
        "go: k8s.io/api@v0.34.4: module lookup disabled by GOPROXY=off",
        "go: k8s.io/api@v0.34.4: reading https://proxy.example.org/: 503 Service Unavailable",
    ],
    ids=["no name", "switched off", "not serving"],
)
def test_unreachable_modules_are_told_from_broken_code(go: FakeGo, tmp_path: Path, line: str) -> None:
    """When modules cannot be fetched, the error says so, quotes the line, and names the proxy in use."""
    go.install(build=f"echo '{line}' >&2; exit 1")

    with pytest.raises(BinariesError) as error:
        ensure_binaries(tmp_path / "cache", say=silent)

    assert "could not be fetched" in str(error.value)
    assert line in str(error.value)
    assert "set GOPROXY (now https://proxy.example.org)" in str(error.value)


def test_sources_stay_when_they_were_compiled(go: FakeGo, tmp_path: Path) -> None:
    """Compiling reads the folder of the module and leaves it as it is."""
    go.install()
    before = sorted(KUBE.source.iterdir())

    ensure_build(KUBE, tmp_path / "cache", say=silent)

    assert sorted(KUBE.source.iterdir()) == before


def test_altered_module_is_not_compiled(go: FakeGo, tmp_path: Path) -> None:
    """Go does not check the sum of a module that is copied, so the build does, and names both sums."""
    go.install(build=f'echo \'{{"Sum": "h1:other", "Dir": "{tmp_path}"}}\'')

    with pytest.raises(BinariesError, match="has the sum h1:other and must have h1:"):
        ensure_build(TRAEFIK, tmp_path / "cache", say=silent)

    assert go.builds == []


def test_copied_module_gets_the_files_that_it_lacks(go: FakeGo, tmp_path: Path) -> None:
    """The module is copied beside ours, ours are added, and nothing of the copy is left when it is compiled."""
    assert TRAEFIK.copied is not None
    published = tmp_path / "published"
    (published / "webui").mkdir(parents=True)
    (published / "webui" / "embed.go").write_text("package webui\n")
    answer = f'{{"Sum": "{TRAEFIK.copied.sum}", "Dir": "{published}"}}'
    compiled = tmp_path / "compiled"
    go.install(
        build=f"""
if [ "$1" = mod ]; then echo '{answer}'; exit 0; fi
find . -name index.html -o -name embed.go > {compiled}
{SUCCEED}"""
    )

    folder = ensure_build(TRAEFIK, tmp_path / "cache", say=silent)

    assert sorted(compiled.read_text().split()) == [
        "./added/webui/static/index.html",
        "./source/webui/embed.go",
        "./source/webui/static/index.html",
    ]
    assert [each.name for each in folder.iterdir()] == ["traefik"]
