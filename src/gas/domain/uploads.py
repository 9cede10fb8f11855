"""A user's uploads that no job is made of yet: how many there may be at a time, and what becomes of each.

An upload is open until a job is made of it, or until its time is over. Then it is going: nobody can submit it any more, its
bytes are removed, and are looked for once more in case they were still on their way.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from gas.domain.explanation import clock_time
from gas.domain.job import Job
from gas.domain.own_file import MAX_OWN_BYTES
from gas.domain.record import UnreadRecord

NOTHING_COMES_AFTER = timedelta(hours=1)
"""An upload of which nothing has come by then holds no place any more: most likely it was abandoned. One that is only slow
may still be submitted when it has come."""

SETTLES = timedelta(minutes=10)
"""How long after it began to go an upload's bytes are removed. A submission that found it open has made its job by then."""

LONGEST_UPLOAD = timedelta(minutes=5)
"""How long a form may be valid: the time between choosing a file and the start of its upload."""

LAST_LOOK = timedelta(hours=3)
"""How long after the removal the bytes are looked for once more. A form is valid for minutes, and what was begun with it in
time may be on its way for hours: after the usual 20 hours of being open this makes it most of a day."""

FORM_LANDS = LONGEST_UPLOAD + LAST_LOOK
"""How long after a form was given what is sent with it may still arrive."""

PLAIN_BYTES = 64 * 1024 * 1024
"""What a form that a browser sends by itself lets through, so that a page of ours says what is too large. What is larger still
is cut off by the store, so that nobody fills it; and what no job is made of goes within a day."""

FORMER = 4
"""How many times its quota a user's uploads may be remembered, with those that hold no place."""


class UploadState(Enum):
    """What is known of an upload that is not submitted."""

    OPEN = "open"
    """Its form was given."""
    ARRIVED = "arrived"
    """Its bytes are known to have come."""
    LAPSED = "lapsed"
    """Nothing had come long after its form had ended: it holds no place any more."""
    GOING = "going"
    """Its time is over: no job is made of it, and its bytes are about to be removed."""
    REMOVED = "removed"
    """Its bytes were removed. What comes late is removed as well."""


_HOLDING = frozenset({UploadState.OPEN, UploadState.ARRIVED, UploadState.GOING})
_OVER = frozenset({UploadState.GOING, UploadState.REMOVED})


@dataclass(frozen=True)
class OpenUpload:
    """One upload: its key, when its form was given, how much that lets through, and when it is to be looked at."""

    key: str
    given: datetime
    size_bytes: int
    look: datetime
    state: UploadState = UploadState.OPEN

    @property
    def over(self) -> bool:
        """True when no job is made of it any more."""
        return self.state in _OVER


@dataclass(frozen=True)
class OpenUploads:
    """A user's uploads by the job ids that they were given. `version` counts writes; 0: never written."""

    uploads: Mapping[str, OpenUpload] = field(default_factory=dict)
    version: int = 0

    @property
    def due(self) -> datetime | None:
        """When the next of them is to be looked at."""
        return min((upload.look for upload in self.uploads.values()), default=None)

    @property
    def holding(self) -> tuple[OpenUpload, ...]:
        """Those that hold a place."""
        return tuple(upload for upload in self.uploads.values() if upload.state in _HOLDING)

    def due_by(self, now: datetime) -> dict[str, OpenUpload]:
        """Those that are to be looked at now."""
        return {job_id: upload for job_id, upload in self.uploads.items() if upload.look <= now}

    def with_upload(self, job_id: str, upload: OpenUpload) -> "OpenUploads":
        """These and one more, or that one anew."""
        return replace(self, uploads={**self.uploads, job_id: upload})

    def without(self, job_ids: Collection[str]) -> "OpenUploads":
        """These but for some."""
        return replace(self, uploads={key: each for key, each in self.uploads.items() if key not in job_ids})

    def with_state(self, job_id: str, state: UploadState) -> "OpenUploads":
        """These, with one of them known better; when it is looked at stays."""
        return self.with_upload(job_id, replace(self.uploads[job_id], state=state))

    def with_going(self, job_id: str, look: datetime) -> "OpenUploads":
        """These, with one that nobody can submit any more."""
        return self.with_upload(job_id, replace(self.uploads[job_id], state=UploadState.GOING, look=look))

    def with_removed(self, job_id: str, look: datetime) -> "OpenUploads":
        """These, with one whose bytes are removed."""
        return self.with_upload(job_id, replace(self.uploads[job_id], state=UploadState.REMOVED, look=look))


@dataclass(frozen=True)
class UploadQuota:
    """How many uploads a user of a plan may have open at a time, and how many bytes; 0: as many as so many forms let through."""

    uploads: int
    size_bytes: int = 0

    def plain_bytes(self, max_input_bytes: int) -> int:
        """What a form lets through that a browser sends by itself: no less than the plan takes, so that our page says what is too large.

        Where the bytes are bounded it is an equal share of them: else who gives up one form would wait an hour for the next.
        """
        share = self.size_bytes // self.uploads if self.size_bytes else PLAIN_BYTES
        return max(max_input_bytes, min(PLAIN_BYTES, share))

    def most_bytes(self, max_input_bytes: int) -> int:
        """How many bytes may be open where that is the largest input. One such file, and one of one's own, may always be."""
        one_job = max_input_bytes + min(max_input_bytes, MAX_OWN_BYTES)
        return max(one_job, self.size_bytes or self.uploads * self.plain_bytes(max_input_bytes))

    def refusal(self, held: OpenUploads, size_bytes: int, max_input_bytes: int) -> str | None:
        """Why an upload of that size does not fit beside those that are open; None when it does.

        Of an upload from before a loss of premium no more counts than a form lets through now: it could not be submitted to
        make room.
        """
        holding, largest = held.holding, self.plain_bytes(max_input_bytes)
        allowed = self.most_bytes(max_input_bytes)
        taken = sum(min(upload.size_bytes, largest) for upload in holding)
        if len(holding) >= self.uploads:
            return f"You have {len(holding)} uploads that are not submitted, and your plan allows {self.uploads} at a time"
        if taken + size_bytes > allowed:
            return (
                f"You have {taken:,} bytes in uploads that are not submitted, this one may have {size_bytes:,}, and your "
                f"plan allows {allowed:,} bytes at a time"
            )
        if len(held.uploads) >= FORMER * self.uploads:
            return (
                f"You have started {len(held.uploads)} uploads lately that were not submitted, and your plan allows "
                f"{FORMER * self.uploads}"
            )
        return None


def refused_until(held: OpenUploads) -> datetime:
    """The first moment at which one of these may be out of the way; there has to be one."""
    return min(
        upload.given + NOTHING_COMES_AFTER if upload.state is UploadState.OPEN else upload.look + SETTLES
        for upload in held.holding or held.uploads.values()
    )


def refusal_sentence(refusal: str, moment: datetime) -> str:
    """The refusal with what to do about it."""
    return (
        f"{refusal}: submit one of them, or wait. What is not sent within an hour gives its place back, and what is not "
        f"submitted within a day is removed; the next place may be free at {clock_time(moment)}."
    )


def is_made_of(job: Job | UnreadRecord | None, key: str) -> bool:
    """True when the job of an upload's id was made of it. A tombstone was: it says no more, and its bytes are gone.

    A record that cannot be read may have been.
    """
    if isinstance(job, UnreadRecord):
        return True
    return job is not None and (job.tombstone is not None or job.input.key == key)


def named_keys(jobs: Iterable[Job | UnreadRecord]) -> set[str]:
    """The keys that jobs are made of: of their inputs, and of the files that were brought beside these.

    Of a record that cannot be read it is every text: a key that is named nowhere in it is none of its job's.
    """
    return {key for job in jobs for key in _keys_of(job)}


def _keys_of(job: Job | UnreadRecord) -> Iterable[str]:
    if isinstance(job, UnreadRecord):
        return job.texts
    return [place.key for place in (job.input, job.own_place) if place is not None]
