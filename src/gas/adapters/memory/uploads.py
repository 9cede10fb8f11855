"""Users' open uploads in memory, kept as wire attributes."""

from datetime import datetime

from gas.adapters.memory.table import InMemoryTable, same
from gas.adapters.wire import Difference
from gas.adapters.wire_uploads import (
    DUE,
    VERSION,
    uploads_from_item,
    uploads_key,
    uploads_to_item,
    user_of_uploads,
)
from gas.domain.errors import ConflictError
from gas.domain.uploads import OpenUploads


class InMemoryUploadStore:
    """Implements `UploadStore`."""

    def __init__(self, due_shards: int = 1) -> None:
        self._table = InMemoryTable("user_id")
        self._shards = due_shards

    def get(self, user_id: str) -> OpenUploads:
        """The user's uploads."""
        item = self._table.get(uploads_key(user_id))
        return OpenUploads() if item is None else uploads_from_item(item)

    def commit(self, user_id: str, before: OpenUploads, after: OpenUploads) -> None:
        """Write the uploads and when they are due, on condition that the version is still `before`'s."""
        item = uploads_to_item(user_id, OpenUploads(after.uploads, before.version), self._shards)
        if before.version:
            unchanged = same({VERSION: before.version}, (VERSION,))
            gone = tuple(name for name in DUE if name not in item)
            self._table.update(uploads_key(user_id), unchanged, Difference(item, gone))
        elif not self._table.create({"user_id": uploads_key(user_id), **item}):
            raise self._conflict(user_id)

    def due_before(self, now: datetime, limit: int) -> list[str]:
        """Ids of at most `limit` users of whose uploads one is due."""
        return [user_of_uploads(key) for key in self._table.due_before(now, limit)]

    def forget(self, user_id: str, before: OpenUploads) -> None:
        """Remove the user's record, on condition that the version is still `before`'s."""
        unchanged = same({VERSION: before.version}, (VERSION,))
        removed = self._table.delete(uploads_key(user_id), unchanged)
        if removed is None and self._table.get(uploads_key(user_id)) is not None:
            raise self._conflict(user_id)

    def _conflict(self, user_id: str) -> ConflictError:
        return ConflictError(f"The uploads of user {user_id} have changed in between: read them again.")
