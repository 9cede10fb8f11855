"""What operators see of missing resources, and what their decision does."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from gas.domain.job import JobStatus
from gas.domain.plan import Plan
from gas.domain.record import ResourceState
from gas.domain.spec import DeletionPolicy, JobPolicy
from gas_controllers.cluster.kubernetes_api import Cluster
from gas_controllers.decide_absences import (
    consequence,
    list_id,
    meant,
    missing_jobs,
    mistaken,
    note,
    shown,
)
from tests.support.by_hand import make_unreadable
from tests.support.jobs import JOB_ID, job_in
from tests.support.platform import Platform

LOOK = timedelta(minutes=5)


def paused() -> Platform:
    """A platform with a finished job whose resource is missing while no absence is believed."""
    platform = Platform(Plan.PREMIUM)
    platform.complete(deletion_policy=DeletionPolicy.DELETE)
    platform.restart(absence_limit=0)
    del platform.cluster.resources[JOB_ID]
    platform.watch()
    platform.look()
    return platform


def test_only_what_is_missing_is_listed() -> None:
    """A resource that is there is not listed, and one that only its record knows is."""
    platform = Platform()
    platform.submit()
    platform.look()
    cluster = cast("Cluster", platform.cluster)

    there = missing_jobs(platform.jobs, cluster, platform.clock.now())
    platform.cluster.resources.clear()
    gone = missing_jobs(platform.jobs, cluster, platform.clock.now())

    assert there == []
    assert [job.job_id for job in gone] == [JOB_ID]


def test_what_cannot_be_read_is_not_decided_about() -> None:
    """One such record keeps nobody from deciding about the others, and is not among them."""
    platform = Platform()
    platform.submit()
    platform.look()
    platform.jobs.create(replace(platform.job, job_id="broken"))
    make_unreadable(platform.jobs, "broken")
    platform.cluster.resources.clear()

    gone = missing_jobs(platform.jobs, cast("Cluster", platform.cluster), platform.clock.now())

    assert [job.job_id for job in gone] == [JOB_ID]


@pytest.mark.parametrize(
    ("status", "policy", "said"),
    [
        (JobStatus.QUEUED, DeletionPolicy.RETAIN, "is cancelled, its data stays"),
        (JobStatus.RUNNING, DeletionPolicy.DELETE, "is cancelled, its data is deleted"),
        (JobStatus.ARCHIVED, DeletionPolicy.RETAIN, "its data stays"),
        (JobStatus.COMPLETED, DeletionPolicy.DELETE, "its data is deleted"),
    ],
    ids=["unfinished", "unfinished-delete", "finished", "finished-delete"],
)
def test_what_follows_is_said(status: JobStatus, policy: DeletionPolicy, said: str) -> None:
    """Before anybody decides they read what a deletion would do to each job."""
    job = job_in(status, policy=JobPolicy(deletion_policy=policy))

    assert consequence(job, LOOK, paused=False) == said


def test_what_was_meant_is_carried_out() -> None:
    """While the rule is paused, only those that an operator spoke of are taken for deleted, data after a second look."""
    platform = paused()

    noted = note(platform.jobs, [platform.job], meant, platform.clock.now())
    platform.look()
    believed, still_there = platform.job.resource.state, platform.hot
    platform.pass_time(platform.rules.second_look)

    assert noted == 1
    assert (believed, still_there) == (ResourceState.DELETED, True)
    assert (platform.job.status, platform.hot) == (JobStatus.DELETED, False)
    assert not platform.absences.paused


def test_a_mistake_is_undone() -> None:
    """The resource is made again, the job and its data stay, and the pause is over."""
    platform = paused()

    noted = note(platform.jobs, [platform.job], mistaken, platform.clock.now())
    platform.look()
    platform.pass_time(timedelta(hours=1))

    assert noted == 1
    assert platform.cluster.get(JOB_ID) is not None
    assert (platform.job.status, platform.hot) == (JobStatus.COMPLETED, True)
    assert not platform.absences.paused


def test_a_decision_outlives_other_writes() -> None:
    """While an operator reads the list the controllers go on writing: the decision is about the resource, not the version."""
    platform = paused()
    seen = platform.job
    platform.jobs.commit(seen, replace(seen, detail="moved on"))

    assert note(platform.jobs, [seen], meant, platform.clock.now()) == 1
    assert platform.job.resource.meant is not None
    assert platform.job.detail == "moved on"


def test_a_resource_that_came_back_meanwhile_is_left_alone() -> None:
    """A decision is about what was looked at: not about another resource of that name, and the number says so."""
    platform = paused()
    seen = platform.job
    platform.apply(deletionPolicy="Delete")
    platform.look()

    assert platform.job.resource.uid != seen.resource.uid
    assert note(platform.jobs, [seen], meant, platform.clock.now()) == 0
    assert platform.job.resource.meant is None


def believed() -> Platform:
    """A platform with a finished job that was taken for deleted, whose data goes minutes later."""
    platform = Platform(Plan.PREMIUM)
    platform.complete(deletion_policy=DeletionPolicy.DELETE)
    platform.clock.advance(timedelta(hours=1))
    del platform.cluster.resources[JOB_ID]
    platform.watch()
    platform.look()
    platform.clock.advance(timedelta(minutes=1))
    platform.look()
    assert platform.job.resource.state is ResourceState.DELETED
    return platform


def test_what_was_believed_can_still_be_undone() -> None:
    """Of a mass deletion the first are believed: they are listed until their data goes, and a mistake keeps it."""
    platform = believed()
    cluster, now = cast("Cluster", platform.cluster), platform.clock.now()

    found = missing_jobs(platform.jobs, cluster, now)
    said = shown(found, LOOK, paused=False)
    noted = note(platform.jobs, found, mistaken, now)
    platform.look()
    platform.pass_time(timedelta(hours=1))

    assert [job.job_id for job in found] == [JOB_ID]
    assert f"was taken for deleted, its data goes at {now + LOOK:%H:%M} UTC" in said
    assert noted == 1
    assert platform.cluster.get(JOB_ID) is not None
    assert (platform.job.status, platform.hot) == (JobStatus.COMPLETED, True)


def test_what_was_believed_waits_in_a_pause_for_a_person() -> None:
    """Nobody's data goes because all the others came back; that it was meant is carried out, and ends the pause."""
    platform = believed()
    for number in range(51):
        platform.resources.doubt(f"other-{number}")
    for number in range(51):
        platform.absences.found(f"other-{number}")
    platform.pass_time(timedelta(hours=1))
    kept, paused_still = platform.hot, platform.absences.paused
    now = platform.clock.now()
    found = missing_jobs(platform.jobs, cast("Cluster", platform.cluster), now)
    said = shown(found, LOOK, paused=True)

    note(platform.jobs, found, meant, now)
    platform.look()
    platform.pass_time(timedelta(minutes=1))

    assert (kept, paused_still) == (True, True)
    assert "its data waits for what you say" in said
    assert (platform.job.status, platform.hot) == (JobStatus.DELETED, False)
    assert not platform.absences.paused


def test_what_is_decided_for_good_is_listed_no_more() -> None:
    """Once the second look has confirmed it, data has gone: an answer that comes later changes nothing."""
    platform = believed()
    seen = platform.job
    platform.pass_time(timedelta(hours=1))

    assert missing_jobs(platform.jobs, cast("Cluster", platform.cluster), platform.clock.now()) == []
    assert note(platform.jobs, [seen], mistaken, platform.clock.now()) == 0
    assert platform.job.status is JobStatus.DELETED


def test_a_list_is_called_by_what_is_on_it() -> None:
    """One comes back and another goes: as many, and another list. What becomes of the same jobs meanwhile makes none."""
    one, other, later = (
        [replace(job_in(status), job_id=name)]
        for status, name in (
            (JobStatus.QUEUED, "one"),
            (JobStatus.QUEUED, "other"),
            (JobStatus.RUNNING, "one"),
        )
    )

    assert list_id(one) != list_id(other)
    assert list_id(one) == list_id(later)
    assert list_id(one).startswith("1-")
    assert f"--meant {list_id(one)}\n" in shown(one, LOOK, paused=False)
    assert f"--mistake {list_id(one)}\n" in shown(one, LOOK, paused=False)


def test_a_pause_is_told_however_few_are_left() -> None:
    """Whether the rule is paused is what the controllers say, and not what can be counted."""
    job = [job_in(JobStatus.QUEUED)]

    assert "none is taken for deleted" in shown(job, LOOK, paused=True)
    assert "none is taken for deleted" not in shown(job, LOOK, paused=False)
    assert shown([], LOOK, paused=True) == "No resource is missing.\n"
