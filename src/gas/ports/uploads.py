"""Where each user's uploads are remembered that no job is made of yet."""

from datetime import datetime
from typing import Protocol

from gas.domain.uploads import OpenUploads


class UploadStore(Protocol):
    """One small record per user; errors as in `JobStore`."""

    def get(self, user_id: str) -> OpenUploads:
        """The user's uploads (a consistent read); none when nothing was ever written."""
        ...

    def commit(self, user_id: str, before: OpenUploads, after: OpenUploads) -> None:
        """Write the uploads and when they are due, on condition that the version is still `before`'s.

        Raises:
            ConflictError: somebody wrote in between; nothing was written.
        """
        ...

    def due_before(self, now: datetime, limit: int) -> list[str]:
        """Ids of at most `limit` users of whose uploads one is due, the longest due first within each shard."""
        ...

    def forget(self, user_id: str, before: OpenUploads) -> None:
        """Remove the user's record, on condition that the version is still `before`'s; again is no error.

        Raises:
            ConflictError: somebody wrote in between; nothing was removed.
        """
        ...
