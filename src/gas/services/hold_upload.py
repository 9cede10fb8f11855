"""Giving an upload one of its user's places, and taking it back: exact under any number of forms asked for at a time."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from gas.domain.errors import ConflictError, GasError, TooManyRequestsError, TransientError
from gas.domain.uploads import (
    NOTHING_COMES_AFTER,
    SETTLES,
    OpenUpload,
    OpenUploads,
    UploadQuota,
    UploadState,
    is_made_of,
    named_keys,
    refusal_sentence,
    refused_until,
)
from gas.ports.objects import ObjectStore
from gas.ports.stores import JobStore
from gas.ports.uploads import UploadStore
from gas.services.find_shared_files import jobs_since

TRIES = 20
"""Forms for one user at one moment come one after the other here; this many in front is not a person's doing."""

SOONEST = timedelta(minutes=1)
"""When it is worth asking again at the earliest, where a place should be free already."""


@dataclass(frozen=True)
class HoldUpload:
    """The use case with its ports."""

    uploads: UploadStore
    jobs: JobStore
    objects: ObjectStore
    inputs_bucket: str

    def __call__(
        self,
        user_id: str,
        job_id: str,
        upload: OpenUpload,
        quota: UploadQuota,
        max_input_bytes: int,
    ) -> None:
        """Remember the upload, so that it is submitted in time or removed.

        Raises:
            TooManyRequestsError: too many, or too many bytes, are not submitted; the text says what to do.
        """
        for _ in range(TRIES):
            read = held = self.uploads.get(user_id)
            refusal = quota.refusal(held, upload.size_bytes, max_input_bytes)
            if refusal is not None:
                # What has come is looked up only when it matters: most forms cost one read and one write.
                held = self._looked_at(user_id, read, upload.given)
                refusal = quota.refusal(held, upload.size_bytes, max_input_bytes)
            with suppress(ConflictError):
                if refusal is None:
                    self.uploads.commit(user_id, read, held.with_upload(job_id, upload))
                    return
                if held != read:
                    self.uploads.commit(user_id, read, held)
                moment = refused_until(held)
                wait = max(moment - upload.given, SOONEST)
                raise TooManyRequestsError(refusal_sentence(refusal, moment), wait)
        raise TransientError("Too many of your uploads began at one moment: ask for this one again.")

    def give_back(self, user_id: str, job_id: str) -> None:
        """Forget an upload that a job was made of; again is no error. What cannot be written now, the sweep finds."""
        with suppress(GasError):
            for _ in range(TRIES):
                held = self.uploads.get(user_id)
                if job_id not in held.uploads:
                    return
                with suppress(ConflictError):
                    self.uploads.commit(user_id, held, held.without({job_id}))
                    return

    def came_before(self, user_id: str, job_id: str, key: str) -> bool:
        """True when a job was made with that upload: none is known that would be open, or a job names it."""
        upload = self.uploads.get(user_id).uploads.get(job_id)
        if upload is None or is_made_of(self.jobs.get(job_id), key):
            return True
        return key in named_keys(jobs_since(self.jobs, user_id, upload.given - SETTLES))

    def is_over(self, user_id: str, job_id: str) -> bool:
        """True when the upload was not submitted in time."""
        upload = self.uploads.get(user_id).uploads.get(job_id)
        return upload is not None and upload.over

    def _looked_at(self, user_id: str, held: OpenUploads, now: datetime) -> OpenUploads:
        """The same, without those that a job was made of, and with what is known now of those that should have come."""
        jobs = self.jobs.get_many(held.uploads)
        oldest = min((each.given for each in held.uploads.values()), default=now)
        # A job may be called otherwise than its upload: by an Idempotency-Key, or because it came with another one.
        named = named_keys(jobs_since(self.jobs, user_id, oldest - SETTLES))
        made = {
            job_id
            for job_id, upload in held.uploads.items()
            if upload.key in named or is_made_of(jobs.get(job_id), upload.key)
        }
        held = held.without(made)
        for job_id, upload in held.uploads.items():
            if upload.state is UploadState.OPEN and now >= upload.given + NOTHING_COMES_AFTER:
                arrived = self.objects.head(self.inputs_bucket, upload.key) is not None
                held = held.with_state(job_id, UploadState.ARRIVED if arrived else UploadState.LAPSED)
        return held
