"""Making a reference the default: what is taken where a file's header speaks for none."""

from gas.domain.catalogue import Catalogue
from gas.domain.releases import preferred
from gas.ports.references import PublishedReferences
from gas.services.edit_catalogue import edit_catalogue


def prefer_reference(references: PublishedReferences, name: str) -> bool:
    """Make it the default, be it published or built in; False where it was.

    Raises:
        UsageError: no new job can have it.
        ConflictError: others changed the catalogue again and again.
    """

    def edit(before: Catalogue) -> tuple[Catalogue, bool]:
        after = preferred(before, name)
        return after, after is not before

    return edit_catalogue(references, edit)
