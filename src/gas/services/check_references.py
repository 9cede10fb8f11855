"""Checking that every bundle of the catalogue is stored whole, by reading all of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from gas.domain.catalogue import Entry
from gas.domain.errors import NotFoundError, UsageError
from gas.domain.manifest import Manifest
from gas.ports.references import PublishedReferences


@dataclass(frozen=True)
class Checked:
    """A bundle, and a sentence for each thing that is wrong with it."""

    entry: Entry
    problems: tuple[str, ...]


def check_references(references: PublishedReferences) -> Iterator[Checked]:
    """Each published bundle, retired or not, once it was read whole; of one that was pruned nothing is looked for.

    Raises:
        GasError: the store did not answer, or refused.
    """
    for entry in references.catalogue().entries:
        if not entry.built_in:
            yield Checked(entry, () if entry.pruned else tuple(_problems(references, entry)))


def _problems(references: PublishedReferences, entry: Entry) -> Iterator[str]:
    try:
        manifest = Manifest.from_json(references.manifest(entry.digest))
    except NotFoundError:
        yield "its manifest is missing"
        return
    except UsageError as error:
        yield str(error)
        return
    if manifest.digest != entry.digest:
        yield f"its manifest is that of bundle {manifest.digest[:12]}"
        return
    for name, told in manifest.files.items():
        try:
            size, sha256 = references.checksum(entry.digest, name)
        except NotFoundError:
            yield f"{name} is missing"
            continue
        if size != told.size_bytes:
            yield f"{name} has {size:,} bytes instead of {told.size_bytes:,}"
        elif sha256 != told.sha256:
            yield f"{name} has other bytes than were published: its SHA-256 is {sha256}"
