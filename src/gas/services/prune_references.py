"""Removing bundles that are retired and that no unfinished job needs, and what broken uploads left."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gas.domain.catalogue import Catalogue
from gas.domain.errors import FatalError, TransientError
from gas.domain.releases import Pruning, pruning
from gas.ports.clock import Clock
from gas.ports.overviews import OverviewBoard
from gas.ports.references import PublishedReferences
from gas.services.edit_catalogue import catalogue_to_edit, edit_catalogue

UNKNOWN = "Nothing was removed: the controllers {what}, so that nobody knows which bundles unfinished jobs need. {do}"
DAMAGED = (
    "Nothing was removed: the references catalogue has damaged entries ({}), and any bundle may be theirs. Publish these bundles again, "
    "or bring back the last sound version of the catalogue."
)


@dataclass(frozen=True)
class PruneReferences:
    """The use case with its ports.

    Which bundles unfinished jobs need, the controllers tell every few seconds in their overview: no part may look through all
    jobs. A job without a resource, which a cluster took none of, is not in it: its release can be kept by not retiring it.
    """

    references: PublishedReferences
    overviews: OverviewBoard
    clock: Clock

    def __call__(self, *, dry_run: bool) -> Pruning:
        """Remove them, or only tell what would be removed. Killed half way, the next run goes on.

        The catalogue says so first: a job that is submitted meanwhile cannot get what is about to go. What somebody
        publishes again meanwhile stays, and is not told as removed.

        Raises:
            TransientError: it is not known what unfinished jobs need; nothing was removed.
            FatalError: a damaged entry of the catalogue may be that of any bundle; nothing was removed.
            ConflictError: others changed the catalogue again and again.
        """
        if dry_run:
            _, (found, _) = self._decided(catalogue_to_edit(self.references))
            return found
        return self._removed(*edit_catalogue(self.references, self._decided))

    def _decided(self, before: Catalogue) -> tuple[Catalogue, tuple[Pruning, Mapping[str, datetime]]]:
        """The catalogue without what is to go, what that is, and when each bundle was stored."""
        if before.unreadable:
            raise FatalError(DAMAGED.format(", ".join(each.words for each in before.unreadable)))
        stored, now = self.references.stored(), self.clock.now()
        found = pruning(before, stored, self._pinned(), now)
        return found.without(before, now) if found.entries else before, (found, stored)

    def _removed(self, found: Pruning, seen: Mapping[str, datetime]) -> Pruning:
        """Remove each that is as it was seen: removing takes long, and somebody may be publishing one of them meanwhile."""
        gone = set[str]()
        for digest in found.digests:
            now = self.references.catalogue(anew=True)
            # What cannot be read may name this very bundle.
            unsure = now.beyond is not None or now.unreadable
            if not (now.keeps(digest) or unsure) and self.references.stored().get(digest) == seen.get(digest):
                self.references.remove(digest)
                gone.add(digest)
        return found.only(gone)

    def _pinned(self) -> tuple[str, ...]:
        overview = self.overviews.read()
        if overview is None or self.clock.now() - overview.time > overview.silent_after:
            raise TransientError(UNKNOWN.format(what="are silent", do="Run it again when they are up."))
        if overview.unserved:
            raise TransientError(
                UNKNOWN.format(what="see no AnnotationJobs", do="Bring back the kind or the namespace first.")
            )
        if overview.pinned is None:
            raise TransientError(
                UNKNOWN.format(what="are of an earlier release", do="Run it again after their upgrade.")
            )
        return overview.pinned
