"""Publishing a bundle: stored whole, and only then listed, at any step safe to be killed or done twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gas.domain.catalogue import Catalogue, Entry
from gas.domain.manifest import Manifest
from gas.domain.releases import published
from gas.ports.clock import Clock
from gas.ports.references import PublishedReferences, Sending, unsaid
from gas.services.edit_catalogue import catalogue_to_edit, edit_catalogue


@dataclass(frozen=True)
class Listed:
    """The bundle as the catalogue has it, and what has changed by publishing it."""

    entry: Entry
    before: Entry | None
    """As it was listed before, perhaps retired; None where it was not."""
    current: Entry
    """What new jobs of its name get: another where this one is older, and was listed already."""

    @property
    def is_new(self) -> bool:
        """Whether new jobs could not have it before."""
        return self.before is None or self.before.retired is not None


@dataclass(frozen=True)
class PublishReference:
    """The use case with its ports."""

    references: PublishedReferences
    clock: Clock

    def __call__(
        self,
        manifest: bytes,
        files: Mapping[str, Path],
        *,
        default: bool,
        again: bool = False,
        sending: Sending = unsaid,
    ) -> Listed:
        """Store and list a bundle whose files are known to be those of its manifest; what seems to be stored only `again`.

        `sending` is told of each file that is sent.

        Raises:
            UsageError: the manifest, its name or a file cannot be published; nothing was stored.
            ConflictError: others changed the catalogue again and again.
        """
        told = Manifest.from_json(manifest)
        wanted = told.entry(self.clock.now())
        # What would be refused in the end is told before hours of sending.
        published(catalogue_to_edit(self.references), wanted, default=default)
        self.references.upload(told.digest, files, manifest, again=again, sending=sending)
        listed = self._list(wanted, default=default)
        # Until it was listed, pruning might take what was there already for leftovers: what is gone is sent once more.
        self.references.upload(told.digest, files, manifest, sending=sending)
        return listed

    def _list(self, wanted: Entry, *, default: bool) -> Listed:
        def listed(before: Catalogue) -> tuple[Catalogue, Listed]:
            after = published(before, wanted, default=default)
            entry = after.pinned(wanted.digest)
            current = after.current(wanted.name)
            assert entry is not None
            assert current is not None
            return after, Listed(entry, before.pinned(wanted.digest), current)

        return edit_catalogue(self.references, listed)
