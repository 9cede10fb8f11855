"""Settings of all tests: Hypothesis tries few examples, the same on every run; and who shares a process with whom.

A shell that `make env` made ready for a running platform is no place for tests to learn their settings from.
"""

import logging
import os
import random
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
for _name in [
    name for name in os.environ if name.startswith(("GAS_", "AWS_", "OTEL_")) and name not in FOR_TESTS
]:
    del os.environ[_name]

pytest_plugins = [
    "tests.support.control_plane",
    "tests.support.failures",
    "tests.support.fake_go",
    "tests.support.local_aws",
]
"""The control plane and the local AWS are shared by every folder that asks for them."""

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

TOGETHER = {
    "tests/platform/": "the running platform",
    "tests/charts/": "the control plane",
    "tests/controllers/": "the control plane",
    "tests/contract/": "the local AWS",
    "tests/setup/": "the local AWS",
    "tests/web/": "the local issuer",
}
"""What tests share that is slow to start, by where they are: those are run by one process, one after the other."""

APART = (
    "tests/platform/test_absences.py",
    "tests/platform/test_one_machine.py",
    "tests/setup/test_rights.py",
)
"""Files that start their own, or take longest of those that share."""

FIRST = (
    "tests/platform/",
    "tests/browser/",
    "tests/contract/",
    "tests/setup/",
    "tests/charts/",
    "tests/controllers/",
    "tests/web/",
)
"""The longest begin, and the short ones fill the gaps. The first mostly wait, while other processes go on."""


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Lets one process run each file, or all files that share what is slow to start."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        shared = [name for place, name in TOGETHER.items() if file.startswith(place) and file not in APART]
        return shared[0] if shared else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Who runs what when several processes share the tests, as under `make test`."""
    return ByFile(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    """An option of `make test-chance`."""
    parser.addoption(
        "--shuffle", metavar="SEED", help="run the files, and the tests of each, in another order"
    )


def pytest_make_parametrize_id(val: object) -> str | None:
    """A name for packed bytes: they tell the second in which they were packed, and every process must call a test the same."""
    return "packed" if isinstance(val, bytes) and val.startswith(b"\x1f\x8b") else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest, or shuffle: what a file's tests share is still made once."""
    if (seed := config.getoption("--shuffle")) is not None:
        order = random.Random(seed)
        files = sorted({item.path for item in items})
        place = {file: order.random() for file in files}
        drawn = {item.nodeid: order.random() for item in sorted(items, key=lambda item: item.nodeid)}
        items.sort(
            key=lambda item: (
                place[item.path],
                item.get_closest_marker("last") is not None,
                drawn[item.nodeid],
            )
        )
        return
    items.sort(
        key=lambda item: next(
            (n for n, place in enumerate(FIRST) if item.nodeid.startswith(place)), len(FIRST)
        )
    )


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """What one test did to the logs of its process is none of the next one's: where they go, and what is bound to them."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configured, kept = structlog.is_configured(), structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    if configured:
        structlog.configure(**kept)
    structlog.contextvars.clear_contextvars()
