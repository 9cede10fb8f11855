"""Reference bundles: a folder with a manifest, a model that is mapped, and a sequence that is read in windows."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gas_engine.core import Model
from gas_engine.errors import BundleError

FORMAT = "gas-reference/1"
"""The format of bundles that this version writes and reads."""


@dataclass(frozen=True)
class Contig:
    """One contig of a bundle."""

    number: int
    name: str
    length: int
    accession: str
    aliases: tuple[str, ...]
    genetic_code: int
    circular: bool

    @property
    def words(self) -> str:
        """Its name and length, and a name or two that it also goes by."""
        others = [alias for alias in self.aliases if alias != self.name][:2]
        also = f", also {' or '.join(others)}" if others else ""
        return f"{self.name} ({self.length:,} bases{also})"


@dataclass(frozen=True)
class Bundle:
    """A bundle that is ready for use. Threads and forked processes share it."""

    folder: Path
    manifest: dict[str, Any] = field(repr=False)
    contigs: tuple[Contig, ...] = field(repr=False)
    model: Model = field(repr=False)

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.manifest["name"])

    @property
    def version(self) -> str:
        """Its version, as whoever built it counts."""
        return str(self.manifest["version"])

    @property
    def digest(self) -> str:
        """The name of its content: the same digest, the same consequences."""
        return str(self.manifest["digest"])

    @property
    def longest(self) -> int:
        """Bases of its longest contig."""
        return max(contig.length for contig in self.contigs)

    def names(self) -> dict[bytes, Contig]:
        """Every name of every contig; a name that two contigs claim is nobody's."""
        found: dict[bytes, Contig | None] = {}
        for contig in self.contigs:
            for alias in contig.aliases:
                found[alias.encode()] = None if alias.encode() in found else contig
        own = {contig.name.encode(): contig for contig in self.contigs}
        return {name: contig for name, contig in found.items() if contig is not None} | own


def load_bundle(folder: Path, *, verify: bool = False) -> Bundle:
    """Load a bundle; `verify` reads its files whole and compares their digests.

    Raises:
        BundleError: it is missing, damaged or of another format.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(
            f"{folder} is no reference bundle: its manifest.json cannot be read ({error.strerror if isinstance(error, OSError) else error}); name a folder"
            " that `gas-reference build` has made"
        ) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BundleError(
            f"{folder} is no reference bundle of format {FORMAT}; build it again with gas-reference"
        )
    for name, told in manifest["files"].items():
        _check_file(folder / name, told, verify=verify)
    contigs = tuple(
        Contig(
            number=number,
            name=one["name"],
            length=one["length"],
            accession=one["accession"],
            aliases=tuple(one["aliases"]),
            genetic_code=one["genetic_code"],
            circular=one["circular"],
        )
        for number, one in enumerate(manifest["contigs"])
    )
    return Bundle(folder, manifest, contigs, Model(folder))


def _check_file(path: Path, told: dict[str, Any], *, verify: bool) -> None:
    try:
        size = path.stat().st_size
        if size == told["size"] and verify:
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != told["sha256"]:
                    size = -1
    except OSError as error:
        raise BundleError(f"{path} is missing; fetch or build the bundle again") from error
    if size != told["size"]:
        raise BundleError(
            f"{path} is damaged: it differs from manifest.json; fetch or build the bundle again"
        )
