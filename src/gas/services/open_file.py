"""Giving the owner of a job a fresh link to one of its files."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from gas.domain.errors import (
    ArchivedObjectError,
    FatalError,
    NotAllowedError,
    NotFoundError,
    NotReadyError,
)
from gas.domain.explanation import explain, without_index
from gas.domain.job import HOT, UNFINISHED, Job, JobStatus
from gas.domain.keys import Output, output_name
from gas.domain.messages import HintEvent
from gas.domain.objects import HotObject
from gas.domain.plan import Plan, User
from gas.domain.record import Intents, Result
from gas.ports.clock import Clock
from gas.ports.links import Link, Links
from gas.ports.messaging import Publisher
from gas.ports.objects import ObjectStore
from gas.ports.stores import JobStore
from gas.services.get_job import get_job
from gas.services.hint import hint


class JobFile(Enum):
    """The files of a job, by the last part of their address."""

    INPUT = "input"
    RESULT = "result"
    INDEX = "index"
    TABLE = "table"
    PROBLEMS = "problems"
    LOG = "log"
    PREVIEW = "preview"
    STATISTICS = "statistics"
    SUMMARY = "summary"
    PROVENANCE = "provenance"


_OUTPUTS = {
    JobFile.RESULT: Output.RESULT,
    JobFile.INDEX: Output.INDEX,
    JobFile.TABLE: Output.TABLE,
    JobFile.PROBLEMS: Output.PROBLEMS,
    JobFile.LOG: Output.LOG,
    JobFile.PREVIEW: Output.PREVIEW,
    JobFile.STATISTICS: Output.STATISTICS,
    JobFile.SUMMARY: Output.SUMMARY,
    JobFile.PROVENANCE: Output.PROVENANCE,
}

STAYS_HOT = (JobFile.LOG, JobFile.PREVIEW, JobFile.STATISTICS, JobFile.PROVENANCE)
"""What every result has and whoever owns it gets while it is in the archive, in the order in which it is offered."""

ARCHIVED = frozenset({JobFile.RESULT, JobFile.INDEX, JobFile.TABLE})
"""Files that nobody gets while the result is in the archive: each of them holds the whole of it, or is of no use alone."""


@dataclass(frozen=True)
class StoredFile:
    """Where a file lies, and the name that people know it by."""

    bucket: str
    key: str
    name: str


@dataclass(frozen=True)
class OpenFile:
    """The use case with its ports."""

    jobs: JobStore
    objects: ObjectStore
    links: Links
    publisher: Publisher
    clock: Clock
    lifetime: timedelta

    def __call__(self, user: User, job_id: str, file: JobFile) -> Link:
        """A link to a file; log, preview and statistics stay while the result is archived.

        Raises:
            NotFoundError: the user has no such job, or it has no such file and never will.
            NotReadyError: the job is not done.
            ArchivedObjectError: the result is in the archive; `expected` tells when it comes back, if it does.
            NotAllowedError: the file store does not let this service read the file.
        """
        job = get_job(self.jobs, user.user_id, job_id)
        found = self.find(job, file, premium=user.standing.plan is Plan.PREMIUM)
        if file is not JobFile.INPUT:
            self._look(job, file, found)
        return self.links.download(found.bucket, found.key, found.name, self.lifetime)

    def find(self, job: Job, file: JobFile, *, premium: bool = False) -> StoredFile:
        """Where a file of a job lies. Raises what a call raises, in words for an owner on that plan."""
        return self._input(job) if file is JobFile.INPUT else _output(job, file, premium=premium)

    def _input(self, job: Job) -> StoredFile:
        place = job.input
        stored = StoredFile(place.bucket, place.key, place.file_name)
        # Inputs expire by a rule of the bucket, which no record hears of.
        seen = None if job.status is JobStatus.DELETED else self._seen(stored)
        if seen is None:
            raise NotFoundError(f"The input {place.file_name} is no longer kept.")
        # An upload's form holds for some minutes, also after its submission. What was sent with it since is not this
        # job's input, and a link does not outlive a form by much.
        if job.pinned_etag is not None and seen.etag != job.pinned_etag:
            said = " The job's provenance tells the SHA-256 of what was annotated." if job.result else ""
            raise NotFoundError(
                f"The input {place.file_name} was replaced by another file after it was submitted, and is no longer "
                f"kept.{said}"
            )
        if seen.archived:
            raise ArchivedObjectError(moved_away(stored.name))
        return stored

    def _look(self, job: Job, file: JobFile, stored: StoredFile) -> None:
        """Make sure that a link will work: rules of the bucket move and delete files, which no record hears of.

        The controllers are told of a result that cannot be read; what can be done for it they do.
        """
        seen = self._seen(stored)
        if seen is not None and not seen.archived:
            return
        told = file is JobFile.RESULT
        if told and not job.missed:
            now = self.clock.now()
            self.jobs.add_intents(job.job_id, Intents(result_missed=now), now)
            hint(self.publisher, job, HintEvent.INTENT)
        if seen is None:
            looked = (
                "It is being looked for, and this page tells what is found." if told else "Ask the operators."
            )
            raise NotFoundError(f"The file {stored.name} cannot be found. {looked}")
        raise ArchivedObjectError(
            f"The file {stored.name} was moved into the archive by a rule of its bucket. It is being restored, and this "
            "page tells when it can be downloaded again."
            if told
            else moved_away(stored.name)
        )

    def _seen(self, stored: StoredFile) -> HotObject | None:
        try:
            return self.objects.head(stored.bucket, stored.key)
        except FatalError as error:
            said = f" ({error.said})" if error.said else ""
            raise NotAllowedError(
                f"The file store does not let this service read {stored.name}{said}. Operations have to put that right."
            ) from error


def moved_away(name: str) -> str:
    """What is said of a file that nobody brings back by themselves."""
    return f"The file {name} was moved into the archive by a rule of its bucket. Ask the operators to bring it back."


def _output(job: Job, file: JobFile, *, premium: bool) -> StoredFile:
    if job.status in UNFINISHED:
        raise NotReadyError(f"The job is not done yet. {explain(job)}")
    key = None if job.result is None else _key(job.result, file)
    if job.result is None or key is None:
        why = without_index(job) if file is JobFile.INDEX else None
        raise NotFoundError(f"This job has no {file.value}. {why or explain(job, premium=premium)}")
    if file in ARCHIVED and job.status not in HOT:
        expected = job.retrieval.expected if job.status is JobStatus.RESTORING and job.retrieval else None
        raise ArchivedObjectError(explain(job, premium=premium), expected)
    return StoredFile(job.result.bucket, key, output_name(job.input.file_name, _OUTPUTS[file].value))


def _key(result: Result, file: JobFile) -> str | None:
    return {
        JobFile.RESULT: result.key,
        JobFile.INDEX: result.index_key,
        JobFile.TABLE: result.table_key,
        JobFile.PROBLEMS: result.problems_key,
        JobFile.LOG: result.log_key,
        JobFile.PREVIEW: result.preview_key,
        JobFile.STATISTICS: result.statistics_key,
        JobFile.SUMMARY: result.summary_key,
        JobFile.PROVENANCE: result.provenance_key,
    }[file]
