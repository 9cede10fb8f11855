"""Giving somebody a form to upload a file with. The upload is remembered first, so that none stays that is not submitted.

Killed between the two, a place is taken by an upload that never comes; it is free again as if its user had given it up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from gas.domain.errors import SizeRefusedError, UsageError
from gas.domain.keys import MAX_FILE_NAME_BYTES, InputKey, file_name_is_valid
from gas.domain.offer import Offer
from gas.domain.own_file import MAX_OWN_BYTES, OWN_FILE_SUBJECT, OWN_FILE_WORDS, own_file_too_large
from gas.domain.plan import User
from gas.domain.uploads import OpenUpload
from gas.ports.clock import Clock
from gas.ports.links import Links, UploadForm, UploadPermit
from gas.services.hold_upload import HoldUpload

_VCF_TYPES = {
    ".vcf": "text/plain; charset=utf-8",
    ".vcf.gz": "application/gzip",
    ".vcf.bgz": "application/gzip",
}

CONTENT_TYPES = _VCF_TYPES | {".bcf": "application/octet-stream"}
"""The inputs that the annotators read, by the end of their names, and what an upload of each says that it is."""

OWN_CONTENT_TYPES = _VCF_TYPES | {
    ".bed": "text/plain; charset=utf-8",
    ".bed.gz": "application/gzip",
    ".bed.bgz": "application/gzip",
}
"""The same of files that may be brought to a job beside its input."""

MAX_NAME_CHARACTERS = 200
"""A key has room for 1,024 bytes: a name of this length fits whatever its script."""


class UploadUse(Enum):
    """What an upload is for."""

    INPUT = "input"
    """It is to be annotated."""
    OWN_FILE = "own"
    """It comes with an input, and is looked up for it."""


@dataclass(frozen=True)
class Upload:
    """A form, the job that its file is meant for, and the key that a submission names."""

    job_id: str
    key: str
    file_name: str
    max_bytes: int
    form: UploadForm


@dataclass(frozen=True)
class StartUpload:
    """The use case with its ports. `new_id` makes job ids that nobody can guess."""

    links: Links
    hold_upload: HoldUpload
    clock: Clock
    offer: Offer
    inputs_bucket: str
    key_prefix: str
    lifetime: timedelta
    submit_within: timedelta
    new_id: Callable[[], str]

    def __call__(
        self,
        user: User,
        file_name: str,
        size_bytes: int | None = None,
        redirect: str | None = None,
        use: UploadUse = UploadUse.INPUT,
    ) -> Upload:
        """Make a form for one file of at most the size that was told, or that the user's plan allows.

        Raises:
            SizeRefusedError: the size that was told is out of bounds.
            TooManyRequestsError: too many uploads of the user are not submitted.
            UsageError: the name cannot be that of a file for this use.
        """
        content_type = content_type_of(file_name, use)
        if size_bytes is not None:
            check_size(self.offer, user, size_bytes, use)
        job_id, largest = self.new_id(), self.offer.max_input_bytes(user)
        most = largest if use is UploadUse.INPUT else self.offer.max_own_bytes(user)
        limit, quota = most if size_bytes is None else size_bytes, self.offer.upload_quota(user)
        # Whatever a store refuses, it refuses in its own words: where a browser shows them, GAS judges the size.
        through = limit if redirect is None else max(limit, quota.plain_bytes(largest))
        key = str(InputKey(self.key_prefix, user.user_id, job_id, file_name))
        now = self.clock.now()
        upload = OpenUpload(key, now, through, now + self.submit_within)
        self.hold_upload(user.user_id, job_id, upload, quota, largest)
        permit = UploadPermit(
            self.inputs_bucket,
            key,
            through,
            content_type,
            {"user-id": user.user_id, "job-id": job_id},
            redirect,
            min_bytes=1 if redirect is None else 0,
        )
        return Upload(job_id, key, file_name, limit, self.links.upload(permit, self.lifetime))


def content_type_of(file_name: str, use: UploadUse = UploadUse.INPUT) -> str:
    """The content type of an upload.

    Raises:
        UsageError: no annotator reads a file of that name.
    """
    if not file_name_is_valid(file_name) or len(file_name) > MAX_NAME_CHARACTERS:
        which = "The file's name" if use is UploadUse.INPUT else f"The name of {OWN_FILE_WORDS}"
        raise UsageError(
            f"{which} cannot be used: it must have no slash, no backslash and no control character, and at most "
            f"{MAX_NAME_CHARACTERS} characters ({MAX_FILE_NAME_BYTES} bytes). Rename the file."
        )
    types = CONTENT_TYPES if use is UploadUse.INPUT else OWN_CONTENT_TYPES
    for suffix, content_type in types.items():
        if file_name.lower().endswith(suffix) and len(file_name) > len(suffix):
            return content_type
    *others, last = types
    if use is UploadUse.OWN_FILE:
        raise UsageError(
            f"A file of your own variants or regions is a VCF or a BED, and the name {file_name} does not end with "
            f"{', '.join(others)} or {last}. Rename the file if it is one."
        )
    raise UsageError(
        f"GAS annotates VCF files, and the name {file_name} does not end with {', '.join(others)} or {last}. "
        "Rename the file if it is a VCF."
    )


def check_size(offer: Offer, user: User, size_bytes: int, use: UploadUse = UploadUse.INPUT) -> None:
    """Refuse an empty file, and one that is too large for the user's plan, or for its use.

    Raises:
        SizeRefusedError: it is; the text says what would help.
    """
    subject = "The file" if use is UploadUse.INPUT else OWN_FILE_SUBJECT
    if size_bytes < 1:
        raise SizeRefusedError(f"{subject} is empty: choose another one.")
    # First, for no plan takes more.
    if use is UploadUse.OWN_FILE and size_bytes > MAX_OWN_BYTES:
        raise SizeRefusedError(f"{subject} is too large: {own_file_too_large(size_bytes)}")
    problem = offer.too_large(user, size_bytes, subject)
    if problem is not None:
        raise SizeRefusedError(problem)
