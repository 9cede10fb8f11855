"""Who changes the catalogue changes all of it, or nothing."""

from dataclasses import replace

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.references import InMemoryReferences
from gas.domain.catalogue import Catalogue
from gas.domain.errors import FatalError
from gas.services.edit_catalogue import edit_catalogue


class Newer(InMemoryReferences):
    """References of which a newer release wrote the catalogue."""

    def catalogue(self, *, anew: bool = False) -> Catalogue:
        """The catalogue as it is."""
        return replace(super().catalogue(anew=anew), beyond="what is called new")


def test_what_would_be_lost_is_not_written() -> None:
    """Nobody is even asked what to change; it is told what is not known, and what to do."""
    with pytest.raises(FatalError, match=r"would lose it \(what is called new\). Use the newest release's"):
        edit_catalogue(Newer(FakeClock()), lambda _: pytest.fail("it was asked"))
