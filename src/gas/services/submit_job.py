"""Submitting an uploaded file as a job, at any step safe to be killed or done twice.

Four writes, each idempotent by the job's id: the place in the quota, the record, the hint, and the upload that is open no
more. A submission that died between two of them is completed by the same submission sent again; a place without a record is
given back, and an upload with a job is forgotten when it is next looked at.
"""

import uuid
from dataclasses import dataclass, replace

from gas.domain.catalogue import AUTO, Entry
from gas.domain.errors import ConflictError, NotFoundError, UsageError
from gas.domain.job import Job, JobStatus, created
from gas.domain.keys import InputKey
from gas.domain.messages import HintEvent
from gas.domain.objects import HotObject
from gas.domain.offer import Offer
from gas.domain.own_file import OWN_FILE_SUBJECT, OWN_FILE_WORDS, OwnFile
from gas.domain.plan import User
from gas.domain.reasons import Reason
from gas.domain.spec import InputRef
from gas.domain.tombstone import is_same_job
from gas.ports.clock import Clock
from gas.ports.messaging import Publisher
from gas.ports.objects import ObjectStore
from gas.ports.references import References
from gas.ports.stores import JobStore
from gas.services.choose_by_header import choose_by_header
from gas.services.hint import hint
from gas.services.hold_upload import HoldUpload
from gas.services.read_catalogue import read_catalogue
from gas.services.start_upload import UploadUse, check_size, content_type_of
from gas.services.take_place import TakePlace

_NAMESPACE = uuid.UUID("6c1f5f0e-6f0b-4f39-9c5d-0d2b6a1f7e55")
"""Ours alone, so that no other use of UUIDs can give one of our job ids."""

MAX_IDEMPOTENCY_KEY = 255


@dataclass(frozen=True)
class Submission:
    """What somebody asks for: the key of their upload, the reference to annotate against, and what comes with it.

    The reference may be `auto`: then the header of the uploaded file chooses it, and no job is made of a guess.

    `own_key` is that of another upload of theirs: variants or regions that are looked up for this job alone.
    """

    key: str
    reference: str
    own_key: str | None = None


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
    references: References
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
            NotFoundError: a key is not of an upload of this user.
            ConflictError: the idempotency key was used for something else, its job is deleted, the upload is about to
                be removed, or the own file came with another job.
            UsageError: the reference is unknown or looks up no own file, none surely fits the header that was to choose, or a file is
                not there, too large or of no name for its use.
            TooManyRequestsError: the user has too many unfinished jobs.
        """
        upload = self._own_upload(user, submission.key)
        brought = self._brought(user, submission)
        wanted = self._wanted_job(user, submission, upload, brought, idempotency_key)
        found = self.jobs.get(wanted.job_id)
        # Nobody learns that another's job exists: all goes on as if there were none, until their own upload is looked for.
        existing = self._known(found, wanted, idempotency_key)
        if existing is None and brought is not None:
            existing = self._found_with(user, wanted, brought, idempotency_key)
        if existing is None:
            _check_names(upload, brought)
            # The release that is the newest now, whatever is published while the job waits.
            entry = None if submission.reference == AUTO else self._named(submission.reference)
            for each in _given(upload, brought):
                self._check_in_time(user, each)
            # Whatever replaces a file from here on is not what this user submitted.
            etag = self._checked_file(user, wanted.input).etag
            if found is not None:
                raise self._not_uploaded(wanted.input)
            own_file = self._checked_own_file(user, wanted)
            limit = self.offer.max_active_jobs(user)
            if entry is None:
                # Or whoever has no place could have files read for nothing, as often as they like.
                self.take_place.check(user.user_id, wanted.job_id, limit, wanted.submit_time)
                entry = self._chosen(wanted.input)
            _check_looks_up(entry, brought)
            wanted = replace(
                wanted,
                submitted_etag=etag,
                own_file=own_file,
                reference=entry.name,
                reference_digest=entry.digest,
                traceparent=traceparent,
            )
            now = wanted.submit_time
            self.take_place(user.user_id, wanted.job_id, limit, now)
            if self.jobs.create(wanted):
                hint(self.publisher, wanted, HintEvent.SUBMITTED)
                self._give_back(user, upload, brought)
                return Submitted(wanted, is_new=True)
            existing = self.jobs.get(wanted.job_id)
        same = self._same(existing, wanted)
        self._give_back(user, upload, brought)
        return Submitted(same, is_new=False)

    def _give_back(self, user: User, upload: InputKey, brought: InputKey | None) -> None:
        for each in _given(upload, brought):
            self.hold_upload.give_back(user.user_id, each.job_id)

    def _known(self, found: Job | None, wanted: Job, idempotency_key: str | None) -> Job | None:
        """The record of that id, if it is this user's. What is left of a deleted job says so of this very submission alone.

        An id that was made of an idempotency key is theirs: nobody else's key gives it.
        """
        if found is None or idempotency_key is not None or found.user_id == wanted.user_id:
            return found
        return found if self._is_same(found, wanted) else None

    def check_upload(self, user: User, key: str) -> None:
        """Refuse now what a submission of this upload would be refused for. Nothing is written.

        Raises: what a call raises.
        """
        upload = self._own_upload(user, key)
        self._check_in_time(user, upload)
        self._checked_file(user, InputRef(self.inputs_bucket, key, upload.file_name))

    def _brought(self, user: User, submission: Submission) -> InputKey | None:
        """The upload that comes with the input, if any."""
        if submission.own_key is None:
            return None
        brought = self._own_upload(user, submission.own_key, f" for {OWN_FILE_WORDS}")
        if submission.own_key == submission.key:
            raise UsageError(
                f"{brought.file_name} is the file to annotate: upload another for {OWN_FILE_WORDS}."
            )
        return brought

    def _found_with(
        self, user: User, wanted: Job, brought: InputKey, idempotency_key: str | None
    ) -> Job | None:
        """The job that the same submission made at this moment, where an own file went with a job already; None where none did.

        It lives as long as its job does: one that two jobs name would go with the first.
        """
        if not self.hold_upload.came_before(user.user_id, brought.job_id, str(brought)):
            return None
        existing = self._known(self.jobs.get(wanted.job_id), wanted, idempotency_key)
        if existing is None:
            raise ConflictError(
                f"{OWN_FILE_SUBJECT}, {brought.file_name}, came with another job: upload it again, for it is sent with each."
            )
        return existing

    def _own_upload(self, user: User, key: str, what: str = "") -> InputKey:
        try:
            parsed = InputKey.from_key(key)
        except UsageError:
            parsed = None
        if parsed is None or (parsed.prefix, parsed.user_id) != (self.key_prefix, user.user_id):
            raise NotFoundError(
                f"There is no upload of yours with that key{what}: use the key that starting the upload gave you."
            )
        return parsed

    def _wanted_job(
        self,
        user: User,
        submission: Submission,
        upload: InputKey,
        brought: InputKey | None,
        idempotency_key: str | None,
    ) -> Job:
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
                own_file=None
                if brought is None
                else OwnFile(InputRef(self.inputs_bucket, str(brought), brought.file_name)),
                submit_time=self.clock.now(),
                reason=Reason.CHECKING_INPUT,
            )
        )

    def _named(self, reference: str) -> Entry:
        catalogue = read_catalogue(self.references, reference)
        entry = catalogue.current(reference)
        if entry is None:
            raise UsageError(catalogue.unknown(reference))
        return entry

    def _chosen(self, place: InputRef) -> Entry:
        """The reference that the header of an uploaded file chooses."""
        try:
            return choose_by_header(self.objects, self.references, place)
        except NotFoundError as error:
            raise self._not_uploaded(place) from error

    def _check_in_time(self, user: User, upload: InputKey) -> None:
        """Refuse an upload that is about to be removed. One that is not known was submitted before, or is older than that."""
        if self.hold_upload.is_over(user.user_id, upload.job_id):
            raise ConflictError(
                f"The upload of {upload.file_name} was not submitted in time, and its file is removed: upload the file again."
            )

    def _checked_file(self, user: User, place: InputRef, use: UploadUse = UploadUse.INPUT) -> HotObject:
        found = self.objects.head(place.bucket, place.key)
        if found is None:
            raise self._not_uploaded(place)
        check_size(self.offer, user, found.size_bytes, use)
        return found

    def _checked_own_file(self, user: User, wanted: Job) -> OwnFile | None:
        if wanted.own_file is None:
            return None
        found = self._checked_file(user, wanted.own_file.place, UploadUse.OWN_FILE)
        return replace(wanted.own_file, etag=found.etag, size_bytes=found.size_bytes)

    def _not_uploaded(self, place: InputRef) -> UsageError:
        return UsageError(
            f"The file {place.file_name} has not been uploaded, or was removed because no job was made of it in time: send it "
            "with the form that starting an upload gives you, then submit it."
        )

    def _same(self, existing: Job | None, wanted: Job) -> Job:
        if existing is None or not self._is_same(existing, wanted):
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

    def _is_same(self, existing: Job, wanted: Job) -> bool:
        return any(
            is_same_job(existing, wanted.user_id, wanted.input, reference, wanted.own_place)
            for reference in self._meant(existing, wanted.reference)
        )

    def _meant(self, existing: Job, reference: str) -> tuple[str, ...]:
        """What a submission may have named: a header that chose once may choose another by now, and its job is the same."""
        if reference != AUTO:
            return (reference,)
        if existing.tombstone is None:
            return (existing.reference,)
        return tuple({entry.name for entry in self.references.catalogue().entries})


def _check_looks_up(entry: Entry, brought: InputKey | None) -> None:
    if entry.by_command and brought is not None:
        raise UsageError(
            f"{OWN_FILE_SUBJECT} cannot be looked up: the reference {entry.name} is annotated by a command of its own. Leave the "
            "file out, or choose another reference."
        )


def _check_names(upload: InputKey, brought: InputKey | None) -> None:
    """Refuse what no form would have been given for: an upload may have come for another use."""
    content_type_of(upload.file_name)
    if brought is not None:
        content_type_of(brought.file_name, UploadUse.OWN_FILE)


def _given(upload: InputKey, brought: InputKey | None) -> tuple[InputKey, ...]:
    """The uploads of a submission."""
    return (upload,) if brought is None else (upload, brought)
