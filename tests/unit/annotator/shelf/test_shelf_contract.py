"""The contract of `Shelf`, for the shelf of a node and for the one that other tests use."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from gas.ports.shelf import Coming, Gone, Lacking, Shelf
from tests.support.bundles import bundle
from tests.support.jobs import NOW
from tests.support.shelves import FakeShelf
from tests.support.waiting import until
from tests.unit.annotator.shelf.test_shelf import Desk

TOY, OTHER = bundle(), bundle("other")


@dataclass(frozen=True)
class Place:
    """A shelf, and how its surroundings come to be so that a bundle is on its way, comes, is damaged, or is nowhere."""

    shelf: Shelf
    under_way: Callable[[], None]
    comes: Callable[[], None]
    damaged: Callable[[], None]
    nowhere: Callable[[], None]


@pytest.fixture(params=["node", "fake"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty shelf of each kind."""
    if request.param == "fake":
        yield _fake(tmp_path)
        return
    desk = Desk(tmp_path / "shelf")
    yield _node(desk)
    desk.door.set()
    desk.shelf.close()


def _fake(folder: Path) -> Place:
    shelf = FakeShelf(Coming(NOW + timedelta(minutes=4)))

    def says(answer: Lacking | Gone) -> Callable[[], None]:
        return lambda: setattr(shelf, "says", answer)

    return Place(
        shelf,
        under_way=lambda: None,
        comes=lambda: shelf.folders.update({TOY.digest: folder}),
        damaged=says(Lacking("It is damaged.", NOW + timedelta(minutes=5))),
        nowhere=says(Gone()),
    )


def _node(desk: Desk) -> Place:
    def under_way() -> None:
        desk.store.put(TOY)
        desk.hold_the_door()

    def damaged() -> None:
        desk.store.put(replace(TOY, files={**TOY.files, "model.bin": b"\0" * 15}))

    return Place(desk.shelf, under_way, desk.door.set, damaged, lambda: None)


def settled(shelf: Shelf) -> Coming | Lacking | Gone:
    """What is said of a bundle when nothing of it is under way any more, after it was asked for."""
    shelf.bring(TOY.digest)
    until(lambda: not shelf.under_way(TOY.digest))
    return shelf.bring(TOY.digest)


def test_one_that_nobody_asked_for(place: Place) -> None:
    """It is not there, and not under way, whatever else is."""
    place.under_way()
    place.shelf.bring(TOY.digest)
    with place.shelf.holding(OTHER.digest) as folder:
        found = folder

    assert found is None
    assert not place.shelf.under_way(OTHER.digest)


def test_one_that_comes(place: Place) -> None:
    """It is under way from the first request on, however often it is asked for, until it is there."""
    place.under_way()
    first = place.shelf.bring(TOY.digest)
    second = place.shelf.bring(TOY.digest)
    during = place.shelf.under_way(TOY.digest)
    place.comes()
    until(lambda: not place.shelf.under_way(TOY.digest))
    with place.shelf.holding(TOY.digest) as folder:
        found = folder

    assert isinstance(first, Coming)
    assert isinstance(second, Coming)
    assert during
    assert found is not None


def test_one_that_is_damaged(place: Place) -> None:
    """Nothing of it is under way before it is tried again, and what is said of it stays the same."""
    place.damaged()

    lacking = settled(place.shelf)

    assert isinstance(lacking, Lacking)
    assert lacking.next_try > NOW
    assert not place.shelf.under_way(TOY.digest)
    assert place.shelf.bring(TOY.digest) == lacking


def test_one_that_is_nowhere(place: Place) -> None:
    """That is said once nothing is under way."""
    place.nowhere()

    gone = settled(place.shelf)

    assert gone == Gone()
    assert not place.shelf.under_way(TOY.digest)
