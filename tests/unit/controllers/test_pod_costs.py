"""Busy annotators' pods are marked on the edges, and nothing else depends on it."""

from dataclasses import replace

import pytest

from gas.domain.errors import FatalError, GasError, TransientError
from gas.domain.job import Job, JobStatus
from gas.domain.record import Lease
from gas_controllers.pod_costs import BUSY_COST, PodCosts, pod_of
from tests.support.jobs import NOW, job_in
from tests.support.platform import Platform


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


def test_busy_and_idle_are_written_once_each() -> None:
    """A pod is marked when its job begins and unmarked when it ends; heartbeats and repeats write nothing."""
    pods = Pods()
    costs = PodCosts(pods)

    for job in (running("a", "pod-1"), running("a", "pod-1"), done("a"), done("a")):
        costs.note(job)
        costs.write()
        costs.write()

    assert pods.written == [("pod-1", BUSY_COST), ("pod-1", None)]


def test_the_next_job_of_a_pod_keeps_it_busy() -> None:
    """A pod that ended one job and began another stays marked, in whichever order that is heard."""
    pods = Pods()
    costs = PodCosts(pods)
    costs.note(running("a", "pod-1"))
    costs.write()

    costs.note(running("b", "pod-1"))
    costs.note(done("a"))
    costs.write()

    assert pods.written == [("pod-1", BUSY_COST)]


def test_a_job_that_moves_to_another_pod_frees_the_first() -> None:
    """After a lost lease the new holder is marked and the old one is not."""
    pods = Pods()
    costs = PodCosts(pods)
    costs.note(running("a", "pod-1"))
    costs.write()

    costs.note(running("a", "pod-2"))
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
    costs = PodCosts(pods)
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

    assert unwritten == {}
    assert busy == {"annotator-0": BUSY_COST}
    assert platform.cluster.costs == {"annotator-0": None}
