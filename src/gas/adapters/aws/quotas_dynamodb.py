"""The places of unfinished jobs in DynamoDB, in the users' table."""

from typing import Any

from gas.adapters.aws.attributes import Condition, Update, from_typed, to_typed
from gas.adapters.aws.errors import aws_errors
from gas.adapters.wire_quota import VERSION, quota_from_item, quota_key, quota_to_item
from gas.domain.quota import ActiveJobs


class DynamoQuotaStore:
    """Implements `QuotaStore`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def active_jobs(self, user_id: str) -> ActiveJobs:
        """Who holds the user's places, by a consistent read."""
        with aws_errors(self._named(user_id)):
            answer = self._client.get_item(
                TableName=self._table, Key=to_typed({"user_id": quota_key(user_id)}), ConsistentRead=True
            )
        return quota_from_item(from_typed(answer["Item"])) if "Item" in answer else ActiveJobs()

    def forget(self, user_id: str) -> None:
        """Remove the user's record."""
        with aws_errors(self._named(user_id)):
            self._client.delete_item(TableName=self._table, Key=to_typed({"user_id": quota_key(user_id)}))

    def commit(self, user_id: str, before: ActiveJobs, after: ActiveJobs) -> None:
        """Write who holds the places, on condition that the version is still `before`'s."""
        update = Update(self._table, {"user_id": quota_key(user_id)})
        update.set(quota_to_item(ActiveJobs(after.since, before.version)))
        update.when([Condition(VERSION, before.version or None)])
        with aws_errors(self._named(user_id)):
            self._client.update_item(**update.arguments())

    def _named(self, user_id: str) -> str:
        return f"places of user {user_id} in table {self._table}"
