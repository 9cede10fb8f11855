"""Getting the control plane's programs: from a given folder, from the cache, or compiled once."""

import re
import threading
from pathlib import Path

import pytest

from dev.kube import __main__ as command
from dev.kube import compiler
from dev.kube.binaries import NAMES, Binaries, ensure_binaries, ensure_build
from dev.kube.builds import CLUSTER, KUBE, TRAEFIK, Build
from dev.kube.errors import BinariesError
from dev.kube.shelf import default_cache_dir
from tests.support.waiting import PATIENCE_SECONDS

GO = """#!/bin/sh
# A stand-in for the Go compiler: it knows its version, says what a build says, and counts the builds.
echo "$*" >> "{log}"
case "$1 $2" in
  "env GOVERSION") echo "{version}"; exit 0 ;;
  "env GOPROXY") echo "https://proxy.example.org"; exit 0 ;;
esac
{build}
"""

SUCCEED = """
echo "environment $GOTOOLCHAIN $CGO_ENABLED $GOWORK" >> "{log}"
echo "go: downloading k8s.io/api v0.34.4"
echo "k8s.io/api/core/v1"
echo "k8s.io/kubernetes/cmd/kube-apiserver/app"
while [ "$1" != "-o" ]; do shift; done
printf '#!/bin/sh\\n' > "$2"
chmod +x "$2"
"""


WAITS = "another copy is compiling the control plane; waiting for it"


class FakeGo:
    """A folder with a program named go, and what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "calls"
        folder.mkdir()

    def install(self, build: str = SUCCEED, version: str = "go1.26.8") -> None:
        """Put the program there."""
        program = self.folder / "go"
        program.write_text(
            GO.format(log=self.log, version=version, build=build.replace("{log}", str(self.log)))
        )
        program.chmod(0o755)

    @property
    def waiting(self) -> str:
        """The part of a build that lasts until the test says that it may go on."""
        return f'until [ -e "{self.folder}/go-on" ]; do sleep 0.02; done\n'

    def go_on(self) -> None:
        """Let such a build end."""
        (self.folder / "go-on").touch()

    @property
    def calls(self) -> list[str]:
        """What the program was called with."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    @property
    def builds(self) -> list[str]:
        """The calls that compiled."""
        return [call for call in self.calls if call.startswith("build")]


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGo:
    """A stand-in for Go that is first on the path, beside the system's own programs."""
    fake = FakeGo(tmp_path / "go-folder")
    monkeypatch.setenv("PATH", f"{fake.folder}:/usr/bin:/bin")
    for name in ("KUBEBUILDER_ASSETS", "GAS_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return fake


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


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"GAS_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/a"),
        ({"GAS_CACHE_DIR": "", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/b/gas"),
        ({"HOME": "/c"}, "/c/.cache/gas"),
    ],
    ids=["chosen", "the user's cache", "the usual place"],
)
def test_cache_lies_where_the_environment_says(
    go: FakeGo, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str
) -> None:
    """GAS_CACHE_DIR comes first, then the user's cache folder."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert default_cache_dir() == Path(expected)


def test_build_command_prints_the_folder(
    go: FakeGo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m dev.kube build` prints the folder alone on standard output, for use in a script."""
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
    assert captured.err.startswith("dev.kube: Go is not on the PATH")


@pytest.mark.parametrize("build", CLUSTER, ids=lambda build: str(build.name))
def test_every_build_is_locked_and_says_what_go_it_needs(build: Build) -> None:
    """Each has a module with the sums of all that it requires, no index address, and a Go that people have."""
    required = (build.source / "go.mod").read_text()
    sums = (build.source / "go.sum").read_text()

    assert build.minimum_go >= (1, 24, 0)
    assert "https://" not in required + sums
    assert len(sums.splitlines()) > 100
    assert set(build.links.values()) <= set(build.packages)


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
