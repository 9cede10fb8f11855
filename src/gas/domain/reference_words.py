"""What pages, e-mails and scripts say of a bundle: what it is made of, and what a newer one has instead."""

from datetime import datetime

from gas.domain.catalogue import Entry, Source


def named(entry: Entry) -> str:
    """A reference with what people know it by: `GRCh38 (Human genome, GRCh38.p14)`."""
    known = [entry.title] if entry.title != entry.name else []
    if entry.assembly not in {"", entry.name} and entry.assembly not in entry.title:
        known.append(entry.assembly)
    return f"{entry.name} ({', '.join(known)})" if known else entry.name


def made_of(entry: Entry) -> str:
    """Its gene release, and its sources with their releases and dates."""
    sources = [f"{source.what}: {source.words}" for source in entry.sources]
    genes = [f"gene release {entry.gene_release}"] if entry.gene_release else []
    return "; ".join([*genes, *sources]) or "its sources are not told"


def annotated_with(entry: Entry) -> str:
    """The bundle of a result in a sentence, and in another that it was retired, if it was."""
    retired = f" This release was {_withdrawn_on(entry.retired)}." if entry.retired else ""
    return f"Annotated with {entry.name}, bundle {entry.short_digest}: {made_of(entry)}.{retired}"


def annotated_with_unlisted(name: str, digest: str, current: Entry | None) -> str:
    """The bundle of a result that this installation does not list, and what new jobs of its name get.

    It may have come with another release of GAS, or was listed once: which of the two is newer, nobody knows.
    """
    told = f"Annotated with {name}, bundle {digest[:12]}, which this installation does not list."
    return told if current is None else f"{told} New jobs get bundle {current.short_digest}."


def withdrawn(entry: Entry, current: Entry | None, *, newer: bool) -> str | None:
    """That the release of a result was retired, and what to do; None where it was not.

    `current` is what new jobs of its name get. Where that is newer, a sentence of its own tells of it: `outdated`.
    """
    if entry.retired is None:
        return None
    told = f"This release of {entry.name}, bundle {entry.short_digest}, was {_withdrawn_on(entry.retired)}."
    if current is None:
        return f"{told} No new job can have {entry.name}."
    if newer:
        return told
    return f"{told} New jobs get an older one again, bundle {current.short_digest}: submit the file again for a result with it."


def outdated(old: Entry, new: Entry) -> str:
    """That a result was annotated with a bundle of which there is a newer release now, and what to do."""
    before, after = _differing(old, new)
    return f"This was annotated with {before}; this installation now has {after}. Submit the file again for a result with it."


def _withdrawn_on(time: datetime) -> str:
    return f"withdrawn on {time:%Y-%m-%d}"


def _differing(old: Entry, new: Entry) -> tuple[str, str]:
    """The releases that differ, as they were and as they are; the bundles themselves where none does."""
    then, now = _by_name(old), _by_name(new)
    changed = [name for name in now if name in then and then[name] != now[name]]
    added = [now[name].words for name in now if name not in then]
    before = [then[name].words for name in changed]
    after = [now[name].words for name in changed] + added
    if old.gene_release != new.gene_release:
        before.insert(0, f"gene release {old.gene_release or 'unknown'}")
        after.insert(0, f"gene release {new.gene_release or 'unknown'}")
    if not before:
        before.append(f"bundle {old.short_digest}")
    if not after:
        after.append(f"bundle {new.short_digest}")
    return " and ".join(before), " and ".join(after)


def _by_name(entry: Entry) -> dict[tuple[str, str], Source]:
    return {(source.what, source.name): source for source in entry.sources}
