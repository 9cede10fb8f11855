"""What is believed of the resources in the cluster."""

from datetime import timedelta
from typing import Any

import pytest

from gas.domain.absence import SeenHome
from gas.domain.record import Home
from gas_controllers.cluster.absences import Absences
from gas_controllers.cluster.manifests import annotation_job
from gas_controllers.cluster.resource_cache import ResourceCache
from tests.support.jobs import JOB_ID, NOW, pending


def body(version: str, uid: str = "uid-1", generation: int = 1) -> dict[str, Any]:
    """A resource as the API server gives it."""
    manifest = annotation_job(pending(), "gas", NOW)
    manifest["metadata"] |= {
        "uid": uid,
        "generation": generation,
        "resourceVersion": version,
        "creationTimestamp": "2026-11-23T12:00:00Z",
    }
    return manifest


@pytest.mark.parametrize(
    ("first", "second", "news"),
    [
        (body("9"), body("10"), True),
        (body("10"), body("10"), False),
        (body("10"), body("9"), False),
        (body("10"), body("9", uid="uid-2"), True),
        (body("a"), body("b"), True),
        (body("a"), body("a"), False),
    ],
    ids=["newer", "same", "older", "another-resource", "opaque-newer", "opaque-same"],
)
def test_older_views_never_win(first: dict[str, Any], second: dict[str, Any], *, news: bool) -> None:
    """A view is news when it is newer, or of another resource; versions are compared as numbers."""
    cache = ResourceCache(Absences(2, 60.0))

    taught = cache.observe(first), cache.observe(second)

    kept = cache.get(JOB_ID)
    assert taught == (True, news)
    assert kept is not None
    assert kept.resource_version == (second if news else first)["metadata"]["resourceVersion"]


def test_doubt_and_certainty() -> None:
    """A resource that may be gone is missing until it is seen again, or known to be gone."""
    absences = Absences(2, 60.0)
    cache = ResourceCache(absences)
    cache.observe(body("1"))

    cache.doubt(JOB_ID)
    doubted = absences.doubted(JOB_ID), cache.get(JOB_ID), set(cache.all())
    cache.observe(body("1"))
    seen = absences.doubted(JOB_ID), set(cache.all())
    cache.doubt(JOB_ID)
    cache.forget(JOB_ID)

    assert doubted == (True, None, set())
    assert seen == (False, {JOB_ID})
    assert (absences.doubted(JOB_ID), cache.get(JOB_ID)) == (False, None)


def test_home_is_told_where_it_is_certain() -> None:
    """A resource has the home that was read, unless it is as old as that: then it may have stood in an earlier one."""
    cache = ResourceCache(Absences(2, 60.0))
    cache.observe(body("1"))
    cached = cache.get(JOB_ID)
    assert cached is not None
    home, second = Home("crd", "namespace"), timedelta(seconds=1)

    before = cache.housed(cached.seen).home
    cache.home = SeenHome(home, cached.seen.created - second)
    older = cache.housed(cached.seen).home
    cache.home = SeenHome(home, cached.seen.created)
    as_old = cache.housed(cached.seen).home

    assert (before, older, as_old) == (None, home, None)


def test_a_removal_of_our_own_is_no_news() -> None:
    """A resource that the controllers remove is not counted as missing; one that somebody else removes is."""
    cache = ResourceCache(Absences(2, 60.0))
    cache.expect_removal("ours")

    news = [cache.removed("ours"), cache.removed("theirs"), cache.removed("ours")]

    assert news == [False, True, True]


@pytest.mark.parametrize("asked", [True, False], ids=["asked", "told-by-the-watch"])
def test_a_version_that_fell_is_believed_where_it_was_asked_for(*, asked: bool) -> None:
    """What the API server answers after it told of a newer version was set back; what the watch tells is only late."""
    absences = Absences(2, 60.0)
    cache = ResourceCache(absences)
    cache.observe(body("10", generation=2))
    before = cache.get(JOB_ID)

    taught = cache.observe(body("9"), known_before=before if asked else None)

    kept = cache.get(JOB_ID)
    assert kept is not None
    assert (taught, kept.seen.generation) == ((True, 1) if asked else (False, 2))
    assert absences.paused is asked


def test_an_answer_that_was_overtaken_is_dropped() -> None:
    """While the API server was asked the watch told of a version that is newer than what was known and than the answer."""
    absences = Absences(2, 60.0)
    cache = ResourceCache(absences)
    cache.observe(body("10"))
    before = cache.get(JOB_ID)
    cache.observe(body("12"))

    taught = cache.observe(body("11"), known_before=before)

    assert not taught
    assert not absences.paused


def test_how_many_there_are_is_told_to_the_absences() -> None:
    """One that is doubted is not among those that are believed to be there."""
    absences = Absences(2, 60.0)
    cache = ResourceCache(absences)
    before = absences.present()
    cache.observe(body("1"))
    there = absences.present()
    cache.doubt(JOB_ID)

    assert (before, there, absences.present()) == (0, 1, 0)
