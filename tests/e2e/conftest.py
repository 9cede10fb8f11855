"""The installation that the claims are tried on, and the report of what was found."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dev.run.cluster.authority import Authority
from dev.run.cluster.e2e import CLAIMS, NOT_TRIED
from dev.run.cluster.installation import Installation
from dev.run.cluster.outside import Outside
from dev.run.cluster.target import VARIABLE, Target

ORDER = (
    *("install", "jobs", "references", "foreign_engine", "cage", "healing"),
    *("front_door", "network", "absences", "upgrades"),
)
"""The files, each of which leaves the installation as the next one needs it."""

HOSTS = ("gas.test", "other.gas.test")
"""What the ingress controller is asked for; no name server outside of the cluster knows them."""

THAW_SECONDS = 10
"""Of an expedited retrieval; a bulk one takes four times as long."""

HERE = Path(__file__).parent

# Without a cluster there is nothing to try; `make e2e` names one.
collect_ignore_glob = [] if os.environ.get(VARIABLE) else ["test_*.py"]

_found: list[dict[str, Any]] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the files in their order."""
    items.sort(
        key=lambda item: ORDER.index(item.path.stem.removeprefix("test_")) if item.path.parent == HERE else -1
    )


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note each claim: a test's own outcome, or that its preparation failed."""
    figures = dict(report.user_properties)
    claim = figures.pop("claim", None)
    if claim is not None and (report.when == "call" or report.outcome != "passed"):
        message = "" if report.passed else _message(report)
        outcome = NOT_TRIED if report.skipped and not own_node() else report.outcome
        _found.append({"claim": claim, "outcome": outcome, "figures": figures, "message": message})


def own_node() -> bool:
    """Whether the cluster is our own, on which nothing may be left untried."""
    found = Target.load()
    return found is not None and bool(found.own_state_dir)


def pytest_sessionfinish() -> None:
    """Write what was found."""
    if not _found:
        return
    CLAIMS.parent.mkdir(parents=True, exist_ok=True)
    CLAIMS.write_text(json.dumps(_found, indent=2) + "\n")


@pytest.fixture(autouse=True)
def _claim(request: pytest.FixtureRequest, record_property: Any) -> None:
    """A claim is the first line of its test's docstring."""
    record_property("claim", (request.function.__doc__ or request.node.name).splitlines()[0])


@pytest.fixture(scope="session")
def target() -> Target:
    """The cluster."""
    found = Target.load()
    assert found is not None, f"{VARIABLE} names no cluster: `make e2e` does"
    return found


@pytest.fixture(scope="session", autouse=True)
def _surroundings(target: Target) -> Iterator[None]:
    """Let the hosts of the Ingress lead to the ingress controller, for everything in this process, and have AWS keys."""
    address, _, port = target.ingress.rpartition(":")
    usual = socket.getaddrinfo

    def lookup(host: Any, wanted: Any, *more: Any, **named: Any) -> Any:
        return (
            usual(address, int(port), *more, **named)
            if host in HOSTS
            else usual(host, wanted, *more, **named)
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lookup)
        # The local AWS takes any keys, the SDK insists on some.
        patch.setenv("AWS_ACCESS_KEY_ID", "local")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="session")
def installation(
    target: Target, tmp_path_factory: pytest.TempPathFactory, _surroundings: None
) -> Iterator[Installation]:
    """The namespace, the secrets, and what is beside the cluster; the claims install the release themselves."""
    folder: Path = tmp_path_factory.mktemp("installation")
    outside = Outside(folder / "outside", target.address)
    try:
        outside.start(thaw_seconds=THAW_SECONDS)
        found = Installation(target, outside, Authority.make(), folder)
        found.prepare()
        yield found
    finally:
        outside.stop()


def _message(report: pytest.TestReport) -> str:
    return str(report.longrepr)[-2000:]
