"""How the references catalogue is written: one JSON document, the same in every store."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import structlog

from gas.adapters.wire_values import FLAG, INTEGER, TEXT, Codec, Shape, columns, listed, mapped
from gas.domain.built_in_references import BUILT_IN
from gas.domain.catalogue import Catalogue, Contig, Entry, Source, Unreadable, with_built_in
from gas.domain.errors import FatalError

log = structlog.get_logger()

_Found = tuple[Any, Entry | FatalError]
"""What is written in place of an entry, and what it was read as."""

CATALOGUE_SCHEMA = 1
"""The version of the document. It grows only when an old reader would misread a new catalogue."""

_UNREADABLE = "The references catalogue cannot be read ({why}): bring back its last version, or publish anew."
_NOT_WRITTEN = (
    "The references catalogue was not written, for nobody could read it ({why}): build the bundle again."
)


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text!r} does not say its time zone")
    return time.astimezone(UTC)


_TIME = Codec(datetime.isoformat, _time)
"""In words: people read this document, too."""
_CONTIG = Shape(Contig, columns(TEXT, "name") | columns(INTEGER, "length") | columns(listed(TEXT), "aliases"))
_SOURCE = Shape(Source, columns(TEXT, "what", "name", "release", "date", "licence"))
_ENTRY = Shape(
    Entry,
    {
        **columns(TEXT, "name", "digest", "title", "assembly", "gene_release"),
        **columns(listed(mapped(_SOURCE)), "sources"),
        **columns(listed(mapped(_CONTIG)), "contigs"),
        **columns(INTEGER, "size_bytes"),
        **columns(_TIME, "published", "retired", "pruned"),
        **columns(FLAG, "default", "by_command"),
    },
)


def catalogue_to_json(catalogue: Catalogue) -> bytes:
    """The document of what was published; what annotators bring is not in it. What is unreadable is written as it was read.

    Raises:
        FatalError: it could not be read as what it says: every part of the installation would be without it.
    """
    published = tuple(entry for entry in catalogue.entries if not entry.built_in)
    try:
        entries: list[Any] = [_ENTRY.write(entry) for entry in published]
        for each in sorted(catalogue.unreadable, key=lambda each: each.place):
            entries.insert(each.place, json.loads(each.written))
        document = {"schema": CATALOGUE_SCHEMA, "entries": entries}
        # What is damaged may hold half a character, which cannot be written otherwise.
        escaped = bool(catalogue.unreadable)
        written = json.dumps(document, indent=1, ensure_ascii=escaped).encode() + b"\n"
    except (TypeError, ValueError) as error:
        raise FatalError(_NOT_WRITTEN.format(why=error)) from error
    if _published(_read(_document(written))) != published:
        raise FatalError(_NOT_WRITTEN.format(why="it would be read as something else"))
    return written


def catalogue_from_json(document: bytes) -> Catalogue:
    """The catalogue of an installation: what was published, and what annotators bring; what a newer release adds is passed over.

    That is `beyond`. An entry that cannot be read is `unreadable`, with a warning: one of them must not take all others from every
    part, nor keep anybody from changing them.

    Raises:
        FatalError: it is no catalogue, or one that only a newer release can read.
    """
    read = _document(document)
    found = _read(read)
    beyond = "; ".join(_beyond(read, found)) or None
    return with_built_in(_published(found), BUILT_IN, beyond, _unreadable(found))


def _document(document: bytes) -> dict[str, Any]:
    try:
        read: Any = json.loads(document)
        schema, entries = read["schema"], read["entries"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise FatalError(_UNREADABLE.format(why=error)) from error
    if schema != CATALOGUE_SCHEMA:
        raise FatalError(
            f"The references catalogue was written by another release of GAS (schema {schema}, where this one reads "
            f"{CATALOGUE_SCHEMA}): use that release, or a newer one."
        )
    if not isinstance(entries, list):
        raise FatalError(_UNREADABLE.format(why="its entries are no list"))
    return dict(read)


def _read(document: dict[str, Any]) -> list[_Found]:
    return [(written, _entry(written)) for written in document["entries"]]


def _entry(written: Any) -> Entry | FatalError:
    """The entry, or why it cannot be read."""
    try:
        return _ENTRY.read(_told(written))
    except FatalError as error:
        return error


def _published(found: list[_Found]) -> tuple[Entry, ...]:
    return tuple(entry for _, entry in found if isinstance(entry, Entry))


def _told(written: Any) -> dict[str, Any]:
    return written if isinstance(written, dict) else {}


def _named(told: dict[str, Any]) -> str:
    return f"{told.get('name', 'an entry')}@{str(told.get('digest') or '')[:12]}".removesuffix("@")


def _unreadable(found: list[_Found]) -> Iterator[Unreadable]:
    for place, (written, entry) in enumerate(found):
        if isinstance(entry, Entry):
            continue
        told = _told(written)
        digest = told.get("digest")
        log.warning(
            "an entry of the references catalogue cannot be read, and is passed over",
            name=told.get("name"),
            digest=digest,
            error=str(entry),
        )
        yield Unreadable(
            place, _named(told), digest if isinstance(digest, str) else None, json.dumps(written)
        )


def _beyond(document: dict[str, Any], found: list[_Found]) -> Iterator[str]:
    """What writing this document anew would lose: all of it is a newer release's, for a damaged entry is no entry."""
    told = {name for name, value in document.items() if value is not None}
    for name in sorted(told - {"schema", "entries"}):
        yield f"what is called {name}"
    for written, entry in found:
        if isinstance(entry, Entry):
            unknown = _unknown(written, _ENTRY.write(entry))
            yield from (f"what is called {name} of {_named(written)}" for name in sorted(unknown))


def _unknown(written: Any, known: Any) -> set[str]:
    """The names in what was written that are not in what is known of it."""
    if isinstance(written, dict):
        missing = {name for name, value in written.items() if value is not None and name not in known}
        return missing.union(
            *(_unknown(value, known[name]) for name, value in written.items() if name in known)
        )
    if isinstance(written, list):
        return set[str]().union(*map(_unknown, written, known))
    return set()
