"""Busy annotators' pods are marked at once and unmarked after a while, and nothing else depends on it."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

from gas.adapters.memory.clock import FakeClock
from gas.domain.errors import FatalError, GasError, TransientError
from gas.domain.job import Job, JobStatus
from gas.domain.record import Lease
from gas_controllers.cluster.pod_costs import BUSY_COST, IDLE_FOR, PodCosts, changes, pod_of
from tests.support.jobs import NOW, job_in
from tests.support.platform import Platform

SECOND = timedelta(seconds=1)


class Pods:
    """A cluster that notes every write; `errors` are raised first."""

    def __init__(self, *errors: GasError) -> None:
        self.errors, self.written = list(errors), list[tuple[str, int | None]]()

    def set_deletion_cost(self, pod: str, cost: int | None) -> None:
        """One write."""
        if self.errors:
            raise self.errors.pop(0)
        self.written.append((pod, cost))


def running(job_id: str, pod: str) -> Job:
    """A job that an annotator in a pod holds."""
    return replace(job_in(JobStatus.RUNNING, lease=Lease(f"{pod}:7", NOW)), job_id=job_id)


def done(job_id: str) -> Job:
    """A job that nobody holds any more."""
    return replace(job_in(JobStatus.COMPLETED), job_id=job_id)


LONG_IDLE = NOW - IDLE_FOR
JUST_IDLE = LONG_IDLE + SECOND


@pytest.mark.parametrize(
    ("busy", "marked", "written"),
    [
        (set(), {}, {}),
        ({"b", "a"}, {}, {"a": BUSY_COST, "b": BUSY_COST}),
        ({"a"}, {"a": LONG_IDLE}, {}),
        (set(), {"a": JUST_IDLE}, {}),
        (set(), {"a": LONG_IDLE}, {"a": None}),
        ({"b"}, {"a": LONG_IDLE, "c": JUST_IDLE}, {"b": BUSY_COST, "a": None}),
    ],
    ids=["nothing", "busy", "busy and marked", "idle for a moment", "idle for a while", "all at once"],
)
def test_what_is_written(busy: set[str], marked: dict[str, datetime], written: dict[str, int | None]) -> None:
    """A busy pod is marked at once; a mark goes when its pod has been idle for the whole while, and not before."""
    assert changes(frozenset(busy), marked, NOW) == written


def test_a_mark_goes_long_before_scaling_takes_a_pod_away() -> None:
    """A mark is kept for at most a quarter of the time for which scaling down waits by the chart's defaults."""
    values = yaml.safe_load((Path(__file__).parents[4] / "charts/gas/values.yaml").read_text())
    window = values["annotator"]["autoscaling"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"]

    assert timedelta(seconds=window) >= 4 * IDLE_FOR


def test_busy_and_idle_are_written_once_each() -> None:
    """A pod is marked when its job begins and unmarked a while after it ended; heartbeats and repeats write nothing."""
    pods, clock = Pods(), FakeClock(NOW)
    costs = PodCosts(pods, clock)

    for job in (running("a", "pod-1"), running("a", "pod-1"), done("a"), done("a")):
        costs.note(job)
        costs.write()
        costs.write()
    before = list(pods.written)
    clock.advance(IDLE_FOR)
    costs.write()
    costs.write()

    assert before == [("pod-1", BUSY_COST)]
    assert pods.written == [("pod-1", BUSY_COST), ("pod-1", None)]


def test_steady_work_writes_nothing_more() -> None:
    """A pod that is idle for less than the while between its jobs keeps its mark, however often."""
    pods, clock = Pods(), FakeClock(NOW)
    costs = PodCosts(pods, clock)

    for name in ("a", "b", "c"):
        costs.note(running(name, "pod-1"))
        costs.write()
        clock.advance(2 * IDLE_FOR)
        costs.write()
        costs.note(done(name))
        clock.advance(IDLE_FOR - SECOND)
        costs.write()

    assert pods.written == [("pod-1", BUSY_COST)]


def test_a_pod_that_was_idle_for_long_is_marked_again() -> None:
    """Its mark went, and its next job brings it back at once."""
    pods, clock = Pods(), FakeClock(NOW)
    costs = PodCosts(pods, clock)
    for job in (running("a", "pod-1"), done("a")):
        costs.note(job)
        costs.write()
    clock.advance(IDLE_FOR)
    costs.write()

    costs.note(running("b", "pod-1"))
    costs.write()

    assert pods.written == [("pod-1", BUSY_COST), ("pod-1", None), ("pod-1", BUSY_COST)]


def test_the_next_job_of_a_pod_keeps_it_busy() -> None:
    """A pod that ended one job and began another stays marked, in whichever order that is heard."""
    pods, clock = Pods(), FakeClock(NOW)
    costs = PodCosts(pods, clock)
    costs.note(running("a", "pod-1"))
    costs.write()

    costs.note(running("b", "pod-1"))
    costs.note(done("a"))
    clock.advance(IDLE_FOR)
    costs.write()

    assert pods.written == [("pod-1", BUSY_COST)]


def test_a_job_that_moves_to_another_pod_frees_the_first() -> None:
    """After a lost lease the new holder is marked at once, and the old one is not for long."""
    pods, clock = Pods(), FakeClock(NOW)
    costs = PodCosts(pods, clock)
    costs.note(running("a", "pod-1"))
    costs.write()

    costs.note(running("a", "pod-2"))
    costs.write()
    clock.advance(IDLE_FOR)
    costs.write()

    assert pods.written == [("pod-1", BUSY_COST), ("pod-2", BUSY_COST), ("pod-1", None)]


@pytest.mark.parametrize(
    ("error", "written"),
    [(TransientError("no answer"), [("pod-1", BUSY_COST)]), (FatalError("forbidden"), [])],
    ids=["down", "forbidden"],
)
def test_what_fails_is_tried_again_unless_it_is_refused(
    error: GasError, written: list[tuple[str, int | None]]
) -> None:
    """An outage is made up for; without the right nobody is asked every second."""
    pods = Pods(error)
    costs = PodCosts(pods, FakeClock(NOW))
    costs.note(running("a", "pod-1"))

    for _ in range(3):
        costs.write()

    assert pods.written == written


def test_the_holder_names_the_pod() -> None:
    """An annotator calls itself by its host, which in a cluster is the pod, and its process."""
    assert pod_of("gas-annotator-7d4b9c-x2x9z:12") == "gas-annotator-7d4b9c-x2x9z"


def test_a_whole_life_marks_and_unmarks() -> None:
    """The passes of the reconciler tell who is busy; a pass itself writes nothing to pods."""
    platform = Platform()
    platform.submit()
    platform.look()
    platform.claim()
    platform.look()
    unwritten = dict(platform.cluster.costs)
    platform.pod_costs.write()
    busy = dict(platform.cluster.costs)
    platform.finish()
    platform.look()
    platform.pod_costs.write()
    just_idle = dict(platform.cluster.costs)
    platform.clock.advance(IDLE_FOR)
    platform.pod_costs.write()

    assert unwritten == {}
    assert busy == just_idle == {"annotator-0": BUSY_COST}
    assert platform.cluster.costs == {"annotator-0": None}
