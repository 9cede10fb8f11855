"""How long jobs were in each phase, and how long the first annotator took to wake: each move measured once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from gas.domain.job import Job, JobStatus
from gas.domain.line import EVERYBODY
from gas_controllers.telling.stopwatch import Stopwatch
from tests.support.jobs import JOB_ID
from tests.support.platform import Platform

SECOND = timedelta(seconds=1)


def measured(before: JobStatus, after: JobStatus) -> tuple[float, float]:
    """How many such moves were measured in this process, and their sum in seconds."""
    labels = {"from": before.value, "to": after.value}
    name = "gas_controllers_transition_duration_seconds"
    return (
        REGISTRY.get_sample_value(f"{name}_count", labels) or 0.0,
        REGISTRY.get_sample_value(f"{name}_sum", labels) or 0.0,
    )


def woken() -> tuple[float, float]:
    """How many cold starts were measured in this process, and their sum in seconds."""
    name = "gas_controllers_cold_start_seconds"
    return (
        REGISTRY.get_sample_value(f"{name}_count") or 0.0,
        REGISTRY.get_sample_value(f"{name}_sum") or 0.0,
    )


def more(now: tuple[float, float], before: tuple[float, float]) -> tuple[float, float]:
    """What came to it."""
    return now[0] - before[0], round(now[1] - before[1], 6)


MOVES = [
    (JobStatus.PENDING, JobStatus.QUEUED),
    (JobStatus.QUEUED, JobStatus.RUNNING),
    (JobStatus.RUNNING, JobStatus.COMPLETED),
]


def test_all_moves_of_a_life_are_measured_once() -> None:
    """Ours and the annotator's, however many passes there are."""
    platform = Platform()
    before = {move: measured(*move) for move in MOVES}
    platform.submit()
    platform.look()
    platform.look()
    platform.clock.advance(3 * SECOND)
    platform.claim()
    platform.look()
    platform.clock.advance(5 * SECOND)
    platform.finish()
    platform.look()
    platform.look()

    came = [more(measured(*move), before[move]) for move in MOVES]

    assert came == [(1.0, 0.0), (1.0, 3.0), (1.0, 5.0)]


def test_a_claim_and_an_end_between_two_passes_are_both_measured() -> None:
    """A resource may skip a short phase; the history does not."""
    platform = Platform()
    platform.submit()
    platform.look()
    before = [measured(*move) for move in MOVES[1:]]
    platform.clock.advance(2 * SECOND)
    platform.claim()
    platform.clock.advance(SECOND)
    platform.finish()

    platform.look()

    assert [more(measured(*m), b) for m, b in zip(MOVES[1:], before, strict=True)] == [(1.0, 2.0), (1.0, 1.0)]


def test_after_a_restart_nothing_is_measured_twice() -> None:
    """The first sight of a job only begins the measuring."""
    platform = Platform()
    platform.complete()
    before = [measured(*move) for move in MOVES]

    platform.restart()
    platform.look()

    assert [measured(*move) for move in MOVES] == before


def test_memory_is_bounded() -> None:
    """Of the jobs that were noted longest ago nothing is remembered."""
    stopwatch = Stopwatch(remembered=1)
    platform = Platform()
    platform.submit()
    job = platform.job

    for name in ("a", "b"):
        stopwatch.note(_named(job, name))

    assert list(stopwatch._last) == ["b"]


def test_history_that_was_cut_is_not_measured() -> None:
    """When the last known move is not in the history any more, nobody can tell what came between."""
    platform = Platform()
    platform.complete()
    stopwatch, job = Stopwatch(), platform.job
    stopwatch.note(job)
    before = [measured(*move) for move in MOVES]

    stopwatch.note(replace(job, history=job.history[:-1]))

    assert [measured(*move) for move in MOVES] == before


def requeued() -> tuple[float, float]:
    """How many jobs went from Running to Queued in this process, and how many of these moves the controllers committed."""
    labels = {"from": "Running", "to": "Queued"}
    committed = REGISTRY.get_sample_value("gas_controllers_transitions_total", labels)
    return measured(JobStatus.RUNNING, JobStatus.QUEUED)[0], committed or 0.0


def test_a_lost_lease_is_told_from_a_hand_back() -> None:
    """Both are measured; that of the lost lease alone is the controllers' own move. The dashboard takes the difference."""
    platform = Platform()
    platform.submit()
    platform.look()
    before = requeued()
    held = platform.claim()
    platform.look()
    platform.jobs.finish(held, held.handed_back(platform.clock.now()))
    platform.look()
    handed_back = more(requeued(), before)

    platform.claim()
    platform.look()
    platform.clock.advance(timedelta(hours=1))
    platform.look()

    assert platform.job.attempts == 1
    assert handed_back == (1.0, 0.0)
    assert more(requeued(), before) == (2.0, 1.0)


@pytest.mark.parametrize("up", [None, True], ids=["unknown", "up"])
def test_a_start_is_cold_only_when_none_was_up(*, up: bool | None) -> None:
    """Unknown is not none."""
    before = woken()

    platform = _claimed_after_waking(up=up)

    assert platform.job.status is JobStatus.RUNNING
    assert woken() == before


def test_a_cold_start_is_measured_once() -> None:
    """From the first publication to the first claim, though the request was published again meanwhile."""
    before = woken()

    _claimed_after_waking(up=False)

    assert more(woken(), before) == (1.0, 40.0)


def test_a_job_that_gives_up_waiting_does_not_count() -> None:
    """One that was cancelled tells nothing of how long waking takes, and leaves nothing behind."""
    before = woken()
    platform = _waking(up=False)
    platform.clock.advance(10 * SECOND)
    platform.edit(cancel=True)

    platform.look()

    assert platform.job.status is JobStatus.CANCELLED
    assert woken() == before
    assert not any(platform.notes._stopwatch._woken.values())


def test_others_that_wait_do_not_count() -> None:
    """The second claim of a line that woke found annotators up."""
    before = woken()
    stopwatch = Stopwatch()
    platform = _waking(up=False)
    job = platform.job
    for name, seconds in (("a", 0), ("b", 1)):
        stopwatch.note(_named(job, name))
        stopwatch.woke(_named(job, name), platform.clock.now() + seconds * SECOND, line=EVERYBODY)
    platform.clock.advance(9 * SECOND)
    claimed = platform.claim()

    for name in ("b", "a"):
        stopwatch.note(_named(claimed, name))

    assert more(woken(), before) == (1.0, 9.0)


def _waking(*, up: bool | None) -> Platform:
    platform = Platform()
    platform.rules = platform.rules_with(annotators_counted=True)
    platform.annotators_up[EVERYBODY] = up
    platform.restart()
    platform.submit()
    platform.look()
    assert JOB_ID in {name for name, _, _ in platform.resources.survey()}
    return platform


def _claimed_after_waking(*, up: bool | None) -> Platform:
    platform = _waking(up=up)
    platform.pass_time(40 * SECOND)
    platform.claim()
    platform.look()
    return platform


def _named(job: Job, name: str) -> Job:
    return replace(job, job_id=name)
