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

from dev.run.cluster.installation import FREE_USER, JOB_SECONDS, Installation
from dev.run.up.evidence import aws_client
from gas.domain.job import Job, JobStatus
from gas.domain.plan import Plan
from tests.support.inputs import short_vcf, slow_vcf
from tests.support.records import attempts, differences, with_pace
from tests.support.waiting import PATIENCE_SECONDS, until

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

ACROSS = 8
"""So many at a time are sent to wait or to be under way when the new version comes."""

ANNOTATORS = 4
"""As many as there may be: with fewer jobs unfinished, soon none might be under way."""

HELD_SECONDS, SOON_SECONDS, DAY_SECONDS = 3600.0, 5.0, 86_400.0
"""Of retrievals that outlast every upgrade, of those that are waited for, and of a day of their copies."""

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
    until(lambda: _count(installation, names, "Completed") > JOBS // 10, seconds=JOB_SECONDS, pause=0.5)

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
    # Its setup is in the image of its controllers.
    del old["setup"]["image"]
    for section, name in NEWER:
        del old["settings"][section][name]
    installation.upgrade(old, Path(target.last_release))
    bring_into_every_state(installation)

    before, across = in_every_state(installation)
    first = [*KEPT, *ENDED, HALTED, *across]
    forth = installation.upgrade(with_pace(values, pace_seconds=5, drain_seconds=5, grace_seconds=35))
    upgraded = installation.records(first)
    installation.send(LATER, short_vcf())
    until(lambda: _count(installation, LATER, "Running") > 0, seconds=JOB_SECONDS, pause=0.5)
    turned = installation.records([*first, *LATER])
    began = time.monotonic()
    installation.helm("rollback", "gas", "--wait", "--timeout=240s")
    back = time.monotonic() - began
    returned = installation.records([*first, *LATER])
    carried = [HALTED, *across, *LATER]
    intact = finish(installation, carried)
    after = installation.records([*first, *LATER])

    record_property("secondsForth", round(forth, 1))
    record_property("secondsBack", round(back, 1))
    record_property("statesBefore", _states(before))
    record_property("statesOnTheWayBack", _states(turned))
    record_property("statesAfterTheWayBack", _states(returned))
    record_property("statesAtTheEnd", _states(after))
    record_property("attempts", attempts(after[name] for name in carried))
    figures = installation.lost_and_doubled(carried)
    record_property("jobs", figures)
    assert _states(returned).keys() >= WANTED - {"Running"}
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
    until(lambda: _count(installation, KEPT, "Archived") == len(KEPT), seconds=JOB_SECONDS, pause=0.5)
    # As long as the hot bytes are there, a restore has nothing to retrieve.
    until(lambda: _only_archived(installation, KEPT), seconds=PATIENCE_SECONDS, pause=0.5)
    installation.outside.control.retrievals_take(thaw_seconds=HELD_SECONDS, day_seconds=DAY_SECONDS)
    for name in KEPT[:2]:
        restore(installation, name, "Bulk")
    until(
        lambda: _count(installation, KEPT, "Restoring") == len(KEPT[:2]), seconds=PATIENCE_SECONDS, pause=0.2
    )


def in_every_state(installation: Installation) -> tuple[dict[str, Job], list[str]]:
    """The records once they are in all the states at once, and the names of those that wait or are under way.

    All states but one last until somebody ends them. Jobs under way come to their end, so more are sent as long as it takes:
    the last release cannot hold them. Between two jobs of an annotator none is Running.
    """
    across: list[str] = []

    def look() -> dict[str, Job]:
        found = installation.records([*KEPT, *ENDED, HALTED, *across])
        if _states(found).keys() >= WANTED:
            return found
        # A job that was just sent has no record yet.
        if sum(name not in found or not found[name].finished for name in across) < ANNOTATORS:
            more = [f"across-{len(across) + number}" for number in range(ACROSS)]
            installation.send(more, slow_vcf())
            across.extend(more)
        return {}

    return until(look, seconds=JOB_SECONDS, pause=0.2), across


def _only_archived(installation: Installation, names: list[str]) -> bool:
    return all(job.delete_hot_after is None for job in installation.records(names).values())


def finish(installation: Installation, carried: list[str]) -> bool:
    """Let everything end that can, and bring one archived result back; whether it is what it was."""
    installation.change(HALTED, suspend=False)
    control = installation.outside.control
    control.retrievals_take(thaw_seconds=SOON_SECONDS, day_seconds=DAY_SECONDS)
    restore(installation, KEPT[-1], "Expedited")
    # By its record, which is read at once: before long it is archived again.
    until(
        lambda: installation.records([KEPT[-1]])[KEPT[-1]].status is JobStatus.RESTORED,
        seconds=PATIENCE_SECONDS,
        pause=0.2,
    )
    intact = _intact(installation, KEPT[-1])
    control.end_retrievals()
    installation.await_jobs(carried, seconds=2 * JOB_SECONDS)
    until(
        lambda: all(_was(job, JobStatus.RESTORED) for job in installation.records(KEPT[:2]).values()),
        seconds=PATIENCE_SECONDS,
        pause=0.5,
    )
    names = [*KEPT, *ENDED, *carried]
    until(lambda: _shows_the_truth(installation, names), seconds=PATIENCE_SECONDS, pause=0.5)
    return intact


def restore(installation: Installation, name: str, tier: str) -> None:
    """Ask for an archived result, as operations do."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    installation.change(name, restore={"requestTime": now, "tier": tier})


def _shows_the_truth(installation: Installation, names: list[str]) -> bool:
    """Whether every resource's phase is its record's state."""
    shown = installation.phases()
    records = installation.records(names)
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
