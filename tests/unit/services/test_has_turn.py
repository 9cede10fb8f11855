"""Whether it is a job's turn: what is read for it, and what it says."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest

from gas.adapters.memory.quotas import InMemoryQuotaStore
from gas.adapters.memory.stores import InMemoryJobStore
from gas.domain.job import Job, JobStatus
from gas.domain.quota import ActiveJobs
from gas.domain.record import UnreadRecord
from gas.services.has_turn import READ_AT_ONCE, HasTurn
from tests.support.by_hand import make_unreadable
from tests.support.jobs import NOW, USER, job_in


class Desk:
    """A user's jobs with a place each, in their order, and the turn of the last."""

    def __init__(self, *states: JobStatus, in_line: int = 3) -> None:
        self.store, self.quotas = InMemoryJobStore(), InMemoryQuotaStore()
        self.made = [replace(job_in(state), job_id=f"job-{n:04}") for n, state in enumerate(states)]
        for job in self.made:
            self.store.create(job)
        since = {job.job_id: NOW + timedelta(seconds=number) for number, job in enumerate(self.made)}
        self.quotas.commit(USER, ActiveJobs(), ActiveJobs(since))
        self.reads: list[int] = []
        self.has_turn = HasTurn(self.quotas, self, in_line)  # type: ignore[arg-type]  # it reads many and does no more

    def get_many(self, job_ids: Collection[str]) -> dict[str, Job | UnreadRecord]:
        """As the store does, counted."""
        self.reads.append(len(job_ids))
        return self.store.get_many(job_ids)

    def turn(self) -> bool:
        """Whether it is the last one's turn."""
        return self.has_turn(self.made[-1])


RUNS, WAITS, DONE = JobStatus.RUNNING, JobStatus.QUEUED, JobStatus.COMPLETED


@pytest.mark.parametrize(
    ("states", "turn"),
    [
        ([WAITS], True),
        ([WAITS, WAITS, WAITS], True),
        ([WAITS, WAITS, WAITS, WAITS], False),
        ([WAITS, JobStatus.PENDING, WAITS, WAITS], False),
        ([WAITS, RUNS, WAITS, WAITS], True),
        ([DONE, DONE, DONE, DONE, WAITS], True),
        ([RUNS] * 60 + [WAITS] * 3, True),
        ([WAITS] * 3 + [DONE] * 60 + [WAITS], False),
    ],
    ids=["alone", "third", "fourth", "unchecked", "one-runs", "done", "many-run", "far-in-front"],
)
def test_turn(states: list[JobStatus], turn: bool) -> None:  # noqa: FBT001 - a column
    """It is a job's turn when fewer than three wait before it."""
    assert Desk(*states).turn() is turn


def test_most_jobs_cost_one_small_read() -> None:
    """Whoever has few places is read of no further; and a long burst says with the first batch that the last one waits."""
    few, burst = Desk(WAITS, WAITS, WAITS), Desk(*[WAITS] * 200)

    few.turn()
    burst.turn()

    assert few.reads == []
    assert burst.reads == [READ_AT_ONCE]


def test_a_place_without_a_record_is_in_nobodys_way() -> None:
    """A submission that died between the two left one."""
    desk = Desk(WAITS, WAITS, WAITS, WAITS)
    active = desk.quotas.active_jobs(USER)
    desk.quotas.commit(USER, active, active.without({"job-0000"}).with_job("never made", NOW))

    assert desk.turn()


def test_another_users_jobs_do_not_count() -> None:
    """A user with a single place has their turn, whatever others wait."""
    desk = Desk(*[WAITS] * 9)
    other = replace(job_in(WAITS), job_id="other", user_id="b" * 26)
    desk.quotas.commit(other.user_id, ActiveJobs(), ActiveJobs({"other": NOW + timedelta(days=1)}))

    assert desk.has_turn(other)


def test_one_that_cannot_be_read_is_in_front_of_nobody() -> None:
    """It waits for a person, and the others would wait for that person too."""
    desk = Desk(JobStatus.QUEUED, JobStatus.QUEUED, in_line=1)
    make_unreadable(desk.store, "job-0000")

    assert desk.has_turn(desk.made[-1])
