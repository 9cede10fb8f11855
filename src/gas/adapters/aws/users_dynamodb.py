"""The users and their plans in DynamoDB."""

from datetime import datetime
from typing import Any

from gas.adapters.aws.attributes import Update, from_typed, to_typed, unchanged
from gas.adapters.aws.due_index import DueIndex
from gas.adapters.aws.errors import aws_errors
from gas.adapters.wire import (
    WATCHED_OF_USER,
    difference,
    user_from_item,
    user_to_item,
)
from gas.adapters.wire_sessions import BELONGS_TO, identity_key, identity_to_item
from gas.adapters.wire_values import TIME, Item
from gas.domain.errors import ConflictError, NotFoundError
from gas.domain.names import TableIndex
from gas.domain.plan import Plan, User
from gas.domain.session import Identity


class DynamoUserStore:
    """Implements `UserStore`."""

    def __init__(self, client: Any, table: str, due_shards: int) -> None:
        self._client = client
        self._table = table
        self._shards = due_shards
        self._due = DueIndex(client, table, "user_id", due_shards)

    def create(self, user: User) -> bool:
        """Keep a new user; False, and nothing written, when the id is taken."""
        return self._put(user_to_item(user, self._shards))

    def get(self, user_id: str) -> User | None:
        """The user as they are now, by a consistent read, or None."""
        item = self._get(user_id)
        return None if item is None else user_from_item(item)

    def change_plan(self, user_id: str, plan: Plan, now: datetime) -> User:
        """Put the user on a plan in one conditional write; nothing is written when they are on it already."""
        before = self.get(user_id)
        if before is None:
            raise NotFoundError(f"There is no user {user_id}.")
        if before.standing.plan == plan:
            return before
        return self._write(before, before.with_plan(plan, now), ("plan_version",))

    def commit(self, before: User, after: User) -> User:
        """Write what differs, on condition that nothing of the user but the profile has changed since `before`."""
        return self._write(before, after, WATCHED_OF_USER)

    def due_before(self, now: datetime, limit: int) -> list[str]:
        """Ids of at most `limit` users for whom something is to be done."""
        return self._due.due_before(now, limit)

    def user_id_of(self, identity: Identity) -> str | None:
        """The user that an identity belongs to, by a consistent read, or None."""
        item = self._get(identity_key(identity))
        return None if item is None else str(item[BELONGS_TO])

    def claim_identity(self, identity: Identity, user_id: str) -> str:
        """Give an identity to a user unless it belongs to one; returns whom it belongs to now, for good."""
        if self._put(identity_to_item(identity, user_id)):
            return user_id
        return self.user_id_of(identity) or user_id

    def forget(self, user_id: str) -> None:
        """Remove the user's identities, found by their index, and then the user."""
        for key in [*self._identities(user_id), user_id]:
            with aws_errors(self._named(user_id)):
                self._client.delete_item(TableName=self._table, Key=to_typed({"user_id": key}))

    def _identities(self, user_id: str) -> list[str]:
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": TableIndex.IDENTITIES_BY_USER.value,
            "KeyConditionExpression": f"{BELONGS_TO} = :user",
            "ExpressionAttributeValues": to_typed({":user": user_id}),
        }
        found: list[str] = []
        while True:
            with aws_errors(self._named(user_id)):
                page = self._client.query(**request)
            found += [str(from_typed(item)["user_id"]) for item in page["Items"]]
            if not page.get("LastEvaluatedKey"):
                return found
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def sign_out_everywhere(self, user_id: str, now: datetime) -> None:
        """Note that no session opened up to now holds any more."""
        self._set(user_id, {"signed_out_everywhere": TIME.write(now)})

    def _put(self, item: Item) -> bool:
        try:
            with aws_errors(self._named(item["user_id"])):
                self._client.put_item(
                    TableName=self._table,
                    Item=to_typed(item),
                    ConditionExpression="attribute_not_exists(user_id)",
                )
        except ConflictError:
            return False
        return True

    def _get(self, key: str) -> Item | None:
        with aws_errors(self._named(key)):
            answer = self._client.get_item(
                TableName=self._table, Key=to_typed({"user_id": key}), ConsistentRead=True
            )
        return from_typed(answer["Item"]) if "Item" in answer else None

    def _set(self, user_id: str, attributes: Item) -> User:
        update = Update(self._table, {"user_id": user_id}).set(attributes).when_exists("user_id")
        try:
            with aws_errors(self._named(user_id)):
                answer = self._client.update_item(**update.arguments())
        except ConflictError as error:
            raise NotFoundError(f"There is no user {user_id}.") from error
        return user_from_item(from_typed(answer["Attributes"]))

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
