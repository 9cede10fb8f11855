"""The operators' bulletin in DynamoDB: one item in the sessions' table, which only the web reads and writes."""

from typing import Any

from gas.adapters.aws.attributes import from_typed, to_typed
from gas.adapters.aws.errors import aws_errors
from gas.adapters.wire_sessions import TABLE_KEY
from gas.domain.bulletin import Bulletin

_KEY = {TABLE_KEY: "bulletin"}


class DynamoBulletinBoard:
    """Implements `BulletinBoard`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def read(self) -> Bulletin:
        """What hangs there now, by a consistent read."""
        with aws_errors(f"the bulletin in table {self._table}"):
            answer = self._client.get_item(TableName=self._table, Key=to_typed(_KEY), ConsistentRead=True)
        item = from_typed(answer["Item"]) if "Item" in answer else {}
        return Bulletin(str(item.get("banner", "")), bool(item.get("paused", False)))

    def write(self, bulletin: Bulletin) -> None:
        """Replace what hangs there. It has no time to live, so that no clean-up of sessions takes it away."""
        item = {**_KEY, "banner": bulletin.banner, "paused": bulletin.paused}
        with aws_errors(f"the bulletin in table {self._table}"):
            self._client.put_item(TableName=self._table, Item=to_typed(item))
