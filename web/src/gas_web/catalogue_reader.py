"""Reading the references catalogue for pages that only tell of it: none of them fails because it cannot be read."""

from contextlib import suppress
from dataclasses import dataclass

from gas.domain.built_in_references import NOTHING_READ
from gas.domain.catalogue import Catalogue
from gas.domain.errors import GasError
from gas.ports.references import References


@dataclass
class CatalogueReader:
    """Reads the catalogue. While it does not answer, the last one holds, and at first what every annotator brings.

    What is submitted is checked against the catalogue itself.
    """

    references: References
    _last: Catalogue = NOTHING_READ

    def __call__(self) -> Catalogue:
        """The catalogue, as it was read last."""
        with suppress(GasError):
            self._last = self.references.catalogue()
        return self._last
