"""The sparse index of due times, spread over shards."""

from datetime import datetime
from typing import Any

from gas.adapters.aws.attributes import Typed, from_typed, to_typed
from gas.adapters.aws.errors import aws_errors
from gas.adapters.wire_values import to_epoch
from gas.domain.names import TableIndex


class DueIndex:
    """Finds the records of one table that are due. `key` is the name of the table's key.

    Another kind of record in the same table has shards of its own, which begin with a prefix.
    """

    def __init__(self, client: Any, table: str, key: str, shards: int, prefix: str = "") -> None:
        self._client = client
        self._table = table
        self._key = key
        self._shards = shards
        self._prefix = prefix

    def due_before(self, now: datetime, limit: int) -> list[str]:
        """The keys of at most `limit` records that are due, the longest due first."""
        shards = [f"{self._prefix}{shard}" for shard in range(self._shards)]
        found = [due for shard in shards for due in self._in_shard(shard, now, limit)]
        return [key for _, key in sorted(found)[:limit]]

    def _in_shard(self, shard: str, now: datetime, limit: int) -> list[tuple[Any, str]]:
        found: list[tuple[Any, str]] = []
        start: Typed | None = None
        while len(found) < limit:
            page = self._page(shard, now, limit - len(found), start)
            found += [(item["due_at"], item[self._key]) for item in map(from_typed, page["Items"])]
            start = page.get("LastEvaluatedKey")
            if not start:
                break
        return found

    def _page(self, shard: str, now: datetime, limit: int, start: Typed | None) -> dict[str, Any]:
        with aws_errors(f"table {self._table}"):
            page: dict[str, Any] = self._client.query(
                TableName=self._table,
                IndexName=TableIndex.BY_DUE.value,
                KeyConditionExpression="due_shard = :shard AND due_at <= :now",
                ExpressionAttributeNames={"#key": self._key},
                ExpressionAttributeValues=to_typed({":shard": shard, ":now": to_epoch(now)}),
                ProjectionExpression="#key, due_at",
                Limit=limit,
                **({"ExclusiveStartKey": start} if start else {}),
            )
        return page
