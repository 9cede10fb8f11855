"""Controllers over in-memory ports with many users, whose jobs stand in one line before annotators that a test moves by hand."""

import itertools
from datetime import timedelta

from gas.domain.decision import Lane
from gas.domain.job import Job, JobStatus, created
from gas.domain.messages import JobHint
from gas.domain.plan import Plan, PlanStanding, User
from gas.domain.reasons import Reason
from gas.domain.spec import InputRef, JobPolicy
from gas.services.take_place import TakePlace
from gas_controllers.lanes.items import LookAtJob
from tests.support.crashes import Crashes
from tests.support.jobs import INPUTS, PREFIX
from tests.support.platform import Platform

SECOND = timedelta(seconds=1)
HOURS = timedelta(hours=12)
"""A lease that outlives every test."""


class Crowd(Platform):
    """An installation where so many jobs of one user stand in line. A second passes with everything that somebody does."""

    def __init__(self, in_line: int) -> None:
        super().__init__()
        self._numbers = itertools.count(1)
        self.rules = self.rules_with(jobs_in_line=in_line)
        self.restart()

    def restart(self, crashes: Crashes | None = None, absence_limit: int = 50) -> None:
        """Fresh controllers, which remember nobody's turn."""
        self.next_turns.clear()
        super().restart(crashes, absence_limit)

    def join(self) -> str:
        """A new user."""
        user_id = f"user{next(self._numbers):022d}"
        standing = PlanStanding(Plan.PREMIUM, self.clock.now())
        self.users.create(User(user_id, f"{user_id}@example.org", "Ada", standing))
        return user_id

    def send(self, user_id: str, *, place: bool = True, told: bool = True, suspend: bool = False) -> str:
        """The web's door, and the hint that it gives; without a place, that of operators."""
        job_id = f"job-{next(self._numbers):06d}"
        at = InputRef(INPUTS, f"{PREFIX}/{user_id}/{job_id}~a.vcf", "a.vcf")
        self.objects.put(at.bucket, at.key, b"vcf")
        self.clock.advance(SECOND)
        now = self.clock.now()
        if place:
            TakePlace(self.quotas, self.jobs)(user_id, job_id, 1000, now)
        policy = JobPolicy(suspend=suspend, backoff_limit=100)
        self.jobs.create(created(Job(job_id, user_id, at, "rCRS", now, policy)))
        if told:
            self.look_at(job_id)
        return job_id

    def of(self, job_id: str) -> Job:
        """A record."""
        job = self.jobs.get(job_id)
        assert job is not None
        return job

    def look_at(self, job_id: str) -> None:
        """A pass over a job, and over all whose turn has come by it."""
        self.next_turns.append(LookAtJob(job_id))
        while self.next_turns:
            item, lane = self.next_turns.pop(0), Lane.STATE
            while not (again := self.reconciler.look_at(item, lane)).delay_seconds:
                lane = again.lane

    def sweep(self, later: timedelta = timedelta(0)) -> None:
        """Passes over everything that is due."""
        self.clock.advance(later)
        for job_id in self.jobs.due_before(self.clock.now(), 1000):
            self.look_at(job_id)

    def take_up(self, *, told: bool = True) -> Job | None:
        """An annotator claims the first job in line; None when there is none."""
        self.clock.advance(SECOND)
        while received := self.requests.receive(1, 0, 3600):
            (message,) = received
            assert isinstance(message.hint, JobHint)
            self.requests.delete(message)
            job = self.of(message.hint.job_id)
            if job.status is not JobStatus.QUEUED:
                continue
            held = self.jobs.commit(job, job.claimed("annotator-1", self.clock.now(), HOURS))
            if told:
                self.look_at(held.job_id)
            return held
        return None

    def end(self, held: Job, *, told: bool = True) -> None:
        """The annotator ends a job at its limit of processor time."""
        self.clock.advance(SECOND)
        ended = self.of(held.job_id)
        self.jobs.finish(
            ended, ended.refused_with(Reason.LIMIT_EXCEEDED, "it took too long.", self.clock.now())
        )
        if told:
            self.look_at(held.job_id)

    def in_line(self, user_id: str) -> list[Job]:
        """The user's jobs that are published and not taken up."""
        return [job for job in self._queued(user_id) if job.publication.count]

    def held(self, user_id: str) -> list[Job]:
        """The user's jobs that wait for their turn."""
        return [job for job in self._queued(user_id) if not job.publication.count]

    def _queued(self, user_id: str) -> list[Job]:
        jobs = self.jobs.jobs_of_user(user_id, limit=100).jobs
        return [job for job in reversed(jobs) if job.status is JobStatus.QUEUED]
