"""What becomes of a job when its cluster is set back to a backup: what the API server says now is what is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gas.domain.decision import Lane
from gas.domain.job import JobStatus
from gas.domain.overview import PauseCause
from gas.domain.plan import Plan
from gas.domain.record import ResourceRef, ResourceState
from gas_controllers.cluster import manifests
from gas_controllers.lanes.items import LookAtJob
from tests.support.jobs import JOB_ID
from tests.support.platform import WINDOW, Platform
from tests.support.prometheus import drift


def uids(platform: Platform, name: str) -> ResourceRef:
    """What a record knows of a resource that was just made, in the home that all stand in."""
    resource = platform.job.resource
    return replace(resource, uid=platform.cluster.resources[name]["metadata"]["uid"])


def set_back(*edits: dict[str, Any], **policy: Any) -> Platform:
    """A platform whose job was edited since the backup to which its cluster goes back."""
    platform = Platform()
    platform.submit(**policy)
    platform.look()
    backup = platform.cluster.back_up()
    for edit in edits:
        platform.edit(**edit)
        platform.look()
    platform.cluster.set_back(backup)
    return platform


def test_the_status_of_a_resource_that_went_back_shows_the_record_again() -> None:
    """The next comparison finds it, and the pass after that puts it right; nobody forged it."""
    platform, forged = set_back({"cancel": True}), drift("status")
    shown = platform.status["phase"]

    platform.compare()
    platform.look()

    assert shown == "Queued"
    assert platform.job.status is JobStatus.CANCELLED
    assert platform.status["phase"] == "Cancelled"
    assert drift("status") == forged


def test_a_status_that_is_refused_for_its_version_is_written_all_the_same() -> None:
    """Before any comparison: the version that the controllers know never comes again, so they go by what they read then."""
    platform = set_back({"retentionSeconds": 60})

    platform.intend(cancel_requested=platform.clock.now())
    platform.look()

    assert platform.status["phase"] == "Cancelled"
    assert platform.absences.cause is PauseCause.SET_BACK


@pytest.mark.parametrize("bumped", [True, False], ids=["bumped", "fallen"])
def test_what_is_younger_than_the_backup_is_not_taken_for_deleted(*, bumped: bool) -> None:
    """Any other resource that went back tells of it, though the cluster's own count was set forward."""
    platform = Platform(Plan.PREMIUM)
    platform.apply()
    older = platform.cluster.back_up()
    platform.look()
    other = manifests.annotation_job(replace(platform.job, job_id="other"), "gas", platform.clock.now())
    platform.resources.observe(platform.cluster.create(other))
    platform.jobs.create(replace(platform.job, job_id="other", resource=uids(platform, "other")))

    platform.cluster.set_back(older, bumped=bumped)
    platform.compare()
    platform.clock.advance(timedelta(hours=1))
    platform.reconciler.look_at(LookAtJob("other"), Lane.STATE)
    lost = platform.jobs.get("other")

    assert lost is not None
    assert (lost.status, lost.resource.state) == (JobStatus.QUEUED, ResourceState.PRESENT)
    assert platform.absences.count == 1


def test_nothing_is_paused_where_nothing_is_missing() -> None:
    """A backup that has every resource is compared, and what is deleted after that counts as before."""
    platform = set_back({"retentionSeconds": 60})
    platform.compare()
    while_set_back = platform.absences.paused

    del platform.cluster.resources[JOB_ID]
    platform.watch()
    platform.look()
    platform.clock.advance(timedelta(seconds=WINDOW))
    platform.look()

    assert not while_set_back
    assert platform.job.status is JobStatus.CANCELLED


def test_a_generation_that_fell_tells_of_it_after_a_start() -> None:
    """Who starts after the cluster was set back knows it by a record that is ahead of its resource."""
    platform = set_back({"retentionSeconds": 60})
    platform.restart()

    platform.look()

    assert platform.absences.cause is PauseCause.SET_BACK


@pytest.mark.parametrize("restart", [True, False], ids=["after-a-restart", "running"])
def test_edits_of_a_resource_that_went_back_are_taken_up(*, restart: bool) -> None:
    """Their generations count from the backup's again, below the one that the record knows."""
    platform = set_back(*({"retentionSeconds": seconds} for seconds in (60, 70, 80)), suspend=True)
    if restart:
        platform.restart()
    else:
        platform.compare()
    platform.look()
    known = platform.job.resource.generation

    platform.edit(suspend=False)
    platform.look()

    assert known == 1
    assert platform.job.status is JobStatus.QUEUED
    assert platform.job.policy.retention is None
    assert platform.status["observedGeneration"] == 2


def test_a_view_that_lags_takes_nothing_back() -> None:
    """Where other controllers have taken up an edit that these were not told of yet, the edit stays."""
    platform = Platform()
    platform.submit()
    platform.look()
    platform.cluster.edit(JOB_ID, suspend=True)
    job = platform.job
    taken_up = replace(
        job,
        policy=replace(job.policy, suspend=True),
        resource=replace(job.resource, generation=2),
        due=platform.clock.now(),
    )
    platform.jobs.commit(job, taken_up)

    platform.look()

    assert platform.job.policy.suspend
    assert platform.job.status is JobStatus.PENDING
    assert platform.status["observedGeneration"] == 2
