"""How many resources are missing, since when, and when that is believed."""

import pytest

from gas.domain.overview import PauseCause
from gas_controllers.cluster.absences import Absences

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


def test_a_pause_lasts_as_long_as_data_waits_for_its_second_look(watch: Watch) -> None:
    """What had been believed before too many went is part of the same question: nobody's data goes for want of an answer."""
    absences = Absences(2, WINDOW, watch)
    absences.unconfirmed("early")
    for name in ("a", "b", "c"):
        absences.doubt(name)
    counted = absences.count

    for name in ("a", "b", "c"):
        absences.found(name)
    while_data_waits = absences.paused, absences.calm
    absences.found("early")

    assert counted == 4
    assert while_data_waits == (True, False)
    assert not absences.paused


def test_what_was_believed_alone_pauses_nothing(watch: Watch) -> None:
    """Deletions that are carried out one after the other do not count as missing any more."""
    absences = Absences(0, WINDOW, watch)
    absences.unconfirmed("a")
    watch.now += WINDOW

    assert absences.calm
    assert (absences.paused, absences.count) == (False, 0)
    assert absences.doubted("a")


@pytest.mark.parametrize(
    ("count", "others", "paused"),
    [
        (3, 0, False),
        (4, 0, False),
        (5, 0, True),
        (5, 4, True),
        (5, 5, False),
        (40, 39, True),
        (40, 40, False),
    ],
    ids=["somebodys-three", "all-of-four", "all-of-five", "most", "half", "most-of-many", "half-of-many"],
)
def test_more_than_half_of_all_are_too_many(watch: Watch, count: int, others: int, *, paused: bool) -> None:
    """However high the limit is; but a few may well be all that there are, and be meant."""
    absences = Absences(50, WINDOW, watch)
    there = {f"job-{number}" for number in range(count + others)}
    absences.present = lambda: len(there)

    for number in range(count):
        there.discard(f"job-{number}")
        absences.doubt(f"job-{number}")
    watch.now += WINDOW

    assert absences.cause is (PauseCause.MOST if paused else None)
    assert absences.believed("job-0") is not paused


def test_a_cluster_that_was_set_back_pauses_until_all_is_counted(watch: Watch) -> None:
    """Nothing is missing that anybody knows of, which tells nothing before a comparison: each time it is asked for."""
    absences, told = Absences(50, WINDOW, watch), list[PauseCause | None]()
    absences.on_pause = lambda: told.append(absences.cause)
    watch.now += WINDOW

    for _ in range(2):
        absences.set_back()
    absences.found("one-that-is-there")
    before = absences.cause, absences.calm
    absences.doubt("a")
    absences.compared()
    watch.now += WINDOW
    believed = absences.believed("a")
    absences.settled("a")

    assert told == [PauseCause.SET_BACK] * 2
    assert before == (PauseCause.SET_BACK, False)
    assert not believed
    assert absences.cause is None


def test_a_pause_of_many_becomes_one_of_a_cluster_that_was_set_back(watch: Watch) -> None:
    """Controllers of a higher limit would end the one; the other is for people to decide, and stays what it is."""
    absences = Absences(0, WINDOW, watch)
    absences.doubt("a")
    many = absences.cause

    absences.set_back()
    absences.doubt("b")

    assert many is PauseCause.MANY
    assert absences.cause is PauseCause.SET_BACK


@pytest.mark.parametrize(
    ("before", "now", "cause", "goes_on"),
    [
        (50, 50, PauseCause.MANY, True),
        (50, 49, PauseCause.MANY, True),
        (50, 51, PauseCause.MANY, False),
        (None, 50, PauseCause.MANY, True),
        (50, 51, PauseCause.MOST, True),
        (50, 51, PauseCause.SET_BACK, True),
    ],
    ids=["same", "lower", "raised", "unknown", "most", "set-back"],
)
def test_a_restart_goes_on_with_a_pause(
    watch: Watch, before: int | None, now: int, cause: PauseCause, *, goes_on: bool
) -> None:
    """However few are left to be counted: only a limit that was raised counts anew, where they were too many for it."""
    absences = Absences(now, WINDOW, watch)

    absences.resume_pause(before, cause)
    absences.found("one-that-is-there")
    absences.doubt("one-of-forty")
    absences.compared()
    watch.now += WINDOW

    assert absences.paused is goes_on
    assert absences.believed("one-of-forty") is not goes_on
    absences.found("one-of-forty")
    assert not absences.paused


def test_a_resumed_pause_ends_with_a_comparison_that_finds_nothing_missing(watch: Watch) -> None:
    """All came back while no controllers ran."""
    absences = Absences(2, WINDOW, watch)
    absences.resume_pause(2)
    before = absences.paused

    absences.compared()

    assert before
    assert not absences.paused


def test_nothing_is_believed_before_all_were_counted(watch: Watch) -> None:
    """Where the kind cannot be listed at the start, windows begin with the first comparison."""
    absences = Absences(2, WINDOW, watch)
    absences.uncounted()
    absences.doubt("a")
    watch.now += 10 * WINDOW
    early = absences.believed("a"), absences.calm

    absences.compared()
    at_once = absences.believed("a"), absences.calm
    watch.now += WINDOW

    assert (early, at_once) == ((False, False), (False, False))
    assert absences.believed("a")
    assert absences.calm


def test_the_begin_of_a_pause_is_told_once(watch: Watch) -> None:
    """Somebody writes it down, so that a restart cannot end it."""
    absences, told = Absences(1, WINDOW, watch), list[bool]()
    absences.on_pause = lambda: told.append(absences.paused)

    for name in ("a", "b", "c"):
        absences.doubt(name)

    assert told == [True]
