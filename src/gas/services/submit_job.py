"""Submitting an uploaded file as a job, at any step safe to be killed or done twice.

Four writes, each idempotent by the job's id: the place in the quota, the record, the hint, and the upload that is open no
more. A submission that died between two of them is completed by the same submission sent again; a place without a record is
given back, and an upload with a job is forgotten when it is next looked at.
"""

import uuid
from dataclasses import dataclass, replace

from gas.domain.errors import ConflictError, NotFoundError, UsageError
from gas.domain.job import Job, JobStatus, created
from gas.domain.keys import InputKey
from gas.domain.messages import HintEvent
from gas.domain.objects import HotObject
from gas.domain.offer import Offer
from gas.domain.plan import User
from gas.domain.reasons import Reason
from gas.domain.spec import InputRef
from gas.domain.tombstone import is_same_job
from gas.ports.clock import Clock
from gas.ports.messaging import Publisher
from gas.ports.objects import ObjectStore
from gas.ports.stores import JobStore
from gas.services.hint import hint
from gas.services.hold_upload import HoldUpload
from gas.services.start_upload import check_size
from gas.services.take_place import TakePlace

_NAMESPACE = uuid.UUID("6c1f5f0e-6f0b-4f39-9c5d-0d2b6a1f7e55")
"""Ours alone, so that no other use of UUIDs can give one of our job ids."""

MAX_IDEMPOTENCY_KEY = 255


@dataclass(frozen=True)
class Submission:
    """What somebody asks for: the key of their upload, and the reference to annotate against."""

    key: str
    reference: str


@dataclass(frozen=True)
class Submitted:
    """The job, and whether this submission made it or an earlier one had."""

    job: Job
    is_new: bool


def job_id_for(user_id: str, idempotency_key: str) -> str:
    """The id of the job that a user submits with this key: the same for the same two, and for no others."""
    return str(uuid.uuid5(_NAMESPACE, f"{user_id}/{idempotency_key}"))


@dataclass(frozen=True)
class SubmitJob:
    """The use case with its ports."""

    jobs: JobStore
    objects: ObjectStore
    publisher: Publisher
    take_place: TakePlace
    hold_upload: HoldUpload
    clock: Clock
    offer: Offer
    inputs_bucket: str
    key_prefix: str

    def __call__(
        self,
        user: User,
        submission: Submission,
        idempotency_key: str | None = None,
        *,
        traceparent: str | None = None,
    ) -> Submitted:
        """Make the job, or find the one that the same submission has made.

        Without an idempotency key the upload itself is the key: one upload, one job. A new job's life belongs to the
        trace that is given.

        Raises:
            NotFoundError: the key is not of an upload of this user.
            ConflictError: the idempotency key was used for something else, its job is deleted, or the upload is about to
                be removed.
            UsageError: the reference is unknown, or the file is not there or too large.
            TooManyRequestsError: the user has too many unfinished jobs.
        """
        upload = self._own_upload(user, submission.key)
        wanted = self._wanted_job(user, submission, upload, idempotency_key)
        existing = self.jobs.get(wanted.job_id)
        if existing is not None and idempotency_key is None and not self._own(existing, wanted):
            # Nobody learns that another's job exists: their own upload of that name does not.
            self._checked_file(user, wanted.input)
            raise self._not_uploaded(wanted.input)
        if existing is None:
            self._check_in_time(user, upload)
            # Whatever replaces the file from here on is not what this user submitted.
            etag = self._checked_file(user, wanted.input).etag
            wanted = replace(wanted, submitted_etag=etag, traceparent=traceparent)
            now = wanted.submit_time
            self.take_place(user.user_id, wanted.job_id, self.offer.max_active_jobs(user), now)
            if self.jobs.create(wanted):
                hint(self.publisher, wanted, HintEvent.SUBMITTED)
                self.hold_upload.give_back(user.user_id, upload.job_id)
                return Submitted(wanted, is_new=True)
            existing = self.jobs.get(wanted.job_id)
        same = self._same(existing, wanted)
        self.hold_upload.give_back(user.user_id, upload.job_id)
        return Submitted(same, is_new=False)

    def _own(self, existing: Job, wanted: Job) -> bool:
        """Whether the record is this user's. What is left of a deleted job says so of this very submission alone.

        An id that was made of an idempotency key is: nobody else's key gives it.
        """
        same = is_same_job(existing, wanted.user_id, wanted.input, wanted.reference)
        return same or existing.user_id == wanted.user_id

    def check_upload(self, user: User, key: str) -> None:
        """Refuse now what a submission of this upload would be refused for. Nothing is written.

        Raises: what a call raises.
        """
        upload = self._own_upload(user, key)
        self._check_in_time(user, upload)
        self._checked_file(user, InputRef(self.inputs_bucket, key, upload.file_name))

    def _own_upload(self, user: User, key: str) -> InputKey:
        try:
            parsed = InputKey.from_key(key)
        except UsageError:
            parsed = None
        if parsed is None or (parsed.prefix, parsed.user_id) != (self.key_prefix, user.user_id):
            raise NotFoundError(
                "There is no upload of yours with that key: use the key that starting the upload gave you."
            )
        return parsed

    def _wanted_job(
        self, user: User, submission: Submission, upload: InputKey, idempotency_key: str | None
    ) -> Job:
        if submission.reference not in self.offer.references:
            raise UsageError(
                f"There is no reference {submission.reference}: choose {' or '.join(self.offer.references)}."
            )
        if idempotency_key is not None and not 0 < len(idempotency_key) <= MAX_IDEMPOTENCY_KEY:
            raise UsageError(f"Give an Idempotency-Key of 1 to {MAX_IDEMPOTENCY_KEY} characters.")
        return created(
            Job(
                job_id=upload.job_id
                if idempotency_key is None
                else job_id_for(user.user_id, idempotency_key),
                user_id=user.user_id,
                input=InputRef(self.inputs_bucket, submission.key, upload.file_name),
                reference=submission.reference,
                submit_time=self.clock.now(),
                reason=Reason.CHECKING_INPUT,
            )
        )

    def _check_in_time(self, user: User, upload: InputKey) -> None:
        """Refuse an upload that is about to be removed. One that is not known was submitted before, or is older than that."""
        if self.hold_upload.is_over(user.user_id, upload.job_id):
            raise ConflictError(
                f"The upload of {upload.file_name} was not submitted in time, and its file is removed: upload the file again."
            )

    def _checked_file(self, user: User, place: InputRef) -> HotObject:
        found = self.objects.head(place.bucket, place.key)
        if found is None:
            raise self._not_uploaded(place)
        check_size(self.offer, user, found.size_bytes)
        return found

    def _not_uploaded(self, place: InputRef) -> UsageError:
        return UsageError(
            f"The file {place.file_name} has not been uploaded, or was removed because no job was made of it in time: send it "
            "with the form that starting an upload gives you, then submit it."
        )

    def _same(self, existing: Job | None, wanted: Job) -> Job:
        if existing is None or not is_same_job(existing, wanted.user_id, wanted.input, wanted.reference):
            raise ConflictError(
                "That Idempotency-Key, or that upload, was already used for another job: choose a new key for a new "
                "job, or send exactly what you sent before."
            )
        if existing.status is JobStatus.DELETED:
            raise ConflictError(
                f"The job {existing.job_id} of this submission was deleted: upload the file again for a new job."
            )
        if existing.status is JobStatus.PENDING:
            hint(self.publisher, existing, HintEvent.SUBMITTED)
        return existing
