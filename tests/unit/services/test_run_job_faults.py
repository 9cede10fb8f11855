"""What an annotator does when messages, stores and other annotators misbehave, everything twice, and a crash at every call."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gas.domain.errors import ConflictError, FatalError, GasError, TransientError
from gas.domain.explanation import explain, outlook
from gas.domain.job import Job, JobStatus
from gas.domain.messages import MAX_RECEIVES
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from gas.services.run_job import REFUSED_PAUSE, TROUBLE_PAUSE, Ending
from tests.support.annotating import Bench, queued
from tests.support.crashes import CrashError, Crashes
from tests.support.jobs import INPUT, JOB_ID, RESULTS
from tests.support.plans import PLANS
from tests.support.platform import LEASE, Platform


def test_unreadable_message(tmp_path: Path) -> None:
    """A message that cannot be read is left to come back soon, on its way to the dead-letter queue."""
    bench = Bench(Platform(), tmp_path)
    bench.platform.requests.put("hello")

    ending = bench.handle()
    bench.platform.clock.advance(timedelta(seconds=1))

    assert ending is Ending.UNREADABLE
    assert bench.receive().receive_count == 2


def test_message_of_a_job_held_by_another(tmp_path: Path) -> None:
    """A second message of a running job hides until the lease ends."""
    bench = queued(tmp_path)
    bench.platform.claim()

    ending = bench.handle()
    bench.platform.clock.advance(LEASE)

    assert ending is Ending.CAME_BACK
    assert bench.receive().receive_count == 2


def test_lost_race_for_a_claim(tmp_path: Path) -> None:
    """When another annotator claims in between, the message comes back soon and nothing is run."""
    bench = queued(tmp_path)
    get = bench.platform.jobs.get

    def overtaken(job_id: str) -> Any:
        job = get(job_id)
        bench.platform.jobs.get = get  # type: ignore[method-assign]
        bench.platform.claim()
        return job

    bench.platform.jobs.get = overtaken  # type: ignore[method-assign]
    ending = bench.handle()

    assert ending is Ending.CAME_BACK
    assert not bench.runner.runs


def test_claim_whose_answer_was_lost(tmp_path: Path) -> None:
    """A claim that was written, though it seemed refused when it was sent again, is ours: the job is run."""
    bench = queued(tmp_path)
    commit = bench.platform.jobs.commit

    def doubled(before: Job, after: Job) -> Job:
        commit(before, after)
        raise ConflictError("the record has changed")

    bench.platform.jobs.commit = doubled  # type: ignore[method-assign]
    ending = bench.handle()

    assert ending is Ending.COMPLETED
    assert bench.platform.job.fence == 1


def test_claim_that_is_refused_again_and_again(tmp_path: Path) -> None:
    """When the record changes at every try, the message goes back at once and nothing is run."""
    bench = queued(tmp_path)

    def refused(before: Job, after: Job) -> Job:
        raise ConflictError("the record has changed")

    bench.platform.jobs.commit = refused  # type: ignore[method-assign]
    ending = bench.handle()

    assert ending is Ending.CAME_BACK
    assert not bench.runner.runs
    assert bench.receive().receive_count == 2


@pytest.mark.parametrize("call", ["download", "upload"])
@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (TransientError("slow down"), TROUBLE_PAUSE),
        (FatalError("access refused"), REFUSED_PAUSE),
        (OSError(28, "No space left on device"), TROUBLE_PAUSE),
    ],
    ids=["throttled", "refused", "disk-full"],
)
def test_trouble_outside_costs_no_attempt(
    tmp_path: Path, call: str, error: Exception, pause: timedelta
) -> None:
    """However long a store or a disk fails, the job is handed back with a pause, and done when it has healed."""
    bench = queued(tmp_path)
    platform = bench.platform
    healthy = getattr(platform.objects, call)

    def fail(*args: object, **options: object) -> None:
        raise error

    setattr(platform.objects, call, fail)
    for _ in range(5):
        with pytest.raises(type(error)):
            bench.handle()
        handed_back = platform.job
        left = platform.requests.empty()
        platform.look()
        platform.pass_time(pause - timedelta(seconds=1))
        early = platform.requests.receive(1, 0, 60)
        platform.pass_time(timedelta(seconds=2))

        assert (handed_back.status, handed_back.attempts, handed_back.lease) == (JobStatus.QUEUED, 0, None)
        assert left
        assert early == []
    setattr(platform.objects, call, healthy)
    bench.drain()

    assert platform.job.attempts == 0
    assert_done_once(bench)


@pytest.mark.parametrize(("call", "doing"), [("download", "read the input"), ("upload", "keep the result")])
def test_what_the_store_refuses_is_told_to_the_owner(tmp_path: Path, call: str, doing: str) -> None:
    """A right or a key that is wanting is why the job waits: its owner reads that, and never AWS's own words."""
    bench = queued(tmp_path)
    healthy = getattr(bench.platform.objects, call)

    def refuse(*args: object, **options: object) -> None:
        raise FatalError("AWS refuses GetObject on arn:aws:s3:::bucket/key.", "KMS.DisabledException")

    setattr(bench.platform.objects, call, refuse)
    with pytest.raises(FatalError, match="AWS refuses"):
        bench.handle()
    bench.platform.look()
    told, ready = bench.platform.job, bench.platform.ready
    setattr(bench.platform.objects, call, healthy)
    bench.platform.pass_time(REFUSED_PAUSE)
    bench.drain()

    assert (told.status, ready) == (JobStatus.QUEUED, ("False", "StorageRefused"))
    assert f"does not let this service {doing} (KMS.DisabledException)" in explain(told, PLANS)
    assert "arn:" not in explain(told, PLANS)
    assert outlook(told, PLANS).time == told.publication.next_time
    assert (bench.platform.job.status, bench.platform.job.refusal) == (JobStatus.COMPLETED, None)


def test_an_end_that_may_not_be_written_waits_for_operators(tmp_path: Path) -> None:
    """Without that right every attempt would end so: the job says what it waits for, and is not annotated again at once."""
    bench = queued(tmp_path)
    healthy = bench.platform.jobs.finish

    def refuse(before: Job, after: Job) -> Job:
        if after.status is JobStatus.COMPLETED:
            raise FatalError("AWS refuses UpdateItem.", "AccessDeniedException")
        return healthy(before, after)

    bench.platform.jobs.finish = refuse  # type: ignore[method-assign]
    with pytest.raises(FatalError, match="AWS refuses"):
        bench.handle()
    bench.platform.look()
    told, ready = bench.platform.job, bench.platform.ready
    bench.platform.jobs.finish = healthy  # type: ignore[method-assign]
    bench.platform.pass_time(REFUSED_PAUSE)
    bench.drain()

    assert (told.status, ready, told.attempts) == (JobStatus.QUEUED, ("False", "StorageRefused"), 0)
    assert "record the result (AccessDeniedException)" in explain(told, PLANS)
    assert bench.platform.job.status is JobStatus.COMPLETED


def test_an_input_that_a_rule_moved_meanwhile_is_refused(tmp_path: Path) -> None:
    """An input in the archive is not waited for: its owner is told to upload it again."""
    bench = queued(tmp_path)
    platform = bench.platform
    platform.archive.place(INPUT.bucket, INPUT.key, b"vcf", "GLACIER")

    ending = bench.handle()

    assert (ending, platform.job.status, platform.job.reason) == (
        Ending.REFUSED,
        JobStatus.FAILED,
        Reason.INPUT_REFUSED,
    )


def test_unusable_work_dir_costs_no_attempt(tmp_path: Path) -> None:
    """An annotator whose work folder is gone hands its job back for another one."""
    bench = queued(tmp_path / "gone")

    with pytest.raises(FileNotFoundError):
        bench.handle()

    assert (bench.platform.job.status, bench.platform.job.attempts) == (JobStatus.QUEUED, 0)


def test_trouble_that_cannot_even_be_written_costs_the_attempt(tmp_path: Path) -> None:
    """When the hand-back cannot be written either, the lease is given up, the message stays, and the error is told."""
    bench = queued(tmp_path)

    def fail(*args: object, **options: object) -> None:
        raise TransientError("no answer")

    bench.platform.objects.upload = fail  # type: ignore[method-assign,assignment]
    bench.platform.jobs.finish = fail  # type: ignore[method-assign,assignment]
    with pytest.raises(TransientError):
        bench.handle()

    job = bench.platform.job
    assert job.lease is not None
    assert job.lease.expires == bench.platform.clock.now()
    assert not bench.platform.requests.empty()


def test_message_from_before_a_pause_waits_for_its_end(tmp_path: Path) -> None:
    """A copy of the message does not cut the pause of a job that was handed back."""
    bench = queued(tmp_path)
    held = bench.platform.claim()
    bench.platform.jobs.finish(held, held.handed_back(bench.platform.clock.now(), timedelta(seconds=30)))

    early = bench.handle()
    bench.platform.clock.advance(timedelta(seconds=30))
    late = bench.handle()

    assert (early, late) == (Ending.CAME_BACK, Ending.COMPLETED)


@pytest.mark.parametrize("state", ["pending", "running", "stopping"])
def test_readable_message_never_becomes_a_dead_letter(tmp_path: Path, state: str) -> None:
    """Before SQS would take it for unreadable a message is deleted; the record publishes the job again."""
    bench = Bench(Platform(Plan.PREMIUM), tmp_path)
    platform = bench.platform
    platform.submit()
    if state != "pending":
        platform.look()
    else:
        platform.requests.put(f'{{"job_id": "{JOB_ID}"}}')
    if state == "running":
        platform.claim()
    if state == "stopping":
        bench.stop()
    counts = []

    while messages := platform.requests.receive(1, 0, 60):
        bench.run_job()(messages[0])
        counts.append(messages[0].receive_count)
        if state == "running":
            platform.jobs.heartbeat(JOB_ID, 1, platform.clock.now() + 2 * LEASE, 0)
        platform.clock.advance(LEASE)
    bench.stop_time = None
    bench.drain()

    assert counts == list(range(1, MAX_RECEIVES))
    assert platform.job.status is JobStatus.COMPLETED


@pytest.mark.parametrize(
    "error", [TransientError("no answer"), FatalError("access refused")], ids=["no-answer", "refused"]
)
def test_hints_that_cannot_be_sent_are_not_missed(tmp_path: Path, error: GasError) -> None:
    """A topic that does not answer, or refuses, costs nothing but time."""
    bench = queued(tmp_path)

    def fail(*args: object, **options: object) -> None:
        raise error

    bench.platform.publisher.publish = fail  # type: ignore[method-assign]
    ending = bench.handle()

    assert ending is Ending.COMPLETED


def test_everything_twice(tmp_path: Path) -> None:
    """The same message again, and a copy of it, are dropped; the record has one completion."""
    bench = queued(tmp_path)
    bench.platform.requests.put(f'{{"job_id": "{JOB_ID}"}}')
    message = bench.receive()

    endings = [bench.run_job()(message) for _ in range(2)]
    endings.append(bench.handle())

    assert endings == [Ending.COMPLETED, Ending.DROPPED, Ending.DROPPED]
    assert_done_once(bench)


@pytest.mark.parametrize("uploads", [0, 1, 5], ids=["before-the-first", "after-the-first", "before-the-last"])
def test_frozen_while_results_are_stored(tmp_path: Path, uploads: int) -> None:
    """An annotator that wakes up after its lease, its result half stored, looks before it writes: it stores no more."""
    bench = queued(tmp_path)
    platform = bench.platform
    upload, stored = platform.objects.upload, list[str]()

    def freeze() -> None:
        platform.clock.advance(LEASE + timedelta(seconds=5))
        platform.look()

    def count(*args: Any, **options: Any) -> Any:
        done = upload(*args, **options)
        stored.append(args[1])
        if len(stored) == uploads:
            freeze()
        return done

    platform.objects.upload = count  # type: ignore[method-assign]
    if uploads == 0:
        bench.runner.on_poll = lambda poll: freeze() if poll == bench.runner.length else None
    ending = bench.handle()

    assert ending is Ending.LOST
    assert len(stored) == uploads
    assert platform.job.status is JobStatus.QUEUED


def test_crash_at_every_call(tmp_path: Path) -> None:
    """Wherever an annotator dies, before its first call or after any, another one finishes the job, exactly once and without leftovers."""
    counter = Crashes()
    calm = queued(tmp_path)
    calm.run_job(counter.proxy)(calm.receive())

    for number in range(counter.calls + 1):
        bench = queued(tmp_path)
        message = bench.receive()
        with pytest.raises(CrashError):
            bench.run_job(Crashes(max(number, 1), after=number > 0).proxy)(message)
        bench.drain()

        assert_done_once(bench)
    assert counter.calls > 12


def assert_done_once(bench: Bench) -> None:
    """One completion, its files and no others, and no message left."""
    platform = bench.platform
    platform.pass_time(timedelta(minutes=15))
    job = platform.job
    assert [entry.status for entry in job.history].count(JobStatus.COMPLETED) == 1
    assert job.attempts <= 1
    assert job.result is not None
    stored = {key for bucket, key in platform.objects.objects if bucket == RESULTS}
    assert stored == set(job.result.all_keys)
    assert platform.requests.empty()
