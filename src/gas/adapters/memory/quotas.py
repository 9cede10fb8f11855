"""The places of unfinished jobs in memory, kept as wire attributes."""

from gas.adapters.memory.table import InMemoryTable, same
from gas.adapters.wire import Difference
from gas.adapters.wire_quota import VERSION, quota_from_item, quota_key, quota_to_item
from gas.domain.errors import ConflictError
from gas.domain.quota import ActiveJobs


class InMemoryQuotaStore:
    """Implements `QuotaStore`."""

    def __init__(self) -> None:
        self._table = InMemoryTable("user_id")

    def active_jobs(self, user_id: str) -> ActiveJobs:
        """Who holds the user's places."""
        item = self._table.get(quota_key(user_id))
        return ActiveJobs() if item is None else quota_from_item(item)

    def forget(self, user_id: str) -> None:
        """Remove the user's record."""
        self._table.delete(quota_key(user_id), same({}, ()))

    def commit(self, user_id: str, before: ActiveJobs, after: ActiveJobs) -> None:
        """Write who holds the places, on condition that the version is still `before`'s."""
        item = quota_to_item(ActiveJobs(after.since, before.version))
        if before.version:
            unchanged = same({VERSION: before.version}, (VERSION,))
            self._table.update(quota_key(user_id), unchanged, Difference(item, ()))
        elif not self._table.create({"user_id": quota_key(user_id), **item}):
            raise ConflictError(f"The places of user {user_id} have changed in between: read them again.")
