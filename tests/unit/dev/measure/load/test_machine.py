"""How busy the machine was."""

import os

from dev.measure.load.machine import Look, shares


def test_shares_of_the_machine() -> None:
    """Busy in percent of all cores, a process in percent of one."""
    cores = os.cpu_count() or 1

    found = shares(Look(0, 0, 0), Look(3 * cores, cores, 1))

    assert found == {"machineBusyPercent": 75.0, "localCloudPercentOfACore": 25.0}
    assert shares(Look(0, 0, 0), Look(0, 0, 0))["machineBusyPercent"] == 0.0
