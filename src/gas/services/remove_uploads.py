"""Removing uploads that no job was made of in time: first nobody can submit them any more, then their bytes go."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gas.domain.decision import Rules
from gas.domain.errors import FatalError, TransientError
from gas.domain.spec import InputRef
from gas.domain.uploads import (
    LAST_LOOK,
    SETTLES,
    OpenUpload,
    OpenUploads,
    UploadState,
    is_made_of,
    named_keys,
)
from gas.ports.clock import Clock
from gas.ports.objects import ObjectStore
from gas.ports.onlooker import Nobody, UploadEnding, UserOnlooker
from gas.ports.stores import JobStore, UserStore
from gas.ports.uploads import UploadStore
from gas.services.find_shared_files import jobs_since

REFUSED_LOOK = timedelta(hours=1)
"""When an upload is looked at again whose bytes the file store does not let us delete: a person has to act."""


@dataclass
class _Look:
    """One look at a user's uploads: what is left of them, what jobs name, and what did not work."""

    user_id: str
    now: datetime
    left: OpenUploads
    named: set[str]
    failure: TransientError | None = None


@dataclass(frozen=True)
class RemoveUploads:
    """The use case with its ports. Killed anywhere, the next look repeats what it did not note.

    Nothing is deleted but the key that was given to an upload, and only while no job names it.
    """

    uploads: UploadStore
    jobs: JobStore
    users: UserStore
    objects: ObjectStore
    clock: Clock
    rules: Rules
    onlooker: UserOnlooker = field(default_factory=Nobody)

    def __call__(self, user_id: str) -> None:
        """Take each of a user's uploads that is due a step further.

        Raises:
            GasError: something outside failed; what worked is noted, and the look is to be repeated.
        """
        now, held = self.clock.now(), self.uploads.get(user_id)
        due = held.due_by(now)
        this = _Look(user_id, now, held, self._named(user_id, due))
        for job_id, upload in due.items():
            self._step(this, job_id, upload)
        self._note(this, held)

    def leave(self, user_id: str) -> None:
        """Remove all uploads of somebody whose account goes. What is on its way still is removed when it has come.

        Raises: as a call.
        """
        now, held = self.clock.now(), self.uploads.get(user_id)
        # Their jobs have gone before: no key is named any more.
        this = _Look(user_id, now, held, set())
        for job_id, upload in held.uploads.items():
            if upload.state is not UploadState.REMOVED:
                self._removed(this, job_id, upload)
        self._note(this, held, leaves=True)

    def _step(self, this: _Look, job_id: str, upload: OpenUpload) -> None:
        if not upload.over:
            this.left = this.left.with_going(job_id, this.now + SETTLES)
        elif self._is_submitted(this, job_id, upload):
            self._tell(UploadEnding.SUBMITTED, this, job_id)
            this.left = this.left.without({job_id})
        else:
            self._removed(this, job_id, upload)

    def _removed(self, this: _Look, job_id: str, upload: OpenUpload) -> None:
        """Remove the bytes, and note when to look for them again; after the second time nothing is noted any more."""
        again = upload.state is UploadState.REMOVED
        try:
            found = self._remove(this.user_id, upload)
        except FatalError as error:
            self._tell(UploadEnding.REFUSED, this, job_id, error=error)
            this.left = this.left.with_upload(job_id, _later(upload, this.now))
            return
        except TransientError as error:
            this.failure = error
            return
        if found:
            ending = UploadEnding.CAME_LATE if again else UploadEnding.REMOVED
            self._tell(ending, this, job_id, size_bytes=upload.size_bytes)
        elif not again:
            self._tell(UploadEnding.NEVER_CAME, this, job_id)
        if again:
            this.left = this.left.without({job_id})
        else:
            this.left = this.left.with_removed(job_id, this.now + LAST_LOOK)

    def _remove(self, user_id: str, upload: OpenUpload) -> bool:
        """Remove the bytes, if there are any; True when there were."""
        bucket = self.rules.inputs_bucket
        if not self.rules.is_own_input(user_id, InputRef(bucket, upload.key, "")):
            return False
        found = self.objects.head(bucket, upload.key) is not None
        if not self.rules.keep_versions:
            # What is hidden already, by a removal that was killed in the middle, may still have its versions.
            self.objects.erase(bucket, (upload.key,))
        elif found:
            self.objects.delete(bucket, (upload.key,))
        return found

    def _is_submitted(self, this: _Look, job_id: str, upload: OpenUpload) -> bool:
        return upload.key in this.named or is_made_of(self.jobs.get_many([job_id]).get(job_id), upload.key)

    def _named(self, user_id: str, due: dict[str, OpenUpload]) -> set[str]:
        """The keys that jobs of the user name, as far back as the oldest upload whose bytes may go now.

        A job may be called otherwise than its upload: by an Idempotency-Key, or by who applied it.
        """
        given = [upload.given for upload in due.values() if upload.over]
        if not given:
            return set()
        # A job is never older than its upload; clocks may differ by less than this.
        return named_keys(jobs_since(self.jobs, user_id, min(given) - SETTLES))

    def _note(self, this: _Look, held: OpenUploads, *, leaves: bool = False) -> None:
        """Write what is left; of somebody whose account goes, or has gone, in the end not even that nothing is left."""
        left = this.left
        if left != held:
            self.uploads.commit(this.user_id, held, left)
            left = replace(left, version=held.version + 1)
        if this.failure is not None:
            raise this.failure
        if not left.uploads and (leaves or self.users.get(this.user_id) is None):
            self.uploads.forget(this.user_id, left)

    def _tell(
        self,
        ending: UploadEnding,
        this: _Look,
        job_id: str,
        *,
        size_bytes: int | None = None,
        error: FatalError | None = None,
    ) -> None:
        self.onlooker.upload_ended(
            ending, user_id=this.user_id, job_id=job_id, size_bytes=size_bytes, error=error
        )


def _later(upload: OpenUpload, now: datetime) -> OpenUpload:
    """The upload, looked at again later; nobody can submit what is half removed."""
    state = upload.state if upload.over else UploadState.GOING
    return replace(upload, state=state, look=now + REFUSED_LOOK)
