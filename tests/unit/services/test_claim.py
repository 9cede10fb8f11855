"""What an annotator does with a message, by the record alone."""

from datetime import timedelta

import pytest

from gas.domain.job import Job, JobStatus
from gas.domain.record import Intents, Lease, Publication
from gas.domain.spec import JobPolicy
from gas.services.claim import ComeBack, Drop, Take, verdict
from tests.support.jobs import NOW, job_in


def leased(seconds: float) -> Job:
    """A running job whose lease ends in so many seconds."""
    return job_in(JobStatus.RUNNING, lease=Lease("another", NOW + timedelta(seconds=seconds)))


@pytest.mark.parametrize(
    ("job", "answer"),
    [
        (None, Drop()),
        (job_in(JobStatus.PENDING), ComeBack(5)),
        (job_in(JobStatus.PENDING, policy=JobPolicy(suspend=True)), Drop()),
        (job_in(JobStatus.QUEUED), Take()),
        (job_in(JobStatus.QUEUED, publication=Publication()), Take()),
        (job_in(JobStatus.QUEUED, publication=Publication(0, NOW)), Take()),
        (job_in(JobStatus.QUEUED, publication=Publication(0, NOW + timedelta(seconds=9.5))), ComeBack(10)),
        (job_in(JobStatus.QUEUED, policy=JobPolicy(suspend=True)), Drop()),
        (job_in(JobStatus.QUEUED, policy=JobPolicy(cancel=True)), Drop()),
        (job_in(JobStatus.QUEUED, intents=Intents(cancel_requested=NOW)), Drop()),
        (leased(41.2), ComeBack(42)),
        (leased(0), ComeBack(1)),
        (leased(-100), ComeBack(1)),
        (leased(1_000_000), ComeBack(43_200)),
        (job_in(JobStatus.RUNNING, lease=None), ComeBack(1)),
        *((job_in(status), Drop()) for status in JobStatus if job_in(status).finished),
    ],
    ids=[
        "unknown",
        "pending",
        "pending-suspended",
        "queued",
        "not-published",
        "pause-over",
        "pause",
        "queued-suspended",
        "queued-cancelled",
        "cancel-asked",
        "live-lease",
        "lease-ending",
        "lease-over",
        "long-lease",
        "no-lease",
        *(status.value for status in JobStatus if job_in(status).finished),
    ],
)
def test_verdict(job: Job | None, answer: object) -> None:
    """Only a queued job that nobody wants stopped is taken; what may be taken later comes back; the rest is dropped."""
    assert verdict(job, NOW) == answer
