"""The contract of `QuotaStore`, for memory and DynamoDB alike."""

import pytest

from gas.adapters.aws.quotas_dynamodb import DynamoQuotaStore
from gas.adapters.memory.quotas import InMemoryQuotaStore
from gas.domain.errors import ConflictError
from gas.domain.names import Table
from gas.domain.quota import ActiveJobs
from gas.ports.quotas import QuotaStore
from gas_setup.infrastructure import TableSpec
from tests.contract.adapters import BACKENDS, NOW, THREADS, USER, client, fresh_names, race


@pytest.fixture(params=BACKENDS)
def quotas(request: pytest.FixtureRequest) -> QuotaStore:
    """An empty store of each kind."""
    if request.param == "memory":
        return InMemoryQuotaStore()
    return DynamoQuotaStore(client("dynamodb"), fresh_names(TableSpec).table(Table.USERS))


def test_nobody_holds_a_place_at_first(quotas: QuotaStore) -> None:
    """A user of whom nothing was written has no active jobs."""
    assert quotas.active_jobs(USER) == ActiveJobs()


def test_what_was_written_is_read(quotas: QuotaStore) -> None:
    """Places are kept to the microsecond, per user, and each write counts the version up."""
    first = ActiveJobs().with_job("job-1", NOW)
    quotas.commit(USER, ActiveJobs(), first)
    read = quotas.active_jobs(USER)
    quotas.commit(USER, read, read.with_job("job-2", NOW).without({"job-1"}))

    assert read == ActiveJobs({"job-1": NOW}, 1)
    assert quotas.active_jobs(USER) == ActiveJobs({"job-2": NOW}, 2)
    assert quotas.active_jobs("v" * 26) == ActiveJobs()


def test_all_places_can_be_given_back(quotas: QuotaStore) -> None:
    """No active jobs is something that can be written."""
    quotas.commit(USER, ActiveJobs(), ActiveJobs({"job-1": NOW}))
    read = quotas.active_jobs(USER)

    quotas.commit(USER, read, read.without({"job-1"}))

    assert quotas.active_jobs(USER) == ActiveJobs({}, 2)


@pytest.mark.parametrize("written", [0, 1], ids=["first", "later"])
def test_of_many_writers_one_wins(quotas: QuotaStore, written: int) -> None:
    """All who write over the same version conflict, but for one."""
    for _ in range(written):
        quotas.commit(USER, ActiveJobs(), ActiveJobs({"job-0": NOW}))
    before = quotas.active_jobs(USER)

    answers = race(
        *(
            lambda n=n: quotas.commit(USER, before, before.with_job(f"job-{n}", NOW))
            for n in range(1, THREADS + 1)
        )
    )

    assert [answer for answer in answers if answer is None] == [None]
    assert all(isinstance(answer, ConflictError) for answer in answers if answer is not None)
    assert len(quotas.active_jobs(USER)) == written + 1


def test_a_user_is_forgotten(quotas: QuotaStore) -> None:
    """The record is gone, another's stays, and again is no error."""
    for user_id in (USER, "v" * 26):
        quotas.commit(user_id, ActiveJobs(), ActiveJobs({"job-1": NOW}))

    quotas.forget(USER)
    quotas.forget(USER)

    assert quotas.active_jobs(USER) == ActiveJobs()
    assert quotas.active_jobs("v" * 26) == ActiveJobs({"job-1": NOW}, 1)
