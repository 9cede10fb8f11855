"""Settings of all tests: Hypothesis tries the same examples on every run, and few enough to be quick.

A shell that `make env` made ready for a running platform is no place for tests to learn their settings from.
"""

import os

from hypothesis import HealthCheck, Phase, settings

FOR_TESTS = ("GAS_REQUIRE", "GAS_CACHE_DIR", "GAS_HYPOTHESIS_PROFILE", "GAS_UPDATE_SNAPSHOTS")
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
