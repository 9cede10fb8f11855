"""Retiring releases of a reference: new jobs do not get them, and those that have them still run."""

from dataclasses import dataclass

from gas.domain.catalogue import Catalogue, Entry
from gas.domain.releases import retired
from gas.ports.clock import Clock
from gas.ports.references import PublishedReferences
from gas.services.edit_catalogue import edit_catalogue


@dataclass(frozen=True)
class RetireReference:
    """The use case with its ports."""

    references: PublishedReferences
    clock: Clock

    def __call__(self, name: str, digest: str | None) -> tuple[Entry, ...]:
        """Retire one release, or all of a name; what was retired by it, and nothing where all were.

        Raises:
            UsageError: there is no such release, or it cannot be retired.
            ConflictError: others changed the catalogue again and again.
        """

        def edit(before: Catalogue) -> tuple[Catalogue, tuple[Entry, ...]]:
            after = retired(before, name, digest, self.clock.now())
            return after, tuple(entry for entry in after.entries if entry not in before.entries)

        return edit_catalogue(self.references, edit)
