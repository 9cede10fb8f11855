"""Disagreements between record, resource and bytes: put right where that can be done, and counted either way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from gas.adapters.memory.clock import FakeClock
from gas.domain.job import JobStatus
from gas.domain.keys import archive_key
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from gas_controllers.cluster import Cluster
from gas_controllers.items import Item, LookAtJob
from gas_controllers.manifests import annotation_job
from gas_controllers.resource_cache import ResourceCache
from gas_controllers.sweep import resync
from tests.support.fake_cluster import FakeCluster
from tests.support.jobs import JOB_ID, NOW, RESULTS, pending
from tests.support.platform import Platform
from tests.support.prometheus import drift, given_up

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def lose_hot_bytes(platform: Platform) -> None:
    """Somebody deletes the hot object."""
    assert platform.job.result is not None
    platform.objects.delete(RESULTS, (platform.job.result.key,))


def test_hot_bytes_that_vanish_while_there_is_a_copy() -> None:
    """They come back from the archived copy by themselves."""
    platform = Platform(Plan.PREMIUM)
    platform.complete()
    job = platform.job
    assert job.result is not None
    copy = archive_key(job.result.key)
    platform.archive.store(RESULTS, job.result.key, copy, job.result.size_bytes, job.result.sha256)
    platform.jobs.commit(job, replace(job, archive_id=copy, due=platform.clock.now()))
    lose_hot_bytes(platform)
    before = drift("bytes"), given_up("result")

    platform.pass_time(HOUR)

    assert (platform.job.status, platform.hot) == (JobStatus.RESTORED, True)
    assert (drift("bytes") - before[0], given_up("result") - before[1]) == (1, 0)


def test_archived_copy_that_vanishes_before_the_hot_bytes_go() -> None:
    """The hot bytes stay, and are archived anew in time."""
    platform = Platform()
    platform.complete()
    platform.pass_time(6 * MINUTE)
    platform.archive.delete(RESULTS, platform.job.archive_id or "")
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

    assert platform.job.reason is Reason.RESULT_MISSING
    assert (drift("bytes") - before[0], given_up("result") - before[1]) == (1, 1)


def compared(cluster: FakeCluster, resources: ResourceCache) -> tuple[set[str], list[Item], float]:
    """A comparison of all resources: those that are missing, what is to be looked at, and the drift counted."""
    asked: list[Item] = []
    before = drift("missed-change")
    missing = resync(cast("Cluster", cluster), resources, asked.append, first=False)
    return missing, asked, drift("missed-change") - before


def one_resource() -> tuple[FakeCluster, ResourceCache]:
    """A cluster with one job's resource, which shows a record, and controllers that know it."""
    cluster, resources = FakeCluster(FakeClock(NOW)), ResourceCache()
    cluster.create(annotation_job(pending(), "gas"))
    body = cluster.write_status(JOB_ID, {}, {"recordVersion": 1}, "2")
    resources.observe(body)
    return cluster, resources


def test_nothing_missed() -> None:
    """Where all is as believed, nothing is counted and nothing is looked at."""
    assert compared(*one_resource()) == (set(), [], 0)


def test_missed_edit() -> None:
    """An edit that the watch did not tell of is found, counted, and its job looked at."""
    cluster, resources = one_resource()
    cluster.edit(JOB_ID, suspend=True)

    missing, asked, counted = compared(cluster, resources)

    assert (missing, asked, counted) == (set(), [LookAtJob(JOB_ID)], 1)


def test_missed_deletion() -> None:
    """A deletion that the watch did not tell of is found, counted, and its job looked at."""
    cluster, resources = one_resource()
    del cluster.resources[JOB_ID]

    missing, asked, counted = compared(cluster, resources)

    assert (missing, asked, counted) == ({JOB_ID}, [LookAtJob(JOB_ID)], 1)
    assert resources.doubted(JOB_ID)


def test_deletion_during_the_comparison_is_not_missed() -> None:
    """A resource that goes while all are listed, told by the watch or removed by us, is no drift."""
    cluster, resources = one_resource()
    list_all = cluster.list_all
    del cluster.resources[JOB_ID]

    def listing() -> Iterator[dict[str, Any]]:
        yield from list_all()
        resources.forget(JOB_ID)

    cluster.list_all = listing  # type: ignore[method-assign]

    assert compared(cluster, resources) == (set(), [], 0)
