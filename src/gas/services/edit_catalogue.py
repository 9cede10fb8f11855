"""Changing the references catalogue: read, decided and written, and again where somebody else was quicker."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from gas.domain.catalogue import Catalogue
from gas.domain.errors import ConflictError, FatalError
from gas.ports.references import PublishedReferences

Told = TypeVar("Told")

TRIES = 5
"""Publishers are few, and each needs a second: whoever loses so often meets something else than another publisher."""


def edit_catalogue(
    references: PublishedReferences, edit: Callable[[Catalogue], tuple[Catalogue, Told]]
) -> Told:
    """What the edit tells beside the new catalogue. It may be asked more than once; a catalogue that it gives back is not written.

    Raises:
        ConflictError: others changed the catalogue again and again.
        FatalError: it holds what only a newer release knows.
    """
    for _ in range(TRIES - 1):
        with suppress(ConflictError):
            return _edited(references, edit)
    return _edited(references, edit)


def catalogue_to_edit(references: PublishedReferences) -> Catalogue:
    """The catalogue for whoever decides what to change in it, or in the bundles that it lists.

    Raises:
        FatalError: it holds what only a newer release knows, and would be lost by the change. What is damaged is not lost.
    """
    catalogue = references.catalogue()
    if catalogue.beyond is not None:
        raise FatalError(
            f"Nothing was changed: the references catalogue has what this release does not know, and would lose it ({catalogue.beyond}). "
            "Use the newest release's gas-reference. If that says the same, somebody has written it there by hand: take it out again."
        )
    return catalogue


def _edited(references: PublishedReferences, edit: Callable[[Catalogue], tuple[Catalogue, Told]]) -> Told:
    before = catalogue_to_edit(references)
    after, told = edit(before)
    if after is not before:
        references.replace(before, after)
    return told
