"""The users and their plans in DynamoDB."""

from datetime import datetime
from typing import Any

from gas.adapters.aws.attributes import Update, from_typed, to_typed, unchanged
from gas.adapters.aws.due_index import DueIndex
from gas.adapters.aws.errors import aws_errors
from gas.adapters.wire import difference, on_plan, user_from_item, user_to_item
from gas.domain.errors import ConflictError, NotFoundError
from gas.domain.plan import Plan, User

_WATCHED = ("plan_version", "due_at", "cursor", "mailed_plan_version")


class DynamoUserStore:
    """Implements `UserStore`."""

    def __init__(self, client: Any, table: str, due_shards: int) -> None:
        self._client = client
        self._table = table
        self._shards = due_shards
        self._due = DueIndex(client, table, "user_id", due_shards)

    def create(self, user: User) -> bool:
        """Keep a new user; False, and nothing written, when the id is taken."""
        try:
            with aws_errors(self._named(user.user_id)):
                self._client.put_item(
                    TableName=self._table,
                    Item=to_typed(user_to_item(user, self._shards)),
                    ConditionExpression="attribute_not_exists(user_id)",
                )
        except ConflictError:
            return False
        return True

    def get(self, user_id: str) -> User | None:
        """The user as they are now, by a consistent read, or None."""
        with aws_errors(self._named(user_id)):
            answer = self._client.get_item(
                TableName=self._table, Key=to_typed({"user_id": user_id}), ConsistentRead=True
            )
        return user_from_item(from_typed(answer["Item"])) if "Item" in answer else None

    def change_plan(self, user_id: str, plan: Plan, now: datetime) -> User:
        """Put the user on a plan in one conditional write; nothing is written when they are on it already."""
        before = self.get(user_id)
        if before is None:
            raise NotFoundError(f"There is no user {user_id}.")
        if before.standing.plan is plan:
            return before
        return self._write(before, on_plan(before, plan, now), ("plan_version",))

    def commit(self, before: User, after: User) -> User:
        """Write what differs, on condition that plan_version, due, cursor and mailed_plan_version are `before`'s."""
        return self._write(before, after, _WATCHED)

    def due_before(self, now: datetime, limit: int) -> list[str]:
        """Ids of at most `limit` users whose jobs have not all been told of the last plan change."""
        return self._due.due_before(now, limit)

    def _write(self, before: User, after: User, watched: tuple[str, ...]) -> User:
        old, new = user_to_item(before, self._shards), user_to_item(after, self._shards)
        changed = difference(old, new)
        if changed.empty:
            return before
        update = (
            Update(self._table, {"user_id": before.user_id}).set(changed.to_set).remove(changed.to_remove)
        )
        with aws_errors(self._named(before.user_id)):
            answer = self._client.update_item(**update.when(unchanged(old, *watched)).arguments())
        return user_from_item(from_typed(answer["Attributes"]))

    def _named(self, user_id: str) -> str:
        return f"row of user {user_id} in table {self._table}"
