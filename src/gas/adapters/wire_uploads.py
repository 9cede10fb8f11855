"""How a user's open uploads are written: one item beside the user's own, under a key and in due shards of its own."""

from gas.adapters.wire_values import (
    INTEGER,
    TEXT,
    TIME,
    Item,
    Shape,
    columns,
    due_shard,
    one_of,
)
from gas.domain.uploads import OpenUpload, OpenUploads, UploadState

VERSION = "upload_version"
UPLOADS = "open_uploads"
DUE = ("due_at", "due_shard")

SHARD_PREFIX = "uploads-"
"""The due index is the users' own: what is due there is a user, and these are told apart by their shards."""

_KEY_PREFIX = "uploads:"

_UPLOAD = Shape(
    OpenUpload,
    {
        **columns(TEXT, "key"),
        **columns(TIME, "given", "look"),
        **columns(INTEGER, "size_bytes"),
        **columns(one_of(UploadState), "state"),
    },
)


def uploads_key(user_id: str) -> str:
    """The key in the users' table; no user id has a colon."""
    return f"{_KEY_PREFIX}{user_id}"


def user_of_uploads(key: str) -> str:
    """The user whose uploads lie under that key."""
    return key.removeprefix(_KEY_PREFIX)


def uploads_to_item(user_id: str, uploads: OpenUploads, due_shards: int) -> Item:
    """The attributes, without the key and with the next version. Without an upload none is due."""
    item: Item = {
        VERSION: uploads.version + 1,
        UPLOADS: {job_id: _UPLOAD.write(upload) for job_id, upload in uploads.uploads.items()},
    }
    if uploads.due is None:
        return item
    shard = f"{SHARD_PREFIX}{due_shard(uploads_key(user_id), due_shards)}"
    return item | {"due_at": TIME.write(uploads.due), "due_shard": shard}


def uploads_from_item(item: Item) -> OpenUploads:
    """What was written.

    Raises:
        FatalError: an attribute cannot be read.
    """
    uploads = {str(job_id): _UPLOAD.read(upload) for job_id, upload in item[UPLOADS].items()}
    return OpenUploads(uploads, int(item[VERSION]))
