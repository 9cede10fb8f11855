"""Sessions and access tokens in DynamoDB. Reads by key are consistent: what was ended anywhere is ended everywhere."""

from datetime import datetime
from typing import Any

from gas.adapters.aws.attributes import Update, from_typed, to_typed
from gas.adapters.aws.errors import aws_errors
from gas.adapters.wire_sessions import (
    TABLE_KEY,
    TOKEN_OWNER,
    attempt_from_item,
    attempt_to_item,
    login_key,
    newcomer_from_item,
    newcomer_key,
    newcomer_to_item,
    session_from_item,
    session_key,
    session_to_item,
    token_from_item,
    token_key,
    token_to_item,
    touched_attributes,
)
from gas.adapters.wire_values import Item, to_epoch
from gas.domain.access_token import AccessToken
from gas.domain.errors import ConflictError
from gas.domain.names import TableIndex
from gas.domain.session import LoginAttempt, Newcomer, Session


class _SessionsTable:
    """The four operations that both stores need. No sentence names a key: it stands for a secret."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def _put(self, item: Item) -> bool:
        try:
            with aws_errors(f"table {self._table}"):
                self._client.put_item(
                    TableName=self._table,
                    Item=to_typed(item),
                    ConditionExpression=f"attribute_not_exists({TABLE_KEY})",
                )
        except ConflictError:
            return False
        return True

    def _get(self, key: str) -> Item | None:
        with aws_errors(f"table {self._table}"):
            answer = self._client.get_item(
                TableName=self._table, Key=to_typed({TABLE_KEY: key}), ConsistentRead=True
            )
        return from_typed(answer["Item"]) if "Item" in answer else None

    def _set(self, key: str, attributes: Item) -> bool:
        update = Update(self._table, {TABLE_KEY: key}).set(attributes).when_exists(TABLE_KEY)
        try:
            with aws_errors(f"table {self._table}"):
                self._client.update_item(**update.arguments())
        except ConflictError:
            return False
        return True

    def _take(self, key: str, **more: Any) -> Item | None:
        with aws_errors(f"table {self._table}"):
            answer = self._client.delete_item(
                TableName=self._table, Key=to_typed({TABLE_KEY: key}), ReturnValues="ALL_OLD", **more
            )
        return from_typed(answer["Attributes"]) if answer.get("Attributes") else None


class DynamoSessionStore(_SessionsTable):
    """Implements `SessionStore`."""

    def begin_login(self, attempt: LoginAttempt) -> None:
        """Keep a sign-in under way."""
        self._put(attempt_to_item(attempt))

    def take_login(self, handle: str) -> LoginAttempt | None:
        """The sign-in under way, which is forgotten with this: DeleteItem returns it to exactly one caller."""
        item = self._take(login_key(handle))
        return None if item is None else attempt_from_item(item)

    def keep_newcomer(self, newcomer: Newcomer) -> None:
        """Keep somebody who has to choose an account."""
        self._put(newcomer_to_item(newcomer))

    def newcomer(self, handle: str) -> Newcomer | None:
        """Who has to choose, by a consistent read, or None."""
        item = self._get(newcomer_key(handle))
        return None if item is None else newcomer_from_item(item)

    def take_newcomer(self, handle: str) -> Newcomer | None:
        """Who has chosen, and is forgotten with this."""
        item = self._take(newcomer_key(handle))
        return None if item is None else newcomer_from_item(item)

    def open(self, session: Session) -> None:
        """Keep a new session."""
        self._put(session_to_item(session))

    def get(self, handle: str) -> Session | None:
        """The session as it is now, by a consistent read, or None."""
        item = self._get(session_key(handle))
        return None if item is None else session_from_item(item)

    def touch(self, session: Session) -> bool:
        """Write when it was seen and when it ends; False when it was closed meanwhile."""
        return self._set(session_key(session.handle), touched_attributes(session))

    def close(self, handle: str) -> Session | None:
        """Forget a session and return it."""
        item = self._take(session_key(handle))
        return None if item is None else session_from_item(item)


class DynamoAccessTokenStore(_SessionsTable):
    """Implements `AccessTokenStore`."""

    def create(self, token: AccessToken) -> bool:
        """Keep a new token; False when the id is taken."""
        return self._put(token_to_item(token))

    def get(self, token_id: str) -> AccessToken | None:
        """The token as it is now, by a consistent read, or None."""
        item = self._get(token_key(token_id))
        return None if item is None else token_from_item(item)

    def touch(self, token_id: str, now: datetime) -> None:
        """Note that it was used; one that was revoked stays revoked."""
        self._set(token_key(token_id), {"last_used": to_epoch(now)})

    def tokens_of_user(self, user_id: str) -> list[AccessToken]:
        """The user's tokens, newest first, from the sparse index of tokens: sessions are not in it."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": TableIndex.TOKENS_BY_USER.value,
            "KeyConditionExpression": f"{TOKEN_OWNER} = :owner",
            "ExpressionAttributeValues": to_typed({":owner": user_id}),
            "ScanIndexForward": False,
        }
        found: list[AccessToken] = []
        while True:
            with aws_errors(f"table {self._table}"):
                page = self._client.query(**request)
            found += [token_from_item(from_typed(item)) for item in page["Items"]]
            if not page.get("LastEvaluatedKey"):
                return found
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def revoke(self, user_id: str, token_id: str) -> bool:
        """Forget a token of that user; False when the user has none of that id."""
        try:
            taken = self._take(
                token_key(token_id),
                ConditionExpression=f"{TOKEN_OWNER} = :owner",
                ExpressionAttributeValues=to_typed({":owner": user_id}),
            )
        except ConflictError:
            return False
        return taken is not None
