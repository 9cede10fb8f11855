"""What publishing, retiring and pruning make of the references catalogue. Pure: who runs them writes the answer, or nothing."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gas.domain.catalogue import AUTO, Catalogue, Entry
from gas.domain.errors import UsageError

UNLISTED_AGE = timedelta(days=1)
"""What is stored and not listed may be an upload that still runs: after a day without a new file it is one that was broken off."""

SETTLED_AGE = timedelta(minutes=5)
"""A bundle is not removed sooner after it was retired: who read the catalogue a minute before may just be submitting a job with it."""

MIN_DIGEST = 6
"""The fewest digits of a digest that name a release."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
"""As spec.reference of an AnnotationJob takes it."""


def published(catalogue: Catalogue, entry: Entry, *, default: bool) -> Catalogue:
    """The catalogue with a bundle as the newest release of its name; the same catalogue where it is that already.

    What was retired is offered again, as the newest. What is listed stays in its place: one that is older than another does not
    become the newest by being published again. What is damaged of the same digest is repaired. A name that was the default stays it with each release. There is one default: `default` takes it from whichever had it.

    Raises:
        UsageError: nobody could ask for that name.
    """
    if not _NAME.fullmatch(entry.name) or entry.name == AUTO:
        raise UsageError(
            f"A reference cannot be called {entry.name!r}: use at most 63 letters, digits, and . _ - within, and not {AUTO!r}. "
            "Build the bundle again with another name."
        )
    if any(each.built_in and each.digest == entry.digest for each in catalogue.entries):
        raise UsageError(f"This very {entry.name} is part of every annotator: there is nothing to publish.")
    was_default = any(each.default for each in catalogue.entries if each.name == entry.name)
    catalogue = catalogue.repaired(replace(entry, default=was_default, retired=None))
    entry = replace(entry, default=default or was_default, retired=None)
    listed = catalogue.pinned(entry.digest)
    if listed is not None and listed.retired is None:
        if listed.default or not default:
            return catalogue
        entry = replace(listed, default=True)
        others = tuple(entry if each is listed else each for each in catalogue.entries)
    else:
        others = (*(each for each in catalogue.entries if each.digest != entry.digest), entry)
    if default:
        others = tuple(replace(each, default=each.name == entry.name) for each in others)
    return replace(catalogue, entries=others)


def preferred(catalogue: Catalogue, name: str) -> Catalogue:
    """The catalogue with that name as the default; the same catalogue where it is that already.

    Raises:
        UsageError: no new job can have it.
    """
    chosen = catalogue.current(name)
    if chosen is None:
        raise UsageError(catalogue.unknown(name))
    if chosen.default:
        return catalogue
    entries = tuple(replace(each, default=each.name == name) for each in catalogue.entries)
    return replace(catalogue, entries=entries)


def retired(catalogue: Catalogue, name: str, digest: str | None, now: datetime) -> Catalogue:
    """The catalogue after a release, or all releases of a name, were retired; again changes nothing.

    Raises:
        UsageError: there is no such release, it cannot be told from another, or it is part of the annotators.
    """
    found = [each for each in catalogue.entries if each.name == name and each.digest.startswith(digest or "")]
    ours = [each for each in found if not each.built_in]
    if not found:
        known = ", ".join(
            f"{each.name}@{each.short_digest}" for each in catalogue.entries if not each.built_in
        )
        raise UsageError(
            f"There is no {name}{f'@{digest}' if digest else ''} in the catalogue. It has: {known or 'nothing that was published'}."
        )
    if not ours:
        raise UsageError(f"{name} is part of the annotators, and goes with them: it cannot be retired.")
    if digest is not None and (len(digest) < MIN_DIGEST or len(ours) > 1):
        raise UsageError(
            f"{digest!r} does not say which release of {name}: give at least {MIN_DIGEST} digits, and as many as tell it from others."
        )
    if all(each.retired is not None for each in ours):
        return catalogue
    entries = tuple(
        replace(each, retired=now) if each in ours and each.retired is None else each
        for each in catalogue.entries
    )
    return replace(catalogue, entries=entries)


@dataclass(frozen=True)
class Kept:
    """A retired bundle that stays: until a time, or, where there is none, until the unfinished jobs that need it have ended."""

    entry: Entry
    until: datetime | None


@dataclass(frozen=True)
class Pruning:
    """What `prune` removes: bundles of `entries`, and such as are listed by no entry any more. `kept` are retired and stay."""

    entries: tuple[Entry, ...]
    unlisted: tuple[str, ...]
    kept: tuple[Kept, ...]

    @property
    def digests(self) -> tuple[str, ...]:
        """All bundles that it removes, in this order."""
        return (*(entry.digest for entry in self.entries), *self.unlisted)

    def only(self, digests: Collection[str]) -> "Pruning":
        """What it removes of these."""
        return replace(
            self,
            entries=tuple(entry for entry in self.entries if entry.digest in digests),
            unlisted=tuple(digest for digest in self.unlisted if digest in digests),
        )

    def without(self, catalogue: Catalogue, now: datetime) -> Catalogue:
        """The catalogue once their bundles are not kept. Their entries stay, or no result could say any more that it is of a wrong release."""
        gone = {entry.digest for entry in self.entries}
        entries = tuple(
            # The contigs are by far the most of an entry, and choose nothing any more.
            replace(each, pruned=now, contigs=()) if each.digest in gone else each
            for each in catalogue.entries
        )
        return replace(catalogue, entries=entries)


def pruning(
    catalogue: Catalogue, stored: Mapping[str, datetime], pinned: Collection[str], now: datetime
) -> Pruning:
    """What of the catalogue and of the stored bundles nobody needs any more; `pinned` are those of unfinished jobs."""
    there = [each for each in catalogue.entries if each.pruned is None]
    gone = [each for each in there if each.retired is not None and not each.built_in]
    kept = tuple(one for each in gone if (one := _kept(each, pinned, now)) is not None)
    staying = {one.entry.digest for one in kept}
    listed = {each.digest for each in there}
    unlisted = (
        digest
        for digest, time in stored.items()
        if digest not in listed and digest not in pinned and now - time > UNLISTED_AGE
    )
    return Pruning(tuple(each for each in gone if each.digest not in staying), tuple(sorted(unlisted)), kept)


def _kept(entry: Entry, pinned: Collection[str], now: datetime) -> Kept | None:
    """Why a retired bundle stays; None where it may go."""
    if entry.digest in pinned:
        return Kept(entry, None)
    settled = now if entry.retired is None else entry.retired + SETTLED_AGE
    return Kept(entry, settled) if now < settled else None
