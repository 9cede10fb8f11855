"""The sweep asks for what can be done: what fails is tried again by others, and takes nobody's place."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.bootstrap import memory_ports
from gas.domain.decision import Lane
from gas.domain.errors import FatalError
from gas_controllers.lanes import sweep as sweep_module
from gas_controllers.lanes.items import Item, LookAtJob, LookAtUser
from gas_controllers.lanes.sweep import sweep
from tests.support.jobs import NOW, RESULTS, pending
from tests.support.platform import Platform

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


class Due:
    """Jobs that are due, the first for longest, and some that fail."""

    def __init__(self, count: int) -> None:
        self.ports = memory_ports(FakeClock(NOW))
        self.asks = [LookAtJob(f"job-{number}") for number in range(count)]
        for number, ask in enumerate(self.asks):
            due = NOW - (count - number) * SECOND
            self.ports.jobs.create(replace(pending(), job_id=ask.job_id, due=due))

    def swept(self, *failing: Item) -> list[Item]:
        """What a sweep asks for while these fail."""
        asked: list[Item] = []
        ports = self.ports
        sweep(
            ports.jobs,
            ports.users,
            ports.uploads,
            ports.clock,
            asked.append,
            failing=lambda: frozenset(failing),
        )
        return asked


def test_what_fails_takes_no_place_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many fail that have been due for longer, as many others are asked for as ever; failing users are no jobs."""
    monkeypatch.setattr(sweep_module, "BATCH", 3)
    due = Due(10)

    assert due.swept() == due.asks[:3]
    assert due.swept(*due.asks[:5], LookAtUser("job-6")) == due.asks[5:8]
    assert due.swept(due.asks[1], due.asks[3]) == [due.asks[0], due.asks[2], due.asks[4]]
    assert due.swept(*due.asks) == []


def test_a_sweep_reads_past_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs so much and no more, whatever fails."""
    monkeypatch.setattr(sweep_module, "BATCH", 3)
    monkeypatch.setattr(sweep_module, "MOST_FAILING", 4)
    due = Due(10)

    assert due.swept(*due.asks[:6]) == due.asks[6:7]
    assert due.swept(*due.asks[:8]) == []


def test_refused_results_leave_the_sweep_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket refuses reads for an hour: what was due after its jobs is done all the same, and they are read again later."""
    monkeypatch.setattr(sweep_module, "BATCH", 3)
    platform = Platform()
    platform.complete()
    done = platform.job
    platform.clock.advance(HOUR)
    for number in range(5):
        platform.jobs.create(replace(done, job_id=f"stuck-{number}"))
    platform.jobs.create(replace(done, job_id="late", due=platform.clock.now()))
    head = platform.objects.head

    def refuse(bucket: str, key: str) -> object:
        if bucket == RESULTS:
            raise FatalError("AWS refuses HeadObject.", "KMS.DisabledException")
        return head(bucket, key)

    monkeypatch.setattr(platform.objects, "head", refuse)
    rounds = [swept_and_looked_at(platform) for _ in range(3)]
    platform.clock.advance(HOUR)
    again = swept_and_looked_at(platform)

    assert "late" in {job_id for asked in rounds for job_id in asked}
    assert sum(map(len, rounds)) == len({job_id for asked in rounds for job_id in asked}) == 7
    assert len(again) == 3


def swept_and_looked_at(platform: Platform) -> list[str]:
    """One sweep, and a pass over each job that it asks for; nothing is remembered of failures, as after a restart."""
    asked: list[Item] = []
    ports = memory_ports(platform.clock)
    sweep(platform.jobs, ports.users, ports.uploads, platform.clock, asked.append, failing=frozenset)
    jobs = [item for item in asked if isinstance(item, LookAtJob)]
    for item in jobs:
        with pytest.raises(FatalError):
            platform.reconciler.look_at(item, Lane.STATE)
    return [item.job_id for item in jobs]
