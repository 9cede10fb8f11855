"""The installation, and the first job through it."""

import json
import time
from typing import Any

import pytest
import yaml

from dev.run.cluster.installation import USER, Installation
from tests.support.inputs import short_vcf
from tests.support.looks_inside import TRY_TO_WRITE
from tests.support.waiting import until

LOOK_INSIDE = (
    TRY_TO_WRITE
    + """
import importlib.util, json, os, shutil, subprocess, sys

def modules():
    names = ("pip", "ensurepip", "setuptools", "wheel", "hatchling")
    return [name for name in names if importlib.util.find_spec(name)]

def base_modules():
    code = "import importlib.util as u; print(*[n for n in ('pip', 'ensurepip') if u.find_spec(n)])"
    return subprocess.run([sys._base_executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

programs = ("pip", "pip3", "uv", "cc", "gcc", "g++", "clang", "ld", "make", "git", "curl", "npm", "go")
print(json.dumps({
    "modules": modules() + base_modules(),
    "programs": [name for name in programs if shutil.which(name)],
    "user": os.getuid(),
    "written": written(),
}))
"""
)
"""Told by the image's own Python, and by the one of its base, what could build or install something there."""


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


@pytest.mark.parametrize("part", ["annotator", "controllers", "web"])
def test_image_is_bare(installation: Installation, part: str, record_property: Any) -> None:
    """An image has nothing to build or install with; it runs as nobody in particular, on a read-only root."""
    if part == "annotator":
        installation.send(["bare"], short_vcf())  # It is there for a job alone.
    pod = until(lambda: installation.pods(part, ready=True), seconds=120, pause=0.2)[0]

    found = json.loads(installation.ask("exec", pod, "--", "python", "-c", LOOK_INSIDE))

    record_property("part", part)
    record_property("found", found)
    _is_bare(found)


def test_image_of_the_setup_is_bare(installation: Installation, record_property: Any) -> None:
    """The same of the setup's, whose pod is gone once it went well: it is started again as the chart does, to look inside."""
    hooks = yaml.safe_load_all(installation.helm("get", "hooks", "gas"))
    [spec] = [each["spec"]["template"]["spec"] for each in hooks if each and each["kind"] == "Job"]
    [container] = spec["containers"]
    for gone in ("envFrom", "env"):
        container.pop(gone, None)
    container["command"] = ["python", "-c", LOOK_INSIDE]
    del spec["serviceAccountName"]  # It goes with the hook.
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare-setup"}, "spec": spec}
    pod["metadata"] |= {"namespace": installation.namespace}
    installation.apply([pod])

    until(
        lambda: installation.ask("get", "pod", "bare-setup", "-o", "jsonpath={.status.phase}") == "Succeeded",
        seconds=120,
        pause=0.5,
    )
    found = json.loads(installation.ask("logs", "bare-setup"))

    installation.ask("delete", "pod", "bare-setup")
    record_property("found", found)
    _is_bare(found)


def _is_bare(found: dict[str, Any]) -> None:
    assert found["modules"] == []
    assert found["programs"] == []
    assert found["user"] >= 1000
    assert found["written"] == "Read-only file system"


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
