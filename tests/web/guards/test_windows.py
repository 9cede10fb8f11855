"""What is counted within a minute, and what is forgotten after it."""

import itertools
from concurrent.futures import ThreadPoolExecutor

from gas_web.guards.windows import WINDOW_SECONDS, Windows
from tests.support.giving_way import GivingWay


class Clock:
    """A time that stands until it is set."""

    seconds = 1_000.0

    def __call__(self) -> float:
        """The time."""
        return self.seconds


def test_one_too_many_is_told_when_the_window_ends() -> None:
    """From the first that is counted on, whatever was refused meanwhile."""
    clock = Clock()
    windows = Windows(clock)

    answers = []
    for passed in (0, 10, 20, 59.9, 60):
        clock.seconds = 1_000 + passed
        answers.append(windows.count(2, "user", "ada"))

    assert [None if each is None else round(each, 1) for each in answers] == [None, None, 40, 0.1, None]


def test_looking_counts_nothing() -> None:
    """It says what one more would be told."""
    windows = Windows(Clock())

    looked = [windows.full(1, "guess", "a") for _ in range(3)]
    counted = windows.count(1, "guess", "a")

    assert looked == [None] * 3
    assert counted is None
    assert windows.full(1, "guess", "a") == windows.count(1, "guess", "a") == WINDOW_SECONDS


def test_names_are_counted_apart() -> None:
    """One is not stopped by another."""
    windows = Windows(Clock())

    answers = [windows.count(1, *name) for name in (("user", "a"), ("user", "b"), ("guess", "a"))]

    assert answers == [None] * 3


def test_nothing_is_kept_after_its_minute() -> None:
    """However many names were shown: what has ended goes with the next count, and what has not stays."""
    clock = Clock()
    windows = Windows(clock)
    for number in range(10_000):
        windows.count(1, str(number))
    clock.seconds += WINDOW_SECONDS / 2
    windows.count(1, "later")
    clock.seconds += WINDOW_SECONDS / 2

    windows.count(1, "last")

    assert list(windows._windows) == [("later",), ("last",)]


def test_threads_count_and_forget_at_the_same_time() -> None:
    """Eight for which each count is in another minute: all forget what another has just counted, and none fails."""
    clock = itertools.count(0.0, WINDOW_SECONDS)
    windows = Windows(lambda: next(clock), GivingWay())

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: windows.count(1, str(number % 4)), range(400)))

    assert answers == [None] * 400
    assert len(windows._windows) == 1
