"""The local AWS that the adapters of the contract suites share."""

from collections.abc import Iterator

import pytest

from tests.contract.adapters import stop_local_cloud


@pytest.fixture(scope="session", autouse=True)
def _local_cloud(access_keys: None) -> Iterator[None]:
    """The local AWS that the adapters share ends with the tests: a process that shares them runs no exit handlers."""
    yield
    stop_local_cloud()
