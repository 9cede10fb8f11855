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
from gas.domain.explanation import explain, lost_files, without_index
from gas.domain.job import HOT, UNFINISHED, Job, JobStatus
from gas.domain.keys import output_name
from gas.domain.messages import HintEvent
from gas.domain.objects import HotObject
from gas.domain.outputs import Output
from gas.domain.plan import Plans, PlanTerms, User
from gas.domain.record import Intents
from gas.domain.spec import InputRef
from gas.ports.clock import Clock
from gas.ports.links import Link, Links
from gas.ports.messaging import Publisher
from gas.ports.objects import ObjectStore
from gas.ports.stores import JobStore
from gas.services.get_job import get_job
from gas.services.hint import hint


class SubmittedFile(Enum):
    """A file that was submitted; the value is the last part of its address, as of an output."""

    INPUT = "input"
    OWN_FILE = "own"
    """What its owner brought beside it, if anything."""


JobFile = SubmittedFile | Output
"""A file of a job."""

JOB_FILES: tuple[JobFile, ...] = (*SubmittedFile, *Output)
"""All of them, in the order in which they are offered."""


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
    plans: Plans

    def __call__(self, user: User, job_id: str, file: JobFile) -> Link:
        """A link to a file; log, preview and statistics stay while the result is archived.

        Raises:
            NotFoundError: the user has no such job, or it has no such file and never will.
            NotReadyError: the job is not done.
            ArchivedObjectError: the result is in the archive; `expected` tells when it comes back, if it does.
            NotAllowedError: the file store does not let this service read the file.
        """
        job = get_job(self.jobs, user.user_id, job_id)
        found = self.find(job, file, self.plans.of(user.standing))
        if isinstance(file, Output):
            self._look(job, file, found)
        return self.links.download(found.bucket, found.key, found.name, self.lifetime)

    def find(self, job: Job, file: JobFile, terms: PlanTerms | None = None) -> StoredFile:
        """Where a file of a job lies. Raises what a call raises, in words for an owner on the plan of those terms."""
        if isinstance(file, Output):
            return _output(job, file, self.plans, terms)
        if file is SubmittedFile.INPUT:
            return self._uploaded(job, "input", job.input, job.pinned_etag)
        if job.own_file is None:
            raise NotFoundError("Nobody brought a file of their own to this job.")
        return self._uploaded(job, "file", job.own_file.place, job.own_file.etag)

    def _uploaded(self, job: Job, what: str, place: InputRef, etag: str | None) -> StoredFile:
        stored = StoredFile(place.bucket, place.key, place.file_name)
        # Inputs expire by a rule of the bucket, which no record hears of.
        seen = None if job.status is JobStatus.DELETED else self._seen(stored)
        if seen is None:
            raise NotFoundError(f"The {what} {place.file_name} is no longer kept.")
        # An upload's form holds for some minutes, also after its submission. What was sent with it since is not this
        # job's input, and a link does not outlive a form by much.
        if etag is not None and seen.etag != etag:
            said = " The job's provenance tells the SHA-256 of what was annotated." if job.result else ""
            raise NotFoundError(
                f"The {what} {place.file_name} was replaced by another file after it was submitted, and is no longer "
                f"kept.{said}"
            )
        if seen.archived:
            raise ArchivedObjectError(moved_away(stored.name))
        return stored

    def _look(self, job: Job, output: Output, stored: StoredFile) -> None:
        """Make sure that a link will work: rules of the bucket move and delete files, which no record hears of.

        The controllers are told of what cannot be read and goes to the archive; what can be done for it they do.
        """
        seen = self._seen(stored)
        if seen is not None and not seen.archived:
            return
        told = job.result is not None and output in job.result.archivable
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
    """What is said of a file that nothing restores by itself."""
    return f"The file {name} was moved into the archive by a rule of its bucket. Ask the operators to restore it."


def _output(job: Job, output: Output, plans: Plans, terms: PlanTerms | None) -> StoredFile:
    if job.status in UNFINISHED:
        raise NotReadyError(f"The job is not done yet. {explain(job, plans)}")
    stored = None if job.result is None else job.result.outputs.get(output)
    if job.result is None or stored is None:
        lost = lost_files(job) if job.result is not None and output in job.result.lost else None
        why = without_index(job) if output is Output.INDEX else lost
        raise NotFoundError(f"This job has no {output.value}. {why or explain(job, plans, own=terms)}")
    if not output.stays_hot and job.status not in HOT:
        expected = job.retrieval.expected if job.status is JobStatus.RESTORING and job.retrieval else None
        raise ArchivedObjectError(explain(job, plans, own=terms), expected)
    return StoredFile(job.result.bucket, stored.key, output_name(job.input.file_name, output.suffix))
