"""One view of a job for scripts and pages alike: values only, and no sentence of its own."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from gas.domain.catalogue import Catalogue, Entry, Source
from gas.domain.explanation import (
    comes_back,
    downloadable_until,
    explain,
    outlook,
    reason_of,
    remark,
    without_index,
)
from gas.domain.job import HOT, UNFINISHED, Job, JobStatus
from gas.domain.outputs import Output
from gas.domain.plan import Plans, PlanTerms, User
from gas.domain.problems import Problem
from gas.domain.reasons import Reason
from gas.domain.reference_words import annotated_with, annotated_with_unlisted, outdated, withdrawn
from gas.services.open_file import JobFile, SubmittedFile


class Action(Enum):
    """What an owner may ask of a job."""

    CANCEL = "cancel"
    RETRY = "retry"
    RESTORE = "restore"
    DELETE = "delete"


@dataclass(frozen=True)
class Move:
    """A state that the job entered, and when."""

    state: JobStatus
    time: datetime


@dataclass(frozen=True)
class BundleView:
    """A bundle that a job's reference is, or has become."""

    digest: str
    gene_release: str
    sources: tuple[Source, ...]
    sentence: str


@dataclass(frozen=True)
class Withdrawal:
    """When the release of a result was retired, and what that means."""

    time: datetime
    sentence: str


@dataclass(frozen=True)
class JobView:
    """What its owner may know of a job. The same job gives the same view, so that a view can be compared by its hash."""

    id: str
    file: str
    """The name of the input."""
    own_file: str | None
    """The name of what its owner brought beside it, if anything."""
    own_bytes: int | None
    own_sha256: str | None
    """Of what was looked up for the result; None where there is no result, or nothing of their own was looked up."""
    reference: str
    reference_digest: str | None
    """The bundle that the job is annotated with, whatever was published since; None for jobs of older releases."""
    reference_release: str | None
    """Its gene release; None where the catalogue no longer has it."""
    reference_sources: tuple[Source, ...]
    reference_sentence: str | None
    """What it is made of, in words."""
    reference_unlisted: str | None
    """That this installation does not list the bundle of a result, in words; None where it does, or that is not known."""
    reference_withdrawn: Withdrawal | None
    """That the release of a result was retired."""
    newer_reference: BundleView | None
    """What a job of the same reference would get now, where that is known to be a newer release."""
    state: JobStatus
    reason: Reason
    sentence: str
    """The state and its reason in words."""
    remark: str | None
    next: str
    """What happens next, in words."""
    next_time: datetime | None
    finished: bool
    progress_percent: int
    attempts: int
    submitted: datetime
    started: datetime | None
    completed: datetime | None
    archived: datetime | None
    """Since when the result is in the archive; None while it is not."""
    retain_until: datetime | None
    restore_expected: datetime | None
    input_bytes: int | None
    result_bytes: int | None
    result_sha256: str | None
    variants: int | None
    annotated_variants: int | None
    problems: tuple[Problem, ...]
    index_remark: str | None
    history: tuple[Move, ...]
    actions: tuple[Action, ...]
    """What may be asked for now: a button is offered for these and for no others."""
    files: tuple[JobFile, ...]
    """What may be downloaded now: a link is offered for these and for no others."""

    def offers(self, action: str) -> bool:
        """Whether that action may be asked for now."""
        return Action(action) in self.actions

    def has(self, file: str) -> bool:
        """Whether the file of that name may be downloaded now."""
        return any(each.value == file for each in self.files)


def job_view(job: Job, user: User, plans: Plans, catalogue: Catalogue, *, operator: bool = False) -> JobView:
    """The view of a job for its owner, who may be an operator too."""
    own = plans.of(user.standing)
    digest = job.reference_digest
    bundle = catalogue.pinned(digest) if digest else None
    next_step = outlook(job, plans, own)
    result = job.result
    return JobView(
        id=job.job_id,
        file=job.input.file_name,
        own_file=None if job.own_file is None else job.own_file.place.file_name,
        own_bytes=None if job.own_file is None else job.own_file.size_bytes,
        own_sha256=job.own_sha256,
        reference=job.reference,
        reference_digest=digest,
        reference_release=bundle.gene_release if bundle else None,
        reference_sources=bundle.sources if bundle else (),
        reference_sentence=annotated_with(bundle) if bundle and result else None,
        reference_unlisted=_unlisted(job.reference, digest, catalogue) if digest and result else None,
        reference_withdrawn=_withdrawal(bundle, catalogue) if bundle and result else None,
        newer_reference=_newer(digest, catalogue) if digest and result else None,
        state=job.status,
        reason=reason_of(job),
        sentence=explain(job, plans, own=own),
        remark=remark(job),
        next=next_step.sentence,
        next_time=next_step.time,
        finished=job.finished,
        progress_percent=job.progress_percent,
        attempts=job.attempts_made,
        submitted=job.submit_time,
        started=job.start_time,
        completed=job.complete_time,
        archived=job.archive_time if job.archived else None,
        retain_until=downloadable_until(job, own),
        restore_expected=job.restore_expected,
        input_bytes=job.accepted_input.size_bytes if job.accepted_input else None,
        result_bytes=result.size_bytes if result else None,
        result_sha256=result.sha256 if result else None,
        variants=result.variants if result else None,
        annotated_variants=result.annotated_variants if result else None,
        problems=result.problems if result else (),
        index_remark=without_index(job),
        history=tuple(Move(entry.status, entry.time) for entry in job.history),
        actions=_actions(job, own, operator=operator),
        files=_files(job),
    )


def _withdrawal(old: Entry, catalogue: Catalogue) -> Withdrawal | None:
    newer = catalogue.newer_than(old.digest) is not None
    sentence = withdrawn(old, catalogue.current(old.name), newer=newer)
    return None if old.retired is None or sentence is None else Withdrawal(old.retired, sentence)


def _unlisted(name: str, digest: str, catalogue: Catalogue) -> str | None:
    if not catalogue.surely_unlisted(digest):
        return None
    return annotated_with_unlisted(name, digest, catalogue.current(name))


def _newer(digest: str, catalogue: Catalogue) -> BundleView | None:
    """The newest release, where a result is of an older one: who waits for a result cannot do better than wait."""
    old, new = catalogue.pinned(digest), catalogue.newer_than(digest)
    if old is None or new is None:
        return None
    return BundleView(new.digest, new.gene_release, new.sources, outdated(old, new))


def _actions(job: Job, own: PlanTerms, *, operator: bool) -> tuple[Action, ...]:
    # What comes back by itself needs no button.
    restores = (own.restores or operator) and not comes_back(job, own)
    offered = {
        Action.CANCEL: job.status in UNFINISHED and not job.cancel_wanted,
        Action.RETRY: job.retryable and not job.retry_wanted,
        Action.RESTORE: job.status is JobStatus.ARCHIVED and restores and not job.restore_wanted,
        Action.DELETE: job.status is not JobStatus.DELETED and job.intents.delete_requested is None,
    }
    return tuple(action for action, possible in offered.items() if possible)


def _files(job: Job) -> tuple[JobFile, ...]:
    if job.status is JobStatus.DELETED:
        return ()
    uploads = SubmittedFile if job.own_file is not None else (SubmittedFile.INPUT,)
    files: tuple[JobFile, ...] = tuple(uploads)
    if job.result is None:
        return files
    hot = job.status in HOT and reason_of(job) not in {Reason.RESULT_MISSING, Reason.DELETION_REFUSED}
    return (*files, *(each for each in Output if each in job.result.outputs and (hot or each.stays_hot)))
