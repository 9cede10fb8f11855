"""The contract of `BulletinBoard`, for memory and DynamoDB alike."""

import pytest

from gas.adapters.aws.bulletins_dynamodb import DynamoBulletinBoard
from gas.adapters.memory.bulletins import InMemoryBulletinBoard
from gas.domain.bulletin import Bulletin
from gas.domain.names import Table
from gas.ports.bulletins import BulletinBoard
from gas_setup.infrastructure import TableSpec
from tests.contract.adapters import BACKENDS, client, fresh_names


@pytest.fixture(params=BACKENDS)
def board(request: pytest.FixtureRequest) -> BulletinBoard:
    """An empty board of each kind."""
    if request.param == "memory":
        return InMemoryBulletinBoard()
    return DynamoBulletinBoard(client("dynamodb"), fresh_names(TableSpec).table(Table.SESSIONS))


def test_nothing_hangs_there_at_first(board: BulletinBoard) -> None:
    """A new installation takes jobs and says nothing."""
    assert board.read() == Bulletin("", paused=False)


@pytest.mark.parametrize(
    "bulletin", [Bulletin("Back at noon, sorry: é", paused=True), Bulletin("", paused=False)]
)
def test_the_last_bulletin_is_read(board: BulletinBoard, bulletin: Bulletin) -> None:
    """What is written replaces what hung there, an empty one too."""
    board.write(Bulletin("Before", paused=not bulletin.paused))

    board.write(bulletin)

    assert board.read() == bulletin
