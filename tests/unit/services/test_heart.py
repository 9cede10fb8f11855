"""How a claim is kept alive."""

import threading
from datetime import timedelta

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.messaging import InMemoryQueue
from gas.adapters.memory.stores import InMemoryJobStore
from gas.domain.errors import FatalError, GasError, TransientError
from gas.domain.job import JobStatus
from gas.domain.names import Channel
from gas.domain.record import Lease
from gas.services.heart import Heart
from tests.support.jobs import JOB_ID, NOW, job_in
from tests.support.waiting import PATIENCE_SECONDS

LEASE = timedelta(seconds=30)
MINE = Lease("me", NOW + LEASE)
TEN = timedelta(seconds=10)


class Chest:
    """A heart and everything round it."""

    def __init__(self, lease: Lease | None = MINE) -> None:
        self.clock = FakeClock(NOW)
        self.jobs = InMemoryJobStore()
        self.jobs.create(job_in(JobStatus.RUNNING, lease=MINE))
        self.queue = InMemoryQueue(Channel.JOB_REQUESTS, self.clock)
        self.queue.put(f'{{"job_id": "{JOB_ID}"}}')
        (message,) = self.queue.receive(1, 0, 30)
        job = job_in(JobStatus.RUNNING, lease=lease)
        self.heart = Heart(self.jobs, self.queue, self.clock, job=job, message=message, lease=LEASE)

    @property
    def expires(self) -> object:
        """The end of the lease on the record."""
        job = self.jobs.get(JOB_ID)
        assert job is not None
        return job.lease and job.lease.expires


def test_beats_when_owed() -> None:
    """Three times a lease a beat extends it, notes the progress, and hides the message."""
    chest = Chest()

    chest.heart.beat_if_owed(10)
    early = chest.expires
    wait = chest.heart.seconds_to_next()
    chest.clock.advance(TEN)
    chest.heart.beat_if_owed(50)
    chest.clock.advance(TEN * 2.5)
    seen = chest.queue.receive(1, 0, 30)

    job = chest.jobs.get(JOB_ID)
    assert job is not None
    assert (early, wait) == (NOW + LEASE, 10.0)
    assert (chest.expires, job.progress_percent) == (NOW + TEN + LEASE, 50)
    assert (chest.heart.seconds_to_next(), chest.heart.period_seconds) == (0.0, 10.0)
    assert seen == []


def test_refused_beat_loses_the_job() -> None:
    """A beat that the record refuses says that the job is not ours, once and for all."""
    chest = Chest()
    job = chest.jobs.get(JOB_ID)
    assert job is not None
    chest.jobs.finish(job, job.handed_back(NOW))

    chest.clock.advance(TEN)
    chest.heart.beat_if_owed()
    chest.clock.advance(TEN)
    chest.heart.beat_if_owed()

    assert chest.heart.lost


@pytest.mark.parametrize(
    "error", [TransientError("no answer"), FatalError("access refused")], ids=["no-answer", "refused"]
)
def test_store_that_does_not_answer(error: GasError) -> None:
    """Two beats may fail; when the lease has run out without one, the job counts as lost."""
    chest = Chest()

    def fail(*args: object) -> None:
        raise error

    chest.jobs.heartbeat = fail  # type: ignore[method-assign,assignment]
    lost = []
    for _ in range(3):
        chest.clock.advance(TEN)
        chest.heart.beat_if_owed()
        lost.append(chest.heart.lost)

    assert lost == [False, False, True]


def test_claim_without_a_lease_is_lost_at_the_first_failure() -> None:
    """A heart that knows of no lease gives up when its first beat fails."""
    chest = Chest(lease=None)

    def fail(*args: object) -> None:
        raise TransientError("no answer")

    chest.jobs.heartbeat = fail  # type: ignore[method-assign,assignment]
    chest.clock.advance(TEN)
    chest.heart.beat_if_owed()

    assert chest.heart.lost


def test_queue_that_does_not_answer_loses_nothing() -> None:
    """A message that could not be hidden may be delivered again; the lease holds."""
    chest = Chest()

    def fail(*args: object) -> None:
        raise TransientError("no answer")

    chest.queue.hide = fail  # type: ignore[method-assign,assignment]
    chest.clock.advance(TEN)
    chest.heart.beat_if_owed()

    assert not chest.heart.lost
    assert chest.expires == NOW + TEN + LEASE


@pytest.mark.parametrize("answers", [True, False], ids=["answered", "not-answered"])
def test_giving_up(*, answers: bool) -> None:
    """Giving up ends the lease now, if the store answers; if not, it ends by itself."""
    chest = Chest()

    def fail(*args: object) -> None:
        raise FatalError("access refused")

    if not answers:
        chest.jobs.heartbeat = fail  # type: ignore[method-assign,assignment]
    chest.heart.let_go()

    assert chest.expires == (NOW if answers else NOW + LEASE)


def test_beats_in_the_background() -> None:
    """While bytes move, beats come from a thread, which has ended when the block ends."""
    chest = Chest()
    beaten = threading.Event()
    heartbeat = chest.jobs.heartbeat

    def beat(*args: object) -> None:
        heartbeat(*args)  # type: ignore[arg-type]
        beaten.set()

    chest.jobs.heartbeat = beat  # type: ignore[method-assign,assignment]
    chest.clock.advance(TEN)
    with chest.heart.in_background():
        assert beaten.wait(PATIENCE_SECONDS)

    assert chest.expires == NOW + TEN + LEASE
    assert not any(thread.name == "heart" for thread in threading.enumerate())
