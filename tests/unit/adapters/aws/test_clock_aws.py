"""The time by AWS's clock: when the machine's own is believed, and what is said of one that is wrong."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from gas.adapters.aws.clock_aws import TOLERANCE, AwsClock

TRUTH = datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()
STARTED = 5000.0
"""What the steady clock says at the beginning: how long the machine has run."""


class Machine:
    """A machine whose own clock is ahead by so many seconds."""

    def __init__(self, ahead: float = 0.0) -> None:
        self.ahead = ahead
        self.passed = 0.0
        self.clock = AwsClock("http://127.0.0.1:1", wall=self.wall, steady=self.steady)

    @property
    def truth(self) -> float:
        """The time that it is."""
        return TRUTH + self.passed

    def wall(self) -> float:
        """What the machine's clock shows."""
        return self.truth + self.ahead

    def steady(self) -> float:
        """What counts the seconds since its start."""
        return STARTED + self.passed

    def call(self, there: float = 0.01, back: float = 0.01) -> None:
        """One call of AWS, which writes the time into its answer."""
        sent = self.steady()
        self.passed += there
        date = format_datetime(datetime.fromtimestamp(int(self.truth), UTC), usegmt=True)
        self.passed += back
        self.clock.hear(date, sent)

    @property
    def error(self) -> float:
        """How wrong the clock under test is, in seconds."""
        return self.clock.now().timestamp() - self.truth


def test_a_right_clock_is_believed() -> None:
    """Its times stay as they are: AWS's whole seconds say nothing better."""
    machine = Machine(ahead=0.0)

    for _ in range(20):
        machine.passed += 7.3
        machine.call()

    assert machine.error == pytest.approx(0, abs=1e-6)
    assert machine.clock.trouble() is None
    assert machine.clock.ahead() == timedelta(0)


@given(
    ahead=st.floats(-10_000, 10_000),
    calls=st.lists(st.tuples(st.floats(0, 30), st.floats(0, 3), st.floats(0, 3)), min_size=1, max_size=10),
)
def test_a_wrong_clock_is_corrected(ahead: float, calls: list[tuple[float, float, float]]) -> None:
    """After any call, the time is within a second and the time that the last quick call took."""
    machine = Machine(ahead=ahead)

    for pause, there, back in calls:
        machine.passed += pause
        machine.call(there, back)

    assert abs(machine.error) <= 1.0 + max(there + back for _, there, back in calls) + 1e-6


@pytest.mark.parametrize("ahead", [-45.0, 300.0], ids=["behind", "ahead"])
def test_what_is_said_of_a_wrong_clock(ahead: float) -> None:
    """One sentence that says how wrong it is and what to do, and one line when it is found and when it is over."""
    machine = Machine(ahead=ahead)
    with capture_logs() as lines:
        machine.call()
        machine.call()
        found = machine.clock.trouble()
        machine.ahead = 0.0
        machine.call()

    assert found is not None
    said = re.search(r"clock is about (\d+) seconds (behind|ahead of) AWS's", found)
    assert said is not None
    assert int(said[1]) == pytest.approx(abs(ahead), abs=1)
    assert said[2] == ("behind" if ahead < 0 else "ahead of")
    assert "chrony" in found
    assert machine.clock.trouble() is None
    assert [line["event"] for line in lines] == ["clock is wrong", "clock is right again"]
    assert lines[0]["error"] == found


def test_a_clock_that_somebody_sets_changes_nothing() -> None:
    """Once it runs, an annotator's time goes by the steady clock: a step of the other is noticed, and not followed."""
    machine = Machine()
    machine.call()

    machine.ahead = -3600.0

    assert machine.error == pytest.approx(0, abs=1e-6)
    assert machine.clock.ahead() == timedelta(hours=-1)
    assert machine.clock.trouble() is not None


def test_a_little_wrong_is_corrected_in_silence() -> None:
    """Up to the tolerance nothing is said, for nothing is wrong with times that go by AWS's."""
    machine = Machine(ahead=TOLERANCE.total_seconds() - 1)

    with capture_logs() as lines:
        machine.call()

    assert abs(machine.error) < 1.1
    assert (machine.clock.trouble(), lines) == (None, [])


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 Foo 2026 00:00:00 GMT"])
def test_an_answer_without_a_time_changes_nothing(date: str | None) -> None:
    """What is no time is not heard."""
    machine = Machine(ahead=50.0)

    machine.clock.hear(date, machine.steady())

    assert machine.error == pytest.approx(50.0)


def test_nobody_answers() -> None:
    """Asking where nobody listens leaves everything as it was."""
    machine = Machine(ahead=50.0)

    machine.clock.ask()

    assert machine.error == pytest.approx(50.0)
