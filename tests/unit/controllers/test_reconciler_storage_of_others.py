"""What rules and rights that others set on the buckets do to a job: put right where that can be, and told to people."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from gas.domain.decision import Lane
from gas.domain.errors import FatalError
from gas.domain.explanation import explain, outlook
from gas.domain.job import JobStatus
from gas.domain.outputs import Output
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from gas.domain.record import Intents
from gas.domain.upkeep_policies import LONGEST_DELETION_LOOK
from gas_controllers.lanes.items import LookAtJob
from tests.support.jobs import INPUT, JOB_ID, RESULT, RESULTS
from tests.support.plans import PLANS
from tests.support.platform import CONTENT, Platform
from tests.support.prometheus import drift, given_up

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
REFUSED = FatalError("AWS refuses it on arn:aws:s3:::bucket.", "KMS.DisabledException")
COLD = ["GLACIER", "DEEP_ARCHIVE", "INTELLIGENT_TIERING/ARCHIVE_ACCESS"]


def move_away(platform: Platform, storage_class: str = "GLACIER") -> str:
    """A lifecycle rule of somebody else moves the hot result, and its other files; its key."""
    assert platform.job.result is not None
    for each in platform.job.result.archivable.values():
        platform.archive.place(RESULTS, each.key, CONTENT, storage_class)
    return platform.job.result.key


def completed(plan: Plan = Plan.PREMIUM, **rules: Any) -> Platform:
    """A platform whose one job is Completed."""
    platform = Platform(plan)
    platform.rules = platform.rules_with(**rules)
    platform.restart()
    platform.complete()
    return platform


@pytest.mark.parametrize("storage_class", COLD)
def test_a_hot_result_that_a_rule_moved_comes_back(storage_class: str) -> None:
    """Once somebody missed it, it is Restoring for all to see, counted as drift, and hot again under its own key."""
    platform = completed()
    key, before = move_away(platform, storage_class), drift("bytes")

    platform.intend(result_missed=platform.clock.now() + MINUTE)
    platform.look()
    on_its_way = platform.job.status, platform.ready[0]
    platform.pass_time(HOUR)

    assert on_its_way == (JobStatus.RESTORING, "False")
    assert (platform.job.status, platform.ready[0]) == (JobStatus.RESTORED, "True")
    assert platform.objects.objects[RESULTS, key].content == CONTENT
    assert not platform.objects.objects[RESULTS, key].archived
    assert drift("bytes") - before == 1
    assert (platform.job.archive_id, platform.cold) == (None, False)


def test_a_hot_result_is_looked_at_once_a_day() -> None:
    """What nobody missed is found all the same; a result that is where it belongs costs one look and no move."""
    platform = completed(hot_look=DAY)
    platform.pass_time(DAY + HOUR)
    calm = platform.job
    move_away(platform)
    platform.pass_time(DAY)

    assert (calm.status, calm.hot_seen is not None) == (JobStatus.COMPLETED, True)
    assert platform.job.status is JobStatus.RESTORED


@pytest.mark.parametrize("storage_class", COLD)
def test_a_result_that_was_to_be_archived_may_rest_where_a_rule_moved_it(storage_class: str) -> None:
    """It is Archived, its only copy is never deleted, and it comes back when its owner becomes premium."""
    platform = completed(Plan.FREE)
    key, before = move_away(platform, storage_class), drift("bytes")

    platform.pass_time(DAY)
    rests = platform.job
    platform.change_plan(Plan.PREMIUM)
    platform.pass_time(DAY)

    assert (rests.status, rests.archive_id, rests.delete_hot_after) == (JobStatus.ARCHIVED, None, None)
    assert platform.job.status is JobStatus.RESTORED
    assert platform.objects.objects[RESULTS, key].content == CONTENT
    assert drift("bytes") - before == 1


@pytest.mark.parametrize("moved", RESULT.archivable, ids=lambda output: output.value)
def test_one_file_may_rest_where_a_rule_moved_it(moved: Output) -> None:
    """The others are archived, their hot bytes go, and all come back together."""
    platform = completed(Plan.FREE)
    assert platform.job.result is not None
    keys = {output: each.key for output, each in platform.job.result.archivable.items()}
    platform.archive.place(RESULTS, keys[moved], CONTENT, "GLACIER")

    platform.pass_time(DAY)
    rests, left = platform.job, {key for key in keys.values() if (RESULTS, key) in platform.objects.objects}
    platform.change_plan(Plan.PREMIUM)
    platform.pass_time(DAY)

    assert rests.status is JobStatus.ARCHIVED
    assert rests.result is not None
    assert set(rests.result.copies) == set(keys) - {moved}
    assert left == {keys[moved]}
    assert (platform.job.status, platform.hot, platform.cold) == (JobStatus.RESTORED, True, False)
    assert not any(platform.objects.objects[RESULTS, key].archived for key in keys.values())


def begun_to_archive(platform: Platform) -> None:
    """The controllers died after they had written down that copies are made, and before they made one."""
    platform.jobs.commit(platform.job, replace(platform.job, archiving=platform.clock.now()))


def test_a_result_that_was_moved_before_its_copy_was_made_is_not_missing() -> None:
    """Its owner became premium meanwhile: it comes back from where the rule put it, and needs no copy."""
    platform = completed(Plan.PREMIUM)
    begun_to_archive(platform)
    key = move_away(platform)

    platform.jobs.make_due(JOB_ID, platform.clock.now())
    platform.look()
    on_its_way = platform.job.status, platform.job.archive_id
    platform.pass_time(HOUR)

    assert on_its_way == (JobStatus.RESTORING, None)
    assert (platform.job.status, platform.ready) == (JobStatus.RESTORED, ("True", "Premium"))
    assert not platform.objects.objects[RESULTS, key].archived


@pytest.mark.parametrize("restored", [True, False], ids=["restored", "left-to-rest"])
def test_an_archived_result_whose_copy_is_gone_is_found_where_a_rule_moved_it(*, restored: bool) -> None:
    """The copy is lost before the hot bytes are removed, which a rule has moved: they are retrieved, or rest there."""
    platform = completed(Plan.FREE)
    platform.pass_time(platform.rules.retention)
    archived = platform.job
    platform.lose_copies()
    key = move_away(platform)

    if restored:
        # A restore that is under way already when the copy is found missing.
        platform.jobs.commit(platform.job, replace(platform.job, hot_deletion=platform.clock.now()))
        platform.change_plan(Plan.PREMIUM)
    platform.pass_time(DAY)

    assert archived.status is JobStatus.ARCHIVED
    assert platform.job.status is (JobStatus.RESTORED if restored else JobStatus.ARCHIVED)
    assert platform.job.archive_id is None
    assert platform.job.look_for_result is None
    assert platform.objects.objects[RESULTS, key].content == CONTENT


def test_a_moved_result_that_cannot_be_retrieved_is_never_deleted() -> None:
    """After three failed retrievals a person is told, and the bytes lie where the rule put them."""
    platform = completed()
    key = move_away(platform)
    refuse(platform.archive, "retrieve")
    platform.intend(result_missed=platform.clock.now() + MINUTE)

    platform.pass_time(DAY)

    assert (platform.job.status, platform.job.reason) == (JobStatus.ARCHIVED, Reason.RETRIEVAL_FAILED)
    assert platform.objects.objects[RESULTS, key].content == CONTENT


def test_an_input_that_a_rule_moved_is_refused() -> None:
    """Nobody waits for a file that no annotator can read."""
    platform = Platform()
    platform.archive.place(INPUT.bucket, INPUT.key, b"vcf", "GLACIER")
    platform.submit()

    platform.look()

    assert (platform.job.status, platform.job.reason) == (JobStatus.FAILED, Reason.INPUT_REFUSED)
    assert "moved it into the archive" in explain(platform.job, PLANS)


@dataclass
class Refusing:
    """A call that is refused until `allowed`."""

    real: Callable[..., Any]
    error: FatalError = REFUSED
    allowed: bool = False
    calls: int = 0

    def __call__(self, *arguments: Any) -> Any:
        """Refuse, or pass the call on."""
        self.calls += 1
        if not self.allowed:
            raise self.error
        return self.real(*arguments)


def refuse(port: Any, method: str) -> Refusing:
    """Have the file store refuse a method from now on."""
    refusing = Refusing(getattr(port, method))
    setattr(port, method, refusing)
    return refusing


def test_an_input_that_may_not_be_read_is_told() -> None:
    """The owner reads why the job waits; it goes on by itself once operations have put it right."""
    platform = Platform()
    head = refuse(platform.objects, "head")
    head.allowed = True
    platform.submit()
    head.allowed = False

    for _ in range(2):
        with pytest.raises(FatalError):
            platform.look()
    told = platform.job
    head.allowed = True
    platform.look()

    assert (told.status, platform.job.status) == (JobStatus.PENDING, JobStatus.QUEUED)
    assert "does not let this service read the input (KMS.DisabledException)" in explain(told, PLANS)
    assert "arn:" not in explain(told, PLANS)
    assert platform.ready[1] == "WaitingForAnnotator"
    assert platform.job.refusal is None


def test_what_may_not_be_read_is_due_later() -> None:
    """It stands in nobody's way, as long as that lasts: due in a quarter of an hour, each time anew, and sooner where it was."""
    platform = completed(Plan.FREE)
    head = refuse(platform.objects, "head")
    head.allowed = True
    platform.clock.advance(HOUR)
    head.allowed = False
    dues = []
    for _ in range(2):
        for wait in (timedelta(0), MINUTE):
            platform.clock.advance(wait)
            assert isinstance(platform.try_look(), FatalError)
            assert platform.job.due is not None
            dues.append(platform.job.due - platform.clock.now())
        platform.clock.advance(HOUR)
    platform.jobs.commit(platform.job, replace(platform.job, due=platform.clock.now() + MINUTE, refusal=None))
    assert isinstance(platform.try_look(), FatalError)

    assert dues == [15 * MINUTE, 14 * MINUTE] * 2
    assert platform.job.refusal is not None
    assert platform.job.due == platform.clock.now() + MINUTE


def test_a_catalogue_that_may_not_be_read_is_told() -> None:
    """Whoever runs GAS reads by kubectl why a job waits that names a reference; nobody reads where it lies."""
    platform = Platform()
    catalogue = refuse(platform.references, "catalogue")
    platform.apply()

    with pytest.raises(FatalError):
        platform.look()
    told, ready = platform.job, platform.ready
    catalogue.allowed = True
    platform.look()

    assert (told.status, ready) == (JobStatus.PENDING, ("False", "StorageRefused"))
    assert "read the references catalogue (KMS.DisabledException)" in explain(told, PLANS)
    assert "arn:" not in explain(told, PLANS)
    assert platform.job.status is JobStatus.QUEUED


def test_a_result_that_may_not_be_archived_is_told_and_stays() -> None:
    """It can be downloaded meanwhile; nobody knocks at a shut door all the time, and it is archived in the end."""
    platform = completed(Plan.FREE)
    store, before = refuse(platform.archive, "store"), given_up("storage")

    platform.pass_time(DAY)
    told, ready, asked = platform.job, platform.ready, store.calls
    store.allowed = True
    platform.pass_time(DAY)

    assert (told.status, ready) == (JobStatus.COMPLETED, ("True", "ArchivingRefused"))
    assert "copy it there (KMS.DisabledException)" in explain(told, PLANS)
    assert told.refusal is not None
    assert outlook(told, PLANS).time == told.refusal.next_try
    assert asked <= DAY / (15 * MINUTE) + 1
    assert given_up("storage") - before == 1
    assert (platform.job.status, platform.job.refusal) == (JobStatus.ARCHIVED, None)


@pytest.mark.parametrize("state", ["completed", "running"])
def test_a_deletion_that_is_refused_is_told_and_done_later(state: str) -> None:
    """An object lock, or a right that is wanting: the job says so, is asked again, and is Deleted only when all is gone."""
    platform = Platform(Plan.PREMIUM)
    platform.submit()
    platform.look()
    platform.claim()
    platform.look()
    if state == "completed":
        platform.finish()
        platform.look()
    erase = refuse(platform.objects, "erase")
    platform.intend(delete_requested=platform.clock.now())

    platform.pass_time(DAY)
    told, ready, asked = platform.job, platform.ready, erase.calls
    erase.allowed = True
    platform.pass_time(LONGEST_DELETION_LOOK)

    assert told.status is (JobStatus.COMPLETED if state == "completed" else JobStatus.CANCELLED)
    assert ready == ("False", "DeletionRefused")
    assert "not all deleted yet" in explain(told, PLANS)
    # Every quarter of an hour for two hours, then less and less often.
    assert 8 <= asked <= 40
    assert platform.job.status is JobStatus.DELETED
    assert not platform.objects.objects


@pytest.mark.parametrize("keep", [False, True])
def test_a_deletion_takes_the_versions_along_unless_they_are_to_stay(*, keep: bool) -> None:
    """Erasing is another call than deleting; which one is made is a setting."""
    platform = completed(keep_versions=keep)
    erase = refuse(platform.objects, "erase")
    erase.allowed = True
    platform.intend(delete_requested=platform.clock.now())

    platform.look()

    assert platform.job.status is JobStatus.DELETED
    assert (erase.calls > 0) is not keep
    assert not platform.objects.objects


@pytest.mark.parametrize("deleted", [JOB_ID, "again"], ids=["older", "younger"])
def test_an_input_that_its_bucket_keeps_longer_stays_while_a_job_names_it(deleted: str) -> None:
    """Its owner keeps inputs for years, and runs GAS on one of them once more: whichever of the two jobs goes, it stays."""
    platform = completed()
    platform.clock.advance(1000 * DAY)
    platform.jobs.create(replace(platform.job, job_id="again", submit_time=platform.clock.now()))
    platform.jobs.add_intents(deleted, Intents(delete_requested=platform.clock.now()), platform.clock.now())

    for _ in range(2):
        platform.reconciler.look_at(LookAtJob(deleted), Lane.STATE)
        platform.clock.advance(DAY)

    gone = platform.jobs.get(deleted)
    assert gone is not None
    assert gone.tombstone is not None
    assert platform.objects.head(INPUT.bucket, INPUT.key) is not None


def test_archiving_erases_nothing() -> None:
    """Versions are an administrator's: only what a person deletes goes for good."""
    platform = completed(Plan.FREE)
    erase = refuse(platform.objects, "erase")

    platform.pass_time(DAY)

    assert (platform.job.status, erase.calls) == (JobStatus.ARCHIVED, 0)
    assert platform.job.refusal is None
