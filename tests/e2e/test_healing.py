"""What operations did by hand: everything comes back with no command typed, and no job is lost or done twice."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from dev.run.cluster.installation import JOB_SECONDS, NAMESPACE, Installation
from tests.support.inputs import short_vcf
from tests.support.records import attempts, handed_back, held_by_pods, with_pace
from tests.support.visitor import Visitor
from tests.support.waiting import PATIENCE_SECONDS, until

JOBS = 4
"""As many as there may be annotators, so that all are under way."""

PACE_SECONDS, DRAIN_SECONDS, GRACE_SECONDS = 45.0, 5, 35
"""A job lasts longer than a pod may take to end, so an annotator that does not obey SIGTERM is killed in the middle of
one and loses an attempt; one that obeys hands its job back long before."""

LASTING_SECONDS = 1800.0
"""A job that ends by itself in no test: whoever is told to go in the middle of one can only hand it back."""

OUTAGE_SECONDS = 10

AWS_OUTAGE_SECONDS = 60

RESTART = """
import sys, time
from pathlib import Path
from kube.control_plane import ControlPlane
plane = ControlPlane.attach(Path(sys.argv[1]))
plane.stop_apiserver(kill=True)
time.sleep(float(sys.argv[2]))
plane.start_apiserver()
"""
"""A program of its own, so that the new API server outlives the tests like the old one would have."""


@pytest.fixture(scope="module", autouse=True)
def paced(installation: Installation) -> Iterator[dict[str, Any]]:
    """The values of an installation whose annotators are surely busy when something happens to them."""
    values = _held_for(PACE_SECONDS, installation.values())
    installation.upgrade(values)
    installation.make_user()
    yield values
    installation.upgrade()


def _held_for(pace_seconds: float, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with annotators that hold each job for so long, and are soon gone when they are told to go."""
    return with_pace(
        values, pace_seconds=pace_seconds, drain_seconds=DRAIN_SECONDS, grace_seconds=GRACE_SECONDS
    )


def under_way(installation: Installation, record_property: Any, prefix: str) -> list[str]:
    """Send jobs and return once every annotator that there may be has one."""
    names = [f"{prefix}-{number}" for number in range(JOBS)]
    installation.send(names, short_vcf())
    running = until(lambda: _running(installation, names), seconds=JOB_SECONDS, pause=0.5)
    record_property("jobsUnderWay", running)
    return names


def _running(installation: Installation, names: list[str]) -> int:
    """How many jobs run, once all do."""
    found = installation.phases()
    running = sum(found.get(name) == "Running" for name in names)
    return running if running == JOBS else 0


def survives(installation: Installation, record_property: Any, names: list[str]) -> dict[str, int]:
    """Every part is ready again, and every job Completed once; how many attempts that took in vain."""
    began = time.monotonic()
    installation.await_ready()
    record_property("secondsToReady", round(time.monotonic() - began, 1))
    record_property("secondsToLastJob", round(installation.await_jobs(names) + time.monotonic() - began, 1))
    figures = installation.lost_and_doubled(names)
    record_property("jobs", figures)
    vain = attempts(installation.records(names).values())
    record_property("attempts", vain)
    assert figures == {"jobs": JOBS, "lost": 0, "doubled": 0}
    return vain


def test_pods_are_deleted(installation: Installation, record_property: Any) -> None:
    """All web and annotator pods are deleted at once, in the middle of jobs: annotators hand back what they hold."""
    names = under_way(installation, record_property, "deleted")

    doomed = installation.pods("annotator")
    installation.ask("delete", "pod", "--wait=false", *installation.pods("web"), *doomed)

    drained = installation.await_gone(doomed)
    record_property("annotatorsToldToGo", len(doomed))
    record_property("secondsToDrained", round(drained, 1))
    vain = survives(installation, record_property, names)
    assert drained < GRACE_SECONDS
    assert vain["lost"] == 0
    assert vain["handedBack"] > 0


def test_pods_are_scaled_away(
    installation: Installation, paced: dict[str, Any], record_property: Any
) -> None:
    """Scaling takes annotators away in the middle of jobs: each that goes hands back what it holds, at no cost."""
    # Before scaling comes to a pod there are the setup's run, KEDA and the autoscaler, in their own time.
    lasting = _held_for(LASTING_SECONDS, paced)
    installation.upgrade(lasting)
    names = under_way(installation, record_property, "scaled")
    held = held_by_pods(installation.records(names).values())
    annotator = lasting["annotator"]
    few = {**annotator, "autoscaling": {**annotator["autoscaling"], "maxReplicas": 1}}

    installation.upgrade({**lasting, "annotator": few})
    left = until(lambda: _only(installation.pods("annotator")), seconds=PATIENCE_SECONDS, pause=0.5)
    told = sorted(held.keys() - set(left))
    drained = installation.await_gone(told)
    back = installation.records([held[pod] for pod in told])
    installation.upgrade(paced)

    record_property("annotatorsToldToGo", len(told))
    record_property("secondsToDrained", round(drained, 1))
    record_property("handedBackByThem", {name: handed_back(job) for name, job in back.items()})
    vain = survives(installation, record_property, names)
    assert len(held) == JOBS
    assert len(told) >= JOBS - len(left)
    assert {held[pod] for pod in told} == {name for name, job in back.items() if handed_back(job) > 0}
    assert vain["lost"] == 0


def _only(pods: list[str]) -> list[str]:
    """The pods when there is one left."""
    return pods if len(pods) == 1 else []


def test_pods_are_killed(installation: Installation, record_property: Any) -> None:
    """All web and annotator pods are killed without a second to drain, in the middle of jobs."""
    names = under_way(installation, record_property, "killed")

    doomed = [*installation.pods("web"), *installation.pods("annotator")]
    installation.ask("delete", "pod", "--grace-period=0", "--force", *doomed)

    record_property("podsKilled", len(doomed))
    survives(installation, record_property, names)


def test_controllers_are_deleted(installation: Installation, record_property: Any) -> None:
    """The controllers are killed in the middle of jobs."""
    names = under_way(installation, record_property, "headless")

    installation.ask("delete", "pod", "--grace-period=0", "--force", *installation.pods("controllers"))

    survives(installation, record_property, names)


def test_pods_are_evicted(installation: Installation, record_property: Any) -> None:
    """Every pod is evicted through the Eviction API, which honours the budgets: the web never stops answering."""
    names = under_way(installation, record_property, "evicted")
    refused = 0

    doomed = installation.pods("annotator")
    with Visitor(lambda: installation.get("/")) as visitor:
        for component in ("annotator", "web", "controllers"):
            for pod in installation.pods(component):
                while not evict(installation, pod):
                    refused += 1
                    time.sleep(0.5)  # a budget lets the next one go when another is ready

    record_property("evictionsRefusedByBudgets", refused)
    record_property("pagesAsked", visitor.visits)
    record_property("pagesFailed", len(visitor.failures))
    record_property("annotatorsToldToGo", len(doomed))
    vain = survives(installation, record_property, names)
    assert visitor.failures == []
    assert refused > 0
    assert vain["lost"] == 0
    assert vain["handedBack"] > 0


def test_api_server_restarts(installation: Installation, record_property: Any) -> None:
    """The API server is killed and comes back after 10 s, in the middle of jobs."""
    if not installation.target.own_state_dir:
        pytest.skip("the API server of somebody else's cluster is not ours to restart")
    names = under_way(installation, record_property, "deaf")

    subprocess.run(
        [sys.executable, "-c", RESTART, installation.target.own_state_dir, str(OUTAGE_SECONDS)],
        check=True,
        timeout=180,
    )

    survives(installation, record_property, names)


def test_aws_is_away(installation: Installation, record_property: Any) -> None:
    """AWS refuses every connection for 60 s, in the middle of jobs: pods stay, annotators too, jobs go on afterwards."""
    names = under_way(installation, record_property, "away")
    before = restarts(installation)
    annotators = len(installation.pods("annotator"))

    installation.outside.close_aws()
    try:
        fewest = fewest_annotators(installation, AWS_OUTAGE_SECONDS)
    finally:
        installation.outside.open_aws()

    record_property("annotatorsBefore", annotators)
    record_property("fewestAnnotators", fewest)
    survives(installation, record_property, names)
    again = restarts(installation)
    stayed = before.keys() & again.keys()
    record_property("podsCompared", len(stayed))
    record_property("restarts", sum(again[pod] - before[pod] for pod in stayed))
    assert annotators > 0
    assert fewest >= annotators  # A queue that cannot be read is not an empty one.
    assert {pod: again[pod] for pod in stayed} == {pod: before[pod] for pod in stayed}
    assert stayed >= set(installation.pods("controllers"))


def fewest_annotators(installation: Installation, seconds: float) -> int:
    """The least number of annotators that there are within so many seconds from now."""
    deadline = time.monotonic() + seconds
    fewest = len(installation.pods("annotator"))
    while time.monotonic() < deadline:
        time.sleep(0.5)  # how often it is looked
        fewest = min(fewest, len(installation.pods("annotator")))
    return fewest


def evict(installation: Installation, pod: str) -> bool:
    """Ask for an eviction; False when a budget refuses it for now."""
    body = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod, "namespace": NAMESPACE},
    }
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/eviction"
    answer = installation.kubectl.ask("create", "--raw", path, "-f", "-", stdin=json.dumps(body))
    if answer.code == 0 or "not found" in answer.stderr.lower():
        return True
    assert "disruption budget" in answer.stderr, answer.stderr
    return False


def restarts(installation: Installation) -> dict[str, int]:
    """How often the containers of each pod were started again."""
    found: dict[str, int] = {}
    for component in ("web", "annotator", "controllers"):
        for pod in installation.pod_objects(component):
            statuses = pod["status"].get("containerStatuses", [])
            found[pod["metadata"]["name"]] = sum(each["restartCount"] for each in statuses)
    return found
