"""The annotator's use case: from a message to a finished job, at any step safe to be killed or done twice."""

import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

from gas.domain.errors import (
    ArchivedObjectError,
    ConflictError,
    FatalError,
    GasError,
    NotFoundError,
    UsageError,
)
from gas.domain.job import Job
from gas.domain.keys import Output, attempt_keys
from gas.domain.messages import MAX_RECEIVES, HintEvent, JobHint
from gas.domain.names import Channel
from gas.domain.objects import ARCHIVED_INPUT, HotObject
from gas.domain.plan import PlanLimits
from gas.domain.problems import bounded
from gas.domain.reasons import Reason
from gas.domain.record import Refusal, Result
from gas.ports.clock import Clock
from gas.ports.messaging import MessageQueue, Publisher, ReceivedMessage
from gas.ports.objects import ObjectStore
from gas.ports.onlooker import Nobody, Onlooker, Stage
from gas.ports.runner import Annotated, CpuAllowance, Crashed, Outcome, Refused, Run, Runner
from gas.ports.stores import JobStore
from gas.services.claim import ComeBack, Drop, verdict
from gas.services.heart import Heart
from gas.services.pace import PacedRun

UNREADABLE_SECONDS = 1
"""An unreadable message comes back soon, so that it reaches the dead-letter queue soon."""

CLAIM_TRIES = 5
"""The controllers note each publication on the record just after it, so a fast annotator's first claim may collide."""

REFUSED_PAUSE = timedelta(minutes=5)
"""One whose files the store refuses to give or to keep waits this long: operations have to act first."""

TROUBLE_PAUSE = timedelta(seconds=30)
"""A job that met trouble outside itself waits this long: a throttled store or a full disk is seldom well sooner."""

POLL_SECONDS = 1.0
"""How soon a request to stop is noticed while a job runs."""

CONTENT_TYPES = {
    Output.RESULT: "application/gzip",
    Output.INDEX: "application/octet-stream",
    Output.TABLE: "application/gzip",
    Output.PROBLEMS: "application/gzip",
    Output.LOG: "text/plain; charset=utf-8",
    Output.PREVIEW: "application/json",
    Output.STATISTICS: "application/json",
    Output.SUMMARY: "text/plain; charset=utf-8",
    Output.PROVENANCE: "application/json",
}


class Ending(Enum):
    """How the work on a message ended."""

    COMPLETED = "completed"
    REFUSED = "refused"
    CRASHED = "crashed"
    HANDED_BACK = "handed-back"
    LOST = "lost"
    DROPPED = "dropped"
    CAME_BACK = "came-back"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class RunSettings:
    """Who runs, where, and for how long.

    `drain` is how long, after this annotator was told to stop, a job may still go on, be it fetched, annotated or
    stored. `pace` is the least time from a claim to its good end, for load runs. `limits` are the plans' as they are now: a
    job keeps to those that it was accepted by.
    """

    holder: str
    results_bucket: str
    key_prefix: str
    lease: timedelta
    drain: timedelta
    limits: PlanLimits
    work_dir: Path | None = None
    pace: timedelta = timedelta(0)


class _ClaimLostError(Exception):
    """The job is not ours any more."""


class _StoppingError(Exception):
    """This annotator has to stop before the job is done."""


class _StoreRefusedError(Exception):
    """The file store does not let this annotator do what the job needs."""

    def __init__(self, doing: str, error: FatalError) -> None:
        super().__init__(str(error))
        self.error = error
        self.detail = f"{doing} ({error.said})" if error.said else doing


class RunJob:
    """Takes one message at a time.

    `stop_time` says since when this annotator is to stop, by the same clock, and None while it is not. The `onlooker` is
    told what happens. `rest` lets seconds pass while a job is kept for its pace.
    """

    def __init__(
        self,
        *,
        jobs: JobStore,
        objects: ObjectStore,
        queue: MessageQueue,
        publisher: Publisher,
        runner: Runner,
        clock: Clock,
        settings: RunSettings,
        stop_time: Callable[[], datetime | None],
        onlooker: Onlooker | None = None,
        rest: Callable[[float], None] = time.sleep,
    ) -> None:
        self._jobs = jobs
        self._objects = objects
        self._queue = queue
        self._publisher = publisher
        self._runner = runner
        self._clock = clock
        self._settings = settings
        self._stop_time = stop_time
        self._onlooker: Onlooker = onlooker or Nobody()
        self._rest = rest

    def handle(self, message: ReceivedMessage) -> Ending:
        """Do all that a message asks for, and only then delete it.

        Raises:
            GasError, OSError: something outside failed. A job that was claimed is back in the queue, at no cost and
                with a pause; if even that cannot be written, its lease ends, and that costs an attempt.
        """
        hint = message.hint
        if not isinstance(hint, JobHint):
            self._queue.hide(message, UNREADABLE_SECONDS)
            return Ending.UNREADABLE
        with self._onlooker.stage(Stage.CLAIM):
            held = self._claim(hint.job_id, message)
        if isinstance(held, Ending):
            return held
        self._onlooker.claimed(held)
        # The job's own state decides from here on; the controllers publish again if it needs another annotator.
        ending = self._run_claimed(held, message)
        self._queue.delete(message)
        return ending

    def _come_back(self, message: ReceivedMessage, seconds: int) -> Ending:
        """Let the message come back, unless that could bring it to the dead letters, which are for unreadable ones."""
        if message.receive_count >= MAX_RECEIVES - 1:
            # Whatever the job waits for, the controllers publish it again by its record.
            self._queue.delete(message)
            return Ending.DROPPED
        self._queue.hide(message, seconds)
        return Ending.CAME_BACK

    def _claim(self, job_id: str, message: ReceivedMessage) -> Job | Ending:
        """The job as ours, or how the message ended because it is not."""
        tried = False
        for _ in range(CLAIM_TRIES):
            job, now = self._jobs.get(job_id), self._clock.now()
            if (
                tried
                and job is not None
                and job.lease is not None
                and job.lease.holder == self._settings.holder
            ):
                # The refused write was our own, sent again after its answer was lost.
                return job
            match verdict(job, now):
                case Drop():
                    self._queue.delete(message)
                    return Ending.DROPPED
                case ComeBack(seconds):
                    return self._come_back(message, seconds)
            if self._stop_time() is not None:
                break
            assert job is not None
            tried = True
            with suppress(ConflictError):
                return self._jobs.commit(job, job.claimed(self._settings.holder, now, self._settings.lease))
        return self._come_back(message, 0)

    def _run_claimed(self, held: Job, message: ReceivedMessage) -> Ending:
        self._hint(held, HintEvent.STARTED)
        heart = Heart(
            self._jobs,
            self._queue,
            self._clock,
            job=held,
            message=message,
            lease=self._settings.lease,
            told=self._onlooker.beat,
        )
        try:
            with tempfile.TemporaryDirectory(prefix=f"{held.job_id}-", dir=self._settings.work_dir) as folder:
                outcome = self._annotate(held, heart, Path(folder))
                return self._conclude(held, heart, outcome)
        except _ClaimLostError:
            return Ending.LOST
        except _StoppingError:
            return self._hand_back(held, heart)
        except _StoreRefusedError as refused:
            self._give_back(held, heart, message, REFUSED_PAUSE, refused.detail)
            raise refused.error from None
        except (GasError, OSError):
            self._give_back(held, heart, message, TROUBLE_PAUSE)
            raise

    def _give_back(
        self,
        held: Job,
        heart: Heart,
        message: ReceivedMessage,
        pause: timedelta,
        refused: str | None = None,
    ) -> None:
        """Hand a job back that met trouble outside itself, and say what the file store refused, if it did."""
        refusal = None
        if refused is not None:
            refusal = Refusal(Reason.STORAGE_REFUSED, refused, self._clock.now() + pause)
        try:
            self._hand_back(held, heart, pause, refusal)
            self._queue.delete(message)
        except GasError:
            heart.give_up()

    def _hand_back(
        self,
        held: Job,
        heart: Heart,
        pause: timedelta = timedelta(0),
        refusal: Refusal | None = None,
    ) -> Ending:
        back = held.handed_back(self._clock.now(), pause, refusal)
        # As the heartbeats left it: the progress that they noted is to be taken back.
        held = replace(held, progress_percent=heart.progress_percent)
        ending = self._finish(held, back, HintEvent.INTENT, Ending.HANDED_BACK)
        if ending is Ending.HANDED_BACK:
            self._onlooker.handed_back()
        return ending

    def _annotate(self, held: Job, heart: Heart, folder: Path) -> Outcome:
        source, output = folder / "input", folder / "output"
        output.mkdir()
        with self._onlooker.stage(Stage.DOWNLOAD):
            refused = self._download(held, heart, source)
        if refused is not None:
            return refused
        _still_ours(heart)
        with self._onlooker.stage(Stage.ANNOTATE):
            return self._run(held, heart, source, output)

    def _run(self, held: Job, heart: Heart, source: Path, output: Path) -> Outcome:
        try:
            run = self._runner.start(
                source, held.input.file_name, held.reference, output, self._allowance(held)
            )
        except UsageError as error:
            return Refused(Reason.INPUT_REFUSED, str(error))
        try:
            return self._watch(held, heart, self._paced(held, run))
        finally:
            run.kill()

    def _allowance(self, held: Job) -> CpuAllowance | None:
        """What the plan allows by which the job was accepted; None where an older GAS accepted it."""
        limit = None if held.accepted_input is None else held.accepted_input.cpu_limit
        if limit is None:
            return None
        return CpuAllowance(limit.seconds, self._settings.limits.cpu_exceeded(limit))

    def _paced(self, held: Job, run: Run) -> Run:
        if not self._settings.pace or held.lease is None:
            return run
        claimed = held.lease.expires - self._settings.lease
        return PacedRun(run, self._clock, claimed + self._settings.pace, self._rest)

    def _download(self, held: Job, heart: Heart, path: Path) -> Refused | None:
        """Fetch the input; a refusal when it is gone, or was another one before all of it was here."""
        bucket, key, etag = held.input.bucket, held.input.key, held.pinned_etag
        assert etag is not None
        try:
            with heart.in_background():
                self._objects.download(bucket, key, path, etag, checkpoint=lambda: self._check(heart))
                found = self._objects.head(bucket, key)
        except NotFoundError:
            found = None
        except ConflictError:
            return Refused(Reason.INPUT_CHANGED, "")
        except ArchivedObjectError:
            return Refused(Reason.INPUT_REFUSED, ARCHIVED_INPUT)
        except FatalError as error:
            raise _StoreRefusedError("read the input", error) from error
        if found is None:
            return Refused(Reason.INPUT_NOT_FOUND, "")
        self._onlooker.downloaded(found.size_bytes)
        return None if found.etag == etag else Refused(Reason.INPUT_CHANGED, "")

    def _watch(self, held: Job, heart: Heart, run: Run) -> Outcome:
        shown = 0
        while True:
            outcome = run.poll(min(heart.seconds_to_next(), POLL_SECONDS))
            if outcome is not None:
                return outcome
            heart.progress_percent = run.progress_percent
            heart.beat_if_owed()
            self._check(heart)
            if run.progress_percent // 25 > shown:
                shown = run.progress_percent // 25
                self._hint(held, HintEvent.PROGRESSED)

    def _check(self, heart: Heart) -> None:
        """Asked all the while that a job is under way: raise if it may not go on."""
        if heart.lost:
            raise _ClaimLostError
        stop = self._stop_time()
        if stop is not None and self._clock.now() >= stop + self._settings.drain:
            raise _StoppingError

    def _conclude(self, held: Job, heart: Heart, outcome: Outcome) -> Ending:
        match outcome:
            case Annotated(variants):
                self._onlooker.annotated(variants)
                try:
                    with self._onlooker.stage(Stage.STORE), heart.in_background():
                        result = self._store(held, heart, outcome)
                except FatalError as error:
                    raise _StoreRefusedError("keep the result", error) from error
                except UsageError as error:
                    # The store will never take it, however often the file is annotated.
                    too_large = Refused(Reason.LIMIT_EXCEEDED, str(error))
                    return self._conclude(held, heart, too_large)
                _still_ours(heart)
                done = held.finished_with(result, self._clock.now())
                return self._finish(held, done, HintEvent.FINISHED, Ending.COMPLETED)
            case Refused(reason, detail):
                refused = held.refused_with(reason, detail, self._clock.now())
                return self._finish(held, refused, HintEvent.FINISHED, Ending.REFUSED)
            case Crashed(detail):
                self._onlooker.crashed(detail)
                heart.give_up()
                self._hint(held, HintEvent.INTENT)
                return Ending.CRASHED

    def _store(self, held: Job, heart: Heart, outcome: Annotated) -> Result:
        bucket = self._settings.results_bucket
        keys = attempt_keys(
            self._settings.key_prefix, held.user_id, held.job_id, held.input.file_name, held.fence
        )
        stored: dict[Output, HotObject] = {}
        for output, path in outcome.files.items():
            _still_ours(heart)
            stored[output] = self._objects.upload(
                bucket,
                keys[output],
                path,
                path.name,
                CONTENT_TYPES[output],
                checkpoint=lambda: self._check(heart),
            )
        result = stored[Output.RESULT]
        assert result.sha256 is not None
        return Result(
            bucket=bucket,
            key=keys[Output.RESULT],
            size_bytes=result.size_bytes,
            sha256=result.sha256,
            variants=outcome.variants,
            annotated_variants=outcome.annotated_variants,
            problems=bounded(outcome.problems),
            log_key=keys[Output.LOG],
            preview_key=keys[Output.PREVIEW],
            statistics_key=keys[Output.STATISTICS],
            provenance_key=keys[Output.PROVENANCE],
            index_key=keys[Output.INDEX] if Output.INDEX in stored else None,
            table_key=keys[Output.TABLE] if Output.TABLE in stored else None,
            problems_key=keys[Output.PROBLEMS] if Output.PROBLEMS in stored else None,
            summary_key=keys[Output.SUMMARY] if Output.SUMMARY in stored else None,
        )

    def _finish(self, held: Job, after: Job, event: HintEvent, ending: Ending) -> Ending:
        with self._onlooker.stage(Stage.FINISH):
            try:
                self._jobs.finish(held, after)
            except ConflictError:
                return Ending.LOST
            self._hint(after, event)
            return ending

    def _hint(self, job: Job, event: HintEvent) -> None:
        # A hint is only a hint: one that is lost or refused costs the controllers a sweep, not the job an attempt.
        with suppress(GasError):
            self._publisher.publish(Channel.JOB_RESULTS, JobHint(job.job_id, job.version, event))


def _still_ours(heart: Heart) -> None:
    # An annotator that was stopped for long owes a beat when it wakes up, and may have lost its job meanwhile.
    heart.beat_if_owed()
    if heart.lost:
        raise _ClaimLostError
