"""How many resources are missing, since when, and when that is believed."""

import pytest

from gas_controllers.absences import Absences

WINDOW = 60.0


class Watch:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def watch() -> Watch:
    """The time of day."""
    return Watch()


def test_an_absence_is_believed_after_a_whole_window(watch: Watch) -> None:
    """Not at once, not a second before the window is over, and then for as long as it lasts."""
    absences = Absences(2, WINDOW, watch)

    first, left = absences.believed("a"), absences.look_again_seconds("a")
    watch.now += WINDOW - 1
    before = absences.believed("a")
    watch.now += 1
    after = absences.believed("a")

    assert (first, before, after) == (False, False, True)
    assert left == WINDOW


def test_what_waits_for_an_operator_is_looked_for_less_and_less_often(watch: Watch) -> None:
    """The pause between two looks doubles: thousands that are missing leave the lanes to others."""
    absences = Absences(0, WINDOW, watch)
    absences.doubt("a")
    pauses = []

    for _ in range(4):
        pauses.append(absences.look_again_seconds("a"))
        watch.now += pauses[-1]

    assert pauses == [WINDOW, WINDOW, 2 * WINDOW, 4 * WINDOW]
    assert not absences.believed("a")


def test_a_mass_deletion_loses_nothing(watch: Watch) -> None:
    """Where more than the limit go within one window, not even the first is believed, however long it lasts."""
    absences = Absences(50, WINDOW, watch)
    names = [f"job-{number}" for number in range(200)]

    for name in names:
        absences.doubt(name)
        # 200 in 200 seconds: the 51st comes before the first has been missing for a window.
        watch.now += 1
    watch.now += 10 * WINDOW

    assert not any(absences.believed(name) for name in names)
    assert (absences.paused, absences.count, absences.calm) == (True, 200, False)


def test_few_deletions_one_after_the_other_are_believed(watch: Watch) -> None:
    """What was believed, and is over, does not count against what comes later."""
    absences = Absences(2, WINDOW, watch)
    believed = []

    for number in range(10):
        absences.doubt(f"job-{number}")
        watch.now += WINDOW
        believed.append(absences.believed(f"job-{number}"))
        absences.settled(f"job-{number}")

    assert believed == [True] * 10
    assert not absences.paused


def test_what_was_believed_counts_among_many_for_the_rest_of_its_window(watch: Watch) -> None:
    """An absence that the record has taken note of still counts with those that began within its window."""
    absences = Absences(2, WINDOW, watch)

    for name in ("a", "b"):
        absences.doubt(name)
        absences.settled(name)
    absences.doubt("c")

    assert absences.paused


def test_what_was_found_does_not_count(watch: Watch) -> None:
    """Resources that come back, such as those made again from their records, do not pause the rule for later ones."""
    absences = Absences(2, WINDOW, watch)

    for name in ("a", "b", "c"):
        absences.doubt(name)
    paused = absences.paused
    for name in ("a", "b", "c"):
        absences.found(name)
    absences.doubt("d")

    assert paused
    assert (absences.paused, absences.count) == (False, 1)


def test_the_pause_ends_when_nothing_is_missing(watch: Watch) -> None:
    """As long as one of many is missing none is believed; when the last is found, or decided, later ones are."""
    absences = Absences(2, WINDOW, watch)
    for name in ("a", "b", "c"):
        absences.doubt(name)

    absences.found("a")
    absences.settled("b")
    while_one_is_missing = absences.paused
    absences.settled("c")
    watch.now += WINDOW
    absences.doubt("d")
    watch.now += WINDOW

    assert while_one_is_missing
    assert absences.believed("d")


def test_one_that_is_asked_for_again_counts_once(watch: Watch) -> None:
    """The window of an absence begins once, and its name counts once."""
    absences = Absences(2, WINDOW, watch)

    for _ in range(10):
        absences.doubt("a")
        watch.now += 10

    assert absences.believed("a")
    assert absences.count == 1


def test_calm_begins_with_a_whole_window(watch: Watch) -> None:
    """Before a window has been counted since the start, nobody knows how many are missing."""
    absences = Absences(2, WINDOW, watch)

    at_the_start = absences.calm
    watch.now += WINDOW

    assert not at_the_start
    assert absences.calm
