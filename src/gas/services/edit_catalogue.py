"""Changing the references catalogue: read, decided and written, and again where somebody else was quicker."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from gas.domain.catalogue import Catalogue
from gas.domain.errors import ConflictError
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
    """
    for _ in range(TRIES - 1):
        with suppress(ConflictError):
            return _edited(references, edit)
    return _edited(references, edit)


def _edited(references: PublishedReferences, edit: Callable[[Catalogue], tuple[Catalogue, Told]]) -> Told:
    before = references.catalogue()
    after, told = edit(before)
    if after is not before:
        references.replace(before, after)
    return told
