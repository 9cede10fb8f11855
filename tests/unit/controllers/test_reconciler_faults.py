"""What the controllers do when others write, calls fail, and copies take long."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gas.domain.decision import Lane
from gas.domain.errors import FatalError, TransientError
from gas.domain.job import JobStatus
from gas.domain.plan import Plan
from gas.domain.record import Intents
from gas_controllers.lanes.items import LookAtJob
from tests.support.by_hand import make_unreadable, write_by_hand
from tests.support.jobs import INPUT, JOB_ID, NOW, RESULT
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


@pytest.mark.parametrize("attribute", ["job_status", "version"])
@pytest.mark.parametrize("missing", [True, False], ids=["missing", "null"])
def test_a_record_without_what_writes_go_by_is_named(attribute: str, *, missing: bool) -> None:
    """No default takes its place: it would be written for ever in vain, and a finished job would begin anew."""
    platform = Platform()
    platform.complete()
    if missing:
        del platform.jobs._table._items[JOB_ID][attribute]
    else:
        write_by_hand(platform.jobs, JOB_ID, {attribute: None})

    with pytest.raises(FatalError, match=f"job-1.*{attribute}.*Repair the record"):
        platform.look()


def test_another_job_is_deleted_beside_a_record_that_cannot_be_read() -> None:
    """With its data, but for an input that stands in that record too."""
    platform = Platform()
    platform.complete()
    for name, place in (("broken", INPUT), ("other", replace(INPUT, key=f"{INPUT.key}.other"))):
        platform.jobs.create(replace(platform.job, job_id=name, input=place))
    platform.objects.put(INPUT.bucket, f"{INPUT.key}.other", b"x")
    make_unreadable(platform.jobs, "broken")
    for job_id in (JOB_ID, "other"):
        platform.jobs.add_intents(
            job_id, Intents(delete_requested=platform.clock.now()), platform.clock.now()
        )
        platform.reconciler.look_at(LookAtJob(job_id), Lane.STATE)

    other = platform.jobs.get("other")
    assert other is not None
    assert {platform.job.status, other.status} == {JobStatus.DELETED}
    assert platform.objects.head(INPUT.bucket, INPUT.key) is not None
    assert platform.objects.head(INPUT.bucket, f"{INPUT.key}.other") is None
