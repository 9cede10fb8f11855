"""Settings of all tests: Hypothesis tries few examples, the same on every run; and who shares a process with whom.

A shell that `make env` made ready for a running platform is no place for tests to learn their settings from.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from xdist.scheduler import LoadScopeScheduling

FOR_TESTS = (
    "GAS_REQUIRE",
    "GAS_CACHE_DIR",
    "GAS_HYPOTHESIS_PROFILE",
    "GAS_UPDATE_SNAPSHOTS",
    "GAS_E2E_TARGET",
)
for _name in [name for name in os.environ if name.startswith(("GAS_", "AWS_")) and name not in FOR_TESTS]:
    del os.environ[_name]

pytest_plugins = ["tests.support.control_plane"]
"""The control plane is shared by every folder that asks for it."""

NO_SHRINKING = [Phase.explicit, Phase.generate]
"""Shrinking a long story takes minutes; the printed story of the failure is replayed and cut down by hand."""

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=60,
    stateful_step_count=40,
    database=None,
    phases=NO_SHRINKING,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "search",
    settings.get_profile("ci"),
    derandomize=False,
    max_examples=2_000,
)
settings.load_profile(os.environ.get("GAS_HYPOTHESIS_PROFILE", "ci"))

SHARED = ("platform", "controllers", "browser")
"""Folders whose tests share what is slow to start, a control plane or a browser: each is run by one process."""


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Lets each file be run by one process, and each of the shared folders."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        folder = file.split("/")[1]
        return folder if folder in SHARED else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Who runs what when several processes share the tests, as under `make test`."""
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the platform: it takes longest, and mostly waits, while another process goes on with the rest."""
    items.sort(key=lambda item: "platform" not in item.path.parts)


@pytest.fixture(autouse=True)
def clear_log_context() -> Iterator[None]:
    """What one test bound to its log lines, such as a request's id, is none of the next one's."""
    yield
    structlog.contextvars.clear_contextvars()
