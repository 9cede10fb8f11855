"""Disagreements between record, resource and bytes: put right where that can be done, and counted either way."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.objects import InMemoryArchive, InMemoryVault
from gas.adapters.memory.stores import InMemoryJobStore
from gas.domain.errors import TransientError
from gas.domain.job import JobStatus
from gas.domain.outputs import Output
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from gas.domain.record import ResourceState
from gas.domain.spec import DeletionPolicy
from gas_controllers.cluster.absences import Absences
from gas_controllers.cluster.kubernetes_api import Cluster
from gas_controllers.cluster.manifests import annotation_job
from gas_controllers.cluster.resource_cache import ResourceCache
from gas_controllers.lanes.items import Item, LookAtJob
from gas_controllers.lanes.sweep import resync
from gas_controllers.telling.projection import same_status
from tests.support.by_hand import make_unreadable, write_by_hand
from tests.support.fake_cluster import FakeCluster
from tests.support.jobs import JOB_ID, NOW, RESULT, RESULTS, pending
from tests.support.platform import Platform
from tests.support.prometheus import drift, given_up

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def lose_hot_bytes(platform: Platform, output: Output = Output.RESULT) -> None:
    """Somebody deletes a hot object."""
    assert platform.job.result is not None
    platform.objects.delete(RESULTS, (platform.job.result.outputs[output].key,))


each_file = pytest.mark.parametrize("output", RESULT.archivable, ids=lambda output: output.value)


@each_file
@pytest.mark.parametrize("kind", [InMemoryArchive, InMemoryVault], ids=["keys", "own-ids"])
@pytest.mark.parametrize("known", [True, False], ids=["recorded", "id-lost"])
def test_hot_bytes_that_vanish_while_there_is_a_copy(
    output: Output, kind: type[InMemoryArchive], *, known: bool
) -> None:
    """They come back from the archived copy by themselves, though its id was lost with who had it made."""
    platform = Platform(Plan.PREMIUM, kind)
    platform.complete()
    job = platform.job
    assert job.result is not None
    stored = job.result.outputs[output]
    copy = platform.archive.store(RESULTS, stored.key, stored.size_bytes or 0, stored.sha256 or "")
    recorded = job.result.with_copies({output: copy}) if known else job.result
    now = platform.clock.now()
    platform.jobs.commit(job, replace(job, result=recorded, archiving=now, due=now))
    lose_hot_bytes(platform, output)
    before = drift("bytes"), given_up("result")

    platform.pass_time(HOUR)

    assert (platform.job.status, platform.hot) == (JobStatus.RESTORED, True)
    assert platform.copies == 0
    assert (drift("bytes") - before[0], given_up("result") - before[1]) == (1, 0)


def test_an_id_that_the_archive_said_is_kept_although_another_file_is_lost() -> None:
    """Of two files that vanished one has a copy whose id was lost: it is known again, whatever becomes of the other."""
    platform = Platform(Plan.PREMIUM, InMemoryVault)
    platform.complete()
    job = platform.job
    assert job.result is not None
    stored = job.result.outputs[Output.RESULT]
    copy = platform.archive.store(RESULTS, stored.key, stored.size_bytes or 0, stored.sha256 or "")
    now = platform.clock.now()
    platform.jobs.commit(job, replace(job, archiving=now, due=now))
    lose_hot_bytes(platform, Output.RESULT)
    lose_hot_bytes(platform, Output.INDEX)

    platform.look()

    found = platform.job.result
    assert found is not None
    assert found.outputs[Output.RESULT].archive_id == copy


@each_file
def test_archived_copy_that_vanishes_before_the_hot_bytes_go(output: Output) -> None:
    """The hot bytes stay, and are archived anew in time."""
    platform = Platform()
    platform.complete()
    platform.pass_time(6 * MINUTE)
    platform.lose_copies(output)
    before = drift("bytes"), given_up("result")

    platform.pass_time(DAY)

    assert (platform.job.status, platform.cold) == (JobStatus.ARCHIVED, True)
    assert (drift("bytes") - before[0], given_up("result") - before[1]) == (1, 0)


def test_lost_result_is_counted_once() -> None:
    """A result without any copy waits for a person: that is told once, however often it is looked for in vain."""
    platform = Platform()
    platform.complete()
    lose_hot_bytes(platform)
    before = drift("bytes"), given_up("result")

    platform.pass_time(DAY)

    assert (platform.job.reason, platform.job.detail) == (Reason.RESULT_MISSING, Output.RESULT.value)
    assert (drift("bytes") - before[0], given_up("result") - before[1]) == (1, 1)


each_lesser_file = pytest.mark.parametrize(
    "output",
    [each for each in RESULT.archivable if each is not Output.RESULT],
    ids=lambda output: output.value,
)


@each_lesser_file
def test_result_is_archived_and_comes_back_without_a_lost_file(output: Output) -> None:
    """That is told in the log, on the resource and in the counts, and nobody waits for it."""
    platform = Platform()
    platform.complete()
    lose_hot_bytes(platform, output)
    before = drift("bytes"), given_up("result")

    with capture_logs() as logs:
        platform.pass_time(DAY)
    archived = platform.job.status, platform.cold
    platform.change_plan(Plan.PREMIUM)
    platform.pass_time(DAY)

    assert archived == (JobStatus.ARCHIVED, True)
    assert (platform.job.status, platform.hot) == (JobStatus.RESTORED, True)
    assert (drift("bytes") - before[0], given_up("result") - before[1]) == (1, 0)
    lost = [line for line in logs if line["event"] == "files of a result are lost"]
    assert [line["files"] for line in lost] == [(output.value,)]


@each_lesser_file
@pytest.mark.parametrize("kind", [InMemoryArchive, InMemoryVault], ids=["keys", "own-ids"])
def test_result_comes_back_without_a_file_whose_copy_is_lost(
    output: Output, kind: type[InMemoryArchive]
) -> None:
    """The hot bytes of all are gone, and only the copies of the others are there."""
    platform = Platform(Plan.FREE, kind)
    platform.complete()
    platform.pass_time(DAY)
    platform.lose_copies(output)
    before = drift("bytes"), given_up("retrieval")

    platform.change_plan(Plan.PREMIUM)
    platform.pass_time(DAY)

    assert (platform.job.status, platform.hot, platform.copies) == (JobStatus.RESTORED, True, 0)
    assert (drift("bytes") - before[0], given_up("retrieval") - before[1]) == (1, 0)


@each_lesser_file
def test_downloadable_result_stays_so_without_a_lost_file(output: Output) -> None:
    """Somebody missed the file: it is kept in mind by its key, so that all data goes with the job."""
    platform = Platform(Plan.PREMIUM)
    platform.complete()
    assert platform.job.result is not None
    keys = set(platform.job.result.all_keys)
    lose_hot_bytes(platform, output)

    platform.pass_time(MINUTE)
    platform.intend(result_missed=platform.clock.now())
    jobs = platform.jobs
    jobs.commit(platform.job, replace(platform.job, due=platform.clock.now()))
    platform.pass_time(HOUR)

    assert (platform.job.status, platform.job.reason) == (JobStatus.COMPLETED, Reason.PREMIUM)
    assert platform.job.result is not None
    assert platform.job.result.lost == (output,)
    assert set(platform.job.result.all_keys) == keys


def forge(platform: Platform, status: dict[str, Any] | None) -> None:
    """Somebody writes the status by hand, and the watch tells of it."""
    there = platform.cluster.resources[JOB_ID]
    platform.cluster.write_status(JOB_ID, there["status"], status or {}, there["metadata"]["resourceVersion"])
    platform.cluster.written.clear()
    platform.watch()
    platform.look()


FORGED: dict[str, dict[str, Any] | None] = {
    "a lie": {"phase": "Archived", "conditions": [], "recordVersion": 1},
    "a lie about this very record": {"phase": "Archived", "conditions": [], "recordVersion": 99},
    "nothing": None,
}


@pytest.mark.parametrize("status", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("mailed", [True, False], ids=["mailed", "not-yet-mailed"])
def test_forged_status_is_counted_at_any_moment(status: dict[str, Any] | None, *, mailed: bool) -> None:
    """Whether or not the record has moved on since it was shown, as by a mail: put back, and counted once."""
    platform = Platform(Plan.PREMIUM)
    platform.mails_wait = not mailed
    platform.complete()
    before, shown = drift("status"), platform.status

    forge(platform, status)
    platform.look()

    assert same_status(platform.status, shown)
    assert drift("status") - before == 1


def test_forged_status_is_counted_after_a_restart() -> None:
    """What was written while no controllers ran is known by the record that it says to show."""
    platform = Platform(Plan.PREMIUM)
    platform.complete()
    platform.look()
    platform.restart()
    platform.edit(retentionSeconds=60)
    platform.look()
    before = drift("status")

    version = platform.status["recordVersion"]
    there = platform.cluster.resources[JOB_ID]["metadata"]["resourceVersion"]
    platform.cluster.write_status(JOB_ID, {}, {"phase": "Archived", "recordVersion": version}, there)
    platform.restart()
    platform.look()

    assert platform.status["phase"] == "Completed"
    assert drift("status") - before == 1


def test_own_writes_are_no_drift() -> None:
    """A whole life, with edits and progress on the way, is nobody's forgery."""
    platform = Platform()
    before = drift("status")

    platform.complete()
    platform.edit(retentionSeconds=60)
    platform.look()
    platform.pass_time(HOUR)
    platform.change_plan(Plan.PREMIUM)
    platform.pass_time(HOUR)

    assert platform.phases[-1] == "Restored"
    assert drift("status") == before


def test_own_write_without_an_answer_is_no_drift() -> None:
    """A status that arrived although its answer was lost is ours when the watch tells of it."""
    platform = Platform(Plan.PREMIUM)
    platform.submit()
    platform.look()
    platform.claim()
    before = drift("status")
    write = platform.cluster.write_status

    def unanswered(*arguments: Any) -> dict[str, Any]:
        write(*arguments)
        raise TransientError("no answer")

    platform.cluster.write_status = unanswered  # type: ignore[method-assign,assignment]
    failed = platform.try_look()
    platform.cluster.write_status = write  # type: ignore[method-assign]
    platform.watch()
    platform.finish()
    platform.look()

    assert failed is not None
    assert platform.status["phase"] == "Completed"
    assert drift("status") == before


class Compared:
    """A cluster with one job's resource, which shows its record, and controllers that know it."""

    def __init__(self) -> None:
        self.cluster, self.jobs = FakeCluster(FakeClock(NOW)), InMemoryJobStore()
        self.absences = Absences(50, 60.0)
        self.away = set[str]()
        self.resources = ResourceCache(self.absences)
        self.jobs.create(pending())
        self.cluster.create(annotation_job(pending(), "gas", NOW))
        self.resources.observe(self.cluster.write_status(JOB_ID, {}, {"recordVersion": 1}, "2"))

    def all(self) -> tuple[list[Item], float]:
        """A comparison: what is to be looked at, and the drift counted."""
        asked: list[Item] = []
        before = drift("missed-change")
        resync(
            cast("Cluster", self.cluster),
            self.resources,
            self.jobs,
            asked.append,
            NOW,
            first=False,
            away=self.away,
        )
        return asked, drift("missed-change") - before


def test_nothing_missed() -> None:
    """Where all is as believed, nothing is counted and nothing is looked at."""
    assert Compared().all() == ([], 0)


def test_missed_edit() -> None:
    """An edit that the watch did not tell of is found, counted, and its job looked at."""
    compared = Compared()
    compared.cluster.edit(JOB_ID, suspend=True)

    assert compared.all() == ([LookAtJob(JOB_ID)], 1)
    assert not compared.absences.doubted(JOB_ID)


def test_missed_deletion() -> None:
    """A deletion that the watch did not tell of is found, counted, and its job looked at."""
    compared = Compared()
    del compared.cluster.resources[JOB_ID]

    assert compared.all() == ([LookAtJob(JOB_ID)], 1)
    assert compared.absences.doubted(JOB_ID)


def test_deletion_while_nobody_watched() -> None:
    """A resource that only the record knows is missing: so it is after a start, and until it is decided."""
    compared = Compared()
    del compared.cluster.resources[JOB_ID]
    compared.resources = ResourceCache(compared.absences)

    twice = compared.all(), compared.all()

    assert twice == (([LookAtJob(JOB_ID)], 0), ([LookAtJob(JOB_ID)], 0))
    assert compared.absences.count == 1


def test_a_second_look_that_is_owed_is_known_after_a_start() -> None:
    """What was taken for deleted with its data is no drift and not missing, and still holds a pause."""
    compared = Compared()
    del compared.cluster.resources[JOB_ID]
    compared.resources = ResourceCache(compared.absences)
    job = compared.jobs.get(JOB_ID)
    assert job is not None
    gone = replace(job.resource, state=ResourceState.DELETED, believed=NOW)
    policy = replace(job.policy, deletion_policy=DeletionPolicy.DELETE)
    compared.jobs.commit(job, replace(job, resource=gone, policy=policy))
    compared.absences.resume_pause(50)

    assert compared.all() == ([LookAtJob(JOB_ID)], 0)
    assert compared.absences.paused
    assert compared.absences.count == 1


@pytest.mark.parametrize(
    "state", [s for s in ResourceState if s is not ResourceState.PRESENT], ids=lambda state: state.value
)
def test_what_has_no_resource_is_not_missing(state: ResourceState) -> None:
    """Records that know of no resource in the cluster are none of the comparison's business."""
    compared = Compared()
    del compared.cluster.resources[JOB_ID]
    compared.resources = ResourceCache(compared.absences)
    job = compared.jobs.get(JOB_ID)
    assert job is not None
    compared.jobs.commit(job, replace(job, resource=replace(job.resource, state=state)))

    assert compared.all() == ([], 0)
    assert compared.absences.count == 0


class Counting:
    """A store that counts the records that are read many at a time."""

    def __init__(self, jobs: InMemoryJobStore) -> None:
        self._jobs = jobs
        self.read = 0

    def __getattr__(self, name: str) -> Any:
        """The rest of the store."""
        return getattr(self._jobs, name)

    def get_many(self, names: Collection[str]) -> Any:
        """Count, and read."""
        self.read += len(names)
        return self._jobs.get_many(names)


def test_hot_results_without_a_resource_are_read_once() -> None:
    """They are due for years: only the first comparison reads them, and one whose resource was seen is read again."""
    compared = Compared()
    job = compared.jobs.get(JOB_ID)
    assert job is not None
    for number in range(250):
        away = replace(job.resource, state=ResourceState.EXPIRED)
        compared.jobs.create(replace(job, job_id=f"hot-{number}", resource=away))
    counting = Counting(compared.jobs)
    compared.jobs = cast("InMemoryJobStore", counting)

    first, second = compared.all(), compared.all()
    read = counting.read
    # One comes back, and goes while the watch is cut: its record knows it, and so does the cache.
    hot = counting.get("hot-7")
    compared.resources.observe(compared.cluster.create(annotation_job(hot, "gas", NOW)))
    counting.commit(hot, replace(hot, resource=replace(hot.resource, state=ResourceState.PRESENT)))
    compared.cluster.remove("hot-7", compared.cluster.resources["hot-7"]["metadata"]["uid"])

    assert (first, second) == (([], 0), ([], 0))
    assert read == 250
    assert compared.all() == ([LookAtJob("hot-7")], 1)
    assert counting.read == 251


def test_what_cannot_be_read_is_not_missing() -> None:
    """Whether there should be a resource is not known: its job is looked at in each comparison, and when it can be read, judged."""
    compared = Compared()
    job = compared.jobs.get(JOB_ID)
    assert job is not None
    compared.jobs.create(replace(job, job_id="broken"))
    make_unreadable(compared.jobs, "broken")

    twice, count = (compared.all(), compared.all()), compared.absences.count
    write_by_hand(compared.jobs, "broken", {"job_status": job.status.value})

    assert twice == (([LookAtJob("broken")], 0), ([LookAtJob("broken")], 0))
    assert count == 0
    assert compared.all() == ([LookAtJob("broken")], 0)
    assert compared.absences.count == 1


def test_deletion_during_the_comparison_is_not_missed() -> None:
    """A resource that goes while all are listed, told by the watch or removed by us, is no drift."""
    compared = Compared()
    list_all = compared.cluster.list_all
    del compared.cluster.resources[JOB_ID]
    job = compared.jobs.get(JOB_ID)
    assert job is not None

    def listing() -> Iterator[dict[str, Any]]:
        yield from list_all()
        compared.resources.forget(JOB_ID)
        compared.jobs.commit(job, replace(job, resource=replace(job.resource, state=ResourceState.EXPIRED)))

    compared.cluster.list_all = listing  # type: ignore[method-assign]

    assert compared.all() == ([], 0)


def test_a_listing_brings_back_nothing_that_went_meanwhile() -> None:
    """The watch told of a deletion while all were listed, as they were before it: the resource is missing, and stays so."""
    compared = Compared()
    list_all = compared.cluster.list_all

    def listing() -> Iterator[dict[str, Any]]:
        listed = list(list_all())
        compared.resources.removed(JOB_ID)
        yield from listed

    compared.cluster.list_all = listing  # type: ignore[method-assign]

    assert compared.all() == ([], 0)
    assert compared.resources.get(JOB_ID) is None
    assert compared.absences.doubted(JOB_ID)
