"""The references catalogue: what can be annotated against, in which releases, and which bundle each of them is.

A bundle is immutable and named by the digest of its content. The catalogue lists the bundles that were published: several
of one name are its releases, and the newest that is not retired is the one that a new job gets. A job keeps the digest
that it was submitted with, whatever is published later.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

AUTO = "auto"
"""What is asked for instead of a name where the file's header is to choose."""


@dataclass(frozen=True)
class Contig:
    """A sequence of a reference: its name, its number of bases, and the other names that it goes by."""

    name: str
    length: int
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """What a bundle was built from: `what` it is (sequence, genes, known variants …), whose, of which release and date."""

    what: str
    name: str
    release: str = ""
    date: str = ""
    licence: str = ""

    @property
    def words(self) -> str:
        """Name, release and date, as people read them: `ClinVar 20261123 (2026-11-23)`."""
        told = f"{self.name} {self.release}".strip()
        return f"{told} ({self.date})" if self.date and self.date != self.release else told


@dataclass(frozen=True)
class Entry:
    """One bundle of the catalogue."""

    name: str
    digest: str
    """SHA-256 of the bundle's manifest, 64 hexadecimal digits."""
    title: str
    assembly: str
    """What headers and people call the sequence: `GRCh38.p14`."""
    gene_release: str
    sources: tuple[Source, ...]
    contigs: tuple[Contig, ...] = field(repr=False)
    size_bytes: int
    published: datetime
    default: bool = False
    """Whether it is offered first where nothing else speaks for another."""
    retired: datetime | None = None
    """Since when new jobs do not get it; jobs that have its digest still run."""
    pruned: datetime | None = None
    """Since when its bundle is not kept; it was retired before. What is left, without contigs, tells of results that were made with it."""
    built_in: bool = False
    """Whether it is part of the annotators, so that nobody fetches it."""
    by_command: bool = False
    """Whether a command annotates in place of our engine, so that no own file is looked up; of what was published before this was
    told, only the annotators know."""

    @property
    def short_digest(self) -> str:
        """Enough of the digest to tell releases apart where people read it."""
        return self.digest[:12]

    @cached_property
    def by_name(self) -> Mapping[str, Contig]:
        """Its contigs by all of their names, as annotators find them: a name that two of them claim is nobody's."""
        claimed = Counter(alias for contig in self.contigs for alias in {contig.name, *contig.aliases})
        others = {alias: contig for contig in self.contigs for alias in contig.aliases if claimed[alias] == 1}
        return others | {contig.name: contig for contig in self.contigs}


@dataclass(frozen=True)
class Unreadable:
    """What is written in place of an entry, and cannot be read: somebody has damaged it. It stays as it is until it is repaired."""

    place: int
    """How many were published before it."""
    words: str
    """Name and digest as far as they can be read, for sentences."""
    digest: str | None
    written: str = field(repr=False)
    """As the document has it."""


@dataclass(frozen=True)
class Catalogue:
    """All entries, in the order in which they were published."""

    entries: tuple[Entry, ...]
    beyond: str | None = None
    """What a newer release wrote that is not in the entries, in words. Whoever wrote the entries anew would lose it."""
    unreadable: tuple[Unreadable, ...] = ()
    """What is damaged: no part offers it, and it is written back as it was read."""

    @cached_property
    def offered(self) -> tuple[Entry, ...]:
        """The entry of each name that a new job gets: the newest that is not retired; the default one first, then by name."""
        newest = {entry.name: entry for entry in self.entries if entry.retired is None}
        return tuple(sorted(newest.values(), key=lambda entry: (not entry.default, entry.name)))

    @property
    def names(self) -> tuple[str, ...]:
        """The names that a new job may have."""
        return tuple(entry.name for entry in self.offered)

    def current(self, name: str) -> Entry | None:
        """What a new job of that name gets; None where the name is unknown, or all of its releases are retired."""
        return next((entry for entry in self.offered if entry.name == name), None)

    def pinned(self, digest: str) -> Entry | None:
        """The bundle of a job that has its digest, retired, pruned, or neither; None where nobody published it here."""
        return next((entry for entry in self.entries if entry.digest == digest), None)

    def keeps(self, digest: str) -> bool:
        """Whether it says that the bundle is stored."""
        listed = self.pinned(digest)
        return listed is not None and listed.pruned is None

    def newer_than(self, digest: str) -> Entry | None:
        """What a new job of the same name would get instead of that bundle; None where that is no newer one, or it is unknown."""
        old = self.pinned(digest)
        newest = None if old is None else self.current(old.name)
        if old is None or newest is None:
            return None
        # With the newest retired, the one that is offered again is older than its results.
        return newest if self.entries.index(newest) > self.entries.index(old) else None

    def surely_unlisted(self, digest: str) -> bool:
        """Whether nobody published that bundle here, or it is listed no more: known only where all of the catalogue is."""
        return self.beyond is None and not self.unreadable and self.pinned(digest) is None

    def repaired(self, entry: Entry) -> "Catalogue":
        """With this entry in the place of what is damaged of the same digest; the same catalogue where nothing is."""
        damaged = [each for each in self.unreadable if each.digest == entry.digest]
        if not damaged:
            return self
        others = tuple(each for each in self.unreadable if each not in damaged)
        if self.pinned(entry.digest) is not None:
            return replace(self, unreadable=others)
        place = damaged[0].place - sum(each.place < damaged[0].place for each in others)
        place += sum(each.built_in for each in self.entries)
        return replace(self, entries=(*self.entries[:place], entry, *self.entries[place:]), unreadable=others)

    def unknown(self, name: str) -> str:
        """What is said of a name that no new job may have."""
        known = ", ".join(self.names) or "none yet"
        return f"There is no reference {name} here. The references of this installation are: {known}."


def with_built_in(
    published: Iterable[Entry],
    built_in: Iterable[Entry],
    beyond: str | None = None,
    unreadable: Iterable[Unreadable] = (),
) -> Catalogue:
    """The catalogue of an installation: what its annotators bring, and what was published to it since.

    Where a published one is to be offered first, what every installation has is not.
    """
    entries = tuple(published)
    chosen = any(entry.default and entry.retired is None for entry in entries)
    return Catalogue(
        (*(replace(entry, default=entry.default and not chosen) for entry in built_in), *entries),
        beyond,
        tuple(unreadable),
    )
