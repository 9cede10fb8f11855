"""How the catalogue is told on a terminal, and to programs."""

from collections.abc import Iterator, Sequence
from typing import Any

from gas.domain.catalogue import Catalogue, Entry
from gas.domain.releases import Kept
from gas.domain.sizes import size_words
from gas.services.publish_reference import Listed

_HEADER = ("NAME", "DIGEST", "ASSEMBLY", "GENES", "SIZE", "PUBLISHED", "STATE")


def one_line(entry: Entry) -> str:
    """A bundle in one line."""
    return f"{entry.name}@{entry.short_digest}: {entry.assembly}, {entry.gene_release}, {size_words(entry.size_bytes)}"


def outcome(done: Listed, instance: str) -> Iterator[str]:
    """What publishing has changed, and what new jobs get now, in sentences."""
    entry, before, current = done.entry, done.before, done.current
    soon = "within a minute new jobs get it, and jobs that are there keep theirs."
    if before is None:
        yield f"It is listed in {instance}: {soon}"
    elif before.retired is not None:
        yield f"It was retired on {before.retired:%Y-%m-%d}; it is offered again in {instance}, as the newest: {soon}"
    elif before == entry:
        yield f"It was listed in {instance} already: nothing has changed."
    else:
        yield f"It was listed in {instance} already, and is the default now."
    if current.digest != entry.digest:
        newest = f"{current.name}@{current.short_digest}"
        yield (
            f"It is not the newest: new jobs get {newest}, and go on to. `gas-reference retire {newest}` would offer the one before "
            "it again."
        )
    if entry.default:
        yield f"{entry.name} is the default: files whose headers speak for no reference get it."


def kept_because(kept: Kept) -> str:
    """Why pruning left a retired bundle, and when it can go."""
    if kept.until is None:
        return "unfinished jobs need it; it can go when they have ended"
    return f"it was retired a moment ago, and a job may just be submitted with it; it can go from {kept.until:%Y-%m-%d %H:%M:%S} UTC"


def as_table(catalogue: Catalogue) -> str:
    """The catalogue as a table, those first that new jobs get."""
    ordered = [*catalogue.offered, *(each for each in catalogue.entries if each not in catalogue.offered)]
    rows = [_HEADER, *(_row(catalogue, entry) for entry in ordered)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    return "\n".join(_line(row, widths) for row in rows)


def as_json(catalogue: Catalogue) -> list[dict[str, Any]]:
    """The catalogue for programs, in the order of publishing."""
    return [
        {
            "name": entry.name,
            "digest": entry.digest,
            "title": entry.title,
            "assembly": entry.assembly,
            "geneRelease": entry.gene_release,
            "sources": [
                {
                    "what": each.what,
                    "name": each.name,
                    "release": each.release,
                    "date": each.date,
                    "licence": each.licence,
                }
                for each in entry.sources
            ],
            "contigs": [
                {"name": each.name, "length": each.length, "aliases": list(each.aliases)}
                for each in entry.contigs
            ],
            "sizeBytes": entry.size_bytes,
            "published": entry.published.isoformat(),
            "default": entry.default,
            "retired": None if entry.retired is None else entry.retired.isoformat(),
            "builtIn": entry.built_in,
            "pruned": None if entry.pruned is None else entry.pruned.isoformat(),
            "offered": entry in catalogue.offered,
        }
        for entry in catalogue.entries
    ]


def _row(catalogue: Catalogue, entry: Entry) -> tuple[str, ...]:
    if entry.retired is not None:
        state = f"retired {entry.retired:%Y-%m-%d}"
        if entry.pruned is not None:
            state = f"{state}, pruned {entry.pruned:%Y-%m-%d}"
    elif entry not in catalogue.offered:
        state = "older"
    else:
        state = "default" if entry.default else "offered"
    return (
        entry.name,
        entry.short_digest,
        entry.assembly,
        entry.gene_release,
        size_words(entry.size_bytes),
        "built in" if entry.built_in else f"{entry.published:%Y-%m-%d}",
        state,
    )


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
