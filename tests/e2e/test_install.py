"""The installation, and the first job through it."""

import time
from typing import Any

from dev.cluster.installation import USER, Installation
from tests.support.inputs import short_vcf
from tests.support.waiting import until


def test_installs(installation: Installation, record_property: Any) -> None:
    """`helm install` makes a platform whose every part is ready, with as many pods as there should be."""
    began = time.monotonic()
    seconds = installation.upgrade()
    # Helm is content with a web that lacks as many pods as an update may take away.
    installation.await_ready()

    record_property("seconds", round(seconds, 1))
    record_property("secondsToEveryPod", round(time.monotonic() - began, 1))


def test_carries_a_job(installation: Installation, record_property: Any) -> None:
    """A real file goes from `kubectl apply` to Completed."""
    installation.make_user()

    installation.send(["first"], short_vcf())
    seconds = installation.await_jobs(["first"])

    record_property("seconds", round(seconds, 1))
    figures = installation.lost_and_doubled(["first"])
    record_property("jobs", figures)
    assert figures == {"jobs": 1, "lost": 0, "doubled": 0}
    assert installation.ports().jobs.get("first").user_id == USER


def test_proves_itself(installation: Installation, record_property: Any) -> None:
    """`helm test` sends one small file through the web API and finds its result."""
    until(lambda: installation.pods("web", ready=True), seconds=60, pause=0.5)
    installation.give_token()

    began = time.monotonic()
    installation.helm("test", "gas", "--timeout=240s")

    record_property("seconds", round(time.monotonic() - began, 1))


def test_goes_back_to_nothing(installation: Installation, record_property: Any) -> None:
    """When the queue is empty the last annotator goes."""
    record_property("seconds", round(installation.await_nobody(), 1))
