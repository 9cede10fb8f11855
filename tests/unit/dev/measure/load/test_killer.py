"""The killer: it goes on after calls that fail, tells each of them, and never ends in silence."""

import random
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import urllib3.exceptions
from botocore.exceptions import EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.client.exceptions import ApiException

from dev.measure.load.killer import Killer, KillerDiedError, busy_pods, doomed
from tests.support.waiting import until


class Stage:
    """A bench with four busy pods, whose calls fail as they are told to, one after the other."""

    def __init__(self, *, listing: list[Exception] = [], deleting: list[Exception] = []) -> None:  # noqa: B006
        self.namespace = "gas"
        self.said: list[str] = []
        self.deleted: list[str] = []
        self._listing, self._deleting = list(listing), list(deleting)
        self.installation = SimpleNamespace(pods=lambda _: ["a", "b", "c", "d"])
        self.core = SimpleNamespace(delete_namespaced_pod=self._delete)

    def say(self, text: str) -> None:
        """Note what a person would read."""
        self.said.append(text)

    def records(self, names: list[str]) -> list[dict[str, Any]]:
        """One running job for each pod that was not deleted."""
        if self._listing:
            raise self._listing.pop(0)
        left = [name for name in names if name not in self.deleted]
        expires = time.time() + 60
        return [
            {"job_status": "Running", "lease_holder": f"{name}:1", "lease_expires_at": expires}
            for name in left
        ]

    def _delete(self, pod: str, _: str, **_more: Any) -> None:
        if self._deleting:
            raise self._deleting.pop(0)
        self.deleted.append(pod)


def killer(stage: Stage) -> Killer:
    """One that kills often, on this stage."""
    return Killer(stage, ["a", "b", "c", "d"], every=0.01, seed=1, retry=0.01)  # type: ignore[arg-type]


def killed_all(stage: Stage) -> Callable[[], bool]:
    """True when nobody is left."""
    return lambda: len(stage.deleted) == 4


@pytest.mark.parametrize(
    "error",
    [
        ApiException(status=500),
        ApiException(status=429),
        urllib3.exceptions.ReadTimeoutError(None, "/api", "read timed out"),  # type: ignore[arg-type]
        TimeoutError("timed out"),
        ConnectionResetError(104, "reset"),
    ],
    ids=["server error", "too many requests", "read timeout", "timeout", "reset"],
)
def test_a_deletion_that_fails_is_told_and_made_again(error: Exception) -> None:
    """Of the same pod, until it succeeds; the rounds go on."""
    stage = Stage(deleting=[error, error])
    under_test = killer(stage)

    under_test.start()
    until(killed_all(stage), pause=0.01)
    under_test.stop()

    assert len(under_test.errors) == 2
    assert all(each.startswith("killing ") and type(error).__name__ in each for each in under_test.errors)
    assert set(under_test.errors) <= set(stage.said)
    assert sorted(pod for _, pod in under_test.killed) == ["a", "b", "c", "d"]


def test_a_look_that_fails_is_told_and_made_again() -> None:
    """Whoever is busy is asked for again, of the cluster and of the local AWS."""
    stage = Stage(listing=[EndpointConnectionError(endpoint_url="http://aws"), ApiException(status=503)])
    under_test = killer(stage)

    under_test.start()
    until(killed_all(stage), pause=0.01)
    under_test.stop()

    assert [each.partition(":")[0] for each in under_test.errors] == ["finding the busy pods"] * 2


def test_a_pod_that_has_gone_is_nobodys_error() -> None:
    """It ended by itself just before: neither killed nor told."""
    stage = Stage(deleting=[ApiException(status=404)])
    under_test = killer(stage)

    under_test.start()
    until(killed_all(stage), pause=0.01)
    under_test.stop()

    assert under_test.errors == []


def test_a_killer_that_dies_is_no_quiet_killer() -> None:
    """A fault of its own ends it, and then whoever stops it is told: the run was not what it says."""
    stage = Stage(listing=[KeyError("lease_holder")])
    under_test = killer(stage)

    under_test.start()
    until(lambda: stage.said, pause=0.01)

    with pytest.raises(KillerDiedError, match="lease_holder"):
        under_test.stop()
    assert "the killer ended by itself" in stage.said[-1]


def test_it_can_be_stopped_before_it_has_begun() -> None:
    """And twice."""
    under_test = killer(Stage())

    under_test.stop()
    under_test.stop()

    assert under_test.killed == []


def test_stopping_ends_its_tries() -> None:
    """A cluster that answers nothing any more does not hold the run."""
    stage = Stage(listing=[ApiException(status=500)] * 100_000)
    under_test = killer(stage)
    under_test.start()
    until(lambda: under_test.errors, pause=0.01)

    under_test.stop()

    assert len(stage._listing) > 0


def running(holder: str, expires: float) -> dict[str, object]:
    """The record of a job that somebody holds."""
    return {"job_status": "Running", "lease_holder": holder, "lease_expires_at": expires}


def test_busy_are_the_pods_of_living_leases() -> None:
    """A pod whose lease has ended is dead already, and one that waits holds nothing."""
    records = [
        running("pod-a:7", 20),
        running("pod-b:7", 20),
        running("pod-dead:7", 9),
        {"job_status": "Queued", "lease_holder": "pod-c:7", "lease_expires_at": 20},
    ]

    assert busy_pods(records, now=10) == ["pod-a", "pod-b"]


@given(st.sets(st.text("abc", min_size=1), max_size=12), st.integers())
def test_half_of_the_busy_are_doomed(busy: set[str], seed: int) -> None:
    """Half of them, rounded up; the same for the same seed."""
    chosen = doomed(sorted(busy), random.Random(seed))

    assert len(chosen) == (len(busy) + 1) // 2
    assert set(chosen) <= busy
    assert chosen == doomed(sorted(busy), random.Random(seed))
