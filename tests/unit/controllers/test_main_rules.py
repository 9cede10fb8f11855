"""What the controllers' decisions depend on comes from the settings."""

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.bootstrap import memory_ports
from gas.config import Settings
from gas_controllers.main import rules


@pytest.mark.parametrize("keep", [False, True])
def test_whether_versions_stay_is_a_setting(monkeypatch: pytest.MonkeyPatch, *, keep: bool) -> None:
    """An installation may keep what its versioned buckets have of deleted jobs."""
    monkeypatch.setenv("GAS_LIFECYCLE__KEEP_VERSIONS", str(keep))

    found = rules(Settings(), memory_ports(FakeClock()))

    assert found.keep_versions is keep
