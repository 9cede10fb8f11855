"""The annotator's use case: every way it can end, everything twice, and a crash at every call."""

import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gas.domain.errors import UsageError
from gas.domain.job import JobStatus
from gas.domain.messages import HintEvent, JobHint
from gas.domain.names import Channel
from gas.domain.objects import HotObject
from gas.domain.outputs import Output
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from gas.ports.objects import Checkpoint
from gas.ports.runner import CpuAllowance, Crashed, Refused
from gas.services.run_job import Ending
from tests.support.annotating import queued
from tests.support.jobs import INPUT, RESULTS
from tests.support.platform import LEASE, Platform
from tests.support.waiting import PATIENCE_SECONDS


def events(platform: Platform) -> list[HintEvent | None]:
    """The hints that were sent on job-results."""
    return [
        hint.event
        for channel, hint in platform.publisher.published
        if channel == Channel.JOB_RESULTS and isinstance(hint, JobHint)
    ]


def test_good_end(tmp_path: Path) -> None:
    """A good run stores every file under its own fence, records them, says so, and deletes the message."""
    bench = queued(tmp_path)
    platform = bench.platform

    ending = bench.handle()

    job = platform.job
    assert ending is Ending.COMPLETED
    assert (job.status, job.fence, job.progress_percent, job.lease) == (JobStatus.COMPLETED, 1, 100, None)
    assert job.result is not None
    assert job.result.variants == 7
    assert job.result.annotated_variants == 6
    assert {key for bucket, key in platform.objects.objects if bucket == RESULTS} == set(job.result.all_keys)
    stored = platform.objects.objects[RESULTS, job.result.key]
    assert (stored.download_name, stored.content_type) == ("a.annot.vcf.gz", "application/gzip")
    assert events(platform)[0] is HintEvent.STARTED
    assert events(platform)[-1] is HintEvent.FINISHED
    assert events(platform).count(HintEvent.PROGRESSED) == 3
    assert platform.requests.empty()
    assert not list(tmp_path.iterdir())


def test_result_without_an_index(tmp_path: Path) -> None:
    """A result that cannot be indexed has no index key."""
    bench = queued(tmp_path, outputs=tuple(o for o in Output if o is not Output.INDEX))

    bench.handle()

    assert bench.platform.job.result is not None
    assert Output.INDEX not in bench.platform.job.result.outputs


@pytest.mark.parametrize("reason", [Reason.INPUT_REFUSED, Reason.LIMIT_EXCEEDED], ids=lambda r: r.value)
def test_refused_run(tmp_path: Path, reason: Reason) -> None:
    """A file or a limit that ends a run fails the job with the sentence, at the first attempt."""
    bench = queued(tmp_path, outcome=Refused(reason, "line 7 has no REF."))

    ending = bench.handle()

    job = bench.platform.job
    assert ending is Ending.REFUSED
    assert (job.status, job.reason, job.detail) == (JobStatus.FAILED, reason, "line 7 has no REF.")
    assert bench.platform.requests.empty()


def test_processor_time_is_that_of_the_plan_at_acceptance(tmp_path: Path) -> None:
    """The run gets what the job was accepted with, and the sentence for its owner, whatever their plan is by now."""
    bench = queued(tmp_path)
    bench.platform.change_plan(Plan.FREE)

    bench.handle()

    (allowance,) = bench.runner.allowances
    said = "it took more than 900 seconds of processor time, a premium user's limit."
    assert allowance == CpuAllowance(900, said)


def test_a_job_of_an_older_release_has_the_annotators_limit(tmp_path: Path) -> None:
    """A record without a limit brings none."""
    bench = queued(tmp_path)
    job = bench.platform.job
    assert job.accepted_input is not None
    older = replace(job, accepted_input=replace(job.accepted_input, cpu_limit=None))
    bench.platform.jobs.commit(job, older)

    ending = bench.handle()

    assert ending is Ending.COMPLETED
    assert bench.runner.allowances == [None]


def test_unknown_reference(tmp_path: Path) -> None:
    """A reference that the runner does not know fails the job with the runner's sentence."""
    bench = queued(tmp_path, refuses="there is no reference grch38.")

    ending = bench.handle()

    assert ending is Ending.REFUSED
    assert bench.platform.job.detail == "there is no reference grch38."


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, Reason.INPUT_NOT_FOUND), (b"other", Reason.INPUT_CHANGED)],
    ids=["gone", "changed"],
)
def test_input_that_is_not_the_accepted_one(tmp_path: Path, content: bytes | None, reason: Reason) -> None:
    """An input that went or changed after it was accepted fails the job."""
    bench = queued(tmp_path)
    bench.platform.objects.delete(INPUT.bucket, (INPUT.key,))
    if content is not None:
        bench.platform.objects.put(INPUT.bucket, INPUT.key, content)

    ending = bench.handle()

    assert ending is Ending.REFUSED
    assert bench.platform.job.reason is reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, Reason.INPUT_NOT_FOUND), (b"other", Reason.INPUT_CHANGED)],
    ids=["gone", "changed"],
)
def test_input_that_changes_while_it_is_fetched(
    tmp_path: Path, content: bytes | None, reason: Reason
) -> None:
    """Whatever came of it is not annotated: the runner does not even start."""
    bench = queued(tmp_path)
    objects = bench.platform.objects

    class Slow:
        """An object store in which somebody replaces or removes the input during a download."""

        def download(self, *arguments: Any, **options: Any) -> None:
            objects.download(*arguments, **options)
            objects.delete(INPUT.bucket, (INPUT.key,))
            if content is not None:
                objects.put(INPUT.bucket, INPUT.key, content)

        def head(self, bucket: str, key: str) -> HotObject | None:
            return objects.head(bucket, key)

    ending = bench.run_job(seen=lambda port: Slow() if port is objects else port)(bench.receive())

    assert (ending, bench.platform.job.reason) == (Ending.REFUSED, reason)
    assert bench.runner.runs == []


def test_result_that_cannot_be_stored(tmp_path: Path) -> None:
    """A result that is too large for the store fails the job with the sentence, and is not made again and again."""
    bench = queued(tmp_path)

    def refuse(*args: object, **options: object) -> None:
        raise UsageError("a.annot.vcf.gz has too many bytes.")

    bench.platform.objects.upload = refuse  # type: ignore[method-assign,assignment]
    ending = bench.handle()

    job = bench.platform.job
    assert ending is Ending.REFUSED
    assert (job.status, job.reason) == (JobStatus.FAILED, Reason.LIMIT_EXCEEDED)
    assert job.detail == "a.annot.vcf.gz has too many bytes."
    assert bench.platform.requests.empty()


def test_crashed_run_gives_up_its_lease(tmp_path: Path) -> None:
    """A run that died costs an attempt at once, without waiting for the lease."""
    bench = queued(tmp_path, outcome=Crashed("killed by signal 11"))

    ending = bench.handle()
    bench.platform.clock.advance(timedelta(seconds=1))
    bench.platform.look()

    assert ending is Ending.CRASHED
    assert bench.crashes == ["killed by signal 11"]
    assert (bench.platform.job.status, bench.platform.job.attempts) == (JobStatus.QUEUED, 1)


def test_handed_back_on_stop(tmp_path: Path) -> None:
    """An annotator that must stop goes on for its drain time, then hands the job back at no cost and without progress."""
    bench = queued(tmp_path, length=1000)

    def stop(poll: int) -> None:
        if poll > 900:
            bench.stop()

    bench.runner.on_poll = stop
    ending = bench.handle(drain=5)

    job = bench.platform.job
    assert ending is Ending.HANDED_BACK
    assert (job.status, job.attempts, job.lease, job.progress_percent) == (JobStatus.QUEUED, 0, None, 0)
    assert bench.runner.polls == 906
    assert bench.runner.runs[0].killed
    bench.stop_time = None
    bench.runner.length = 2
    bench.drain()
    assert bench.platform.job.status is JobStatus.COMPLETED


@pytest.mark.parametrize("transfer", ["download", "upload"])
def test_handed_back_while_bytes_move(tmp_path: Path, transfer: str) -> None:
    """An annotator that must stop fetches and stores for its drain time only, and another may take the job at once."""
    bench = queued(tmp_path)
    move, seconds = getattr(bench.platform.objects, transfer), []

    def slow(*args: Any, checkpoint: Checkpoint) -> Any:
        for second in range(100):
            if second == 3:
                bench.stop()
            bench.platform.clock.advance(timedelta(seconds=1))
            seconds.append(second)
            checkpoint()
        return move(*args, checkpoint=checkpoint)

    setattr(bench.platform.objects, transfer, slow)
    ending = bench.handle(drain=5)

    job = bench.platform.job
    assert ending is Ending.HANDED_BACK
    assert (job.status, job.attempts, job.lease, job.progress_percent) == (JobStatus.QUEUED, 0, None, 0)
    assert len(seconds) == 8
    assert len(bench.runner.runs) == (1 if transfer == "upload" else 0)
    assert not list(tmp_path.iterdir())
    assert bench.platform.requests.empty()
    bench.stop_time = None
    setattr(bench.platform.objects, transfer, move)
    bench.platform.look()
    assert bench.handle() is Ending.COMPLETED
    assert (bench.platform.job.attempts, bench.platform.job.fence) == (0, 2)


def test_lost_while_bytes_move(tmp_path: Path) -> None:
    """A job that is lost while its input comes slowly is left at once."""
    bench = queued(tmp_path)
    platform, beaten = bench.platform, threading.Event()
    heartbeat = platform.jobs.heartbeat

    def refused(*args: Any) -> None:
        beaten.set()
        heartbeat(*args)

    def slow(*args: Any, checkpoint: Checkpoint) -> None:
        platform.intend(cancel_requested=platform.clock.now())
        platform.look()
        platform.clock.advance(LEASE / 2)
        assert beaten.wait(PATIENCE_SECONDS)
        for _ in range(500):
            time.sleep(0.01)
            checkpoint()
        raise AssertionError("it went on")

    platform.jobs.heartbeat = refused  # type: ignore[method-assign,assignment]
    platform.objects.download = slow  # type: ignore[method-assign,assignment]

    assert bench.handle(lease=timedelta(milliseconds=30)) is Ending.LOST
    assert not bench.runner.runs


def test_drain_counts_from_the_stop(tmp_path: Path) -> None:
    """The drain time runs from the request to stop, even when it came while the input was fetched."""
    bench = queued(tmp_path, length=1000)
    download = bench.platform.objects.download

    def slow(*args: Any, **options: Any) -> None:
        bench.stop()
        bench.platform.clock.advance(timedelta(seconds=20))
        download(*args, **options)

    bench.platform.objects.download = slow  # type: ignore[method-assign]
    ending = bench.handle(drain=30)

    assert ending is Ending.HANDED_BACK
    assert bench.runner.polls == 10


def test_job_that_ends_within_the_drain_time(tmp_path: Path) -> None:
    """A job that is nearly done is finished before the annotator stops."""
    bench = queued(tmp_path, length=3)

    def stop(poll: int) -> None:
        bench.stop()

    bench.runner.on_poll = stop
    ending = bench.handle(drain=60)

    assert ending is Ending.COMPLETED


def test_message_for_a_stopping_annotator_goes_back(tmp_path: Path) -> None:
    """A message that arrives after the stop is given back at once, unclaimed."""
    bench = queued(tmp_path)
    bench.stop()

    ending = bench.handle()

    assert ending is Ending.CAME_BACK
    assert bench.platform.job.fence == 0
    assert bench.receive().receive_count == 2


def test_cancelled_while_running(tmp_path: Path) -> None:
    """The heartbeat of a cancelled job fails: the run is killed, and nothing of it is recorded."""
    bench = queued(tmp_path, length=1000)

    def cancel(poll: int) -> None:
        if poll == 3:
            bench.platform.intend(cancel_requested=bench.platform.clock.now())
            bench.platform.look()

    bench.runner.on_poll = cancel
    ending = bench.handle()

    assert ending is Ending.LOST
    assert bench.runner.runs[0].killed
    assert bench.runner.polls < 30
    assert bench.platform.job.status is JobStatus.CANCELLED
    assert bench.platform.requests.empty()


def test_lost_while_the_input_is_fetched(tmp_path: Path) -> None:
    """A job that is lost before its input has arrived is never started."""
    bench = queued(tmp_path)
    platform = bench.platform
    beaten = threading.Event()
    download, heartbeat = platform.objects.download, platform.jobs.heartbeat

    def slow(*args: Any, **options: Any) -> None:
        download(*args, **options)
        platform.intend(cancel_requested=platform.clock.now())
        platform.look()
        platform.clock.advance(LEASE / 2)
        assert beaten.wait(PATIENCE_SECONDS)

    def refused(*args: Any) -> None:
        beaten.set()
        heartbeat(*args)

    platform.jobs.heartbeat = refused  # type: ignore[method-assign,assignment]
    platform.objects.download = slow  # type: ignore[method-assign]
    # The heart waits in real time between two beats: a lease of a moment keeps the test short.
    ending = bench.handle(lease=timedelta(milliseconds=30))

    assert ending is Ending.LOST
    assert not bench.runner.runs


def test_cancelled_at_the_last_moment(tmp_path: Path) -> None:
    """A job that was cancelled between the last heartbeat and the end stays cancelled."""
    bench = queued(tmp_path, length=1)

    def cancel(poll: int) -> None:
        bench.platform.intend(cancel_requested=bench.platform.clock.now())
        bench.platform.look()

    bench.runner.on_poll = cancel
    ending = bench.handle()

    assert ending is Ending.LOST
    assert bench.platform.job.status is JobStatus.CANCELLED
    assert bench.platform.job.result is None


def test_long_run_keeps_its_lease_and_message(tmp_path: Path) -> None:
    """Heartbeats keep the lease, the message hidden, and the progress up to date for as long as a run takes."""
    bench = queued(tmp_path, length=600)
    seen: list[int] = []

    def peek(poll: int) -> None:
        assert not bench.platform.requests.receive(1, 0, 60)
        bench.platform.look()
        seen.append(bench.platform.job.progress_percent)

    bench.runner.on_poll = peek
    ending = bench.handle()

    assert ending is Ending.COMPLETED
    assert bench.platform.job.attempts == 0
    assert seen == sorted(seen)
    assert max(seen) > 90
