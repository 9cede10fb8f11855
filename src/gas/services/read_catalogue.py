"""The catalogue for whoever asks for one name, which may have been published just now, or for one bundle."""

from contextlib import suppress

from gas.domain.catalogue import Catalogue, Entry
from gas.domain.errors import GasError
from gas.ports.references import References


def read_catalogue(references: References, name: str) -> Catalogue:
    """The catalogue, read anew where it does not offer that name.

    Raises:
        GasError: it could not be read.
    """
    known = references.catalogue()
    return known if known.current(name) is not None else references.catalogue(anew=True)


def listed_bundle(references: References, digest: str, *, look_again: bool = False) -> Entry | None:
    """What the catalogue lists under a digest; None while it cannot be read, too: for whom nothing waits for it.

    With `look_again` it is read anew before it is said to list nothing: the one at hand may be a minute old.
    """
    with suppress(GasError):
        listed = references.catalogue().pinned(digest)
        if listed is None and look_again:
            return references.catalogue(anew=True).pinned(digest)
        return listed
    return None
