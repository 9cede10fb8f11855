"""The contract of `MailBudget`, for the in-memory one and DynamoDB alike."""

from datetime import UTC, datetime, timedelta

import pytest

from gas.adapters.aws.mail_budget_dynamodb import DynamoMailBudget
from gas.adapters.memory.mail_budget import InMemoryMailBudget
from gas.domain.names import Table
from gas.ports.mail_budget import MailBudget
from gas_setup.infrastructure import TableSpec
from tests.contract.adapters import BACKENDS, THREADS, client, fresh_names, race

HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(params=BACKENDS)
def budget(request: pytest.FixtureRequest) -> MailBudget:
    """A budget of each kind of which nothing is used."""
    if request.param == "memory":
        return InMemoryMailBudget()
    return DynamoMailBudget(client("dynamodb"), fresh_names(TableSpec).table(Table.SESSIONS))


def test_so_many_and_no_more(budget: MailBudget) -> None:
    """The third of two is refused until the window is over."""
    told = [budget.take("jobs", "ada@example.org", 2, HOUR, NOW) for _ in range(3)]

    assert told == [True, True, False]
    assert budget.take("jobs", "ada@example.org", 2, HOUR, NOW + HOUR)


def test_each_recipient_and_purpose_has_its_own(budget: MailBudget) -> None:
    """Another address, or another purpose, is counted apart; another spelling of the same address is not."""
    budget.take("jobs", "ada@example.org", 1, HOUR, NOW)

    assert budget.take("jobs", "bob@example.org", 1, HOUR, NOW)
    assert budget.take("letters", "ada@example.org", 1, HOUR, NOW)
    assert not budget.take("jobs", "Ada@Example.org", 1, HOUR, NOW)


def test_none_is_none(budget: MailBudget) -> None:
    """Where none is allowed, the first is refused."""
    assert not budget.take("jobs", "ada@example.org", 0, HOUR, NOW)


def test_exact_under_a_race(budget: MailBudget) -> None:
    """Of sixteen at one moment exactly five get through."""
    told = race(*[lambda: budget.take("jobs", "ada@example.org", 5, HOUR, NOW)] * THREADS)

    assert sorted(map(str, told)) == ["False"] * (THREADS - 5) + ["True"] * 5
