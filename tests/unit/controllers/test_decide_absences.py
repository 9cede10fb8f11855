"""What operators see of missing resources, and what their decision does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from gas.domain.job import Job, JobStatus
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
    resources_in,
    shown,
)
from tests.support.by_hand import make_unreadable
from tests.support.jobs import JOB_ID, job_in
from tests.support.platform import Platform

LOOK = timedelta(minutes=5)


def paused(**policy: Any) -> Platform:
    """A platform with a finished job whose resource is missing while no absence is believed."""
    platform = Platform(Plan.PREMIUM)
    platform.complete(deletion_policy=DeletionPolicy.DELETE, **policy)
    platform.restart(absence_limit=0)
    del platform.cluster.resources[JOB_ID]
    platform.watch()
    platform.look()
    return platform


def missing(platform: Platform) -> list[Job]:
    """What the list would tell of."""
    listed = resources_in(cast("Cluster", platform.cluster))
    return missing_jobs(platform.jobs, listed, platform.clock.now())


def replaced(**policy: Any) -> Platform:
    """As `paused`, and the name of the resource that is missing has been given to another job's."""
    platform = paused(**policy)
    platform.apply(reference="grch37")
    platform.look()
    assert platform.ready == ("False", "NameTaken")
    assert (platform.absences.paused, platform.absences.count) == (True, 1)
    return platform


def test_only_what_is_missing_is_listed() -> None:
    """A resource that is there is not listed, and one that only its record knows is."""
    platform = Platform()
    platform.submit()
    platform.look()

    there = missing(platform)
    platform.cluster.resources.clear()
    gone = missing(platform)

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

    gone = missing(platform)

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


def test_a_job_whose_name_another_has_is_listed() -> None:
    """It is counted as missing, so it is shown, and what no answer can do is said before one is given."""
    platform = replaced()

    found = missing(platform)
    said = shown(found, LOOK, paused=True, taken=[JOB_ID])

    assert [job.job_id for job in found] == [JOB_ID]
    assert "its data is deleted, its name is taken\n" in said
    assert "\nOf 1 another job's resource has the name, and by --mistake the job goes on without one." in said
    assert "its name is taken" not in shown(found, LOOK, paused=True)
    assert "another job's resource" not in shown(found, LOOK, paused=True)


def test_a_resource_that_is_new_is_nobody_elses() -> None:
    """It shows no record yet, of its own job or of one that is applied again: neither is missing."""
    platform = Platform()
    platform.submit()
    platform.look()
    platform.cluster.resources.clear()
    platform.apply()

    assert platform.job.resource.uid != platform.cluster.resources[JOB_ID]["metadata"]["uid"]
    assert missing(platform) == []


def test_that_it_was_meant_is_carried_out_under_a_taken_name() -> None:
    """Both looks find another job's resource, which stays; the data goes, and the pause is over."""
    platform = replaced()
    other = platform.cluster.get(JOB_ID)

    noted = note(platform.jobs, missing(platform), meant, platform.clock.now())
    platform.look()
    believed, still_there, left = platform.job.resource.state, platform.hot, missing(platform)
    platform.pass_time(platform.rules.second_look)

    assert noted == 1
    assert (believed, still_there) == (ResourceState.DELETED, True)
    assert [job.job_id for job in left] == [JOB_ID]
    assert (platform.job.status, platform.hot) == (JobStatus.DELETED, False)
    assert platform.cluster.get(JOB_ID) == other
    assert missing(platform) == []
    assert not platform.absences.paused


def test_a_mistake_under_a_taken_name_leaves_the_job_without_a_resource() -> None:
    """None is made again under that name; the job and its data stay, and the pause is over without a restart."""
    platform = replaced()
    other = platform.cluster.get(JOB_ID)

    noted = note(platform.jobs, missing(platform), mistaken, platform.clock.now())
    platform.look()
    platform.pass_time(timedelta(hours=1))

    assert noted == 1
    assert platform.cluster.get(JOB_ID) == other
    assert (platform.job.status, platform.hot) == (JobStatus.COMPLETED, True)
    assert missing(platform) == []
    assert not platform.absences.paused


def test_a_mistake_is_undone_once_the_name_is_free() -> None:
    """Whoever deletes the other job's resource first, on the list's word, gets the resource made again."""
    platform = replaced()
    listed = list_id(missing(platform))
    del platform.cluster.resources[JOB_ID]
    platform.watch()

    found = missing(platform)
    note(platform.jobs, found, mistaken, platform.clock.now())
    platform.look()
    platform.pass_time(timedelta(hours=1))

    assert list_id(found) == listed
    assert platform.ready[0] == "True"
    assert platform.cluster.resources[JOB_ID]["metadata"]["uid"] == platform.job.resource.uid
    assert not platform.absences.paused


def test_a_job_that_is_written_off_meanwhile_is_missing_no_more() -> None:
    """Its resource would have gone by now in any case: there is nothing to be answered, so nothing is counted."""
    platform = replaced(ttl_after_finished=timedelta(hours=2))

    platform.pass_time(timedelta(hours=1))
    before = platform.absences.count
    platform.pass_time(timedelta(hours=2))

    assert before == 1
    assert platform.job.resource.state is ResourceState.EXPIRED
    assert platform.cluster.get(JOB_ID) is not None
    assert (missing(platform), platform.absences.count, platform.absences.paused) == ([], 0, False)


@pytest.mark.parametrize("believed_before", [False, True], ids=["first-look", "second-look"])
def test_a_pause_over_taken_names_alone_outlasts_a_restart(*, believed_before: bool) -> None:
    """The comparison at the start counts them: else it would find nothing missing, and the pause would be over unanswered."""
    platform = replaced()
    if believed_before:
        job = platform.job
        resource = replace(job.resource, state=ResourceState.DELETED, believed=platform.clock.now())
        platform.jobs.commit(job, replace(job, resource=resource, due=platform.clock.now()))
    platform.restart()
    platform.absences.resume_pause(50)

    platform.compare()
    counted = platform.absences.count
    platform.look()
    platform.pass_time(timedelta(hours=1))

    assert counted == 1
    assert platform.absences.paused
    assert (platform.job.status, platform.hot) == (JobStatus.COMPLETED, True)


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
    now = platform.clock.now()

    found = missing(platform)
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
    found = missing(platform)
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

    assert missing(platform) == []
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
