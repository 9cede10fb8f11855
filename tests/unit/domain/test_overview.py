"""What of an overview hurts, in which order, and in which words."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gas.domain.job import JobStatus
from gas.domain.names import Channel
from gas.domain.overview import (
    IDLE_WAIT,
    LONG_WAIT,
    Overview,
    Pain,
    PauseCause,
    Pool,
    QueueDepth,
    Situation,
    Wait,
    rough,
    troubles,
)
from gas.domain.reasons import Reason
from tests.support.jobs import NOW
from tests.support.plans import CHANNELS

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
NO_LETTERS = dict.fromkeys(CHANNELS, 0)
WELL = Overview(
    time=NOW,
    period=timedelta(seconds=10),
    situations={
        Situation(JobStatus.RUNNING, Reason.ANNOTATING): 2,
        Situation(JobStatus.FAILED, Reason.INPUT_REFUSED): 5,
        Situation(JobStatus.FAILED, Reason.CANCELLED): 1,
    },
    longest_wait=Wait("job-1", NOW - MINUTE),
    requests=QueueDepth(3, 2, 0),
    channels=CHANNELS,
    dead_letters=NO_LETTERS,
    pools=(Pool("annotators", 2),),
    sweep_age=timedelta(seconds=4),
    sweep_period=timedelta(seconds=15),
    drift=3,
    started=NOW - timedelta(days=3),
)


def said(overview: Overview | None, after: timedelta = timedelta(0)) -> list[str]:
    """The sentences of what hurts so long after the overview was written."""
    return [trouble.sentence for trouble in troubles(overview, NOW + after)]


def test_nothing_hurts_when_all_is_well() -> None:
    """Jobs that run, a short wait, refused inputs and a little drift are everyday life."""
    assert said(WELL) == []


def test_controllers_that_never_reported_hurt() -> None:
    """A page without figures says so instead of showing zeros."""
    (trouble,) = troubles(None, NOW)

    assert trouble.pain is Pain.NOW
    assert "never reported" in trouble.sentence


@pytest.mark.parametrize(
    ("period", "after", "silent"),
    [(10, 30, False), (10, 31, True), (60, 180, False), (60, 181, True), (1, 30, False)],
)
def test_silence_hurts(period: int, after: int, *, silent: bool) -> None:
    """Three periods without a word, and never less than half a minute, which a restart takes."""
    overview = replace(WELL, period=timedelta(seconds=period), longest_wait=None)

    told = said(overview, timedelta(seconds=after))

    assert bool(told) is silent
    assert not silent or f"have not reported for {rough(timedelta(seconds=after))}." in told[0]


HURTS: dict[str, tuple[dict[str, Any], Pain, str]] = {
    "sweep": (
        {"sweep_age": timedelta(seconds=46)},
        Pain.NOW,
        "No sweep of due times has ended well for 46 s.",
    ),
    "absences": (
        {"absences_paused": True, "absent": 1200},
        Pain.NOW,
        "Too many resources vanished at once: 1,200 are missing, and none is taken for deleted.",
    ),
    "most absent": (
        {"absences_paused": True, "absent": 5, "pause_cause": PauseCause.MOST},
        Pain.NOW,
        "More than half of all resources vanished at once: 5 are missing, and none is taken for deleted.",
    ),
    "set back": (
        {"absences_paused": True, "absent": 12, "pause_cause": PauseCause.SET_BACK},
        Pain.NOW,
        "The cluster was set back to a backup, which lacks younger resources: 12 are missing",
    ),
    "no kind": ({"unserved": True}, Pain.NOW, "The cluster has no AnnotationJobs"),
    "long wait": (
        {"longest_wait": Wait("job-9", NOW - LONG_WAIT - SECOND)},
        Pain.NOW,
        "A job has waited 15 min for an annotator.",
    ),
    "nobody works": (
        {
            "longest_wait": Wait("job-9", NOW - IDLE_WAIT - SECOND),
            "pools": (Pool("annotators", 0, wanted=1),),
        },
        Pain.NOW,
        "A job has waited 2 min for an annotator and none works.",
    ),
    "missing result": (
        {"situations": {Situation(JobStatus.COMPLETED, Reason.RESULT_MISSING): 1}},
        Pain.NOW,
        "1 job lost the result",
    ),
    "exhausted": (
        {"situations": {Situation(JobStatus.FAILED, Reason.ATTEMPTS_EXHAUSTED): 1200}},
        Pain.NOW,
        "1,200 jobs failed because every attempt was lost.",
    ),
    "retrieval": (
        {"situations": {Situation(JobStatus.ARCHIVED, Reason.RETRIEVAL_FAILED): 2}},
        Pain.NOW,
        "2 jobs could not be restored",
    ),
    "late": ({"late_retrievals": 1}, Pain.SOON, "1 retrieval is later than people were told."),
    "dead letters": (
        {"dead_letters": NO_LETTERS | {Channel.THAW: 2, Channel.RESTORE: 1}},
        Pain.SOON,
        "Messages that nobody could read: 1 of restore, 2 of thaw.",
    ),
    "unread queue": ({"requests": None}, Pain.SOON, "could not read all queues"),
    "unread letters": ({"dead_letters": {Channel.THAW: 0}}, Pain.SOON, "could not read all queues"),
}


@pytest.mark.parametrize("case", HURTS)
def test_one_thing_hurts(case: str) -> None:
    """Each by itself, with how soon somebody should act, and with advice."""
    changes, pain, sentence = HURTS[case]

    (trouble,) = troubles(replace(WELL, **changes), NOW)

    assert trouble.pain is pain
    assert sentence in trouble.sentence
    assert trouble.advice.endswith((".", "?"))


def test_the_worst_comes_first() -> None:
    """The controllers, then people who wait, then what can wait itself."""
    changes: dict[str, Any] = {}
    for case in ("dead letters", "late", "missing result", "long wait", "absences"):
        changes |= HURTS[case][0]

    pains = [trouble.pain for trouble in troubles(replace(WELL, **changes), NOW + timedelta(hours=1))]
    told = said(replace(WELL, **changes), timedelta(hours=1))

    assert pains == [Pain.NOW] * 4 + [Pain.SOON] * 2
    assert told[0] == "The controllers have not reported for 60 min."


def test_a_silent_controller_is_not_blamed_twice() -> None:
    """Its last word about the sweep is as old as the rest."""
    told = said(replace(WELL, sweep_age=timedelta(hours=1), longest_wait=None), timedelta(hours=1))

    assert len(told) == 1


def test_counts() -> None:
    """A phase counts for all its reasons, and a reason in all its phases."""
    assert (WELL.jobs_in(JobStatus.FAILED), WELL.jobs_in(JobStatus.ARCHIVED)) == (6, 0)
    assert WELL.jobs_because(Reason.ANNOTATING) == 2
    assert QueueDepth(1, 2, 4).total == 7


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (4.9, "4 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_800, "2 d"),
    ],
)
def test_rough_times(seconds: float, words: str) -> None:
    """The largest unit of which there are two, rounded down."""
    assert rough(timedelta(seconds=seconds)) == words
