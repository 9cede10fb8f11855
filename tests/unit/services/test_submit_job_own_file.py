"""A submission with a file of the owner's own: killed at any call, sent again, and refused where the file cannot be."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gas.domain.built_in_references import BUILT_IN
from gas.domain.catalogue import with_built_in
from gas.domain.errors import ConflictError, NotFoundError, SizeRefusedError, UsageError
from gas.domain.keys import InputKey
from gas.domain.own_file import OwnFile
from gas.domain.spec import InputRef
from gas.domain.uploads import OpenUpload, UploadState
from gas.services.submit_job import Submission
from tests.support.crashes import CrashError, Crashes
from tests.support.references import an_entry
from tests.unit.services.test_submit_job import USER_ID, World


@pytest.fixture
def world() -> World:
    """A world with nothing in it."""
    return World()


def with_own(world: World, content: bytes = b"own") -> Submission:
    """Two uploads, of which one comes with the other."""
    return replace(world.upload(), own_key=world.upload("upload-2", content).key)


def test_the_job_has_it(world: World) -> None:
    """The record names it with what was seen of it, and neither upload is open any more."""
    submission = with_own(world)

    job = world.submit()(world.user, submission).job

    assert submission.own_key is not None
    place = InputRef("gas-inputs", submission.own_key, "a.vcf")
    assert job == world.ports.jobs.get("upload-1")
    assert job.own_file == OwnFile(place, world.etag("upload-2"), 3)
    assert job.submitted_etag == world.etag("upload-1")
    assert world.ports.uploads.get(USER_ID).uploads == {}


def calls_of_a_submission() -> int:
    """How many calls a submission makes."""
    world, crashes = World(), Crashes()
    world.submit(crashes)(world.user, with_own(world), "key")
    return crashes.calls


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, calls_of_a_submission() + 1))
def test_a_submission_that_died_is_completed_by_the_same_again(world: World, at: int, *, after: bool) -> None:
    """Killed at any call and sent again: one job, which has its own file, and no open upload."""
    submission = with_own(world)
    with pytest.raises(CrashError):
        world.submit(Crashes(at, after))(world.user, submission, "key")

    job = world.submit()(world.user, submission, "key").job

    assert world.ports.jobs.jobs_of_user(USER_ID).jobs == (job,)
    assert job.own_file is not None
    assert world.ports.uploads.get(USER_ID).uploads == {}


@pytest.mark.parametrize("key", [None, "my key"], ids=["by-its-upload", "by-a-key"])
def test_it_is_a_part_of_the_submission(world: World, key: str | None) -> None:
    """With another own file, or without, the same input is another submission: also of a deleted job."""
    submission = with_own(world)
    others = [replace(submission, own_key=None), replace(submission, own_key=world.upload("upload-3").key)]
    job = world.submit()(world.user, submission, key).job

    for buried in (False, True):
        if buried:
            world.bury(job)
        for other in others:
            with pytest.raises((ConflictError, UsageError)):
                world.submit()(world.user, other, key)
    with pytest.raises(ConflictError, match="was deleted"):
        world.submit()(world.user, submission, key)


@pytest.mark.parametrize(
    "theirs", [f"gas/{'e' * 26}/upload-9~a.vcf", "nonsense", "", "other/" + f"{USER_ID}/upload-2~a.vcf"]
)
def test_it_has_to_be_an_upload_of_theirs(world: World, theirs: str) -> None:
    """Another's, or what is none, is not there."""
    with pytest.raises(NotFoundError, match="no upload of yours"):
        world.submit()(world.user, replace(world.upload(), own_key=theirs))
    assert world.ports.jobs.get("upload-1") is None


def test_it_is_another_file_than_the_input(world: World) -> None:
    """One file cannot be both: it would be looked up for itself."""
    submission = world.upload()

    with pytest.raises(UsageError, match=r"a\.vcf is the file to annotate: upload another"):
        world.submit()(world.user, replace(submission, own_key=submission.key))
    assert world.ports.jobs.get("upload-1") is None


@pytest.mark.parametrize("given_back", [True, False], ids=["given-back", "died-before"])
@pytest.mark.parametrize("key", [None, "another key"], ids=["by-its-upload", "by-a-key"])
@pytest.mark.parametrize("was", ["own", "input"])
def test_it_comes_with_one_job(world: World, was: str, key: str | None, *, given_back: bool) -> None:
    """What another job is made of already goes with that job, so it is sent with each."""
    used = with_own(world)
    own_key = used.own_key if was == "own" else used.key
    held = world.ports.uploads.get(USER_ID)
    world.submit()(world.user, used)
    if not given_back:
        after = world.ports.uploads.get(USER_ID)
        world.ports.uploads.commit(USER_ID, after, replace(held, version=after.version))
    second = replace(world.upload("upload-3"), own_key=own_key)

    with pytest.raises(ConflictError, match=r"own variants, a\.vcf, came with another job: upload it again"):
        world.submit()(world.user, second, key)
    assert len(world.ports.jobs.jobs_of_user(USER_ID).jobs) == 1


def test_the_same_submission_at_the_same_moment_is_no_other(world: World) -> None:
    """Who presses twice gets one job, also where the second look comes between the first one's writes."""
    submission, asked = with_own(world), iter([None])
    first = world.submit()(world.user, submission)
    late = world.submit()
    get = world.ports.jobs.get

    class AsBefore:
        """The store, which said at first that there is no such job."""

        def __getattr__(self, name: str) -> object:
            return getattr(world.ports.jobs, name)

        def get(self, job_id: str) -> object:
            return next(asked, get(job_id))

    again = replace(late, jobs=AsBefore())(world.user, submission)  # type: ignore[arg-type]

    assert not again.is_new
    assert again.job == first.job


@pytest.mark.parametrize(
    ("file_name", "own_name", "said"),
    [
        ("a.bed", "a.bed", "GAS annotates VCF files, and the name a.bed"),
        ("a.vcf", "a.tsv", "your own variants or regions is a VCF or a BED, and the name a.tsv"),
        ("a.vcf", "a" * 200 + ".bed", "name of the file of your own variants cannot be used"),
    ],
    ids=["input", "own", "too-long"],
)
def test_names_are_those_of_the_forms(world: World, file_name: str, own_name: str, said: str) -> None:
    """A file that came for one use is not submitted for the other, nor one that no form would have been given for."""
    keys = [
        str(InputKey("gas", USER_ID, f"upload-{n}", name)) for n, name in enumerate((file_name, own_name))
    ]
    held, now = world.ports.uploads.get(USER_ID), world.clock.now()
    for number, key in enumerate(keys):
        held = held.with_upload(f"upload-{number}", OpenUpload(key, now, 10, now + timedelta(hours=1)))
    world.ports.uploads.commit(USER_ID, world.ports.uploads.get(USER_ID), held)

    with pytest.raises(UsageError, match=said):
        world.submit()(world.user, Submission(keys[0], "rCRS", keys[1]))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file of your own variants is empty"),
        (
            b"x" * 101,
            "The file of your own variants has 101 bytes, and the free plan takes files of up to 100 bytes",
        ),
    ],
    ids=["empty", "large"],
)
def test_a_refusal_says_which_file_it_is(world: World, content: bytes, said: str) -> None:
    """Of two, one would be looked for in vain."""
    with pytest.raises(SizeRefusedError, match=said):
        world.submit()(world.user, with_own(world, content))
    with pytest.raises(
        NotFoundError, match="no upload of yours with that key for the file of your own variants"
    ):
        world.submit()(world.user, replace(world.upload(), own_key="nonsense"))


def test_what_cannot_be_is_refused(world: World) -> None:
    """It is checked as the input is, and no job is made."""
    missing = with_own(world)
    world.ports.objects.delete("gas-inputs", (str(missing.own_key),))
    with pytest.raises(UsageError, match=r"The file a\.vcf has not been uploaded"):
        world.submit()(world.user, missing)
    large = with_own(world, b"x" * 101)
    with pytest.raises(SizeRefusedError, match="has 101 bytes"):
        world.submit()(world.user, large)
    assert world.ports.jobs.get("upload-1") is None


def test_what_is_about_to_be_removed_comes_with_no_job(world: World) -> None:
    """Neither of the two may be on its way out."""
    submission = with_own(world)
    held = world.ports.uploads.get(USER_ID)
    world.ports.uploads.commit(USER_ID, held, held.with_state("upload-2", UploadState.GOING))

    with pytest.raises(ConflictError, match="not submitted in time"):
        world.submit()(world.user, submission)


def test_a_command_knows_no_own_file(world: World) -> None:
    """Where a command annotates in place of our engine, the job is refused before it is made; without the own file it is made."""
    entry, references = an_entry("foreign", by_command=True), world.ports.references
    references.replace(references.catalogue(), with_built_in((entry,), BUILT_IN))
    submission = replace(with_own(world), reference="foreign")

    with pytest.raises(
        UsageError, match=r"own variants cannot be looked up: the reference foreign is annotated by a command"
    ):
        world.submit()(world.user, submission)
    assert world.ports.jobs.get("upload-1") is None
    assert world.submit()(world.user, replace(submission, own_key=None)).is_new
