"""Fetching what a job is annotated from, as it was accepted: its input, and what its owner brought beside it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from gas.domain.errors import ArchivedObjectError, ConflictError, FatalError, NotFoundError
from gas.domain.job import Job
from gas.domain.objects import ARCHIVED_INPUT
from gas.domain.own_file import MAX_OWN_BYTES, NamedFile, own_file_too_large
from gas.domain.reasons import Reason
from gas.ports.objects import Checkpoint, ObjectStore
from gas.ports.onlooker import RunOnlooker
from gas.ports.runner import FetchedOwnFile, Refused


@dataclass(frozen=True)
class Fetched:
    """The files of a job, in one folder."""

    input_path: Path
    own: FetchedOwnFile | None


class UnreadableError(Exception):
    """The file store does not let this annotator read one of them; `words` are what that is called."""

    def __init__(self, words: str, error: FatalError) -> None:
        super().__init__(str(error))
        self.words = words
        self.error = error


def fetch_files(
    objects: ObjectStore, job: Job, folder: Path, checkpoint: Checkpoint, onlooker: RunOnlooker
) -> Fetched | Refused:
    """Fetch them; a refusal when one is gone, or was another one before all of it was here.

    Raises:
        UnreadableError: the file store does not let us read one.
        GasError, OSError: it could not be read or written now; or whatever the checkpoint raises.
    """
    source, path, own = folder / "input", folder / "own", job.own_file
    size_bytes = _fetch(objects, job, NamedFile(job.input, job.pinned_etag), source, checkpoint)
    if isinstance(size_bytes, Refused):
        return size_bytes
    onlooker.downloaded(size_bytes)
    if own is None:
        return Fetched(source, None)
    size_bytes = _fetch(objects, job, NamedFile(own.place, own.etag, is_own=True), path, checkpoint)
    if isinstance(size_bytes, Refused):
        return size_bytes
    onlooker.own_file_downloaded(size_bytes)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Fetched(source, FetchedOwnFile(path, own.place.file_name, sha256))


def _fetch(
    objects: ObjectStore, job: Job, named: NamedFile, path: Path, checkpoint: Checkpoint
) -> int | Refused:
    """Fetch one, and say how large it is."""
    bucket, key = named.place.bucket, named.place.key
    try:
        pinned = named.etag or _first_seen(objects, job, named)
        if isinstance(pinned, Refused):
            return pinned
        objects.download(bucket, key, path, pinned, checkpoint=checkpoint)
        found = objects.head(bucket, key)
    except NotFoundError:
        found = None
    except ConflictError:
        return Refused(Reason.INPUT_CHANGED, named.told())
    except ArchivedObjectError:
        return Refused(Reason.INPUT_REFUSED, named.told(ARCHIVED_INPUT))
    except FatalError as error:
        raise UnreadableError(named.words, error) from error
    if found is None:
        return Refused(Reason.INPUT_NOT_FOUND, named.told())
    return found.size_bytes if found.etag == pinned else Refused(Reason.INPUT_CHANGED, named.told())


def _first_seen(objects: ObjectStore, job: Job, named: NamedFile) -> str | Refused:
    """The ETag of a file that controllers of an older release accepted unseen, for they knew of none beside the input."""
    if not named.lies_beside(job.input):
        return Refused(Reason.INPUT_NOT_OWNED, named.told())
    found = objects.head(named.place.bucket, named.place.key)
    if found is None:
        return Refused(Reason.INPUT_NOT_FOUND, named.told())
    if named.is_own and found.size_bytes > MAX_OWN_BYTES:
        return Refused(Reason.INPUT_TOO_LARGE, named.told(own_file_too_large(found.size_bytes)))
    return found.etag
