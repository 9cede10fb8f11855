"""The plan of the load runs, and how their figures are judged."""

import pytest

from dev.measure.load.plan import (
    AIMS,
    FULL,
    QUICK,
    Aim,
    AnnotatorLoad,
    ArchiveAndRestore,
    WebLoad,
    chosen,
    figure,
    judged,
    shortened,
)


def test_both_sizes_have_the_same_experiments_and_aims() -> None:
    """A quick run is the same on a smaller scale."""
    assert list(FULL) == list(QUICK) == list(AIMS)
    assert all(type(FULL[name]) is type(QUICK[name]) for name in FULL)


def test_the_whole_plan_is_what_the_page_tells_of() -> None:
    """Two bursts of 200, with kills and without; ten and five minutes of visitors; and what changes settings comes last."""
    bursts = [each for each in FULL.values() if isinstance(each, AnnotatorLoad) and each.jobs == 200]
    visits = [each for each in FULL.values() if isinstance(each, WebLoad)]

    assert {(burst.pace > 0, burst.kill_every > 0) for burst in bursts} == {
        (True, False),
        (True, True),
        (False, False),
    }
    assert [(each.users, each.seconds) for each in visits] == [(300, 600), (30, 300)]
    assert [isinstance(each, ArchiveAndRestore) for each in FULL.values()].index(True) == len(FULL) - 1
    assert chosen([], quick=False) == FULL


def test_some_are_chosen_in_the_order_of_the_plan() -> None:
    """Whatever the order in which they are asked for; none means all."""
    assert list(chosen(["web-home", "annotators-burst"], quick=False)) == ["annotators-burst", "web-home"]
    assert list(chosen([], quick=True)) == list(QUICK)


def test_unknown_experiment_is_refused() -> None:
    """And the refusal names those that there are."""
    with pytest.raises(ValueError, match="there is no experiment web: choose from annotators-arrivals"):
        chosen(["web"], quick=False)


def test_only_visits_have_a_length_of_their_own() -> None:
    """The other experiments last until their jobs are done."""
    assert shortened(FULL["web-home"], 300) == WebLoad(users=300, per_second=30, seconds=300)
    assert shortened(FULL["web-home"], None) == FULL["web-home"]
    assert shortened(FULL["many-jobs"], 300) == FULL["many-jobs"]


def test_aims_are_met_missed_or_unknown() -> None:
    """A figure that is missing is no success."""
    aims = (Aim("a.b", 5, "b"), Aim("c", 0, "c"), Aim("d", 1, "d"))

    found = judged(aims, {"a": {"b": 5}, "c": 1})

    assert [(each["found"], each["met"]) for each in found] == [(5.0, True), (1.0, False), (None, None)]


def test_truth_is_no_figure() -> None:
    """A boolean under a figure's name is a mistake of the report, not a zero."""
    assert figure({"lost": False}, "lost") is None
    assert figure({"a": 1}, "a.b") is None
