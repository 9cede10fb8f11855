"""What the controllers do when others write, calls fail, and copies take long."""

from datetime import timedelta

from gas.domain.errors import TransientError
from gas.domain.plan import Plan
from tests.support.jobs import JOB_ID, NOW, RESULT
from tests.support.platform import Platform


def test_everything_twice() -> None:
    """A second pass, and a pass of fresh controllers, changes neither the record nor the resource."""
    platform = Platform()
    platform.complete()
    platform.pass_time(timedelta(hours=1))
    before, shown = platform.job, platform.cluster.get(JOB_ID)

    platform.look()
    platform.restart()
    platform.look()

    assert platform.job == before
    assert platform.cluster.get(JOB_ID) == shown


def test_changed_status_is_put_right() -> None:
    """A status that somebody else wrote is brought back at the next look."""
    platform = Platform(Plan.PREMIUM)
    platform.complete()
    body = platform.cluster.get(JOB_ID)
    assert body is not None
    platform.cluster.write_status(JOB_ID, {}, {"phase": "Failed"}, body["metadata"]["resourceVersion"])

    platform.watch()
    platform.look()

    assert platform.status["phase"] == "Completed"


def test_stale_version_is_read_again() -> None:
    """A status write that meets a newer resource reads it and writes again in the same pass."""
    platform = Platform()
    platform.apply()
    platform.look()
    platform.cluster.edit(JOB_ID, retentionSeconds=60)
    platform.claim()

    platform.look()

    assert platform.status["phase"] == "Running"
    assert platform.job.policy.retention == timedelta(seconds=60)


def test_failing_effect_shows_the_state_and_is_tried_again() -> None:
    """When an effect fails, the pass fails, but the state that was reached is shown and stays due."""
    platform = Platform()
    platform.complete()
    platform.pass_time(timedelta(hours=1))
    platform.change_plan(Plan.PREMIUM)
    retrieve = platform.archive.retrieve
    platform.archive.retrieve = _broken  # type: ignore[method-assign,assignment]

    error = platform.try_look()
    shown, due = platform.status["phase"], platform.job.due
    platform.archive.retrieve = retrieve  # type: ignore[method-assign]
    platform.pass_time(timedelta(minutes=5))

    assert isinstance(error, TransientError)
    assert (shown, due) == ("Restoring", NOW + timedelta(hours=1))
    assert platform.status["phase"] == "Restored"


def _broken(*args: object) -> None:
    raise TransientError("the archive did not answer")


def test_long_copy_is_dated_by_its_end() -> None:
    """A link given out while large files are being copied lives to its end: the hot bytes go only after the last."""
    platform = Platform()
    platform.complete()
    platform.clock.advance(timedelta(minutes=6))
    store = platform.archive.store

    def slow(*args: object) -> str:
        platform.clock.advance(timedelta(minutes=1))
        return store(*args)  # type: ignore[arg-type]

    platform.archive.store = slow  # type: ignore[method-assign,assignment]
    platform.look()

    end = NOW + timedelta(minutes=6 + len(RESULT.archivable))
    assert platform.job.archive_time == end
    assert platform.job.delete_hot_after == end + timedelta(minutes=5)
