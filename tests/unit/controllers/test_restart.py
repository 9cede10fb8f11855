"""The first look after a start: who rests is left alone, and whoever needs a pass gets one."""

from collections.abc import Callable, Collection
from datetime import timedelta

import pytest

from gas.adapters.memory.stores import InMemoryJobStore
from gas.domain.errors import TransientError
from gas.domain.job import Job
from gas.domain.plan import Plan
from gas.domain.spec import ArchivePolicy
from gas_controllers.restart import BATCH, not_at_rest
from tests.support.jobs import JOB_ID
from tests.support.platform import Platform

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def looked_at(platform: Platform, *more: str) -> list[str]:
    """Which resources get a pass after a start of the controllers."""
    platform.restart()
    names = [*platform.resources.names(), *more]
    return list(not_at_rest(names, platform.jobs, platform.users, platform.reconciler.rests))


def completed(platform: Platform) -> None:
    """A free user's result with its retention before it."""
    platform.complete(retention=HOUR)
    platform.pass_time(2 * MINUTE)  # and its mail is known to have been sent


def archived(platform: Platform) -> None:
    """A result that has long been in the archive."""
    platform.complete()
    platform.pass_time(HOUR)


def restored(platform: Platform) -> None:
    """A result that came back, and stays."""
    archived(platform)
    platform.change_plan(Plan.PREMIUM)
    platform.look()
    platform.pass_time(HOUR)


def cancelled(platform: Platform) -> None:
    """A job that was never run."""
    platform.submit(cancel=True)
    platform.look()


RESTING = [completed, archived, restored, cancelled]


@pytest.mark.parametrize("come_to_rest", RESTING, ids=lambda life: life.__name__)
def test_a_job_at_rest_is_left_alone(come_to_rest: Callable[[Platform], None]) -> None:
    """It gets no pass, and one would indeed have changed neither its record nor its resource."""
    platform = Platform()
    come_to_rest(platform)
    record, written = platform.job, len(platform.cluster.written)

    assert looked_at(platform) == []
    platform.look()
    assert (platform.job, len(platform.cluster.written)) == (record, written)


def edited(platform: Platform) -> None:
    """Somebody edited the resource while no controllers ran."""
    completed(platform)
    platform.cluster.edit(JOB_ID, archivePolicy=ArchivePolicy.NEVER.value)


def overwritten(platform: Platform) -> None:
    """Somebody wrote the status while no controllers ran."""
    completed(platform)
    platform.cluster.resources[JOB_ID]["status"]["phase"] = "Running"


def overdue(platform: Platform) -> None:
    """The retention ended while no controllers ran."""
    completed(platform)
    platform.clock.advance(2 * HOUR)


def soon_due(platform: Platform) -> None:
    """The retention ends within a minute: a pass waits for it to the second."""
    completed(platform)
    platform.clock.advance(HOUR - 3 * MINUTE)


def upgraded(platform: Platform) -> None:
    """The owner of an archived result became premium while no controllers ran."""
    archived(platform)
    platform.change_plan(Plan.PREMIUM)


def running(platform: Platform) -> None:
    """An annotator is at work: its pod is to be marked."""
    platform.submit()
    platform.look()
    platform.claim()
    platform.look()


def owing(platform: Platform) -> None:
    """The owner has not been told yet."""
    platform.mails_wait = True
    completed(platform)


@pytest.mark.parametrize(
    "leave",
    [edited, overwritten, overdue, soon_due, upgraded, running, owing],
    ids=lambda life: life.__name__,
)
def test_whatever_happened_meanwhile_is_looked_at(leave: Callable[[Platform], None]) -> None:
    """A job that does not rest gets its pass."""
    platform = Platform()
    leave(platform)

    assert looked_at(platform) == [JOB_ID]


def test_a_resource_without_a_record_is_looked_at() -> None:
    """One that was applied while no controllers ran becomes a job."""
    platform = Platform()
    platform.apply()

    assert looked_at(platform) == [JOB_ID]


class DeafStore(InMemoryJobStore):
    """Answers its first call alone."""

    def __init__(self, platform: Platform) -> None:
        super().__init__()
        self._jobs = platform.jobs
        self._calls = 0

    def get_many(self, job_ids: Collection[str]) -> dict[str, Job]:
        """What was asked for, once."""
        self._calls += 1
        if self._calls > 1:
            raise TransientError("the store does not answer")
        return self._jobs.get_many(job_ids)


def test_what_cannot_be_read_is_looked_at() -> None:
    """When the store falls silent on the way, all whose records were not read get a pass, which is tried again."""
    platform = Platform()
    archived(platform)
    platform.restart()
    first = [JOB_ID, *(f"early-{number}" for number in range(BATCH - 1))]
    rest = [f"late-{number}" for number in range(BATCH + 1)]

    asked = not_at_rest([*first, *rest], DeafStore(platform), platform.users, platform.reconciler.rests)

    assert list(asked) == [*first[1:], *rest]
