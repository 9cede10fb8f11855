"""Reference bundles: a folder with a manifest, a model that is mapped, and a sequence that is read in windows."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gas_engine.core import Model
from gas_engine.errors import BundleError
from gas_engine.foreign.command import Command
from gas_engine.known.lookup import MOST_COLUMNS, KnownFile
from gas_engine.known.source import KnownSource

FORMAT = "gas-reference/1"
"""The format of bundles of sequence and genes alone."""

FORMAT_WITH_KNOWN = "gas-reference/2"
"""The format of bundles with known variants or a command: versions that would leave these out in silence do not read it."""

FORMATS = (FORMAT, FORMAT_WITH_KNOWN)
"""What this version reads."""


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
class Known:
    """A source of known variants that is ready for lookups."""

    source: KnownSource
    file: KnownFile


@dataclass(frozen=True)
class Bundle:
    """A bundle that is ready for use. Threads and forked processes share it."""

    folder: Path
    manifest: dict[str, Any] = field(repr=False)
    contigs: tuple[Contig, ...] = field(repr=False)
    model: Model = field(repr=False)
    command: Command | None = None
    """What annotates in place of our engine; none for nearly all."""
    known: tuple[Known, ...] = field(default=(), repr=False)

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

    def close(self) -> None:
        """Let go of its files: nobody may use it any more."""
        self.model.close()
        for one in self.known:
            one.file.close()

    def names(self) -> dict[bytes, Contig]:
        """Every name of every contig; a name that two contigs claim is nobody's."""
        return names_of(self.contigs)


def names_of(contigs: Iterable[Contig]) -> dict[bytes, Contig]:
    """Contigs by every name that is one contig's alone."""
    found: dict[bytes, Contig | None] = {}
    own: dict[bytes, Contig] = {}
    for contig in contigs:
        own[contig.name.encode()] = contig
        for alias in contig.aliases:
            found[alias.encode()] = None if alias.encode() in found else contig
    return {name: contig for name, contig in found.items() if contig is not None} | own


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def contigs_of(told: Iterable[Mapping[str, Any]]) -> tuple[Contig, ...]:
    """Contigs as a manifest lists them."""
    return tuple(_contig(number, one) for number, one in enumerate(told))


def _contig(number: int, told: Mapping[str, Any]) -> Contig:
    contig = Contig(
        number=number,
        name=told["name"],
        length=told["length"],
        accession=told["accession"],
        aliases=tuple(told["aliases"]),
        genetic_code=told["genetic_code"],
        circular=told["circular"],
    )
    words = (contig.name, contig.accession, *contig.aliases)
    # A line break in a name would give all names behind it to other contigs.
    if (
        not contig.name
        or type(told["aliases"]) is not list
        or not all(isinstance(word, str) and word.isprintable() for word in words)
    ):
        raise ValueError(f"contig {number + 1} has a name that is none")
    if type(contig.length) is not int or contig.length <= 0 or type(contig.genetic_code) is not int:
        raise ValueError(f"contig {number + 1} has a length or a genetic code that is none")
    return contig


def load_bundle(folder: Path, *, verify: bool = False) -> Bundle:
    """Load a bundle; `verify` reads its files whole and compares their digests.

    Raises:
        BundleError: it is missing, damaged or of another format, or names a command that is none.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BundleError(
            f"{folder} is no reference bundle: its manifest.json cannot be read ({error.strerror if isinstance(error, OSError) else error}); name a folder"
            " that `gas-reference build` has made"
        ) from error
    if not isinstance(manifest, dict) or manifest.get("format") not in FORMATS:
        raise BundleError(
            f"{folder} is no reference bundle of format {' or '.join(FORMATS)}; build it again with gas-reference,"
            " or install a newer gas-engine"
        )
    with _telling(folder, "its files"):
        for name, told in manifest["files"].items():
            _check_file(folder / name, told, verify=verify)
    with _telling(folder, "its sequences"):
        contigs = contigs_of(manifest["contigs"])
    with ExitStack() as opened:
        with _telling(folder, "itself"):
            command = Command.from_manifest(manifest["command"]) if "command" in manifest else None
            model = Model(folder)
            opened.callback(model.close)
            made = Bundle(folder, manifest, contigs, model, command, _known(folder, manifest, opened))
            _ = (made.name, made.version, made.digest)
        if not contigs or model.contig_count != len(contigs):
            raise BundleError(
                f"{folder}: manifest.json lists {len(contigs):,} sequences, and model.bin has {model.contig_count:,}; fetch or"
                " build the bundle again"
            )
        opened.pop_all()
    return made


@contextmanager
def _telling(folder: Path, what: str) -> Iterator[None]:
    """Turn what comes of a manifest that lacks something, or has another thing in its place, into a sentence."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BundleError(
            f"{folder}: manifest.json does not tell of {what} as it should ({error}); fetch or build the bundle again"
        ) from error


def _known(folder: Path, manifest: Mapping[str, Any], opened: ExitStack) -> tuple[Known, ...]:
    """The sources of known variants that a manifest tells of; each is one of its files, which is closed with `opened`."""
    with _telling(folder, "known variants"):
        sources = [KnownSource.from_manifest(one) for one in manifest.get("known", [])]
        strange = [source.data for source in sources if source.data not in manifest["files"]]
    if strange:
        raise BundleError(
            f"{folder}: manifest.json names {strange[0]!r}, which is none of its files; build it again"
        )
    if (count := sum(len(source.fields) for source in sources)) > MOST_COLUMNS:
        raise BundleError(
            f"{folder}: manifest.json names {count} fields of known variants, and {MOST_COLUMNS} are the most; build it again"
        )
    found = []
    for source in sources:
        file = KnownFile((folder / source.data).resolve())
        opened.callback(file.close)
        file.require(source)
        found.append(Known(source, file))
    return tuple(found)


def _check_file(path: Path, told: dict[str, Any], *, verify: bool) -> None:
    try:
        size = path.stat().st_size
        if size == told["size"] and verify and digest_of(path) != told["sha256"]:
            size = -1
    except OSError as error:
        raise BundleError(f"{path} is missing; fetch or build the bundle again") from error
    if size != told["size"]:
        raise BundleError(
            f"{path} is damaged: it differs from manifest.json; fetch or build the bundle again"
        )
