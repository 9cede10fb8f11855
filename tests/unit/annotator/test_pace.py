"""A job that is kept for its pace is kept like any work in hand, and only a good end is held up."""

from datetime import timedelta
from pathlib import Path

import pytest

from gas.domain.job import JobStatus
from gas.domain.reasons import Reason
from gas.domain.record import Intents
from gas.ports.runner import Crashed, Outcome, Refused
from gas.services.run_job import Ending
from tests.support.annotating import Bench, queued
from tests.support.jobs import JOB_ID


def taken_seconds(bench: Bench) -> float:
    """From the claim to the end of the job, as its history tells."""
    moves = {entry.status: entry.time for entry in bench.platform.job.history}
    return (moves[JobStatus.COMPLETED] - moves[JobStatus.RUNNING]).total_seconds()


def test_good_end_waits_for_the_pace(tmp_path: Path) -> None:
    """The work is done first, and the job ends when so much time has passed since it began."""
    bench = queued(tmp_path, length=4)

    ending = bench.handle(pace=40)

    assert ending is Ending.COMPLETED
    assert bench.runner.polls == 4
    assert taken_seconds(bench) == 40
    assert sum(bench.rests) == 36
    assert max(bench.rests) <= 1


def test_work_that_takes_longer_is_not_held_up(tmp_path: Path) -> None:
    """A pace is the least time, not an additional one."""
    bench = queued(tmp_path, length=50)

    ending = bench.handle(pace=40)

    assert ending is Ending.COMPLETED
    assert bench.rests == []


def test_lease_and_message_are_kept_through_the_pause(tmp_path: Path) -> None:
    """Heartbeats go on for as long as the job is kept: nobody else may take it, and no attempt is counted."""
    bench = queued(tmp_path, length=1)

    def peek(rest: int) -> None:
        assert not bench.platform.requests.receive(1, 0, 60)
        bench.platform.look()

    bench.on_rest = peek
    ending = bench.handle(pace=300, lease=timedelta(seconds=60))

    assert ending is Ending.COMPLETED
    assert (bench.platform.job.fence, bench.platform.job.attempts) == (1, 0)


def test_stop_in_the_pause_hands_back_after_the_drain(tmp_path: Path) -> None:
    """An annotator that must stop keeps the job for its drain time, then hands it back at no cost."""
    bench = queued(tmp_path, length=1)
    bench.on_rest = lambda rest: bench.stop() if rest == 10 else None

    ending = bench.handle(pace=300, drain=5)

    job = bench.platform.job
    assert ending is Ending.HANDED_BACK
    assert (job.status, job.attempts, job.lease) == (JobStatus.QUEUED, 0, None)
    assert len(bench.rests) == 15
    assert not list(tmp_path.iterdir())


def test_stop_in_the_pause_lets_a_job_end_within_the_drain(tmp_path: Path) -> None:
    """A pause that is nearly over ends as it would have."""
    bench = queued(tmp_path, length=1)
    bench.on_rest = lambda rest: bench.stop() if rest == 10 else None

    ending = bench.handle(pace=40, drain=60)

    assert ending is Ending.COMPLETED
    assert taken_seconds(bench) == 40


def test_cancelled_in_the_pause(tmp_path: Path) -> None:
    """A wish to cancel reaches the annotator with the next heartbeat, as while it works."""
    bench = queued(tmp_path, length=1)

    def cancel(rest: int) -> None:
        if rest == 5:
            bench.platform.jobs.add_intents(
                JOB_ID, Intents(cancel_requested=bench.platform.clock.now()), bench.platform.clock.now()
            )
            bench.platform.look()

    bench.on_rest = cancel
    ending = bench.handle(pace=300, lease=timedelta(seconds=30))

    assert ending is Ending.LOST
    assert bench.platform.job.status is JobStatus.CANCELLED
    assert bench.platform.job.result is None


@pytest.mark.parametrize(
    ("outcome", "ending"),
    [
        (Refused(Reason.INPUT_REFUSED, "line 7 has no REF."), Ending.REFUSED),
        (Crashed("killed by signal 11"), Ending.CRASHED),
    ],
    ids=["refused", "crashed"],
)
def test_bad_end_is_told_at_once(tmp_path: Path, outcome: Outcome, ending: Ending) -> None:
    """Nothing was annotated that could be kept."""
    bench = queued(tmp_path, outcome=outcome)

    found = bench.handle(pace=300)

    assert found is ending
    assert bench.rests == []
