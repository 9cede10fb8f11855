"""What operations did by hand: everything comes back with no command typed, and no job is lost or done twice."""

import json
import subprocess
import sys
import time
from typing import Any

import pytest

from dev.cluster.installation import NAMESPACE, Installation
from tests.support.inputs import slow_vcf
from tests.support.visitor import Visitor
from tests.support.waiting import until

JOBS = 12

OUTAGE_SECONDS = 10

RESTART = """
import sys, time
from pathlib import Path
from dev.kube.control_plane import ControlPlane
plane = ControlPlane.attach(Path(sys.argv[1]))
plane.stop_apiserver(kill=True)
time.sleep(float(sys.argv[2]))
plane.start_apiserver()
"""
"""A program of its own, so that the new API server outlives the tests like the old one would have."""


def under_way(installation: Installation, prefix: str) -> list[str]:
    """Send jobs and return once one of them runs."""
    names = [f"{prefix}-{number}" for number in range(JOBS)]
    installation.send(names, slow_vcf())
    until(lambda: "Running" in [installation.phases().get(name) for name in names], seconds=120, pause=0.2)
    return names


def survives(installation: Installation, record_property: Any, names: list[str]) -> None:
    """Every part is ready again, and every job Completed once."""
    began = time.monotonic()
    installation.await_ready()
    record_property("secondsToReady", round(time.monotonic() - began, 1))
    record_property("secondsToLastJob", round(installation.await_jobs(names) + time.monotonic() - began, 1))
    figures = installation.lost_and_doubled(names)
    record_property("jobs", figures)
    assert figures == {"jobs": JOBS, "lost": 0, "doubled": 0}


def test_pods_are_deleted(installation: Installation, record_property: Any) -> None:
    """All web and annotator pods are deleted at once, in the middle of jobs."""
    names = under_way(installation, "deleted")

    doomed = [*installation.pods("web"), *installation.pods("annotator")]
    installation.ask("delete", "pod", "--wait=false", *doomed)

    record_property("podsDeleted", len(doomed))
    survives(installation, record_property, names)


def test_pods_are_killed(installation: Installation, record_property: Any) -> None:
    """All web and annotator pods are killed without a second to drain, in the middle of jobs."""
    names = under_way(installation, "killed")

    doomed = [*installation.pods("web"), *installation.pods("annotator")]
    installation.ask("delete", "pod", "--grace-period=0", "--force", *doomed)

    record_property("podsKilled", len(doomed))
    survives(installation, record_property, names)


def test_controllers_are_deleted(installation: Installation, record_property: Any) -> None:
    """The controllers are killed in the middle of jobs."""
    names = under_way(installation, "headless")

    installation.ask("delete", "pod", "--grace-period=0", "--force", *installation.pods("controllers"))

    survives(installation, record_property, names)


def test_pods_are_evicted(installation: Installation, record_property: Any) -> None:
    """Every pod is evicted through the Eviction API, which honours the budgets: the web never stops answering."""
    names = under_way(installation, "evicted")
    refused = 0

    with Visitor(lambda: installation.get("/")) as visitor:
        for component in ("web", "annotator", "controllers"):
            for pod in installation.pods(component):
                while not evict(installation, pod):
                    refused += 1
                    time.sleep(0.5)  # a budget lets the next one go when another is ready

    record_property("evictionsRefusedByBudgets", refused)
    record_property("pagesAsked", visitor.visits)
    record_property("pagesFailed", len(visitor.failures))
    survives(installation, record_property, names)
    assert visitor.failures == []
    assert refused > 0


def test_api_server_restarts(installation: Installation, record_property: Any) -> None:
    """The API server is killed and comes back after 10 s, in the middle of jobs."""
    if not installation.target.own_state_dir:
        pytest.skip("the API server of somebody else's cluster is not ours to restart")
    names = under_way(installation, "deaf")

    subprocess.run(
        [sys.executable, "-c", RESTART, installation.target.own_state_dir, str(OUTAGE_SECONDS)],
        check=True,
        timeout=180,
    )

    survives(installation, record_property, names)


def test_aws_is_away(installation: Installation, record_property: Any) -> None:
    """AWS refuses every connection for 60 s, in the middle of jobs: pods stay, jobs go on afterwards."""
    names = under_way(installation, "away")
    before = restarts(installation)

    installation.outside.close_aws()
    time.sleep(60)  # the length of the outage, not a wait for something
    installation.outside.open_aws()

    survives(installation, record_property, names)
    again = restarts(installation)
    record_property("restarts", sum(again.values()) - sum(before.values()))
    assert again == before


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
    """How often each container of the web and the controllers was started again."""
    found: dict[str, int] = {}
    for component in ("web", "controllers"):
        for pod in installation.pod_objects(component):
            statuses = pod["status"].get("containerStatuses", [])
            found[pod["metadata"]["name"]] = sum(each["restartCount"] for each in statuses)
    return found
