"""References for tests: entries of the catalogue, and small bundles on the disk."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gas.domain.catalogue import Catalogue, Contig, Entry, Source
from gas.domain.manifest import digest_of
from gas.ports.references import PublishedReferences

PUBLISHED = datetime(2026, 11, 23, 12, tzinfo=UTC)


def an_entry(name: str = "GRCh38", digest: str = "a" * 64, **more: Any) -> Entry:
    """A bundle as it is listed, with everything that can be said of one."""
    fields: dict[str, Any] = {
        "name": name,
        "digest": digest,
        "title": "Human, é",
        "assembly": "GRCh38.p14",
        "gene_release": "Ensembl 116",
        "sources": (
            Source("known variants", "ClinVar", "20261123", "2026-11-23", "public domain"),
            Source("genes", "E"),
        ),
        "contigs": (Contig("1", 248_956_422, ("chr1", "NC_000001.11")), Contig("MT", 16_569)),
        "size_bytes": 3 * 10**10,
        "published": PUBLISHED,
    }
    return Entry(**(fields | more))


@dataclass(frozen=True)
class ABundle:
    """Files of a bundle on the disk, and their manifest."""

    digest: str
    files: dict[str, Path]
    manifest: bytes


def a_bundle(folder: Path, told: Mapping[str, Any] | None = None, **contents: bytes) -> ABundle:
    """A bundle of these files, whose names end with .bin; `told` is what its manifest says besides, or instead."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, content in contents.items():
        files[f"{name}.bin"] = folder / f"{name}.bin"
        files[f"{name}.bin"].write_bytes(content)
    manifest: dict[str, Any] = {
        "name": "yeast",
        "version": "1",
        "contigs": [{"name": "I", "length": 230_218, "aliases": ["chrI"]}],
        "files": {
            name: {"size": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            for name, path in files.items()
        },
        **(told or {}),
    }
    digest = digest_of(manifest)
    return ABundle(digest, files, json.dumps(manifest | {"digest": digest}).encode())


def publish(references: PublishedReferences, *entries: Entry) -> None:
    """List these, beside what is listed."""
    before = references.catalogue()
    references.replace(before, Catalogue((*before.entries, *entries)))
