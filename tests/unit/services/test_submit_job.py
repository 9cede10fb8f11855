"""Submitting a job: killed at any call, sent many times, and raced for the last place."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.objects import InMemoryObjectStore
from gas.bootstrap import Ports, memory_ports
from gas.domain.built_in_references import BUILT_IN, NOTHING_PUBLISHED, RCRS
from gas.domain.catalogue import AUTO, Contig, with_built_in
from gas.domain.errors import (
    ConflictError,
    FatalError,
    NotFoundError,
    TooManyRequestsError,
    TransientError,
    UsageError,
)
from gas.domain.job import Job, JobEvent, JobStatus
from gas.domain.keys import InputKey
from gas.domain.messages import HintEvent, JobHint
from gas.domain.names import Channel
from gas.domain.offer import Offer
from gas.domain.plan import Plan, PlanStanding, User
from gas.domain.quota import ActiveJobs
from gas.domain.tombstone import tombstone
from gas.domain.uploads import OpenUpload, OpenUploads, UploadState
from gas.services.hold_upload import HoldUpload
from gas.services.submit_job import Submission, SubmitJob, job_id_for
from gas.services.take_place import RECORD_COMES_WITHIN, TRIES, TakePlace
from tests.support.crashes import CrashError, Crashes
from tests.support.jobs import job_in
from tests.support.plans import plans_with
from tests.support.references import an_entry

USER_ID = "u" * 26
LIMIT = 3


class World:
    """Ports in memory, a user, and the use case over ports that may crash."""

    def __init__(self) -> None:
        """A user with nothing."""
        self.clock = FakeClock()
        self.ports: Ports = memory_ports(self.clock)
        self.user = User(USER_ID, "a@example.org", "Ada", PlanStanding(Plan.FREE, self.clock.now()))

    def submit(self, crashes: Crashes | None = None) -> SubmitJob:
        """The use case."""
        crashes, ports = crashes or Crashes(), self.ports
        jobs = crashes.proxy(ports.jobs)
        return SubmitJob(
            jobs=jobs,
            objects=crashes.proxy(ports.objects),
            references=crashes.proxy(ports.references),
            publisher=crashes.proxy(ports.publisher),
            take_place=TakePlace(crashes.proxy(ports.quotas), jobs),
            hold_upload=HoldUpload(
                crashes.proxy(ports.uploads), jobs, crashes.proxy(ports.objects), "gas-inputs"
            ),
            clock=self.clock,
            offer=Offer(plans_with({"max_input_bytes": 100, "max_active_jobs": LIMIT})),
            inputs_bucket="gas-inputs",
            key_prefix="gas",
        )

    def upload(self, job_id: str = "upload-1", content: bytes = b"x") -> Submission:
        """An uploaded file, of which it is known that its form was given."""
        key = str(InputKey("gas", USER_ID, job_id, "a.vcf"))
        held, now = self.ports.uploads.get(USER_ID), self.clock.now()
        upload = OpenUpload(key, now, len(content), now + timedelta(hours=20))
        self.ports.uploads.commit(USER_ID, held, held.with_upload(job_id, upload))
        assert isinstance(self.ports.objects, InMemoryObjectStore)
        self.ports.objects.put("gas-inputs", key, content)
        return Submission(key, "rCRS")

    def etag(self, job_id: str) -> str:
        """The ETag of an uploaded file as it is now."""
        found = self.ports.objects.head("gas-inputs", str(InputKey("gas", USER_ID, job_id, "a.vcf")))
        assert found is not None
        return found.etag

    def hints(self) -> list[JobHint]:
        """The hints that the controllers would get."""
        received = self.ports.queue(Channel.JOB_RESULTS).receive(10, 0, 30)
        return [message.hint for message in received if isinstance(message.hint, JobHint)]

    def bury(self, job: Job, *, names: bool = False) -> None:
        """Delete a job, as the controllers do: at first its record still names its owner."""
        deleted = job.moved(JobEvent.DELETED, self.clock.now())
        self.ports.jobs.commit(job, deleted if names else tombstone(deleted))

    def finish(self, job_id: str) -> None:
        """Cancel a job, as the controllers do."""
        job = self.ports.jobs.get(job_id)
        assert job is not None
        self.ports.jobs.commit(job, job.moved(JobEvent.CANCELLED, self.clock.now()))


@pytest.fixture
def world() -> World:
    """A world with nothing in it."""
    return World()


def test_a_new_job_is_due_recorded_and_hinted(world: World) -> None:
    """The record is what the controllers start from: Pending, due now, nothing accepted yet."""
    submitted = world.submit()(world.user, world.upload(), "key")

    assert submitted.is_new
    assert submitted.job == world.ports.jobs.get(job_id_for(USER_ID, "key"))
    assert submitted.job.status is JobStatus.PENDING
    assert submitted.job.due == submitted.job.submit_time == world.clock.now()
    assert submitted.job.accepted_input is None
    assert submitted.job.submitted_etag == world.etag("upload-1")
    assert submitted.job.reference_digest == RCRS.digest
    assert world.hints() == [JobHint(submitted.job.job_id, 1, HintEvent.SUBMITTED)]


def test_the_first_submission_pins_the_file(world: World) -> None:
    """The same submission again finds the job as it was made, whatever lies at the key by then."""
    submission = world.upload()
    first = world.submit()(world.user, submission).job
    world.upload(content=b"another file")

    again = world.submit()(world.user, submission).job

    assert again == first
    assert again.submitted_etag != world.etag("upload-1")


def calls_of_a_submission() -> int:
    """How many calls a submission makes."""
    world, crashes = World(), Crashes()
    world.submit(crashes)(world.user, world.upload(), "key")
    return crashes.calls


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, calls_of_a_submission() + 1))
def test_a_submission_that_died_is_completed_by_the_same_again(world: World, at: int, *, after: bool) -> None:
    """Killed at any call and sent again: exactly one job, one place, and the controllers know of it."""
    submission = world.upload()
    with pytest.raises(CrashError):
        world.submit(Crashes(at, after))(world.user, submission, "key")

    submitted = world.submit()(world.user, submission, "key")

    assert [job.job_id for job in world.ports.jobs.jobs_of_user(USER_ID).jobs] == [submitted.job.job_id]
    assert set(world.ports.quotas.active_jobs(USER_ID).since) == {submitted.job.job_id}
    assert world.ports.jobs.due_before(world.clock.now(), 10) == [submitted.job.job_id]
    assert world.hints()
    assert world.ports.uploads.get(USER_ID).uploads == {}


def test_what_cannot_be_given_back_now_is_left_to_the_sweep(world: World) -> None:
    """The job is made; that its upload is open no more is noted another time."""
    submission = world.upload()

    class Away:
        def get(self, user_id: str) -> OpenUploads:
            return world.ports.uploads.get(user_id)

        def commit(self, *_: object) -> None:
            raise TransientError("away")

    away: Any = Away()
    submit = world.submit()
    submit = replace(submit, hold_upload=replace(submit.hold_upload, uploads=away))

    assert submit(world.user, submission).is_new
    assert list(world.ports.uploads.get(USER_ID).uploads) == ["upload-1"]


@pytest.mark.parametrize("state", [UploadState.GOING, UploadState.REMOVED])
def test_what_is_about_to_be_removed_makes_no_job(world: World, state: UploadState) -> None:
    """Nor does the page say that it has arrived. One that was submitted before answers as ever."""
    submission, before = world.upload("late"), world.upload("submitted")
    world.submit()(world.user, before)
    for job_id, upload in ((submission, "late"), (before, "submitted")):
        held = world.ports.uploads.get(USER_ID)
        late = OpenUpload(job_id.key, world.clock.now(), 1, world.clock.now(), state)
        world.ports.uploads.commit(USER_ID, held, held.with_upload(upload, late))

    with pytest.raises(ConflictError, match="not submitted in time"):
        world.submit()(world.user, submission)
    with pytest.raises(ConflictError, match="not submitted in time"):
        world.submit().check_upload(world.user, submission.key)
    assert not world.submit()(world.user, before).is_new
    assert world.ports.jobs.get("late") is None


@pytest.mark.parametrize("error", [TransientError("down"), FatalError("no topic")])
def test_a_hint_that_cannot_be_sent_changes_nothing(world: World, error: Exception) -> None:
    """The job is made and due: the sweep finds it."""

    class Deaf:
        def publish(self, *_: object) -> None:
            raise error

    submit = replace(world.submit(), publisher=Deaf())

    assert submit(world.user, world.upload()).is_new


def test_the_same_submission_at_the_same_moment_makes_one_job(world: World) -> None:
    """Of many that arrive together one makes the job, and all name it."""
    submission = world.upload()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: world.submit()(world.user, submission, "key"), range(16)))

    assert sum(answer.is_new for answer in answers) == 1
    assert len({answer.job.job_id for answer in answers}) == 1


def test_fifty_race_for_the_last_place_and_one_gets_it(world: World) -> None:
    """The quota is exact: of 50 different submissions at quota-1 one is admitted, and 49 are told to wait."""
    for number in range(LIMIT - 1):
        world.submit()(world.user, world.upload(f"first-{number}"))
    submissions = [world.upload(f"upload-{number}") for number in range(50)]

    def attempt(submission: Submission) -> bool:
        try:
            return world.submit()(world.user, submission).is_new
        except TooManyRequestsError:
            return False

    with ThreadPoolExecutor(50) as pool:
        admitted = list(pool.map(attempt, submissions))

    assert sum(admitted) == 1
    assert len(world.ports.jobs.jobs_of_user(USER_ID).jobs) == LIMIT


def test_finished_jobs_give_their_places_back(world: World) -> None:
    """What is finished counts no more; what is not says what to do."""
    first, *_ = [world.submit()(world.user, world.upload(f"u-{number}")).job for number in range(LIMIT)]
    with pytest.raises(TooManyRequestsError, match="wait for one to finish") as refused:
        world.submit()(world.user, world.upload("u-next"))

    world.finish(first.job_id)

    assert world.submit()(world.user, world.upload("u-next")).is_new
    assert refused.value.retry_after == timedelta(seconds=60)


def test_a_place_without_a_job_is_given_back_after_a_minute(world: World) -> None:
    """A web part that died between place and record takes nothing away for good."""
    lost = {f"lost-{number}": world.clock.now() for number in range(LIMIT)}
    world.ports.quotas.commit(USER_ID, ActiveJobs(), ActiveJobs(lost))
    with pytest.raises(TooManyRequestsError):
        world.submit()(world.user, world.upload())

    world.clock.advance(RECORD_COMES_WITHIN + timedelta(seconds=1))

    assert world.submit()(world.user, world.upload()).is_new


def test_a_place_that_is_always_taken_first_is_a_passing_trouble(world: World) -> None:
    """Who loses every race is told to send it again."""

    class Contended:
        tries = 0

        def active_jobs(self, _user: str) -> ActiveJobs:
            return ActiveJobs()

        def commit(self, *_: object) -> None:
            self.tries += 1
            raise ConflictError("changed")

        def forget(self, _user: str) -> None:
            """Nothing is kept."""

    contended = Contended()

    with pytest.raises(TransientError, match="send this one again"):
        TakePlace(contended, world.ports.jobs)(USER_ID, "job-1", LIMIT, world.clock.now())
    assert contended.tries == TRIES


@pytest.mark.parametrize("key", [None, "my key"], ids=["by its upload", "by a key"])
@pytest.mark.parametrize("names", [True, False], ids=["just deleted", "forgotten"])
def test_a_deleted_job_is_not_submitted_again(world: World, key: str | None, *, names: bool) -> None:
    """A tombstone is not revived by an old submission, which is told so: also when it names nobody any more."""
    submission = world.upload()
    job = world.submit()(world.user, submission, key).job
    world.bury(job, names=names)

    with pytest.raises(ConflictError, match="was deleted"):
        world.submit()(world.user, submission, key)


def test_the_key_of_a_deleted_job_stays_used(world: World) -> None:
    """Another upload under it is told to take another key, and not that it was never uploaded."""
    world.bury(world.submit()(world.user, world.upload(), "my key").job)

    with pytest.raises(ConflictError, match="choose a new key"):
        world.submit()(world.user, world.upload("upload-2"), "my key")


def test_a_strangers_deleted_job_is_not_there(world: World) -> None:
    """Whoever makes up a key with its id learns nothing from what is left of it."""
    submission = world.upload()
    world.bury(replace(world.submit()(world.user, submission).job))
    eve = replace(world.user, user_id="e" * 26)

    with pytest.raises(UsageError, match="has not been uploaded"):
        world.submit()(eve, Submission(submission.key.replace(USER_ID, eve.user_id), "rCRS"))


def test_an_upload_whose_id_is_a_strangers_job_makes_none(world: World) -> None:
    """It is told nothing of that job, and no place is taken that would be held for as long as that one runs."""
    submission = world.upload()
    assert world.ports.jobs.create(job_in(JobStatus.RUNNING, job_id="upload-1", user_id="e" * 26))

    with pytest.raises(UsageError, match="has not been uploaded"):
        world.submit()(world.user, submission)

    assert len(world.ports.quotas.active_jobs(USER_ID)) == 0


@pytest.mark.parametrize("key", ["", "x" * 256], ids=["empty", "too long"])
def test_an_idempotency_key_has_bounds(world: World, key: str) -> None:
    """What is no key is refused, not ignored."""
    with pytest.raises(UsageError, match="Idempotency-Key of 1 to 255"):
        world.submit()(world.user, world.upload(), key)


def test_a_job_gets_the_newest_release_and_keeps_it(world: World) -> None:
    """What is published, or retired, after a submission is for others; the same submission again finds its job all the same."""
    references, submission = world.ports.references, replace(world.upload(), reference="GRCh38")
    old, new = an_entry(digest="a" * 64), an_entry(digest="b" * 64)
    references.replace(references.catalogue(), with_built_in((old,), BUILT_IN))
    first = world.submit()(world.user, submission)
    references.replace(references.catalogue(), with_built_in((old, new), BUILT_IN))
    second = world.submit()(world.user, replace(world.upload("upload-2"), reference="GRCh38"))
    gone = tuple(replace(entry, retired=world.clock.now()) for entry in (old, new))
    references.replace(references.catalogue(), with_built_in(gone, BUILT_IN))

    again = world.submit()(world.user, submission)

    assert (first.job.reference_digest, second.job.reference_digest) == (old.digest, new.digest)
    assert (again.is_new, again.job) == (False, first.job)
    with pytest.raises(UsageError, match="no reference GRCh38 here"):
        world.submit()(world.user, replace(world.upload("upload-3"), reference="GRCh38"))


def test_an_unknown_reference_is_told_before_anything_is_written(world: World) -> None:
    """The sentence names those that there are, and the user's place stays free."""
    with pytest.raises(
        UsageError, match=r"no reference GRCh37 here\. The references of this installation are: rCRS\."
    ):
        world.submit()(world.user, replace(world.upload(), reference="GRCh37"))

    assert world.ports.jobs.get("upload-1") is None
    assert len(world.ports.quotas.active_jobs(USER_ID)) == 0
    assert world.hints() == []


@pytest.mark.parametrize("same", [True, False], ids=["same", "other"])
def test_a_record_that_appears_in_between_is_found(world: World, *, same: bool) -> None:
    """Who loses the race to make the record gets the winner's job, if that is what they asked for."""
    submission = world.upload()
    winner = world.submit()(world.user, submission, "key").job
    if not same:
        winner = replace(winner, reference="other")

    class Late:
        looks = 0

        def get(self, _job_id: str) -> Job | None:
            self.looks += 1
            return None if self.looks == 1 else winner

        def create(self, _job: Job) -> bool:
            return False

    late: Any = Late()
    submit = replace(world.submit(), jobs=late)

    if same:
        assert submit(world.user, submission, "key").job == winner
    else:
        with pytest.raises(ConflictError, match="choose a new key"):
            submit(world.user, submission, "key")


def test_a_job_that_runs_is_not_hinted_again(world: World) -> None:
    """A repetition disturbs nobody who works."""
    submission = world.upload()
    job = world.submit()(world.user, submission).job
    world.ports.jobs.commit(job, job.moved(JobEvent.INPUT_ACCEPTED, world.clock.now()))
    world.hints()

    world.submit()(world.user, submission)

    assert world.hints() == []


YEAST = an_entry("yeastI", "c" * 64, contigs=(Contig("chrI", 230_218, ("I",)),))
ON_YEAST = b"##contig=<ID=I,length=230218>\n"


@pytest.fixture
def yeast(world: World) -> World:
    """A world with a second reference."""
    world.ports.references.replace(world.ports.references.catalogue(), with_built_in((YEAST,), BUILT_IN))
    return world


def by_header(world: World, job_id: str = "upload-1", content: bytes = ON_YEAST) -> Submission:
    """An uploaded file whose header is to choose."""
    return replace(world.upload(job_id, content), reference=AUTO)


def test_the_header_of_an_upload_chooses_its_reference(yeast: World) -> None:
    """By the name of its choice the job is known from then on, and by the release that is the newest now."""
    job = yeast.submit()(yeast.user, by_header(yeast)).job

    assert (job.reference, job.reference_digest) == ("yeastI", YEAST.digest)
    assert yeast.ports.jobs.get("upload-1") == job


@pytest.mark.parametrize("key", [None, "my key"], ids=["by its upload", "by a key"])
def test_the_same_submission_by_header_finds_its_job(yeast: World, key: str | None) -> None:
    """Whatever the same header would choose by now, and when the job was deleted it is told so."""
    submission = by_header(yeast)
    first = yeast.submit()(yeast.user, submission, key)
    catalogue = yeast.ports.references.catalogue()
    gone = replace(YEAST, retired=yeast.clock.now())
    yeast.ports.references.replace(catalogue, with_built_in((gone,), BUILT_IN))

    again = yeast.submit()(yeast.user, submission, key)

    assert (again.is_new, again.job) == (False, first.job)
    yeast.bury(first.job)
    with pytest.raises(ConflictError, match="was deleted"):
        yeast.submit()(yeast.user, submission, key)


def test_what_no_reference_fits_is_told_before_anything_is_written(yeast: World) -> None:
    """The sentence says what there is, and how to insist; the user's place stays free."""
    with pytest.raises(UsageError, match="no reference of this installation fits it") as refused:
        yeast.submit()(yeast.user, by_header(yeast, content=b"##contig=<ID=x,length=7>\n"))

    assert str(refused.value).endswith(
        "No job was made. If you know that a.vcf fits one of them, submit it with that reference's name."
    )
    assert yeast.ports.jobs.get("upload-1") is None
    assert len(yeast.ports.quotas.active_jobs(USER_ID)) == 0


def test_a_header_chooses_what_was_published_just_now(yeast: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anybody is told that nothing fits, it is looked."""
    catalogue = yeast.ports.references.catalogue
    monkeypatch.setattr(
        yeast.ports.references,
        "catalogue",
        lambda *, anew=False: catalogue() if anew else NOTHING_PUBLISHED,
    )

    assert yeast.submit()(yeast.user, by_header(yeast)).job.reference == "yeastI"


def test_no_header_is_read_where_no_place_is_free(yeast: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor for whoever sends it again and again; a submission whose place was taken before goes on."""
    submission = by_header(yeast)
    for number in range(LIMIT):
        yeast.submit()(yeast.user, yeast.upload(f"earlier-{number}"))
    read_start = yeast.ports.objects.read_start
    monkeypatch.setattr(yeast.ports.objects, "read_start", lambda *_: pytest.fail("the file was read"))

    with pytest.raises(TooManyRequestsError, match=f"You have {LIMIT} unfinished jobs"):
        yeast.submit()(yeast.user, submission)

    yeast.finish("earlier-0")
    yeast.submit().take_place(USER_ID, "upload-1", LIMIT, yeast.clock.now())
    monkeypatch.setattr(yeast.ports.objects, "read_start", read_start)
    assert yeast.submit()(yeast.user, submission).job.reference == "yeastI"


def test_an_upload_that_is_not_there_chooses_nothing(yeast: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it goes just when it is to be read."""
    key = str(InputKey("gas", USER_ID, "upload-9", "a.vcf"))
    with pytest.raises(UsageError, match="has not been uploaded"):
        yeast.submit()(yeast.user, Submission(key, AUTO))
    submission = by_header(yeast)

    def gone(*_: object) -> bytes:
        raise NotFoundError("gone")

    monkeypatch.setattr(yeast.ports.objects, "read_start", gone)

    with pytest.raises(UsageError, match="has not been uploaded"):
        yeast.submit()(yeast.user, submission)


def test_an_own_file_beside_what_a_command_annotates(yeast: World) -> None:
    """The header may choose such a reference: then no own file is looked up either."""
    catalogue = yeast.ports.references.catalogue()
    yeast.ports.references.replace(catalogue, with_built_in((replace(YEAST, by_command=True),), BUILT_IN))
    own = yeast.upload("upload-2").key

    with pytest.raises(UsageError, match="the reference yeastI is annotated by a command"):
        yeast.submit()(yeast.user, replace(by_header(yeast), own_key=own))
