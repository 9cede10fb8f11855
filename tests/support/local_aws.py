"""The local AWS of the contract suites and of the setup's: started once, and a second emulator beside it when one is asked for."""

import os
from collections.abc import Iterator

import pytest

from dev.run.cloud.client import LocalCloud
from tests.support.aws import TestCloud
from tests.support.second_emulator import KNOWN_DEVIATIONS, start_second_emulator

THAW_SECONDS = 0.5
DAY_SECONDS = 3600.0
_EMULATORS = ["local", *(["second"] if os.environ.get("GAS_SECOND_EMULATOR") == "1" else [])]


@pytest.fixture(scope="session")
def access_keys() -> Iterator[None]:
    """Some access keys, and no search for others: the local AWS takes any, the SDK insists on some."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="session", params=_EMULATORS)
def started_cloud(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestCloud]:
    """One local AWS for the whole run: a Standard retrieval takes a second, a day an hour."""
    folder = tmp_path_factory.mktemp("cloud")
    if request.param == "second":
        cloud = TestCloud(start_second_emulator(folder), KNOWN_DEVIATIONS, second=True)
    else:
        cloud = TestCloud(LocalCloud.start(folder, thaw_seconds=THAW_SECONDS, day_seconds=DAY_SECONDS))
    yield cloud
    cloud.local.stop()


@pytest.fixture
def cloud(started_cloud: TestCloud, request: pytest.FixtureRequest) -> Iterator[TestCloud]:
    """The local AWS, with no fault left from another test."""
    test = getattr(request.node, "originalname", request.node.name)
    if test in started_cloud.deviations:
        pytest.xfail("a known deviation of the second emulator")
    yield started_cloud
    if not started_cloud.second:
        started_cloud.local.clear_faults()
