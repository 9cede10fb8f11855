"""Scaling with the queue, from nothing and back to nothing."""

import time
from typing import Any

import pytest

from dev.cluster.installation import Installation
from gas_controllers.cluster import DELETION_COST
from tests.support.inputs import short_vcf, slow_vcf
from tests.support.waiting import until

FIRST_POD_SECONDS = 15
"""What people who wake the first annotator should wait at most."""


def test_scales_from_nothing(installation: Installation, record_property: Any) -> None:
    """The first message wakes an annotator within 15 s."""
    installation.await_nobody()

    began = time.monotonic()
    installation.send(["wake"], short_vcf())
    until(lambda: installation.pods("annotator", ready=True), seconds=120, pause=0.2)
    seconds = time.monotonic() - began

    record_property("secondsToFirstReadyPod", round(seconds, 1))
    installation.await_jobs(["wake"])
    assert seconds <= FIRST_POD_SECONDS


def test_tells_that_it_wakes(installation: Installation, record_property: Any) -> None:
    """While nobody is awake the resource says WakingAnnotator, with a sentence for people."""
    installation.await_nobody()

    installation.send(["waking"], short_vcf())
    said = until(
        lambda: [each for each in installation.ready_conditions("waking") if each[0] == "WakingAnnotator"],
        seconds=30,
        pause=0.1,
    )

    record_property("sentence", said[0][1])
    installation.await_jobs(["waking"])
    assert said[0][1]


def test_scales_with_the_queue(installation: Installation, record_property: Any) -> None:
    """Many jobs get several annotators, busy ones are marked, none is lost or done twice, and then all pods go."""
    names = [f"many-{number}" for number in range(24)]
    most = marked = 0

    installation.send(names, slow_vcf())
    deadline = time.monotonic() + 480
    while not installation.finished(names):
        most = max(most, len(installation.pods("annotator", ready=True)))
        marked = max(marked, len(busy_pods(installation)))
        if time.monotonic() > deadline:
            pytest.fail(f"the jobs did not end\n{installation.state()}")
        time.sleep(0.5)
    record_property("mostPods", most)
    record_property("mostMarkedBusy", marked)
    record_property("secondsBackToNothing", round(installation.await_nobody(), 1))
    figures = installation.lost_and_doubled(names)
    record_property("jobs", figures)
    assert most > 1
    assert marked > 1
    assert figures == {"jobs": 24, "lost": 0, "doubled": 0}


def busy_pods(installation: Installation) -> list[str]:
    """The annotators' pods that the controllers marked as costly to take away."""
    return [
        pod["metadata"]["name"]
        for pod in installation.pod_objects("annotator")
        if int(pod["metadata"].get("annotations", {}).get(DELETION_COST, 0)) > 0
    ]
