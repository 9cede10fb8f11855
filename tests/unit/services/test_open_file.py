"""Opening a file that is not where the record says: told to people, and to the controllers, instead of a broken link."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.objects import InMemoryObjectStore
from gas.bootstrap import memory_ports
from gas.domain.built_in_references import NOTHING_PUBLISHED
from gas.domain.errors import ArchivedObjectError, FatalError, NotAllowedError, NotFoundError
from gas.domain.job import Job, JobStatus
from gas.domain.names import Channel
from gas.domain.outputs import Output
from gas.domain.own_file import OwnFile
from gas.domain.plan import Plan, PlanStanding, User
from gas.domain.record import AcceptedInput
from gas.services.job_view import job_view
from gas.services.open_file import JOB_FILES, JobFile, OpenFile
from gas.services.read_file import read_file
from tests.support.jobs import INPUT, NOW, OWN, RESULT, USER, job_in
from tests.support.plans import PLANS

OWNER = User(USER, "a@example.org", "Ada", PlanStanding(Plan.PREMIUM, NOW))


class Opening:
    """A job with a result in memory, and the use case."""

    def __init__(self, storage_class: str = "STANDARD") -> None:
        """Every file of the job is in that class."""
        self.clock = FakeClock(NOW + timedelta(hours=1))
        self.ports = memory_ports(self.clock)
        assert isinstance(self.ports.objects, InMemoryObjectStore)
        self.store = self.ports.objects
        for key in RESULT.all_keys:
            self.store.put(RESULT.bucket, key, b"x", storage_class=storage_class)
        seen = self.store.put(INPUT.bucket, INPUT.key, b"x", storage_class=storage_class)
        accepted = AcceptedInput(seen.etag, seen.size_bytes)
        own = self.store.put(OWN.bucket, OWN.key, b"x", storage_class=storage_class)
        own_file = OwnFile(OWN, own.etag, own.size_bytes)
        self.before = job_in(JobStatus.COMPLETED, due=None, accepted_input=accepted, own_file=own_file)
        assert self.ports.jobs.create(self.before)
        self.open = OpenFile(
            self.ports.jobs,
            self.ports.objects,
            self.ports.links,
            self.ports.publisher,
            self.clock,
            timedelta(minutes=1),
            PLANS,
        )

    def __call__(self, file: JobFile) -> None:
        """Ask for a link."""
        self.open(OWNER, self.before.job_id, file)

    @property
    def job(self) -> Job:
        """The record as it is."""
        found = self.ports.jobs.get(self.before.job_id)
        assert found is not None
        return found

    @property
    def hinted(self) -> bool:
        """True when the controllers got a hint."""
        return bool(self.ports.queue(Channel.JOB_RESULTS).receive(10, 0, 30))


@pytest.mark.parametrize("file", JOB_FILES)
def test_what_is_there_is_linked_to(file: JobFile) -> None:
    """Nobody is told anything of a file that is where it belongs."""
    opening = Opening()

    opening(file)

    assert (opening.job, opening.hinted) == (opening.before, False)


archivable = pytest.mark.parametrize("output", RESULT.archivable, ids=lambda output: output.value)


@archivable
@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE", "INTELLIGENT_TIERING/ARCHIVE_ACCESS"])
def test_a_result_that_a_rule_moved_is_told_and_reported(storage_class: str, output: Output) -> None:
    """No link that would break: a sentence, and the controllers are asked to restore it, once."""
    opening = Opening(storage_class)

    for _ in range(2):
        with pytest.raises(ArchivedObjectError, match=r"moved into the archive by a rule.*being restored"):
            opening(output)

    assert opening.job.intents.result_missed == opening.clock.now()
    assert (opening.job.missed, opening.job.due, opening.job.version) == (True, opening.clock.now(), 2)
    assert opening.hinted


@archivable
def test_a_result_that_vanished_is_told_and_reported(output: Output) -> None:
    """The same for bytes that somebody deleted: they are looked for at once, not in vain by each click."""
    opening = Opening()
    opening.store.delete(RESULT.bucket, (RESULT.outputs[output].key,))

    with pytest.raises(NotFoundError, match="being looked for"):
        opening(output)

    assert opening.job.missed


@pytest.mark.parametrize("file", [file for file in JOB_FILES if file not in RESULT.archivable])
def test_other_files_that_a_rule_moved_are_told(file: JobFile) -> None:
    """Nobody brings these back by themselves: the sentence says whom to ask."""
    opening = Opening("GLACIER")

    with pytest.raises(ArchivedObjectError, match="Ask the operators"):
        opening(file)

    assert opening.job == opening.before


def test_a_log_that_a_rule_moved_is_told() -> None:
    """What a page shows by itself, too."""
    opening = Opening("GLACIER")

    with pytest.raises(ArchivedObjectError, match="Ask the operators"):
        read_file(opening.ports.objects, opening.open.find(opening.job, Output.LOG))


@pytest.mark.parametrize("file", JOB_FILES)
def test_what_the_store_refuses_is_told(file: JobFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key or a right that is wanting is a sentence for the owner, without AWS's own words."""
    opening = Opening()

    def refuse(*_: object) -> None:
        raise FatalError("AWS refuses HeadObject on arn:aws:s3:::bucket/key.", "403")

    monkeypatch.setattr(opening.store, "head", refuse)

    with pytest.raises(NotAllowedError, match=r"does not let this service read .*\(403\)") as refused:
        opening(file)

    assert "arn:" not in str(refused.value)


@pytest.mark.parametrize("output", [Output.INDEX, Output.TABLE], ids=lambda output: output.value)
def test_what_was_given_up_is_offered_no_more(output: Output) -> None:
    """Its page has a link to each of the others, and its own address says that it was lost."""
    opening = Opening()
    opening.ports.jobs.commit(opening.before, replace(opening.before, result=RESULT.without((output,))))

    view = job_view(opening.job, OWNER, PLANS, NOTHING_PUBLISHED)
    with pytest.raises(NotFoundError, match=f"This job has no {output.value}.*[Ll]ost"):
        opening(output)

    assert {each for each in Output if view.has(each.value)} == set(RESULT.outputs) - {output}
