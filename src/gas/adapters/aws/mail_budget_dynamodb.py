"""The counts of e-mails in DynamoDB, in the table of the sessions, which forgets by itself."""

from datetime import datetime, timedelta
from typing import Any

from gas.adapters.aws.attributes import to_typed
from gas.adapters.aws.errors import aws_errors
from gas.adapters.wire_mail_budget import COUNT, CountedWindow
from gas.adapters.wire_sessions import TABLE_KEY
from gas.domain.errors import ConflictError


class DynamoMailBudget:
    """Implements `MailBudget`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def take(self, purpose: str, recipient: str, most: int, window: timedelta, now: datetime) -> bool:
        """Count one more, by one conditional update."""
        counted = CountedWindow.at(purpose, recipient, window, now)
        if most < 1:
            return False
        try:
            with aws_errors(f"table {self._table}"):
                self._client.update_item(
                    TableName=self._table,
                    Key=to_typed({TABLE_KEY: counted.key}),
                    UpdateExpression="SET #count = if_not_exists(#count, :none) + :one, expires_at = :ends",
                    ConditionExpression="attribute_not_exists(#count) OR #count < :most",
                    ExpressionAttributeNames={"#count": COUNT},
                    ExpressionAttributeValues=to_typed(
                        {":none": 0, ":one": 1, ":most": most, ":ends": counted.ends}
                    ),
                )
        except ConflictError:
            return False
        return True
