"""What is believed of the resources in the cluster."""

from typing import Any

import pytest

from gas.domain.admission import ConfirmedAbsent
from gas_controllers.manifests import annotation_job
from gas_controllers.resource_cache import AbsenceBreaker, ResourceCache
from tests.support.jobs import JOB_ID, pending


def body(version: str, uid: str = "uid-1", generation: int = 1) -> dict[str, Any]:
    """A resource as the API server gives it."""
    manifest = annotation_job(pending(), "gas")
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
    cache = ResourceCache()

    taught = cache.observe(first), cache.observe(second)

    kept = cache.get(JOB_ID)
    assert taught == (True, news)
    assert kept is not None
    assert kept.resource_version == (second if news else first)["metadata"]["resourceVersion"]


def test_doubt_and_certainty() -> None:
    """A resource that may be gone is doubted until it is seen again, or known to be gone."""
    cache = ResourceCache()
    cache.observe(body("1"))

    cache.doubt(JOB_ID)
    doubted = cache.doubted(JOB_ID), cache.get(JOB_ID), cache.names()
    cache.observe(body("1"))
    seen = cache.doubted(JOB_ID), cache.names()
    cache.doubt(JOB_ID)
    cache.forget(JOB_ID)

    assert doubted == (True, None, set())
    assert seen == (False, {JOB_ID})
    assert (cache.doubted(JOB_ID), cache.get(JOB_ID)) == (False, None)


def test_few_absences_are_believed() -> None:
    """Up to its limit the breaker believes, and one resource asked for again and again counts once."""
    breaker = AbsenceBreaker(2)

    beliefs = [breaker.believe(name) for name in ("a", "b", "b", "a")]

    assert beliefs == [ConfirmedAbsent()] * 4


def test_many_absences_pause_the_rule_until_nothing_is_missing() -> None:
    """More absences at once than the limit are believed no longer, whatever time passes, until a reset."""
    breaker = AbsenceBreaker(2, window_seconds=1000.0)

    beliefs = [breaker.believe(name) for name in ("a", "b", "c", "a")]
    breaker._window = 0.0
    later = breaker.believe("d")
    breaker.reset()
    after_reset = breaker.believe("e")

    assert beliefs == [ConfirmedAbsent(), ConfirmedAbsent(), None, None]
    assert later is None
    assert after_reset == ConfirmedAbsent()


def test_absences_are_counted_before_the_first_is_believed() -> None:
    """When many resources go at once, not even the first is taken for deleted."""
    breaker = AbsenceBreaker(2)

    for name in ("a", "b", "c"):
        breaker.doubt(name)

    assert breaker.believe("a") is None


def test_a_removal_of_our_own_is_no_news() -> None:
    """A resource that the controllers remove is not counted as missing; one that somebody else removes is."""
    cache = ResourceCache()
    cache.expect_removal("ours")

    news = [cache.removed("ours"), cache.removed("theirs"), cache.removed("ours")]

    assert news == [False, True, True]
