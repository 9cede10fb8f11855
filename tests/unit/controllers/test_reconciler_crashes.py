"""The controllers may die at any call: fresh ones bring every job to the same end, and the bytes are never lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from gas.adapters.memory.objects import InMemoryArchive, InMemoryVault
from gas.domain.copies import without_copies
from gas.domain.job import JobStatus
from gas.domain.plan import Plan
from gas.domain.spec import RestoreRequest
from tests.support.crashes import CrashError, Crashes
from tests.support.jobs import RESULTS
from tests.support.platform import Platform

HOUR = timedelta(hours=1)
End = tuple[object, ...]


def completed(platform: Platform) -> None:
    """About to be archived: the retention of a free user's result ends in this pass."""
    platform.complete()
    platform.clock.advance(timedelta(minutes=5))


def links_over(platform: Platform) -> None:
    """Archived, with the hot bytes about to go."""
    platform.complete()
    platform.pass_time(timedelta(minutes=6))
    platform.clock.advance(timedelta(minutes=10))


def upgraded(platform: Platform) -> None:
    """Archived, and the owner has just become premium."""
    platform.complete()
    platform.pass_time(HOUR)
    platform.change_plan(Plan.PREMIUM)


def upgraded_early(platform: Platform) -> None:
    """Archived with the hot bytes still there, and the owner has just become premium."""
    platform.complete()
    platform.pass_time(timedelta(minutes=6))
    platform.change_plan(Plan.PREMIUM)


def asked_back(platform: Platform) -> None:
    """Archived, its resource expired, and a restore asked for: it is restored, and archived again in the end."""
    platform.complete(ttl_after_finished=timedelta(minutes=30))
    platform.pass_time(HOUR)
    platform.intend(restore_requested=RestoreRequest(platform.clock.now()))


def unwanted(platform: Platform) -> None:
    """Archived, with the hot bytes still there, and about to be deleted."""
    platform.complete()
    platform.pass_time(timedelta(minutes=6))
    platform.intend(delete_requested=platform.clock.now())


def submitted(platform: Platform) -> None:
    """About to be accepted and published."""
    platform.submit(active_deadline=timedelta(minutes=10))


def end(platform: Platform) -> End:
    """Everything that must not depend on crashes."""
    job = platform.job
    return (
        job.status,
        [entry.status for entry in job.history],
        without_copies(job).result if job.result else None,
        sorted(output.value for output in job.result.copies) if job.result else [],
        job.archiving,
        job.claimed_mails,
        job.resource.state,
        sorted(key for bucket, key in platform.objects.objects if bucket == RESULTS),
        # Not what they are called: a copy that is made again may have another name.
        sorted(copy.key for copy in platform.archive._archived.values()),
        sorted(platform.cluster.resources),
        {name: body["status"]["phase"] for name, body in platform.cluster.resources.items()},
    )


def live(platform: Platform, crashes: Crashes) -> None:
    """A day under controllers that may die; fresh ones take over."""
    platform.restart(crashes)
    try:
        platform.pass_time(timedelta(hours=2))
    except CrashError:
        platform.assert_safe()
        platform.restart()
        platform.look()  # Controllers that start look at everything that they list.
    platform.pass_time(timedelta(days=1))
    platform.assert_safe()


@pytest.mark.parametrize(
    ("begin", "status"),
    [
        (submitted, JobStatus.FAILED),
        (completed, JobStatus.ARCHIVED),
        (links_over, JobStatus.ARCHIVED),
        (upgraded, JobStatus.RESTORED),
        (upgraded_early, JobStatus.RESTORED),
        (asked_back, JobStatus.ARCHIVED),
        (unwanted, JobStatus.DELETED),
    ],
    ids=[
        "accepting",
        "archiving",
        "hot-removal",
        "restoring",
        "restoring-at-once",
        "restore-request",
        "deleting",
    ],
)
@pytest.mark.parametrize("kind", [InMemoryArchive, InMemoryVault], ids=["keys", "own-ids"])
def test_crash_at_every_call(
    begin: Callable[[Platform], None], status: JobStatus, kind: type[InMemoryArchive]
) -> None:
    """Wherever the controllers die, before the first call or after any, the job ends as if they had not."""
    undisturbed, counter = Platform(archive=kind), Crashes()
    begin(undisturbed)
    live(undisturbed, counter)
    wanted = end(undisturbed)

    for number in range(counter.calls + 1):
        platform = Platform(archive=kind)
        begin(platform)
        live(platform, Crashes(max(number, 1), after=number > 0))

        assert end(platform) == wanted, f"crash after call {number} of {counter.calls}"

    assert counter.calls > 3
    assert undisturbed.job.status is status
