"""A stand-in for the Go compiler. A plugin of pytest."""

from pathlib import Path

import pytest

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
