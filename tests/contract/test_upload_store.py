"""The contract of `UploadStore`, for memory and DynamoDB alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gas.adapters.aws.uploads_dynamodb import DynamoUploadStore
from gas.adapters.aws.users_dynamodb import DynamoUserStore
from gas.adapters.memory.stores import InMemoryUserStore
from gas.adapters.memory.uploads import InMemoryUploadStore
from gas.domain.errors import ConflictError
from gas.domain.names import Table
from gas.domain.uploads import OpenUpload, OpenUploads, UploadState
from gas.ports.stores import UserStore
from gas.ports.uploads import UploadStore
from gas_setup.infrastructure import TableSpec
from tests.contract.adapters import BACKENDS, NOW, SHARDS, THREADS, USER, a_user, client, fresh_names, race

HOUR = timedelta(hours=1)
OTHER = "v" * 26

Stores = tuple[UploadStore, UserStore]


@pytest.fixture(params=BACKENDS)
def stores(request: pytest.FixtureRequest) -> Stores:
    """An empty store of each kind, and the users beside it."""
    if request.param == "memory":
        return InMemoryUploadStore(SHARDS), InMemoryUserStore(SHARDS)
    table, dynamodb = fresh_names(TableSpec).table(Table.USERS), client("dynamodb")
    return DynamoUploadStore(dynamodb, table, SHARDS), DynamoUserStore(dynamodb, table, SHARDS)


@pytest.fixture
def uploads(stores: Stores) -> UploadStore:
    """The uploads alone."""
    return stores[0]


def an_upload(number: int = 1, look: timedelta = HOUR) -> OpenUpload:
    """An upload that is looked at after that time."""
    return OpenUpload(f"gas/{USER}/job-{number}~sample é.vcf", NOW, 5_368_709_120, NOW + look)


def test_nobody_has_uploads_at_first(uploads: UploadStore) -> None:
    """A user of whom nothing was written has none, and is not due."""
    assert uploads.get(USER) == OpenUploads()
    assert uploads.due_before(NOW + HOUR, 10) == []


@pytest.mark.parametrize("state", UploadState)
def test_what_was_written_is_read(uploads: UploadStore, state: UploadState) -> None:
    """Uploads are kept with size, times to the microsecond and state, per user, and each write counts the version up."""
    upload = replace(an_upload(), state=state)
    uploads.commit(USER, OpenUploads(), OpenUploads().with_upload("job-1", upload))
    read = uploads.get(USER)
    uploads.commit(USER, read, read.with_upload("job-2", an_upload(2)).without({"job-1"}))

    assert read == OpenUploads({"job-1": upload}, 1)
    assert uploads.get(USER) == OpenUploads({"job-2": an_upload(2)}, 2)
    assert uploads.get(OTHER) == OpenUploads()


def test_the_first_upload_that_is_due_makes_its_user_due(uploads: UploadStore) -> None:
    """Who has none left is due no more; who is due longest comes first."""
    some = OpenUploads().with_upload("a", an_upload(1, HOUR)).with_upload("b", an_upload(2, 3 * HOUR))
    uploads.commit(USER, OpenUploads(), some)
    uploads.commit(OTHER, OpenUploads(), OpenUploads().with_upload("c", an_upload(3, 2 * HOUR)))

    before, first, both = (uploads.due_before(NOW + count * HOUR, 10) for count in (0, 1, 2))
    some = uploads.get(USER)
    uploads.commit(USER, some, some.without({"a"}))
    later = uploads.due_before(NOW + 3 * HOUR, 10)
    some = uploads.get(USER)
    uploads.commit(USER, some, some.without({"b"}))

    assert (before, first, both) == ([], [USER], [USER, OTHER])
    assert later == [OTHER, USER]
    assert uploads.due_before(NOW + 9 * HOUR, 10) == [OTHER]
    assert uploads.due_before(NOW + 9 * HOUR, 0) == []


def test_users_and_their_uploads_are_due_apart(stores: Stores) -> None:
    """They share a table and its index, and neither is taken for the other."""
    uploads, users = stores
    users.create(replace(a_user(OTHER), due=NOW))
    uploads.commit(USER, OpenUploads(), OpenUploads().with_upload("a", an_upload()))

    assert users.due_before(NOW + 9 * HOUR, 10) == [OTHER]
    assert uploads.due_before(NOW + 9 * HOUR, 10) == [USER]
    assert users.get(USER) is None


@pytest.mark.parametrize("written", [0, 1], ids=["first", "later"])
def test_of_many_writers_one_wins(uploads: UploadStore, written: int) -> None:
    """All who write over the same version conflict, but for one."""
    for _ in range(written):
        uploads.commit(USER, OpenUploads(), OpenUploads().with_upload("job-0", an_upload(0)))
    before = uploads.get(USER)

    answers = race(
        *(
            lambda n=n: uploads.commit(USER, before, before.with_upload(f"job-{n}", an_upload(n)))
            for n in range(1, THREADS + 1)
        )
    )

    assert [answer for answer in answers if answer is None] == [None]
    assert all(isinstance(answer, ConflictError) for answer in answers if answer is not None)
    assert len(uploads.get(USER).uploads) == written + 1


def test_a_user_is_forgotten_as_read(uploads: UploadStore) -> None:
    """The record is gone and due no more, another's stays, again is no error; what somebody wrote in between is not lost."""
    for user_id in (USER, OTHER):
        uploads.commit(user_id, OpenUploads(), OpenUploads().with_upload("job-1", an_upload()))
    read = uploads.get(USER)
    with pytest.raises(ConflictError):
        uploads.forget(USER, OpenUploads())

    uploads.forget(USER, read)
    uploads.forget(USER, read)
    uploads.forget(USER, OpenUploads())

    assert uploads.get(USER) == OpenUploads()
    assert uploads.due_before(NOW + 9 * HOUR, 10) == [OTHER]


def test_as_many_as_there_may_be_fit(uploads: UploadStore) -> None:
    """Four times the highest quota, with the longest keys, is one record."""
    key = "i" * 20 + f"/{USER}/" + "j" * 36 + "~" + "f" * 251 + ".vcf"
    many = {f"{number:036d}": OpenUpload(key, NOW, 5_368_709_120, NOW + HOUR) for number in range(800)}

    uploads.commit(USER, OpenUploads(), OpenUploads(many))

    assert len(uploads.get(USER).uploads) == 800
