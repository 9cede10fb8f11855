"""What decides who somebody is, and what they may do, is read as it is now: what was ended anywhere is ended everywhere.

The local AWS is always consistent, so a read that is not would pass every other test.
"""

from collections.abc import Callable
from typing import Any

import pytest

from gas.adapters.aws.bulletins_dynamodb import DynamoBulletinBoard
from gas.adapters.aws.jobs_dynamodb import DynamoJobStore
from gas.adapters.aws.overviews_dynamodb import DynamoOverviewBoard
from gas.adapters.aws.quotas_dynamodb import DynamoQuotaStore
from gas.adapters.aws.sessions_dynamodb import DynamoAccessTokenStore, DynamoSessionStore
from gas.adapters.aws.uploads_dynamodb import DynamoUploadStore
from gas.adapters.aws.users_dynamodb import DynamoUserStore
from gas.domain.session import Identity

READS: dict[str, Callable[[Any], object]] = {
    "session": lambda client: DynamoSessionStore(client, "t").get("h"),
    "newcomer": lambda client: DynamoSessionStore(client, "t").newcomer("h"),
    "token": lambda client: DynamoAccessTokenStore(client, "t").get("h"),
    "user": lambda client: DynamoUserStore(client, "t", 1).get("u"),
    "identity": lambda client: DynamoUserStore(client, "t", 1).user_id_of(Identity("i", "s")),
    "job": lambda client: DynamoJobStore(client, "t", 1).get("j"),
    "quota": lambda client: DynamoQuotaStore(client, "t").active_jobs("u"),
    "uploads": lambda client: DynamoUploadStore(client, "t", 1).get("u"),
    "bulletin": lambda client: DynamoBulletinBoard(client, "t").read(),
    "overview": lambda client: DynamoOverviewBoard(client, "t").read(),
}


class Empty:
    """A table with nothing in it, which notes how it is read."""

    def __init__(self) -> None:
        """Nothing read yet."""
        self.read: list[dict[str, Any]] = []

    def get_item(self, **asked: Any) -> dict[str, Any]:
        """Nothing."""
        self.read.append(asked)
        return {}


@pytest.mark.parametrize("name", READS)
def test_a_read_by_key_is_consistent(name: str) -> None:
    """One read, and one that sees every write before it."""
    table = Empty()

    READS[name](table)

    (asked,) = table.read
    assert asked["ConsistentRead"] is True


def test_a_read_of_many_is_consistent() -> None:
    """So is one by many keys: what is left out for being at rest must be at rest."""
    asked: dict[str, Any] = {}

    class Several:
        """A table with nothing in it."""

        def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
            """Nothing."""
            asked.update(RequestItems)
            return {"Responses": {"t": []}, "UnprocessedKeys": {}}

    DynamoJobStore(Several(), "t", 1).get_many(["j", "k"])

    assert asked["t"]["ConsistentRead"] is True
    assert len(asked["t"]["Keys"]) == 2
