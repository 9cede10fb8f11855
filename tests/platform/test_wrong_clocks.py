"""Machines whose clocks are wrong: no job is lost by them, and each says so."""

import urllib.error
import urllib.request

import pytest

from dev.measure.metrics import series
from tests.support.desk import KEPT, Desk
from tests.support.waiting import PATIENCE_SECONDS
from tests.support.wrong_clock import wrong_clock

pytestmark = pytest.mark.kube

LEASE = {"GAS_ANNOTATOR__LEASE_SECONDS": "8"}
"""A clock that is wrong by 20 s is wrong by several of them, and a busy machine beats often enough."""

NEAR = 20.0
"""How many seconds a figure may be off: asking takes its time on a busy machine."""

WRONG = pytest.mark.parametrize("seconds", [-45, 300], ids=["45 s behind", "300 s ahead"])


@WRONG
def test_annotator_with_a_wrong_clock_claims_nothing(desk: Desk, seconds: int) -> None:
    """Its lease would seem over as it begins: it leaves the job to others, and says what is wrong with the machine."""
    name = desk.name("wrong-clock")
    desk.kill("annotator")
    start(desk, "wrong", seconds)
    desk.send(desk.user(), name, retentionSeconds=KEPT)

    desk.until(lambda: "clock" in readiness(desk, "wrong"), lambda: f"not {readiness(desk, 'wrong')!r}")
    desk.wait([name], "Queued")
    desk.start("annotator")
    desk.wait([name], "Completed")

    assert desk.record(name).get("attempts", 0) == 0
    assert desk.history(name).count("Running") == 1
    assert abs(figure(desk, "wrong", "gas_clock_ahead_seconds") - seconds) < NEAR


@pytest.mark.parametrize("seconds", [-20, 20], ids=["behind", "ahead"])
def test_annotator_whose_clock_is_a_little_wrong_goes_by_that_of_aws(desk: Desk, seconds: int) -> None:
    """Wrong by several leases and by less than what is refused: each job is done once, and costs no attempt."""
    names = desk.names("little-wrong", 3)
    desk.kill("annotator")
    start(desk, "little", seconds)

    desk.send(desk.user(), *names, retentionSeconds=KEPT)
    desk.wait(names, "Completed")

    for name in names:
        assert desk.record(name).get("attempts", 0) == 0
        assert desk.history(name) == ["Pending", "Queued", "Running", "Completed"]


@WRONG
def test_controllers_with_a_wrong_clock_take_no_lease_away(desk: Desk, seconds: int) -> None:
    """They judge leases, pauses and retention by AWS's time."""
    name = desk.name("wrong-controllers")
    desk.kill("controllers")
    desk.platform.start_part("controllers", "wrong-controllers", more=wrong_clock(seconds))

    desk.send(desk.user(), name, retentionSeconds=KEPT)
    desk.wait([name], "Completed")

    assert desk.record(name).get("attempts", 0) == 0
    assert desk.history(name) == ["Pending", "Queued", "Running", "Completed"]
    assert abs(figure(desk, "wrong-controllers", "gas_clock_ahead_seconds") - seconds) < NEAR


def start(desk: Desk, label: str, seconds: int) -> None:
    """Start an annotator on a machine whose clock is ahead by so much."""
    desk.platform.start_part(
        "annotator",
        label,
        more={**desk.gates["annotator"].settings, **wrong_clock(seconds), **LEASE},
        wait=False,  # It may never be ready.
    )


def readiness(desk: Desk, label: str) -> str:
    """What a part answers to whoever asks if it is ready."""
    try:
        with urllib.request.urlopen(
            f"{desk.platform.up['parts'][label]['probe']}/readyz", timeout=PATIENCE_SECONDS
        ) as answer:
            return bytes(answer.read()).decode()
    except urllib.error.HTTPError as refused:
        return refused.read().decode()
    except OSError:
        return ""  # It is being loaded.


def figure(desk: Desk, label: str, metric: str) -> float:
    """The value of a metric without labels."""
    [(_, value)] = series(desk.platform.metrics_of(label), metric)
    return value
