"""Upgrades while people work."""

import copy
import hashlib
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dev.cluster.installation import FREE_USER, Installation
from dev.up.evidence import aws_client
from gas.domain.job import Job, JobStatus
from gas.domain.plan import Plan
from tests.support.inputs import short_vcf, slow_vcf
from tests.support.records import attempts, differences, with_pace
from tests.support.waiting import until

JOBS = 200

RETENTION_SECONDS = 15
"""Of the free user's jobs: they are archived while it is waited for."""

LINK_SECONDS = 5
"""So soon after archiving the hot bytes go."""

KEPT = [f"kept-{number}" for number in range(4)]
"""A free user's, whose results are archived when the new version comes, two of them on their way back."""

ENDED = ["broken", "dropped"]
"""One that failed, and one that was cancelled."""

HALTED = "halted"
"""One that operations suspended."""

ACROSS = [f"across-{number}" for number in range(8)]
"""Waiting or under way when the new version comes."""

LATER = [f"later-{number}" for number in range(10)]
"""Waiting or under way when the last release comes back."""


def test_upgrade_amid_jobs(installation: Installation, record_property: Any) -> None:
    """`helm upgrade` replaces every pod in the middle of 200 jobs, and none is lost, done twice, or begun in vain."""
    names = [f"amid-{number}" for number in range(JOBS)]
    # Annotators that did not obey SIGTERM would take jobs until they are killed, in the middle of one.
    values = with_pace(installation.values(), pace_seconds=2, drain_seconds=5, grace_seconds=35)
    installation.upgrade(values)
    for part in ("web", "annotator", "controllers"):
        values[part] = {**values[part], "podAnnotations": {"example.org/changed": "yes"}}
    installation.send(names, short_vcf())
    until(lambda: _count(installation, names, "Completed") > JOBS // 10, seconds=240, pause=0.5)

    before = _count(installation, names, "Completed")
    running, told = _count(installation, names, "Running"), installation.pods("annotator")
    seconds = installation.upgrade(values)
    drained = installation.await_gone(told)
    after = _count(installation, names, "Completed")

    record_property("doneBeforeAndAfter", [before, after])
    record_property("jobsUnderWay", running)
    record_property("annotatorsToldToGo", len(told))
    record_property("secondsOfUpgrade", round(seconds, 1))
    record_property("secondsFromThereToDrained", round(drained, 1))
    record_property("secondsToLastJob", round(installation.await_jobs(names, seconds=900), 1))
    figures = installation.lost_and_doubled(names)
    record_property("jobs", figures)
    vain = attempts(installation.records(names).values())
    record_property("attempts", vain)
    assert before < JOBS
    assert running > 0
    assert vain["lost"] == 0
    assert figures == {"jobs": JOBS, "lost": 0, "doubled": 0}


NEWER = (("web", "payments"), ("plans", "jobsInLine"))
"""Settings that the last release's chart does not know, and refuses."""


def test_from_and_to_the_last_release(installation: Installation, record_property: Any) -> None:
    """From the last release to this version and back by `helm rollback`, with jobs in every state, nothing is lost."""
    target = installation.target
    if not target.last_release:
        pytest.fail("no release of docs/releases.md has a chart yet: nothing to come from and go back to")
    values = installation.values()
    values["settings"]["lifecycle"]["linkSeconds"] = LINK_SECONDS
    values["settings"]["web"]["linkSeconds"] = LINK_SECONDS
    old = copy.deepcopy(values)
    for part in ("web", "annotator", "controllers"):
        old[part] = {**old[part], "image": {"tag": target.last_release_tag}}
    for section, name in NEWER:
        del old["settings"][section][name]
    installation.upgrade(old, Path(target.last_release))
    bring_into_every_state(installation)
    first = [*KEPT, *ENDED, HALTED, *ACROSS]

    before = until(lambda: _in_every_state(installation, first), seconds=120, pause=0.2)
    forth = installation.upgrade(with_pace(values, pace_seconds=5, drain_seconds=5, grace_seconds=35))
    upgraded = installation.records(first)
    installation.send(LATER, short_vcf())
    until(lambda: _count(installation, LATER, "Running") > 0, seconds=120, pause=0.5)
    turned = installation.records([*first, *LATER])
    began = time.monotonic()
    installation.helm("rollback", "gas", "--wait", "--timeout=240s")
    back = time.monotonic() - began
    returned = installation.records([*first, *LATER])
    intact = finish(installation)
    after = installation.records([*first, *LATER])

    record_property("secondsForth", round(forth, 1))
    record_property("secondsBack", round(back, 1))
    record_property("statesBefore", _states(before))
    record_property("statesOnTheWayBack", _states(turned))
    record_property("statesAfterTheWayBack", _states(returned))
    record_property("statesAtTheEnd", _states(after))
    carried = [HALTED, *ACROSS, *LATER]
    record_property("attempts", attempts(after[name] for name in carried))
    figures = installation.lost_and_doubled(carried)
    record_property("jobs", figures)
    assert _states(returned).keys() >= WANTED - {"Restoring", "Running"}
    assert not all(
        turned[name].finished for name in LATER
    )  # The last release has to finish what it never accepted.
    assert differences(before, upgraded) == []
    assert differences({**before, **upgraded}, turned) == []
    assert differences(turned, returned) == []
    assert differences(returned, after) == []
    assert figures == {"jobs": len(carried), "lost": 0, "doubled": 0}
    assert intact
    assert sum(job.attempts for job in after.values()) == 0


WANTED = {"Archived", "Restoring", "Failed", "Cancelled", "Pending", "Running"}
"""The states that the new version meets at least."""


def bring_into_every_state(installation: Installation) -> None:
    """Jobs of a free user and of a premium one, some in each state that lasts."""
    installation.make_user(FREE_USER, Plan.FREE)
    installation.make_user()
    installation.send(KEPT, short_vcf(), FREE_USER, retentionSeconds=RETENTION_SECONDS)
    installation.send([ENDED[0]], b"this is no VCF\n", FREE_USER)
    installation.send([ENDED[1]], short_vcf(), FREE_USER, cancel=True)
    installation.send([HALTED], short_vcf(), FREE_USER, suspend=True)
    until(lambda: _count(installation, KEPT, "Archived") == len(KEPT), seconds=180, pause=0.5)
    # As long as the hot bytes are there, a restore has nothing to retrieve.
    until(lambda: _only_archived(installation, KEPT), seconds=60, pause=0.5)
    installation.send(ACROSS, slow_vcf())
    until(lambda: _count(installation, ACROSS, "Running") > 0, seconds=120, pause=0.2)
    for name in KEPT[:2]:
        restore(installation, name, "Bulk")
    until(lambda: _count(installation, KEPT, "Restoring") > 0, seconds=30, pause=0.2)


def _in_every_state(installation: Installation, names: list[str]) -> dict[str, Job]:
    """The records when they are in all the states at once, none before: between two jobs of an annotator none is Running."""
    found = installation.records(names)
    return found if _states(found).keys() >= WANTED else {}


def _only_archived(installation: Installation, names: list[str]) -> bool:
    return all(job.delete_hot_after is None for job in installation.records(names).values())


def finish(installation: Installation) -> bool:
    """Let everything end that can, and bring one archived result back; whether it is what it was."""
    installation.change(HALTED, suspend=False)
    restore(installation, KEPT[-1], "Expedited")
    until(lambda: installation.phases()[KEPT[-1]] == "Restored", seconds=90, pause=0.2)
    intact = _intact(installation, KEPT[-1])
    installation.await_jobs([HALTED, *ACROSS, *LATER])
    until(
        lambda: all(_was(job, JobStatus.RESTORED) for job in installation.records(KEPT[:2]).values()),
        seconds=90,
        pause=0.5,
    )
    until(lambda: _shows_the_truth(installation), seconds=30, pause=0.5)
    return intact


def restore(installation: Installation, name: str, tier: str) -> None:
    """Ask for an archived result, as operations do."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    installation.change(name, restore={"requestTime": now, "tier": tier})


def _shows_the_truth(installation: Installation) -> bool:
    """Whether every resource's phase is its record's state."""
    shown = installation.phases()
    records = installation.records([*KEPT, *ENDED, HALTED, *ACROSS, *LATER])
    return all(shown[name] == job.status.value for name, job in records.items())


def _intact(installation: Installation, name: str) -> bool:
    """Whether a job's result as it is stored for people is the one that its annotator wrote."""
    result = installation.records([name])[name].result
    assert result is not None
    stored = aws_client("s3", installation.outside.aws_here).get_object(Bucket=result.bucket, Key=result.key)
    return hashlib.sha256(stored["Body"].read()).hexdigest() == result.sha256


def _was(job: Job, status: JobStatus) -> bool:
    return any(entry.status is status for entry in job.history)


def _states(jobs: Mapping[str, Job]) -> Counter[str]:
    return Counter(job.status.value for job in jobs.values())


def _count(installation: Installation, names: list[str], phase: str) -> int:
    found = installation.phases()
    return sum(found.get(name) == phase for name in names)
