"""An installation of each test's own, on the local AWS."""

import pytest

from gas.domain.names import Names
from gas_setup.infrastructure import Resource
from gas_setup.main import main
from tests.support.aws import TestCloud, unique
from tests.support.setup_runs import Setup, everything


@pytest.fixture(scope="session", autouse=True)
def _access_keys(access_keys: None) -> None:
    """The command finds them where the SDK looks."""


@pytest.fixture
def names() -> Names:
    """The names of an installation that no other test has."""
    return Names(unique("s"))


@pytest.fixture
def resources(names: Names) -> list[Resource]:
    """Everything that the installation needs."""
    return everything(names)


@pytest.fixture
def environment(cloud: TestCloud, names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of the installation, as the command reads them."""
    monkeypatch.setenv("GAS_INSTANCE", names.instance)
    monkeypatch.setenv("GAS_AWS__ENDPOINT_URL", cloud.local.endpoint)


@pytest.fixture
def setup(
    cloud: TestCloud, names: Names, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Setup:
    """Runs the command, and gives what it says, errors last."""
    monkeypatch.setenv("GAS_INSTANCE", names.instance)
    monkeypatch.setenv("GAS_AWS__ENDPOINT_URL", cloud.local.endpoint)
    monkeypatch.setenv("GAS_WEB__PUBLIC_URL", "https://gas.example")

    def run(*arguments: str) -> list[str]:
        assert main(list(arguments)) == 0
        said = capsys.readouterr()
        return [*said.out.splitlines(), *said.err.splitlines()]

    return run
