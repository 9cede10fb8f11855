"""Facts are read apart from what is decided by them: each from the one port that knows it, of the job that is asked about."""

from dataclasses import replace
from hashlib import sha256

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.messaging import InMemoryQueue
from gas.adapters.memory.objects import InMemoryArchive, InMemoryObjectStore
from gas.adapters.memory.references import InMemoryReferences
from gas.domain.decision import AnnotatorsUp, Fact, FactValue, QueueEmpty
from gas.domain.job import Job, JobStatus
from gas.domain.line import Line
from gas.domain.objects import HotObject
from gas.domain.outputs import Output
from gas.domain.record import Result
from gas.services.read_fact import ReadFact
from tests.support.jobs import (
    ATTEMPT_1,
    INPUT,
    JOB_ID,
    NOW,
    OWN,
    OWN_FILE,
    RESULT,
    RESULTS,
    job_in,
)
from tests.support.jobs import stored as stored_outputs
from tests.support.plans import LINES


class Things:
    """What there is of one archived job, and who is up."""

    def __init__(self) -> None:
        clock = FakeClock(NOW)
        self.objects = InMemoryObjectStore()
        self.archive = InMemoryArchive(self.objects, clock)
        self.queues = {line.channel: InMemoryQueue(line.channel, clock) for line in LINES}
        self.up: dict[Line, bool | None] = {}
        self.turns: list[str] = []
        self.references = InMemoryReferences(clock)
        self.read_fact = ReadFact(
            self.objects,
            self.archive,
            self.references,
            self.queues.__getitem__,
            self.up.get,
            self._has_turn,
            lambda job: frozenset({job.input.key}),
        )

    def _has_turn(self, job: Job) -> bool:
        self.turns.append(job.job_id)
        return True


def test_the_input_is_looked_at_where_the_job_says() -> None:
    """Its size and ETag, or nothing."""
    things, job = Things(), job_in(JobStatus.PENDING)
    missing = things.read_fact(Fact.INPUT, job)
    things.objects.put(INPUT.bucket, INPUT.key, b"vcf")

    found = things.read_fact(Fact.INPUT, job)

    assert missing is None
    assert isinstance(found, HotObject)
    assert found.size_bytes == 3


def test_an_own_file_is_looked_at_where_the_job_says() -> None:
    """Beside its input; a job without one has none."""
    things, job = Things(), job_in(JobStatus.PENDING, own_file=OWN_FILE)
    missing = things.read_fact(Fact.OWN_FILE, job)
    things.objects.put(OWN.bucket, OWN.key, b"bed!")

    found = things.read_fact(Fact.OWN_FILE, job)

    assert missing is None
    assert isinstance(found, HotObject)
    assert found.size_bytes == 4
    assert things.read_fact(Fact.OWN_FILE, job_in(JobStatus.PENDING)) is None


def test_what_other_jobs_name_is_asked_of_who_knows() -> None:
    """It is read of the owner's other jobs."""
    assert Things().read_fact(Fact.SHARED_FILES, job_in(JobStatus.FAILED)) == frozenset({INPUT.key})


def stored(things: Things) -> Result:
    """The result, hot and in the archive."""
    content = b"annotated!"
    for each in RESULT.archivable.values():
        things.objects.put(RESULTS, each.key, content)
    result = replace(RESULT, outputs=stored_outputs(ATTEMPT_1, len(content), sha256(content).hexdigest()))
    ids = {
        output: things.archive.store(RESULTS, each.key, result.size_bytes, result.sha256)
        for output, each in result.archivable.items()
    }
    return result.with_copies(ids)


def test_both_copies_of_the_result() -> None:
    """Of each file that goes to the archive: the hot one at its key, the archived one under its archive id."""
    things = Things()
    job = job_in(JobStatus.ARCHIVED, result=stored(things))

    hot, cold = things.read_fact(Fact.HOT_RESULT, job), things.read_fact(Fact.ARCHIVED_RESULT, job)

    assert isinstance(hot, dict)
    assert isinstance(cold, dict)
    assert hot.keys() == cold.keys() == RESULT.archivable.keys()
    assert {each.size_bytes for each in (*hot.values(), *cold.values())} == {10}


@pytest.mark.parametrize("fact", [Fact.HOT_RESULT, Fact.ARCHIVED_RESULT], ids=lambda fact: fact.value)
def test_a_job_without_a_result_has_no_copies(fact: Fact) -> None:
    """Nothing is asked of any store."""
    assert Things().read_fact(fact, job_in(JobStatus.QUEUED)) == {}


def test_what_a_rule_of_the_bucket_archived_is_looked_at_where_it_lies() -> None:
    """A result that is restored without an archived copy is retrieved at its own key; one that rests has no place."""
    things = Things()
    job = job_in(JobStatus.RESTORING, archive_id=None)
    things.archive.place(RESULTS, RESULT.key, b"annotated!", "GLACIER")

    found = things.read_fact(Fact.ARCHIVED_RESULT, job)

    assert isinstance(found, dict)
    assert found[Output.RESULT].size_bytes == 10
    rests = things.read_fact(Fact.ARCHIVED_RESULT, replace(job, status=JobStatus.ARCHIVED))
    assert rests == dict.fromkeys(RESULT.archivable)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_each_line_has_its_own_queue(line: Line) -> None:
    """One that holds a message is not empty; the others' do not matter."""
    things, job, fact = Things(), job_in(JobStatus.QUEUED), QueueEmpty(line)
    for other in set(LINES) - {line}:
        things.queues[other.channel].put("a request")
    before = things.read_fact(fact, job)
    things.queues[line.channel].put("a request")

    assert (before, things.read_fact(fact, job)) == (True, False)


@pytest.mark.parametrize("up", [True, False, None], ids=["up", "down", "unknown"])
@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_whether_annotators_are_up_may_be_unknown(line: Line, up: FactValue) -> None:
    """What nobody can tell is told as that."""
    things = Things()
    things.up[line] = up if isinstance(up, bool) else None

    assert things.read_fact(AnnotatorsUp(line), job_in(JobStatus.QUEUED)) is up


def test_the_turn_is_that_of_the_job() -> None:
    """It is asked of whoever ranks the owner's jobs."""
    things = Things()

    assert things.read_fact(Fact.TURN, job_in(JobStatus.QUEUED)) is True
    assert things.turns == [JOB_ID]


def test_what_is_learned_by_trying_is_not_read() -> None:
    """Whether the cluster refuses a resource nobody can ask."""
    with pytest.raises(AssertionError, match="making of a resource"):
        Things().read_fact(Fact.RESOURCE_REFUSED, job_in(JobStatus.QUEUED))
