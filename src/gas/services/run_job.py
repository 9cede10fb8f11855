"""The annotator's use case: from a message to a finished job, at any step safe to be killed or done twice."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import assert_never

from gas.domain.errors import (
    ConflictError,
    FatalError,
    GasError,
    UnloadableBundleError,
    UsageError,
)
from gas.domain.job import Job
from gas.domain.keys import attempt_keys
from gas.domain.messages import MAX_RECEIVES, HintEvent, JobHint
from gas.domain.names import Channel
from gas.domain.outputs import Output
from gas.domain.plan import Plans
from gas.domain.plan_limits import cpu_exceeded
from gas.domain.problems import bounded
from gas.domain.reasons import Reason
from gas.domain.record import ReferenceWait, Refusal, Result, StoredOutput
from gas.ports.clock import Clock
from gas.ports.messaging import MessageQueue, Publisher, ReceivedMessage
from gas.ports.objects import ObjectStore
from gas.ports.onlooker import Nobody, RunOnlooker, Stage
from gas.ports.runner import Annotated, CpuAllowance, Crashed, Outcome, Refused, Run, Runner
from gas.ports.stores import JobStore
from gas.services.await_reference import AwaitReference
from gas.services.claim import ComeBack, Drop, Take, verdict
from gas.services.fetch_files import Fetched, UnreadableError, fetch_files
from gas.services.find_reference import Here, Unknown
from gas.services.heart import Heart

UNREADABLE_SECONDS = 1
"""An unreadable message comes back soon, so that it reaches the dead-letter queue soon."""

CLAIM_TRIES = 5
"""The controllers note each publication on the record just after it, so a fast annotator's first claim may collide."""

REFUSED_PAUSE = timedelta(minutes=5)
"""One whose files the store refuses to give or to keep, or whose bundle cannot be loaded, waits this long: operations have to
act first."""

TROUBLE_PAUSE = timedelta(seconds=30)
"""A job that met trouble outside itself waits this long: a throttled store or a full disk is seldom well sooner."""

POLL_SECONDS = 1.0
"""How soon a request to stop is noticed while a job runs."""


class Ending(Enum):
    """How the work on a message ended."""

    COMPLETED = "completed"
    REFUSED = "refused"
    CRASHED = "crashed"
    HANDED_BACK = "handed-back"
    LOST = "lost"
    DROPPED = "dropped"
    CAME_BACK = "came-back"
    AWAITS_REFERENCE = "awaits-reference"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class RunSettings:
    """Who runs, where, and for how long.

    `drain` is how long, after this annotator was told to stop, a job may still go on, be it fetched, annotated or
    stored. `plans` are as they are now: a job keeps to those that it was accepted by.
    """

    holder: str
    results_bucket: str
    key_prefix: str
    lease: timedelta
    drain: timedelta
    plans: Plans
    work_dir: Path | None = None


@dataclass(frozen=True)
class _Claimed:
    """A job that is ours, and its reference; None where an annotator knows its own references alone."""

    job: Job
    reference: Here | Unknown | None


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
    told what happens. Without `await_reference` every reference is the runner's own.
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
        onlooker: RunOnlooker | None = None,
        await_reference: AwaitReference | None = None,
    ) -> None:
        self._jobs = jobs
        self._objects = objects
        self._queue = queue
        self._publisher = publisher
        self._runner = runner
        self._clock = clock
        self._settings = settings
        self._stop_time = stop_time
        self._onlooker: RunOnlooker = onlooker or Nobody()
        self._await_reference = await_reference

    def __call__(self, message: ReceivedMessage) -> Ending:
        """Do all that a message asks for, and only then delete it.

        Raises:
            GasError, OSError: something outside failed. A job that was claimed is back in the queue, at no cost and
                with a pause; if even that cannot be written, its lease ends, and that costs an attempt.
        """
        hint = message.hint
        if not isinstance(hint, JobHint):
            self._queue.hide(message, UNREADABLE_SECONDS)
            return Ending.UNREADABLE
        with ExitStack() as kept:
            with self._onlooker.stage(Stage.CLAIM):
                claimed = self._claim(hint.job_id, message, kept)
            if isinstance(claimed, Ending):
                return claimed
            self._onlooker.claimed(claimed.job)
            # The job's own state decides from here on; the controllers publish again if it needs another annotator.
            ending = self._run_claimed(claimed, message)
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

    def _claim(self, job_id: str, message: ReceivedMessage, kept: ExitStack) -> _Claimed | Ending:
        """The job as ours, its reference kept here, or how the message ended because it is not."""
        tried, reference = False, None
        for _ in range(CLAIM_TRIES):
            job, now = self._jobs.get(job_id), self._clock.now()
            if (
                tried
                and job is not None
                and job.lease is not None
                and job.lease.holder == self._settings.holder
            ):
                # The refused write was our own, sent again after its answer was lost.
                return _Claimed(job, reference)
            taken = verdict(job, now)
            match taken:
                case Drop():
                    self._queue.delete(message)
                    return Ending.DROPPED
                case ComeBack(seconds):
                    return self._come_back(message, seconds)
                case Take():
                    assert job is not None
                case _:
                    assert_never(taken)
            if self._stop_time() is not None:
                break
            found = self._find(job, message, kept)
            if isinstance(found, Ending):
                return found
            reference = found
            claim = job.claimed(self._settings.holder, now, self._settings.lease)
            if isinstance(reference, Here):
                claim = replace(claim, reference_digest=reference.digest)
            tried = True
            with suppress(ConflictError):
                return _Claimed(self._jobs.commit(job, claim), reference)
        return self._come_back(message, 0)

    def _find(self, job: Job, message: ReceivedMessage, kept: ExitStack) -> Here | Unknown | Ending | None:
        """Where the reference of a job is, kept there, or how the message ended because it is still to come."""
        if self._await_reference is None:
            return None
        try:
            found = kept.enter_context(self._await_reference.find(job))
            if isinstance(found, ReferenceWait):
                self._await_reference(job, found, message)
                return Ending.AWAITS_REFERENCE
        except (GasError, OSError):
            # However long a store or a disk fails, its jobs are no dead letters.
            self._come_back(message, int(TROUBLE_PAUSE.total_seconds()))
            raise
        if isinstance(found, Here):
            self._await_reference.came(found.digest)
        return found

    def _run_claimed(self, claimed: _Claimed, message: ReceivedMessage) -> Ending:
        held, reference = claimed.job, claimed.reference
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
            if isinstance(reference, Unknown):
                return self._conclude(held, heart, Refused(Reason.REFERENCE_UNKNOWN, reference.why))
            bundle = None if reference is None else reference.folder
            with tempfile.TemporaryDirectory(prefix=f"{held.job_id}-", dir=self._settings.work_dir) as folder:
                outcome = self._annotate(held, heart, Path(folder), bundle)
                return self._conclude(held, heart, outcome)
        except _ClaimLostError:
            return Ending.LOST
        except _StoppingError:
            return self._hand_back(held, heart)
        except _StoreRefusedError as refused:
            refusal = Refusal(Reason.STORAGE_REFUSED, refused.detail, self._clock.now() + REFUSED_PAUSE)
            self._give_back(held, heart, message, REFUSED_PAUSE, refusal=refusal)
            raise refused.error from None
        except UnloadableBundleError as error:
            digest, again = held.reference_digest or "", self._clock.now() + REFUSED_PAUSE
            wait = ReferenceWait(digest, again, why=str(error))
            self._give_back(held, heart, message, REFUSED_PAUSE, wait=wait)
            raise
        except (GasError, OSError):
            self._give_back(held, heart, message, TROUBLE_PAUSE)
            raise

    def _give_back(
        self,
        held: Job,
        heart: Heart,
        message: ReceivedMessage,
        pause: timedelta,
        *,
        refusal: Refusal | None = None,
        wait: ReferenceWait | None = None,
    ) -> None:
        """Hand a job back that met trouble outside itself, and say what the store refused or its bundle lacks, if it is that."""
        try:
            self._hand_back(held, heart, pause, refusal, wait)
            self._queue.delete(message)
        except GasError:
            heart.let_go()

    def _hand_back(
        self,
        held: Job,
        heart: Heart,
        pause: timedelta = timedelta(0),
        refusal: Refusal | None = None,
        wait: ReferenceWait | None = None,
    ) -> Ending:
        back = held.handed_back(self._clock.now(), pause, refusal, wait)
        # As the heartbeats left it: the progress that they noted is to be taken back.
        held = replace(held, progress_percent=heart.progress_percent)
        ending = self._finish(held, back, HintEvent.INTENT, Ending.HANDED_BACK)
        if ending is Ending.HANDED_BACK:
            self._onlooker.handed_back()
        return ending

    def _annotate(self, held: Job, heart: Heart, folder: Path, bundle: Path | None) -> Outcome:
        output = folder / "output"
        output.mkdir()
        with self._onlooker.stage(Stage.DOWNLOAD):
            fetched = self._fetch(held, heart, folder)
        if isinstance(fetched, Refused):
            return fetched
        _still_ours(heart)
        with self._onlooker.stage(Stage.ANNOTATE):
            return self._run(held, heart, fetched, output, bundle)

    def _run(self, held: Job, heart: Heart, fetched: Fetched, output: Path, bundle: Path | None) -> Outcome:
        try:
            run = self._runner.start(
                fetched.input_path,
                held.input.file_name,
                held.reference,
                output,
                self._allowance(held),
                bundle=bundle,
                own=fetched.own,
            )
        except UsageError as error:
            return Refused(Reason.INPUT_REFUSED, str(error))
        try:
            return self._watch(held, heart, run)
        finally:
            run.kill()
            self._onlooker.ran(run.processor_seconds)

    def _allowance(self, held: Job) -> CpuAllowance | None:
        """What the plan allows by which the job was accepted; None where an older GAS accepted it."""
        limit = None if held.accepted_input is None else held.accepted_input.cpu_limit
        if limit is None:
            return None
        return CpuAllowance(limit.seconds, cpu_exceeded(limit, self._settings.plans))

    def _fetch(self, held: Job, heart: Heart, folder: Path) -> Fetched | Refused:
        try:
            with heart.in_background():
                return fetch_files(self._objects, held, folder, lambda: self._check(heart), self._onlooker)
        except UnreadableError as unread:
            raise _StoreRefusedError(f"read {unread.words}", unread.error) from unread.error

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
                done = held.finished_with(result, self._clock.now(), outcome.own_sha256)
                try:
                    return self._finish(held, done, HintEvent.FINISHED, Ending.COMPLETED)
                except FatalError as error:
                    # Without the right to write it the next attempt ends here too, and only operators can give it.
                    raise _StoreRefusedError("record the result", error) from error
            case Refused(reason, detail):
                refused = held.refused_with(reason, detail, self._clock.now())
                return self._finish(held, refused, HintEvent.FINISHED, Ending.REFUSED)
            case Crashed(detail):
                self._onlooker.crashed(detail)
                heart.let_go()
                self._hint(held, HintEvent.INTENT)
                return Ending.CRASHED
            case _:
                assert_never(outcome)

    def _store(self, held: Job, heart: Heart, outcome: Annotated) -> Result:
        bucket = self._settings.results_bucket
        keys = attempt_keys(
            self._settings.key_prefix, held.user_id, held.job_id, held.input.file_name, held.fence
        )
        stored: dict[Output | str, StoredOutput] = {}
        for output, path in outcome.files.items():
            _still_ours(heart)
            made = self._objects.upload(
                bucket,
                keys[output],
                path,
                path.name,
                output.content_type,
                checkpoint=lambda: self._check(heart),
            )
            stored[output] = StoredOutput(keys[output], made.size_bytes, made.sha256)
        assert stored[Output.RESULT].sha256 is not None
        return Result(
            bucket=bucket,
            outputs=stored,
            variants=outcome.variants,
            annotated_variants=outcome.annotated_variants,
            problems=bounded(outcome.problems),
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
