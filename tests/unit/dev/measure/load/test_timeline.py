"""What pods and jobs did in a run comes out as it was."""

from dev.measure.load.timeline import (
    PodLife,
    at,
    curves,
    first_message,
    last_end,
    most,
    quantile,
    ready_steps,
    seconds_until,
    seconds_until_few,
    seconds_until_none,
    so_far,
    spread,
    stays,
    waited_seconds,
)

PODS = [
    PodLife("one", "annotator", 100, ready=105, ended=150),
    PodLife("two", "annotator", 101, ready=110, ended=140),
    PodLife("three", "annotator", 101, ready=None, ended=120),
]
HISTORY = [
    {"status": "Pending", "time": 100.0},
    {"status": "Queued", "time": 101.5},
    {"status": "Running", "time": 105.5},
    {"status": "Queued", "time": 120.0},
    {"status": "Running", "time": 121.0},
    {"status": "Completed", "time": 131.0},
]


def test_ready_pods_are_counted_whenever_that_changes() -> None:
    """A pod counts from its first readiness until it is told to end; one that was never ready does not count."""
    assert ready_steps(PODS) == [(105, 1), (110, 2), (140, 1), (150, 0)]


def test_pod_that_ends_before_it_is_ready_never_counts() -> None:
    """A watch may tell of both at once, or in the wrong order."""
    assert most(ready_steps([PodLife("late", "annotator", 1, ready=9, ended=5)])) == 0


def test_seconds_until_so_many() -> None:
    """From a moment until there are so many; at once when there are, and never when there never are."""
    steps = ready_steps(PODS)

    assert seconds_until(steps, 1, 100) == 5
    assert seconds_until(steps, 2, 100) == 10
    assert seconds_until(steps, 2, 115) == 0
    assert seconds_until(steps, 3, 100) is None


def test_seconds_until_none_are_left() -> None:
    """From a moment until the last has gone; None while some stay."""
    assert seconds_until_none(ready_steps(PODS), 130) == 20
    assert (
        seconds_until_none(ready_steps([*PODS[:2], PodLife("stays", "annotator", 1, ready=2)]), 130) is None
    )
    assert seconds_until_none([], 130) == 0


def test_number_at_a_time() -> None:
    """What the newest step says, and none before the first."""
    steps = ready_steps(PODS)

    assert [at(steps, time) for time in (99, 105, 139.9, 140, 999)] == [0, 1, 2, 1, 0]


def test_states_of_a_record() -> None:
    """Each lasts until the next, and the last still lasts."""
    found = stays(HISTORY)

    assert [(stay.status, stay.since, stay.until) for stay in found][1:3] == [
        ("Queued", 101.5, 105.5),
        ("Running", 105.5, 120.0),
    ]
    assert found[-1].until is None
    assert first_message([found]) == 101.5
    assert last_end([found]) == 131.0
    assert waited_seconds([found]) == [5.0]


def test_curves() -> None:
    """At regular times: pods, jobs, and how long the oldest has waited."""
    drawn = curves(begin=100, end=104, ready=[(103, 2)], wanted=[(102, 3)], jobs=[stays(HISTORY)], every=2)

    assert drawn == {
        "seconds": [0, 2, 4],
        "wanted": [0, 3, 3],
        "ready": [0, 0, 2],
        "waiting": [0, 1, 1],
        "running": [0, 0, 0],
        "oldestSeconds": [0, 0.5, 2.5],
    }


def test_quantiles_are_values_that_were_there() -> None:
    """The nearest rank: no figure is made up between two."""
    values = [float(each) for each in range(1, 101)]

    assert [quantile(values, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert quantile([], 0.5) is None
    assert spread([3.0]) == {"count": 1, "median": 3.0, "p95": 3.0, "p99": 3.0, "worst": 3.0}


def test_seconds_until_few_again() -> None:
    """The first moment after the load at which there were few enough, whatever came later; at once when there always were."""
    steps = [(0.0, 2), (50.0, 6), (400.0, 4), (430.0, 2), (500.0, 3)]

    assert seconds_until_few(steps, 2, 100) == 330
    assert seconds_until_few(steps, 2, 10) == 0
    assert seconds_until_few(steps, 1, 100) is None
    assert seconds_until_few([], 2, 100) == 0


def test_so_far() -> None:
    """How many had come at each moment, those of the moment itself too; the order of the times does not matter."""
    assert so_far([7, 1, 3, 3], [0, 1, 3, 6, 7]) == [0, 1, 3, 3, 4]
    assert so_far([], [1]) == [0]
