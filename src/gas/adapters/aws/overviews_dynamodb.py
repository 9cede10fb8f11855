"""The overview in DynamoDB: one item in the users' table, which the controllers write and the web reads."""

from typing import Any

from gas.adapters.aws.attributes import from_typed, to_typed
from gas.adapters.aws.errors import aws_errors
from gas.adapters.wire_overview import OVERVIEW_KEY, overview_from_item, overview_to_item
from gas.domain.overview import Overview


class DynamoOverviewBoard:
    """Implements `OverviewBoard`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def read(self) -> Overview | None:
        """The last one that was written, by a consistent read."""
        with aws_errors(self._resource):
            answer = self._client.get_item(
                TableName=self._table, Key=to_typed({"user_id": OVERVIEW_KEY}), ConsistentRead=True
            )
        return overview_from_item(from_typed(answer["Item"])) if "Item" in answer else None

    def write(self, overview: Overview) -> None:
        """Replace it."""
        with aws_errors(self._resource):
            self._client.put_item(TableName=self._table, Item=to_typed(overview_to_item(overview)))

    @property
    def _resource(self) -> str:
        return f"overview in table {self._table}"
