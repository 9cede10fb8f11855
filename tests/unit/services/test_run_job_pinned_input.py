"""An input is what it was when its job was submitted: whatever replaces it is not annotated in that job's name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gas.domain.job import JobStatus
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from tests.support.annotating import Bench
from tests.support.jobs import INPUT
from tests.support.platform import Platform

DOORS: dict[str, Callable[[Platform], None]] = {"web": Platform.submit, "kubectl": Platform.apply}
each_door = pytest.mark.parametrize("door", DOORS)


def replace_input(platform: Platform) -> None:
    """Somebody uploads another file to the same key."""
    platform.objects.put(INPUT.bucket, INPUT.key, b"another file")


def outcome(platform: Platform) -> tuple[JobStatus, Reason | None]:
    """How the job stands."""
    return platform.job.status, platform.job.reason


def test_the_web_pins_before_anybody_has_looked() -> None:
    """Replaced between the submission and the controllers' first look, the job fails."""
    platform = Platform()
    platform.submit()
    replace_input(platform)

    platform.look()

    assert outcome(platform) == (JobStatus.FAILED, Reason.INPUT_CHANGED)
    assert platform.requests.empty()
    assert platform.ready == ("False", "InputChanged")


def test_kubectl_pins_with_the_first_acceptance() -> None:
    """Nobody saw the file when the resource was applied, so what is there at the first look is what was meant."""
    platform = Platform()
    platform.apply()
    replace_input(platform)

    platform.look()

    found = platform.objects.head(INPUT.bucket, INPUT.key)
    assert found is not None
    assert (platform.job.status, platform.job.pinned_etag) == (JobStatus.QUEUED, found.etag)


@each_door
def test_replaced_before_the_download(door: str, tmp_path: Path) -> None:
    """Replaced while the accepted job waits for an annotator, the job fails at both doors."""
    platform = Platform(Plan.PREMIUM)
    DOORS[door](platform)
    platform.look()
    replace_input(platform)

    Bench(platform, tmp_path).handle()

    assert outcome(platform) == (JobStatus.FAILED, Reason.INPUT_CHANGED)


@each_door
def test_replaced_while_suspended(door: str) -> None:
    """A job that waits as Pending again keeps its pin."""
    platform = Platform(Plan.PREMIUM)
    DOORS[door](platform)
    platform.look()
    platform.edit(suspend=True)
    platform.look()
    assert platform.job.status is JobStatus.PENDING
    replace_input(platform)

    platform.edit(suspend=False)
    platform.look()

    assert outcome(platform) == (JobStatus.FAILED, Reason.INPUT_CHANGED)


@each_door
def test_replaced_and_put_back(door: str, tmp_path: Path) -> None:
    """What counts is what the file is when it is read, not what happened to it meanwhile."""
    platform = Platform(Plan.PREMIUM)
    DOORS[door](platform)
    platform.look()
    replace_input(platform)
    platform.objects.put(INPUT.bucket, INPUT.key, b"vcf")

    Bench(platform, tmp_path).handle()

    assert platform.job.status is JobStatus.COMPLETED
