"""The contract of `JobStore`, for the in-memory store and DynamoDB alike."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from gas.adapters.aws.jobs_dynamodb import DynamoJobStore
from gas.adapters.memory.stores import InMemoryJobStore
from gas.domain.errors import ConflictError, FatalError, NotFoundError, UsageError
from gas.domain.job import Job, JobEvent, JobStatus
from gas.domain.names import Table
from gas.domain.outputs import Output
from gas.domain.record import Intents, Lease, Publication, ReferenceWait, UnreadRecord
from gas.domain.spec import RestoreRequest
from gas.domain.tombstone import is_same_job, tombstone
from gas.ports.stores import JobStore
from gas_setup.infrastructure import TableSpec
from tests.contract.adapters import (
    BACKENDS,
    NOW,
    SHARDS,
    THREADS,
    USER,
    a_job,
    a_result,
    claimed,
    client,
    fresh_names,
    queued,
    race,
)
from tests.support.by_hand import UNREADABLE, make_unreadable, write_by_hand
from tests.support.jobs import OWN_FILE

SECOND = timedelta(seconds=1)


@pytest.fixture(params=BACKENDS)
def jobs(request: pytest.FixtureRequest) -> JobStore:
    """An empty store of each kind."""
    if request.param == "memory":
        return InMemoryJobStore(SHARDS)
    table = fresh_names(TableSpec).table(Table.JOBS)
    return DynamoJobStore(client("dynamodb"), table, SHARDS)


def running(jobs: JobStore) -> Job:
    """A job that annotator-0 holds."""
    jobs.create(a_job())
    waiting = jobs.commit(a_job(), queued(a_job()))
    return jobs.commit(waiting, claimed(waiting, "annotator-0"))


def found(jobs: JobStore, job_id: str = "job-1") -> Job:
    """The job, which has to be there."""
    job = jobs.get(job_id)
    assert job is not None
    return job


def test_created_job_is_read_back(jobs: JobStore) -> None:
    """What was created is what is read, to the microsecond."""
    assert jobs.create(a_job()) is True

    assert jobs.get("job-1") == a_job()


def test_unknown_job_is_none(jobs: JobStore) -> None:
    """A job that nobody created is None."""
    assert jobs.get("job-1") is None


def test_many_are_read_at_once(jobs: JobStore) -> None:
    """Any number of jobs is read in one go; those that do not exist are left out, those named twice come once."""
    made = [replace(a_job(), job_id=f"job-{number}") for number in range(230)]
    for job in made:
        jobs.create(job)
    names = [job.job_id for job in made]

    assert jobs.get_many([*names, "unknown", "job-7"]) == dict(zip(names, made, strict=True))
    assert jobs.get_many([]) == {}


@pytest.mark.parametrize("attributes", UNREADABLE)
def test_one_record_that_cannot_be_read_costs_no_other(jobs: JobStore, attributes: dict[str, object]) -> None:
    """Of many it alone is unread: it is there, with the keys that stand in it, and the log names it; alone it is an error."""
    for number in range(3):
        jobs.create(replace(a_job(f"job-{number}"), own_file=OWN_FILE))
    write_by_hand(jobs, "job-1", attributes)

    with capture_logs() as logs:
        many, page = jobs.get_many([f"job-{number}" for number in range(4)]), jobs.jobs_of_user(USER)

    unread = many.pop("job-1")
    assert isinstance(unread, UnreadRecord)
    assert {a_job("job-1").input.key, OWN_FILE.place.key} <= unread.texts
    assert many == {job_id: found(jobs, job_id) for job_id in ("job-0", "job-2")}
    assert (page.jobs, page.unread) == ((many["job-2"], many["job-0"]), (unread,))
    assert [(line["event"], line["job_id"]) for line in logs] == [("record cannot be read", "job-1")] * 2
    with pytest.raises(FatalError, match="job-1"):
        jobs.get("job-1")


def test_pages_join_over_what_cannot_be_read(jobs: JobStore) -> None:
    """Each job is on one page, also where a page ends with a record that cannot be read, or holds nothing else."""
    for number in range(7):
        jobs.create(a_job(f"job-{number}", submitted=NOW + number * SECOND))
    for number in (1, 3, 4):
        make_unreadable(jobs, f"job-{number}")

    pages = [jobs.jobs_of_user(USER, limit=2)]
    while (cursor := pages[-1].cursor) is not None:
        pages.append(jobs.jobs_of_user(USER, cursor, limit=2))

    listed = [[job.job_id for job in page.jobs] for page in pages]
    unread = [[record.job_id for record in page.unread] for page in pages]
    assert listed == [["job-6", "job-5"], [], ["job-2"], ["job-0"]]
    assert unread == [[], ["job-4", "job-3"], ["job-1"], []]


def test_what_cannot_be_read_can_be_made_due(jobs: JobStore) -> None:
    """Whoever has news for a job notes so without reading its record."""
    jobs.create(a_job())
    make_unreadable(jobs, "job-1")

    jobs.make_due("job-1", NOW - SECOND)

    assert jobs.due_before(NOW - SECOND, 10) == ["job-1"]


def test_taken_id_is_refused(jobs: JobStore) -> None:
    """A second job of the same id is refused and changes nothing."""
    jobs.create(a_job())

    assert jobs.create(a_job(user_id="v" * 26)) is False
    assert found(jobs).user_id == USER


def test_one_of_many_creators_wins(jobs: JobStore) -> None:
    """Of sixteen who create the same id at once, exactly one is told that it did, and its job stays."""
    contenders = [a_job(user_id=f"{number:026d}") for number in range(THREADS)]

    told = race(*(lambda job=job: jobs.create(job) for job in contenders))

    assert sorted(map(str, told)) == ["False"] * (THREADS - 1) + ["True"]
    assert found(jobs) == contenders[told.index(True)]


def test_commit_writes_and_counts(jobs: JobStore) -> None:
    """A commit writes what differs, adds one to the version, and returns the record."""
    jobs.create(a_job())

    written = jobs.commit(a_job(), queued(a_job()))

    assert written == replace(queued(a_job()), version=2)
    assert found(jobs) == written


def test_commit_of_nothing_writes_nothing(jobs: JobStore) -> None:
    """When nothing differs nothing is written, even if the record has moved on meanwhile."""
    jobs.create(a_job())
    jobs.commit(a_job(), queued(a_job()))

    assert jobs.commit(a_job(), a_job()) == a_job()
    assert found(jobs).version == 2


def test_commit_twice_conflicts(jobs: JobStore) -> None:
    """The same commit again is a conflict, and changes nothing."""
    jobs.create(a_job())
    written = jobs.commit(a_job(), queued(a_job()))

    with pytest.raises(ConflictError):
        jobs.commit(a_job(), queued(a_job()))
    assert found(jobs) == written


def test_commit_removes_what_became_none(jobs: JobStore) -> None:
    """A value that became None is gone from the record, and so is the due time from the index."""
    jobs.create(a_job())
    before = jobs.commit(a_job(), replace(queued(a_job()), detail="x", claimed_mails=frozenset({"a", "b"})))

    jobs.commit(before, replace(before, detail=None, due=None, claimed_mails=frozenset()))

    assert (found(jobs).detail, found(jobs).due, found(jobs).claimed_mails) == (None, None, frozenset())
    assert jobs.due_before(NOW + SECOND, 10) == []


def test_commit_of_an_unknown_job_conflicts(jobs: JobStore) -> None:
    """A commit never makes a record."""
    with pytest.raises(ConflictError):
        jobs.commit(a_job(), queued(a_job()))
    assert jobs.get("job-1") is None


@pytest.mark.parametrize(
    "between",
    [
        lambda jobs: jobs.add_intents("job-1", Intents(cancel_requested=NOW), NOW),
        lambda jobs: jobs.make_due("job-1", NOW + SECOND),
        lambda jobs: jobs.commit(found(jobs), replace(found(jobs), detail="other")),
    ],
    ids=["intent", "made-due", "other-commit"],
)
def test_commit_conflicts_with_what_came_between(jobs: JobStore, between: Callable[[JobStore], None]) -> None:
    """An intent, a call to look again, or another commit since the read makes a commit of a new due time conflict."""
    jobs.create(a_job())
    before = found(jobs)
    between(jobs)

    with pytest.raises(ConflictError):
        jobs.commit(before, replace(queued(before), due=NOW + 60 * SECOND))
    assert found(jobs).status is JobStatus.PENDING


def test_commit_beside_the_due_time_keeps_it(jobs: JobStore) -> None:
    """A commit that does not touch the due time leaves one that was moved meanwhile as it is."""
    jobs.create(a_job())
    before = found(jobs)
    jobs.make_due("job-1", NOW + SECOND)

    jobs.commit(before, replace(before, detail="x"))

    assert found(jobs).due == NOW + SECOND


def test_one_of_many_claims_wins(jobs: JobStore) -> None:
    """Of sixteen annotators who claim at once, exactly one holds the lease; the others conflict."""
    jobs.create(a_job())
    waiting = jobs.commit(a_job(), queued(a_job()))
    claims = [claimed(waiting, f"annotator-{number}") for number in range(THREADS)]

    told = race(*(lambda claim=claim: jobs.commit(waiting, claim) for claim in claims))

    winners = [answer for answer in told if isinstance(answer, Job)]
    assert len(winners) == 1
    assert sum(isinstance(answer, ConflictError) for answer in told) == THREADS - 1
    assert found(jobs) == winners[0]


def test_heartbeat_extends_the_lease(jobs: JobStore) -> None:
    """A heartbeat moves lease and progress, and neither version nor anything else; twice is once."""
    job = running(jobs)

    for _ in range(2):
        jobs.heartbeat("job-1", job.fence, NOW + 90 * SECOND, 25)

    lease = Lease("annotator-0", NOW + 90 * SECOND)
    assert found(jobs) == replace(job, lease=lease, progress_percent=25)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda job: job.moved(JobEvent.CANCELLED, NOW, lease=None),
        lambda job: job.moved(JobEvent.SUSPENDED, NOW, lease=None),
        lambda job: replace(job, fence=job.fence + 1),
    ],
    ids=["cancelled", "suspended", "taken-over"],
)
def test_heartbeat_tells_to_stop(jobs: JobStore, spoil: Callable[[Job], Job]) -> None:
    """A heartbeat conflicts when the job is not Running under the same fence any more, and changes nothing."""
    job = running(jobs)
    spoiled = jobs.commit(job, spoil(job))

    with pytest.raises(ConflictError):
        jobs.heartbeat("job-1", job.fence, NOW + 90 * SECOND, 25)
    assert found(jobs) == spoiled


def test_heartbeat_of_an_unknown_job_conflicts(jobs: JobStore) -> None:
    """A heartbeat never makes a record."""
    with pytest.raises(ConflictError):
        jobs.heartbeat("job-1", 1, NOW, 0)
    assert jobs.get("job-1") is None


def test_a_wait_is_noted_beside_all_else(jobs: JobStore) -> None:
    """What a queued job waits for is noted, and changed, without touching anything that a claim looks at; the claim ends it."""
    jobs.create(a_job())
    waiting = jobs.commit(a_job(), queued(a_job()))
    wait = ReferenceWait("d" * 64, NOW + 9 * SECOND, 3 * 10**10)
    later = replace(wait, until=NOW + 99 * SECOND, size_bytes=None, why="It is damaged.")

    jobs.await_reference("job-1", later)
    jobs.await_reference("job-1", wait)
    noted = found(jobs)
    held = jobs.commit(noted, claimed(noted, "annotator-0"))

    assert noted == replace(waiting, reference_wait=wait)
    assert (held.status, held.reference_wait) == (JobStatus.RUNNING, None)
    assert found(jobs) == held


def test_a_claim_that_did_not_see_the_wait_wins(jobs: JobStore) -> None:
    """A wait that is noted between a look and a claim keeps nobody from claiming."""
    jobs.create(a_job())
    waiting = jobs.commit(a_job(), queued(a_job()))
    jobs.await_reference("job-1", ReferenceWait("d" * 64, NOW))

    held = jobs.commit(waiting, claimed(waiting, "annotator-0"))

    assert held.status is JobStatus.RUNNING


@pytest.mark.parametrize("state", ["pending", "running", "none"])
def test_only_a_queued_job_waits(jobs: JobStore, state: str) -> None:
    """A wait that comes too late, or for nobody, conflicts and changes nothing."""
    if state == "pending":
        jobs.create(a_job())
    before = running(jobs) if state == "running" else jobs.get("job-1")

    with pytest.raises(ConflictError):
        jobs.await_reference("job-1", ReferenceWait("d" * 64, NOW))
    assert jobs.get("job-1") == before


def test_heartbeat_beats_a_lost_lease(jobs: JobStore) -> None:
    """Once a heartbeat came, a commit that saw the older lease conflicts."""
    job = running(jobs)
    jobs.heartbeat("job-1", job.fence, NOW + 90 * SECOND, 25)

    with pytest.raises(ConflictError):
        jobs.commit(job, job.moved(JobEvent.LEASE_LOST, NOW, lease=None))
    assert found(jobs).status is JobStatus.RUNNING


def test_finish_ignores_the_version(jobs: JobStore) -> None:
    """A job that got an intent and heartbeats meanwhile is finished, and keeps the intent."""
    job = running(jobs)
    jobs.heartbeat("job-1", job.fence, NOW + 90 * SECOND, 75)
    jobs.add_intents("job-1", Intents(cancel_requested=NOW), NOW)

    written = jobs.finish(job, job.finished_with(a_result(), NOW + SECOND))

    assert written == found(jobs)
    assert (written.status, written.result, written.lease) == (JobStatus.COMPLETED, a_result(), None)
    assert written.intents.cancel_requested == NOW
    assert written.version == job.version + 2
    assert written.due == NOW + SECOND


def test_finish_twice_conflicts(jobs: JobStore) -> None:
    """A job is finished once."""
    job = running(jobs)
    written = jobs.finish(job, job.finished_with(a_result(), NOW))

    with pytest.raises(ConflictError):
        jobs.finish(job, job.finished_with(a_result(), NOW + SECOND))
    assert found(jobs) == written


def test_finish_under_an_older_fence_conflicts(jobs: JobStore) -> None:
    """An attempt that was taken over cannot finish the job."""
    job = running(jobs)
    lost = jobs.commit(job, job.moved(JobEvent.LEASE_LOST, NOW, lease=None, attempts=1))
    newer = jobs.commit(lost, claimed(lost, "annotator-1"))

    with pytest.raises(ConflictError):
        jobs.finish(job, job.finished_with(a_result(), NOW))
    assert found(jobs) == newer


def test_hand_back_puts_the_job_back(jobs: JobStore) -> None:
    """Handing back is a finish to Queued: no lease, due, to be published anew."""
    job = running(jobs)

    written = jobs.finish(job, job.handed_back(NOW))

    assert (written.status, written.lease, written.publication) == (
        JobStatus.QUEUED,
        None,
        Publication(0, NOW),
    )


def test_finish_or_lost_lease_wins_never_both(jobs: JobStore) -> None:
    """When annotator and controllers write at once, exactly one of them wins."""
    job = running(jobs)
    lost = job.moved(JobEvent.LEASE_LOST, NOW, lease=None, attempts=1, due=NOW)

    told = race(
        *[lambda: jobs.finish(job, job.finished_with(a_result(), NOW))] * (THREADS // 2),
        *[lambda: jobs.commit(job, lost)] * (THREADS // 2),
    )

    winners = [answer for answer in told if isinstance(answer, Job)]
    assert len(winners) == 1
    assert sum(isinstance(answer, ConflictError) for answer in told) == THREADS - 1
    assert found(jobs) == winners[0]


def test_no_heartbeat_is_lost_among_many(jobs: JobStore) -> None:
    """Heartbeats and intents at once all succeed: they write different fields."""
    job = running(jobs)
    beat = lambda: jobs.heartbeat("job-1", job.fence, NOW + 90 * SECOND, 50)  # noqa: E731
    intend = lambda: jobs.add_intents("job-1", Intents(cancel_requested=NOW), NOW)  # noqa: E731

    told = race(*[beat, intend] * (THREADS // 2))

    assert told == [None] * THREADS
    assert found(jobs).version == job.version + THREADS // 2
    assert found(jobs).lease == Lease("annotator-0", NOW + 90 * SECOND)


def test_intents_are_noted_and_make_due(jobs: JobStore) -> None:
    """Each intent that is not None is noted, others stay, the version counts, and the job is due."""
    jobs.create(replace(a_job(), due=None))
    restore = RestoreRequest(NOW)

    jobs.add_intents("job-1", Intents(delete_requested=NOW), NOW)
    jobs.add_intents("job-1", Intents(restore_requested=restore), NOW + SECOND)
    jobs.add_intents("job-1", Intents(restore_requested=restore), NOW + SECOND)

    job = found(jobs)
    assert job.intents == Intents(delete_requested=NOW, restore_requested=restore)
    assert (job.version, job.due) == (4, NOW + SECOND)
    assert jobs.due_before(NOW + SECOND, 10) == ["job-1"]


def test_intents_for_an_unknown_job_are_refused(jobs: JobStore) -> None:
    """An intent never makes a record."""
    with pytest.raises(NotFoundError, match="job-1"):
        jobs.add_intents("job-1", Intents(cancel_requested=NOW), NOW)
    assert jobs.get("job-1") is None


def test_make_due_leaves_the_version(jobs: JobStore) -> None:
    """A job is made due, once or twice, without its version moving."""
    jobs.create(replace(a_job(), due=None))

    jobs.make_due("job-1", NOW)
    jobs.make_due("job-1", NOW)

    assert found(jobs) == replace(a_job(), due=NOW)
    assert jobs.due_before(NOW, 10) == ["job-1"]


def test_make_due_of_an_unknown_job_does_nothing(jobs: JobStore) -> None:
    """Making an unknown job due neither fails nor makes a record."""
    jobs.make_due("job-1", NOW)

    assert jobs.get("job-1") is None
    assert jobs.due_before(NOW, 10) == []


def test_due_jobs_are_found_in_all_shards(jobs: JobStore) -> None:
    """Due jobs come from every shard, the longest due first, up to the limit; later and undue ones do not come."""
    for number in range(12):
        jobs.create(replace(a_job(f"job-{number}"), due=NOW + number * SECOND))
    jobs.create(replace(a_job("never"), due=None))

    due = jobs.due_before(NOW + 9 * SECOND, 100)
    few = jobs.due_before(NOW + 9 * SECOND, 4)

    assert due == [f"job-{number}" for number in range(10)]
    assert few == due[:4]


def test_a_job_is_found_by_what_the_archive_calls_its_result(jobs: JobStore) -> None:
    """By the id alone, whatever it looks like; without a copy, or with another one, by none."""
    held = running(jobs)
    done = jobs.finish(held, held.finished_with(a_result(), NOW))
    assert done.result is not None
    jobs.create(replace(a_job(), job_id="job-2"))
    named = done.result.with_copies({Output.RESULT: "vault-7"})

    before = jobs.job_with_archive_id("vault-7")
    archived = jobs.commit(done, replace(done, result=named))
    found = [jobs.job_with_archive_id(each) for each in ("vault-7", "vault-8")]
    jobs.commit(archived, replace(archived, result=done.result))

    assert before is None
    assert found == ["job-1", None]
    assert jobs.job_with_archive_id("vault-7") is None


def test_jobs_of_a_user_come_in_pages_newest_first(jobs: JobStore) -> None:
    """Pages join without gap or repetition, also among jobs of the same time; other users' jobs are not there."""
    for number in range(7):
        jobs.create(a_job(f"job-{number}", submitted=NOW + (number // 2) * SECOND))
    jobs.create(a_job("other", user_id="v" * 26))

    pages = [jobs.jobs_of_user(USER, limit=3)]
    while (cursor := pages[-1].cursor) is not None:
        pages.append(jobs.jobs_of_user(USER, cursor, limit=3))

    listed = [job for page in pages for job in page.jobs]
    assert [len(page.jobs) for page in pages] == [3, 3, 1]
    assert sorted(job.job_id for job in listed) == [f"job-{number}" for number in range(7)]
    assert [job.submit_time for job in listed] == sorted((job.submit_time for job in listed), reverse=True)
    assert listed[0] == found(jobs, listed[0].job_id)


def test_a_page_may_end_after_any_job(jobs: JobStore) -> None:
    """The list goes on right after the job that a cursor was asked for, also among jobs of the same time."""
    for number in range(4):
        jobs.create(a_job(f"job-{number}", submitted=NOW + number // 3 * SECOND))
    listed = jobs.jobs_of_user(USER).jobs

    rests = [jobs.jobs_of_user(USER, jobs.cursor_after(job)).jobs for job in listed]

    assert rests == [listed[at + 1 :] for at in range(4)]


def test_a_page_may_begin_at_any_time(jobs: JobStore) -> None:
    """The cursor of a job that was never made gives the jobs that are older than it would be."""
    for number in range(4):
        jobs.create(a_job(f"job-{number}", submitted=NOW + 2 * number * SECOND))
    between = jobs.cursor_after(a_job("no-job", submitted=NOW + 3 * SECOND))

    page = jobs.jobs_of_user(USER, between)

    assert [job.job_id for job in page.jobs] == ["job-1", "job-0"]


def test_last_page_has_no_cursor(jobs: JobStore) -> None:
    """A page that holds the last job has no cursor, even when it is full; no jobs are an empty page."""
    jobs.create(a_job())

    assert jobs.jobs_of_user(USER, limit=1).cursor is None
    assert jobs.jobs_of_user("v" * 26).jobs == ()


@pytest.mark.parametrize("cursor", ["", "x", "!!!", "e30", "WzEsMiwzXQ"])
def test_made_up_cursors_are_refused(jobs: JobStore, cursor: str) -> None:
    """A cursor that no page has given out is refused with a sentence."""
    with pytest.raises(UsageError, match="first page"):
        jobs.jobs_of_user(USER, cursor)


def test_cursor_of_another_user_is_refused(jobs: JobStore) -> None:
    """A cursor opens no other user's list."""
    for number in range(2):
        jobs.create(a_job(f"job-{number}"))
    cursor = jobs.jobs_of_user(USER, limit=1).cursor

    with pytest.raises(UsageError, match="first page"):
        jobs.jobs_of_user("v" * 26, cursor)


def test_an_own_file_is_kept_until_its_job_is_deleted(jobs: JobStore) -> None:
    """What the web or the controllers write of it, and what the annotator adds, is read back, and is gone with the tombstone."""
    job = replace(a_job(), own_file=OWN_FILE)
    jobs.create(job)
    looked_up = jobs.commit(job, replace(job, own_sha256="0" * 64))
    read = jobs.get("job-1")
    gone = jobs.commit(looked_up, looked_up.moved(JobEvent.DELETED, NOW))

    left = jobs.commit(gone, tombstone(gone))

    assert read == looked_up
    assert read is not None
    assert (read.own_file, read.own_sha256) == (OWN_FILE, "0" * 64)
    assert (left.own_file, left.own_sha256) == (None, None)
    assert jobs.get("job-1") == left
    assert is_same_job(left, USER, job.input, "rCRS", OWN_FILE.place)


def test_a_tombstone_names_nobody(jobs: JobStore) -> None:
    """What is left of a deleted job is read back as it was written, belongs to no list, and keeps its id taken."""
    jobs.create(a_job())
    gone = jobs.commit(a_job(), a_job().moved(JobEvent.DELETED, NOW))

    left = jobs.commit(gone, tombstone(gone))

    assert jobs.get("job-1") == left
    assert (left.user_id, left.input.key, left.submitted_etag, left.due) == ("", "", None, None)
    assert is_same_job(left, USER, a_job().input, "rCRS")
    assert jobs.jobs_of_user(USER).jobs == ()
    assert jobs.due_before(NOW + SECOND, 10) == []
    assert jobs.get_many(["job-1"]) == {"job-1": left}
    assert jobs.create(a_job()) is False
