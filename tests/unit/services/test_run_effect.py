"""What a decision asks for is done at the one port that can: here, whether what is removed leaves earlier versions behind."""

import hashlib
from dataclasses import replace
from typing import cast

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.messaging import InMemoryPublisher
from gas.adapters.memory.objects import InMemoryArchive, InMemoryObjectStore
from gas.domain.decision import DeleteArchived, DeleteInput, DeleteOwnFile, DeleteResultObjects
from gas.domain.job import JobStatus
from gas.domain.outputs import Output
from gas.ports.onlooker import PassOnlooker
from gas.services.run_effect import RunEffect
from tests.support.jobs import INPUT, NOW, OWN, OWN_FILE, RESULT, RESULTS, job_in

KEY = RESULT.outputs[Output.RESULT].key
CONTENT = b"annotated"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Store(InMemoryObjectStore):
    """Knows of which objects an earlier version would be left."""

    def __init__(self) -> None:
        super().__init__()
        self.deleted: list[tuple[str, str]] = []
        self.erased: list[tuple[str, str]] = []

    def delete(self, bucket: str, keys: tuple[str, ...]) -> None:
        """Remove objects."""
        super().delete(bucket, keys)
        self.deleted += [(bucket, key) for key in keys]

    def erase(self, bucket: str, keys: tuple[str, ...]) -> None:
        """Remove objects for good."""
        super().delete(bucket, keys)
        self.erased += [(bucket, key) for key in keys]


@pytest.fixture
def store() -> Store:
    """With a result, its input and the file that came beside it."""
    store = Store()
    for bucket, key in ((RESULTS, KEY), (INPUT.bucket, INPUT.key), (OWN.bucket, OWN.key)):
        store.put(bucket, key, CONTENT)
    return store


@pytest.fixture
def archive(store: Store) -> InMemoryArchive:
    """With a copy of that result."""
    archive = InMemoryArchive(store, FakeClock(NOW))
    archive.store(RESULTS, KEY, len(CONTENT), SHA256)
    return archive


@pytest.fixture
def run_effect(store: Store, archive: InMemoryArchive) -> RunEffect:
    """The use case over both. Nobody is told of what is removed."""
    return RunEffect(store, archive, InMemoryPublisher({}), RESULTS, cast("PassOnlooker", None))


@pytest.mark.parametrize("for_good", [True, False])
@pytest.mark.parametrize(
    ("effect", "place"),
    [
        (DeleteResultObjects((KEY,)), (RESULTS, KEY)),
        (DeleteInput(), (INPUT.bucket, INPUT.key)),
        (DeleteOwnFile(), (OWN.bucket, OWN.key)),
    ],
    ids=["result", "input", "own file"],
)
def test_hot_objects_go_for_good_or_leave_a_version(
    store: Store,
    run_effect: RunEffect,
    effect: DeleteResultObjects | DeleteInput | DeleteOwnFile,
    place: tuple[str, str],
    *,
    for_good: bool,
) -> None:
    """Just the one that is meant, by the call that the decision says."""
    run_effect(replace(effect, for_good=for_good), job_in(JobStatus.DELETED, own_file=OWN_FILE))

    assert (store.erased, store.deleted) == (([place], []) if for_good else ([], [place]))


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("for_good", [True, False])
def test_copies_go_for_good_or_leave_a_version(
    archive: InMemoryArchive, run_effect: RunEffect, *, for_good: bool, recorded: bool
) -> None:
    """The archived copy is gone, be it recorded or not, and its bucket keeps an earlier version unless it goes for good."""
    [made] = archive.copies_of(RESULTS, KEY)

    run_effect(DeleteArchived(KEY, made if recorded else None, for_good), job_in(JobStatus.DELETED))

    assert archive.look(RESULTS, made) is None
    assert archive.earlier == ([] if for_good else [(RESULTS, made)])
