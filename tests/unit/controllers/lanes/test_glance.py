"""A glance finds what a pass would do nothing about, and nothing else: what it leaves out must not need one."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gas.domain.errors import TransientError
from gas.domain.job import Job, JobStatus
from gas.domain.plan import Plan
from gas.domain.record import Intents, UnreadRecord
from gas.domain.spec import ArchivePolicy
from gas_controllers.lanes.glance import Glance
from tests.support.jobs import JOB_ID
from tests.support.platform import Platform

HOUR = timedelta(hours=1)


def glanced(platform: Platform) -> list[str]:
    """What needs a pass, after a restart that listed everything."""
    platform.restart()
    return list(_glance(platform).unsettled([JOB_ID]))


def _glance(platform: Platform) -> Glance:
    return Glance(platform.jobs, platform.users, platform.resources, platform.clock, platform.rules)


def completed() -> Platform:
    """A premium user's job that rests, its mail sent."""
    platform = Platform(Plan.PREMIUM)
    platform.complete()
    platform.pass_time(HOUR)
    return platform


def suspended() -> Platform:
    """A job that waits until somebody lets it go on."""
    platform = Platform()
    platform.apply(suspend=True)
    platform.look()
    return platform


def archived() -> Platform:
    """A free user's job long after its retention."""
    platform = Platform()
    platform.complete()
    platform.pass_time(2 * HOUR)
    return platform


RESTING: dict[str, Callable[[], Platform]] = {
    "completed": completed,
    "suspended": suspended,
    "archived": archived,
}


@pytest.mark.parametrize("state", RESTING)
def test_what_rests_is_left_alone(state: str) -> None:
    """A pass over it would write nothing: neither the record nor the status."""
    platform = RESTING[state]()

    found = glanced(platform)
    before, shown = platform.job, len(platform.cluster.written)
    platform.look()

    assert found == []
    assert replace(platform.job, due=before.due, version=before.version) == before
    assert len(platform.cluster.written) == shown


def change_record(**changes: Any) -> Callable[[Platform], None]:
    """Somebody wrote the record."""

    def change(platform: Platform) -> None:
        platform.jobs.commit(platform.job, replace(platform.job, **changes))

    return change


def cancel(platform: Platform) -> None:
    """A wish came by the web while nobody was there to hear of it."""
    platform.intend(delete_requested=platform.clock.now())


def lose_status(platform: Platform) -> None:
    """Somebody wiped what the resource shows."""
    platform.cluster.resources[JOB_ID]["status"] = {"phase": "Pending"}


def other_resource(platform: Platform) -> None:
    """The resource was deleted and made again."""
    platform.cluster.resources[JOB_ID]["metadata"]["uid"] = "another"


def downgrade(platform: Platform) -> None:
    """The owner is on another plan, and the job has not been told yet."""
    platform.users.change_plan(platform.job.user_id, Plan.FREE, platform.clock.now())


UNSETTLED: dict[str, Callable[[Platform], None]] = {
    "due now": lambda platform: platform.jobs.make_due(JOB_ID, platform.clock.now()),
    "due soon": lambda platform: platform.jobs.make_due(JOB_ID, platform.clock.now() + timedelta(seconds=90)),
    "mail owed": change_record(claimed_mails=frozenset()),
    "wish": cancel,
    "status lost": lose_status,
    "another resource": other_resource,
    "edited": lambda platform: platform.cluster.edit(JOB_ID, archivePolicy=ArchivePolicy.IMMEDIATE.value),
    "other plan": downgrade,
    "later than it must be": change_record(due=None),
}


@pytest.mark.parametrize("what", UNSETTLED)
def test_what_changed_while_nobody_looked_gets_its_pass(what: str) -> None:
    """Whatever a pass would do something about is found."""
    platform = completed()

    UNSETTLED[what](platform)

    assert glanced(platform) == [JOB_ID]


def test_jobs_that_wait_or_run_get_their_pass() -> None:
    """Passes over them note who waits and who holds what."""
    platform = Platform()
    platform.submit()
    platform.look()
    queued = glanced(platform)
    platform.claim()
    running = glanced(platform)

    assert platform.job.status is JobStatus.RUNNING
    assert (queued, running) == ([JOB_ID], [JOB_ID])


def test_resource_without_a_record_gets_its_pass() -> None:
    """It is new, or refused."""
    platform = Platform()
    platform.apply()

    assert glanced(platform) == [JOB_ID]


class Unwell:
    """A store or users that do not answer."""

    def get_many(self, job_ids: Collection[str]) -> dict[str, Job | UnreadRecord]:
        """Nothing."""
        raise TransientError("the store did not answer")

    def get(self, user_id: str) -> None:
        """Nothing."""
        raise TransientError("the store did not answer")


@pytest.mark.parametrize("part", ["_jobs", "_users"])
def test_what_could_not_be_read_gets_its_pass(part: str) -> None:
    """Unknown is not at rest."""
    platform = completed()
    platform.restart()
    glance = _glance(platform)
    setattr(glance, part, Unwell())

    assert list(glance.unsettled([JOB_ID])) == [JOB_ID]


def test_one_that_breaks_the_glance_costs_no_other_its_look() -> None:
    """A defect that one record brings out gives its batch a pass each, and the next batch is glanced at as usual."""
    platform = completed()
    platform.restart()
    glance, names = _glance(platform), [f"unknown-{number}" for number in range(100)]
    usual = platform.jobs.get_many

    def broken(job_ids: Collection[str]) -> dict[str, Job | UnreadRecord]:
        if JOB_ID not in job_ids:
            raise RuntimeError("a defect")
        return usual(job_ids)

    platform.jobs.get_many = broken  # type: ignore[method-assign]

    assert list(glance.unsettled([*names, JOB_ID])) == names


def test_records_are_read_a_hundred_at_a_time() -> None:
    """And no name is lost between two reads."""
    platform = completed()
    read: list[int] = []
    usual = platform.jobs.get_many

    def counted(job_ids: Collection[str]) -> dict[str, Job | UnreadRecord]:
        read.append(len(job_ids))
        return usual(job_ids)

    platform.jobs.get_many = counted  # type: ignore[method-assign]
    names = [f"unknown-{number}" for number in range(250)]

    assert list(_glance(platform).unsettled([*names, JOB_ID])) == names
    assert read == [100, 100, 51]


def test_wish_that_was_seen_to_rests_again() -> None:
    """After its pass the same job is left alone."""
    platform = completed()
    platform.jobs.add_intents(JOB_ID, Intents(cancel_requested=platform.clock.now()), platform.clock.now())

    found = glanced(platform)
    platform.look()

    assert found == [JOB_ID]
    assert glanced(platform) == []
