"""Users' open uploads in DynamoDB, in the users' table and its index of due times."""

from datetime import datetime
from typing import Any

from gas.adapters.aws.attributes import Condition, Update, from_typed, to_typed
from gas.adapters.aws.due_index import DueIndex
from gas.adapters.aws.errors import aws_errors
from gas.adapters.wire_uploads import (
    DUE,
    SHARD_PREFIX,
    VERSION,
    uploads_from_item,
    uploads_key,
    uploads_to_item,
    user_of_uploads,
)
from gas.domain.uploads import OpenUploads


class DynamoUploadStore:
    """Implements `UploadStore`."""

    def __init__(self, client: Any, table: str, due_shards: int) -> None:
        self._client = client
        self._table = table
        self._shards = due_shards
        self._due = DueIndex(client, table, "user_id", due_shards, SHARD_PREFIX)

    def get(self, user_id: str) -> OpenUploads:
        """The user's uploads, by a consistent read."""
        with aws_errors(self._named(user_id)):
            answer = self._client.get_item(
                TableName=self._table, Key=to_typed({"user_id": uploads_key(user_id)}), ConsistentRead=True
            )
        return uploads_from_item(from_typed(answer["Item"])) if "Item" in answer else OpenUploads()

    def commit(self, user_id: str, before: OpenUploads, after: OpenUploads) -> None:
        """Write the uploads and when they are due, on condition that the version is still `before`'s."""
        item = uploads_to_item(user_id, OpenUploads(after.uploads, before.version), self._shards)
        update = Update(self._table, {"user_id": uploads_key(user_id)}).set(item)
        update.remove(name for name in DUE if name not in item)
        update.when([Condition(VERSION, before.version or None)])
        with aws_errors(self._named(user_id)):
            self._client.update_item(**update.arguments())

    def due_before(self, now: datetime, limit: int) -> list[str]:
        """Ids of at most `limit` users of whose uploads one is due."""
        return [user_of_uploads(key) for key in self._due.due_before(now, limit)]

    def forget(self, user_id: str, before: OpenUploads) -> None:
        """Remove the user's record, on condition that the version is still `before`'s."""
        with aws_errors(self._named(user_id)):
            self._client.delete_item(
                TableName=self._table,
                Key=to_typed({"user_id": uploads_key(user_id)}),
                ConditionExpression="attribute_not_exists(#version) OR #version = :version",
                ExpressionAttributeNames={"#version": VERSION},
                ExpressionAttributeValues=to_typed({":version": before.version}),
            )

    def _named(self, user_id: str) -> str:
        return f"uploads of user {user_id} in table {self._table}"
