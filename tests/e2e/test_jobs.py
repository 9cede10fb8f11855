"""Scaling with the queue, from nothing and back to nothing."""

import time
from typing import Any

import pytest

from dev.run.cluster.installation import ACCOUNT, FREE_USER, USER, Installation
from gas.domain.plan import Plan
from gas_controllers.cluster.kubernetes_api import DELETION_COST
from gas_controllers.cluster.pod_costs import pod_of
from tests.support.inputs import short_vcf, slow_vcf
from tests.support.records import attempts, with_pace
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
    vain = attempts(installation.records(names).values())
    record_property("attempts", vain)
    assert most > 1
    assert marked > 1
    assert vain["lost"] == 0
    assert figures == {"jobs": 24, "lost": 0, "doubled": 0}


def test_premium_jobs_have_annotators_of_their_own(installation: Installation, record_property: Any) -> None:
    """With annotators for premium users one is warm before any job; it does their jobs, and the others everybody else's."""
    installation.make_user(FREE_USER, Plan.FREE)
    installation.await_nobody()
    values = with_pace(installation.values(), pace_seconds=5, drain_seconds=20, grace_seconds=60)
    queue = f"{installation.outside.aws}/{ACCOUNT}/{installation.namespace}-job-requests-premium"
    values["annotator"]["lines"] = [
        {"name": "premium", "plans": ["premium"], "maxReplicas": 2, "queueURL": queue}
    ]
    try:
        record_property("secondsOfUpgrade", round(installation.upgrade(values), 1))
        warm = until(lambda: installation.pods("annotator-premium", ready=True), seconds=60, pause=0.5)

        seconds, holder = carried(installation, "of-premium", USER)
        others = installation.pods("annotator", ending=True)
        record_property("warmPods", len(warm))
        record_property("secondsOfPremiumJob", round(seconds, 1))
        record_property("othersMeanwhile", len(others))
        free_seconds, free_holder = carried(installation, "of-everybody", FREE_USER)
        record_property("secondsOfFreeJob", round(free_seconds, 1))
        everybody = installation.pods("annotator", ending=True)
        warm_still = installation.pods("annotator-premium", ready=True)
    finally:
        installation.upgrade()

    figures = installation.lost_and_doubled(["of-premium", "of-everybody"])
    record_property("jobs", figures)
    assert holder in warm
    assert others == []
    assert free_holder in everybody
    assert set(warm) <= set(warm_still)
    assert figures == {"jobs": 2, "lost": 0, "doubled": 0}


def carried(installation: Installation, name: str, user_id: str) -> tuple[float, str]:
    """Send one job and wait for its end; the seconds that took, and the pod that held it."""
    began = time.monotonic()
    installation.send([name], short_vcf(), user_id)
    holder = until(lambda: _holder(installation, name), seconds=120, pause=0.2)
    installation.await_jobs([name])
    return time.monotonic() - began, pod_of(holder)


def _holder(installation: Installation, name: str) -> str:
    """Who holds a job; empty while nobody does."""
    job = installation.records([name]).get(name)
    return job.lease.holder if job and job.lease else ""


def busy_pods(installation: Installation) -> list[str]:
    """The annotators' pods that the controllers marked as costly to take away."""
    return [
        pod["metadata"]["name"]
        for pod in installation.pod_objects("annotator")
        if int(pod["metadata"].get("annotations", {}).get(DELETION_COST, 0)) > 0
    ]
