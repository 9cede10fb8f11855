"""The file that an owner brought beside the input: fetched as it was accepted, looked up, or the reason of a refusal."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from gas.domain.errors import FatalError
from gas.domain.job import JobStatus
from gas.domain.objects import ARCHIVED_INPUT, HotObject
from gas.domain.own_file import MAX_OWN_BYTES, OwnFile, about_own_file, own_file_too_large
from gas.domain.reasons import Reason
from gas.domain.spec import InputRef
from gas.services.run_job import Ending
from tests.support.annotating import Bench, queued
from tests.support.jobs import OWN, USER
from tests.support.platform import Platform

CONTENT = b"chrM\t1\t9\n"


def bench_with_own(folder: Path) -> Bench:
    """A published job that brings a file of its owner's."""
    bench = queued(folder)
    platform: Platform = bench.platform
    seen = platform.objects.put(OWN.bucket, OWN.key, CONTENT)
    own_file = OwnFile(OWN, seen.etag, seen.size_bytes)
    platform.jobs.commit(platform.job, replace(platform.job, own_file=own_file))
    return bench


def test_it_is_looked_up(tmp_path: Path) -> None:
    """The runner gets it beside the input, under the name that its owner knows; the record says which one it was."""
    bench = bench_with_own(tmp_path)

    ending = bench.handle()

    job = bench.platform.job
    assert ending is Ending.COMPLETED
    assert bench.runner.brought == [("mine.bed", CONTENT)]
    assert job.own_sha256 == sha256(CONTENT).hexdigest()
    assert not list(tmp_path.iterdir())


def test_without_one_nothing_is_said(tmp_path: Path) -> None:
    """Most jobs bring none."""
    bench = queued(tmp_path)

    bench.handle()

    assert bench.runner.brought == [None]
    assert bench.platform.job.own_sha256 is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, Reason.INPUT_NOT_FOUND), (b"other", Reason.INPUT_CHANGED)],
    ids=["gone", "changed"],
)
def test_one_that_is_not_the_accepted_one(tmp_path: Path, content: bytes | None, reason: Reason) -> None:
    """The job fails as for its input, and it is told that it is this file."""
    bench = bench_with_own(tmp_path)
    bench.platform.objects.delete(OWN.bucket, (OWN.key,))
    if content is not None:
        bench.platform.objects.put(OWN.bucket, OWN.key, content)

    ending = bench.handle()

    job = bench.platform.job
    assert (ending, job.status, job.reason) == (Ending.REFUSED, JobStatus.FAILED, reason)
    assert job.detail == about_own_file()
    assert bench.runner.runs == []


def test_one_that_was_moved_into_the_archive(tmp_path: Path) -> None:
    """By a rule of its bucket: nothing brings it back by itself."""
    bench = bench_with_own(tmp_path)
    bench.platform.objects.put(OWN.bucket, OWN.key, CONTENT, storage_class="GLACIER")

    bench.handle()

    assert bench.platform.job.detail == about_own_file(ARCHIVED_INPUT)


def unseen(folder: Path, place: InputRef = OWN, size: int | None = None) -> Bench:
    """A job with an own file that controllers of an older release accepted: they did not look at it."""
    bench = bench_with_own(folder)
    platform = bench.platform
    if size is not None:
        head = platform.objects.head

        def large(bucket: str, key: str) -> HotObject | None:
            found = head(bucket, key)
            return replace(found, size_bytes=size) if found is not None and key == OWN.key else found

        platform.objects.head = large  # type: ignore[method-assign]
    platform.jobs.commit(platform.job, replace(platform.job, own_file=OwnFile(place)))
    return bench


def test_one_that_nobody_has_looked_at_is_looked_at_first(tmp_path: Path) -> None:
    """What lies there then is what this attempt takes."""
    bench = unseen(tmp_path)

    ending = bench.handle()

    assert ending is Ending.COMPLETED
    assert bench.platform.job.own_sha256 == sha256(CONTENT).hexdigest()


@pytest.mark.parametrize("at", ["before", "after"])
def test_one_that_nobody_has_looked_at_is_one_file_for_the_attempt(tmp_path: Path, at: str) -> None:
    """What is replaced while it is fetched is refused as any other."""
    bench = unseen(tmp_path)
    objects = bench.platform.objects
    download = objects.download

    def replaced(bucket: str, key: str, *arguments: object, **options: object) -> None:
        if key == OWN.key and at == "before":
            objects.put(bucket, key, b"another")
        download(bucket, key, *arguments, **options)  # type: ignore[arg-type]
        if key == OWN.key and at == "after":
            objects.put(bucket, key, b"another")

    objects.download = replaced  # type: ignore[method-assign]
    bench.handle()

    assert (bench.platform.job.reason, bench.platform.job.detail) == (Reason.INPUT_CHANGED, about_own_file())


@pytest.mark.parametrize(
    ("place", "size", "reason", "said"),
    [
        (OWN, 0, Reason.INPUT_NOT_FOUND, ""),
        (replace(OWN, bucket="another"), None, Reason.INPUT_NOT_OWNED, ""),
        (replace(OWN, key=OWN.key.replace(USER, "v" * 26)), None, Reason.INPUT_NOT_OWNED, ""),
        (OWN, MAX_OWN_BYTES + 1, Reason.INPUT_TOO_LARGE, own_file_too_large(MAX_OWN_BYTES + 1)),
    ],
    ids=["gone", "another-bucket", "another-user", "too-large"],
)
def test_one_that_nobody_has_looked_at_is_judged_as_controllers_do(
    tmp_path: Path, place: InputRef, size: int | None, reason: Reason, said: str
) -> None:
    """Whose it is, whether it is there, and how large."""
    bench = unseen(tmp_path, place, size)
    bench.platform.objects.put(place.bucket, place.key, CONTENT)
    if size == 0:
        bench.platform.objects.delete(OWN.bucket, (OWN.key,))

    ending = bench.handle()

    job = bench.platform.job
    assert (ending, job.reason, job.detail) == (Ending.REFUSED, reason, about_own_file(said))
    assert bench.runner.runs == []


def test_one_that_may_not_be_read(tmp_path: Path) -> None:
    """Operations are told which file it is, and the job goes back at no cost."""
    bench = bench_with_own(tmp_path)
    download = bench.platform.objects.download

    def refuse(bucket: str, key: str, *arguments: object, **options: object) -> None:
        if key == OWN.key:
            raise FatalError("no", "AccessDenied")
        download(bucket, key, *arguments, **options)  # type: ignore[arg-type]

    bench.platform.objects.download = refuse  # type: ignore[method-assign]
    with pytest.raises(FatalError):
        bench.handle()

    job = bench.platform.job
    assert (job.status, job.attempts) == (JobStatus.QUEUED, 0)
    assert job.refusal is not None
    assert job.refusal.detail == "read the file of your own variants (AccessDenied)"
