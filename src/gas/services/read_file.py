"""Reading a small file of a job into memory: its log, its statistics, its preview."""

import tempfile
from pathlib import Path

from gas.domain.errors import FatalError, NotFoundError
from gas.ports.objects import ObjectStore
from gas.services.open_file import StoredFile

MAX_BYTES = 4 * 1024 * 1024
"""Far more than an annotator writes beside a result: whatever is larger is none of these files."""


def read_file(objects: ObjectStore, file: StoredFile) -> bytes:
    """The bytes of the file as they are now.

    Raises:
        NotFoundError: it is not there any more.
        FatalError: it is too large to be shown.
    """
    there = objects.head(file.bucket, file.key)
    if there is None:
        raise NotFoundError(f"The file {file.name} is no longer kept.")
    if there.size_bytes > MAX_BYTES:
        raise FatalError(
            f"s3://{file.bucket}/{file.key} has {there.size_bytes} bytes, more than {MAX_BYTES}."
        )
    with tempfile.TemporaryDirectory(prefix="gas-") as folder:
        path = Path(folder) / "file"
        objects.download(file.bucket, file.key, path, there.etag)
        return path.read_bytes()
