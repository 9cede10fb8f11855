"""Whatever users, annotators and clocks do, of one user's jobs a few at a time stand in line, and all of them have their turn.

Two users send jobs to controllers that die and are told nothing as often as not; annotators take jobs up, end them, or fall silent.
"""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gas.domain import turns
from gas.domain.job import Job, JobStatus
from gas.domain.reasons import Reason
from gas.domain.record import Intents
from tests.support.crowd import HOURS, Crowd

IN_LINE = 2
JOBS, EXAMPLES, STEPS = 10, 15, 25
"""Enough to fill the line of each user twice; each step is passes over all of these jobs."""
MINUTE = timedelta(minutes=1)


class TurnsMachine(RuleBasedStateMachine):
    """Two users and one line."""

    def __init__(self) -> None:
        super().__init__()
        self.crowd = Crowd(IN_LINE)
        self.users = [self.crowd.join(), self.crowd.join()]
        self.sent: list[str] = []
        self.running: list[Job] = []

    @precondition(lambda self: len(self.sent) < JOBS)
    @rule(user=st.integers(0, 1), count=st.integers(1, 5), told=st.booleans())
    def send(self, user: int, count: int, *, told: bool) -> None:
        """A user sends some jobs, and the hints may be lost."""
        self.sent += [self.crowd.send(self.users[user], told=told) for _ in range(count)]

    @rule(told=st.booleans())
    def take_up(self, *, told: bool) -> None:
        """An annotator takes the first job in line: none whose turn had not come."""
        held = self.crowd.take_up(told=told)
        if held is None:
            return
        self.running.append(held)
        if held.fence == 1:
            older = turns.older(self.crowd.quotas.active_jobs(held.user_id), held.job_id)
            before = [job for job in map(self.crowd.of, older) if turns.waits(job) and job.fence == 0]
            assert len(before) < IN_LINE, "it came before its turn"

    @precondition(lambda self: self.running)
    @rule(data=st.data(), told=st.booleans())
    def end(self, data: st.DataObject, *, told: bool) -> None:
        """One ends at its limit."""
        held = self.running.pop(data.draw(st.integers(0, len(self.running) - 1)))
        if self.crowd.of(held.job_id).fence == held.fence:
            self.crowd.end(held, told=told)

    @precondition(lambda self: self.running)
    @rule()
    def fall_silent(self) -> None:
        """All annotators die, and the leases of their jobs end."""
        self.running.clear()
        self.crowd.sweep(later=2 * HOURS)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """Somebody cancels a job, and nobody hears of it."""
        job_id = data.draw(st.sampled_from(self.sent))
        now = self.crowd.clock.now()
        if self.crowd.of(job_id).status is not JobStatus.RUNNING:
            self.crowd.jobs.add_intents(job_id, Intents(cancel_requested=now), now)

    @rule()
    def sweep(self) -> None:
        """The sweep comes round."""
        self.crowd.sweep(later=MINUTE)

    @rule()
    def restart(self) -> None:
        """The controllers die, and others come up, which remember nothing."""
        self.crowd.restart()

    @invariant()
    def few_stand_in_line(self) -> None:
        """Of one user's jobs that were never taken up, no more than so many stand in line."""
        for user in self.users:
            never = [job for job in self.crowd.in_line(user) if job.fence == 0]
            assert len(never) <= IN_LINE

    def teardown(self) -> None:
        """From here on every message to the controllers is lost: sweeps alone give everybody their turn."""
        for _ in range(3 * len(self.sent) + 3):
            self.crowd.sweep(later=MINUTE)
            held = self.crowd.take_up(told=False)
            for each in (*self.running, *([held] if held else [])):
                if self.crowd.of(each.job_id).fence == each.fence:
                    self.crowd.end(each, told=False)
            self.running.clear()
        self.crowd.sweep(later=MINUTE)
        ended = {self.crowd.of(job_id).status for job_id in self.sent}
        assert ended <= {JobStatus.FAILED, JobStatus.CANCELLED}
        for job_id in self.sent:
            assert self.crowd.of(job_id).reason in {Reason.LIMIT_EXCEEDED, Reason.CANCELLED}


TestTurns = TurnsMachine.TestCase
TestTurns.settings = settings(
    max_examples=EXAMPLES if settings().max_examples <= 100 else settings().max_examples,
    stateful_step_count=STEPS,
)
