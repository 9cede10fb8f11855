"""Reading a small file of a job into memory: its log, its statistics, its preview."""

from gas.domain.errors import ArchivedObjectError, FatalError, NotFoundError
from gas.domain.withheld import without_file_name
from gas.ports.objects import ObjectStore
from gas.services.open_file import StoredFile, moved_away

MAX_BYTES = 4 * 1024 * 1024
"""Far more than an annotator writes beside a result: whatever is larger is none of these files."""


def read_file(objects: ObjectStore, file: StoredFile) -> bytes:
    """The bytes of the file as they are now, by one call.

    Raises:
        NotFoundError: it is not there any more.
        ArchivedObjectError: a rule of the bucket moved it.
        FatalError: it is too large to be shown.
    """
    try:
        # A byte more than may be there tells what is too large, and no more of it is held.
        content = objects.read_start(file.bucket, file.key, MAX_BYTES + 1)
    except NotFoundError as error:
        raise NotFoundError(f"The file {file.name} is no longer kept.") from error
    except ArchivedObjectError as error:
        raise ArchivedObjectError(moved_away(file.name)) from error
    if len(content) > MAX_BYTES:
        raise FatalError(f"s3://{file.bucket}/{without_file_name(file.key)} has more than {MAX_BYTES} bytes.")
    return content
