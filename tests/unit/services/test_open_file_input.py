"""A link to an input gives what was submitted, or says why it cannot."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.links import InMemoryLinks
from gas.adapters.memory.objects import InMemoryObjectStore
from gas.bootstrap import memory_ports
from gas.domain.errors import NotFoundError
from gas.domain.job import JobStatus
from gas.domain.own_file import OwnFile
from gas.domain.plan import User
from gas.domain.record import AcceptedInput
from gas.services.open_file import OpenFile, SubmittedFile
from tests.support.jobs import FREE, INPUT, NOW, OWN, USER, job_in
from tests.support.plans import PLANS

ADA = User(USER, "a@example.org", "Ada", FREE)


class Desk:
    """A job, its input, and links."""

    def __init__(self, status: JobStatus) -> None:
        clock = FakeClock(NOW)
        ports = memory_ports(clock)
        assert isinstance(ports.objects, InMemoryObjectStore)
        assert isinstance(ports.links, InMemoryLinks)
        self.objects, self.links = ports.objects, ports.links
        self.jobs = ports.jobs
        etag = self.objects.put(INPUT.bucket, INPUT.key, b"submitted").etag
        self.job = replace(job_in(status), submitted_etag=etag)
        if self.job.accepted_input is not None:
            self.job = replace(self.job, accepted_input=AcceptedInput(etag, 9))
        self.open = OpenFile(
            ports.jobs, ports.objects, ports.links, ports.publisher, clock, timedelta(seconds=60), PLANS
        )

    def fetch(self) -> bytes:
        """What a click on the link to the input gives."""
        self.jobs.create(self.job)
        return self.links.fetch(self.open(ADA, self.job.job_id, SubmittedFile.INPUT).url)[2]


@pytest.mark.parametrize(
    "status", [s for s in JobStatus if s is not JobStatus.DELETED], ids=lambda status: status.value
)
def test_what_was_submitted_can_be_downloaded(status: JobStatus) -> None:
    """In every state that has its data."""
    assert Desk(status).fetch() == b"submitted"


@pytest.mark.parametrize(
    "status", [s for s in JobStatus if s is not JobStatus.DELETED], ids=lambda status: status.value
)
def test_what_replaced_it_cannot(status: JobStatus) -> None:
    """Other bytes are never given in its name; where there is a result, its provenance is pointed at."""
    desk = Desk(status)
    desk.objects.put(INPUT.bucket, INPUT.key, b"sent later")

    with pytest.raises(NotFoundError, match="replaced by another file after it was submitted") as told:
        desk.fetch()

    assert ("provenance" in str(told.value)) is (desk.job.result is not None)


def test_nobody_has_seen_it_yet() -> None:
    """A job that came by its resource has nothing to compare with before its input is accepted."""
    desk = Desk(JobStatus.PENDING)
    desk.job = replace(desk.job, submitted_etag=None)

    assert desk.fetch() == b"submitted"


class OwnDesk(Desk):
    """A job with a file of its owner's own, and a link to that."""

    def __init__(self, status: JobStatus) -> None:
        super().__init__(status)
        etag = self.objects.put(OWN.bucket, OWN.key, b"brought").etag
        self.job = replace(self.job, own_file=OwnFile(OWN, etag, 7))

    def fetch(self) -> bytes:
        """What a click on the link to the own file gives."""
        self.jobs.create(self.job)
        return self.links.fetch(self.open(ADA, self.job.job_id, SubmittedFile.OWN_FILE).url)[2]


def test_what_was_brought_can_be_downloaded() -> None:
    """The very file, as the input; what was sent in its place since is never given in its name."""
    replaced, gone, without = (OwnDesk(JobStatus.COMPLETED) for _ in range(3))
    replaced.objects.put(OWN.bucket, OWN.key, b"sent later")
    gone.objects.delete(OWN.bucket, (OWN.key,))
    without.job = replace(without.job, own_file=None)

    assert OwnDesk(JobStatus.COMPLETED).fetch() == b"brought"
    with pytest.raises(NotFoundError, match=r"The file mine\.bed was replaced by another file"):
        replaced.fetch()
    with pytest.raises(NotFoundError, match=r"The file mine\.bed is no longer kept"):
        gone.fetch()
    with pytest.raises(NotFoundError, match="Nobody brought a file of their own"):
        without.fetch()
