"""A bundle's manifest: what the bundle is of, and its files with their sizes and SHA-256."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from gas.domain.catalogue import Contig, Entry, Source
from gas.domain.errors import UsageError
from gas.domain.keys import bundle_file_is_valid, digest_is_valid

MOST_CONTIGS = 100_000
"""Sequences of one entry of the catalogue: GRCh38 with all patches and decoys has 3,400, and 100,000 are 10 MB of it."""

MOST_MANIFEST_BYTES = 64 * 1024**2
"""A manifest of a hundred thousand contigs has half of that."""

_MOST_FILE_BYTES = 2**53
"""Whole numbers up to here are the same to whatever reads JSON; no store takes a file of a hundredth of it."""


@dataclass(frozen=True)
class BundleFile:
    """A file of a bundle, as its manifest tells it."""

    size_bytes: int
    sha256: str
    executable: bool = False
    """Whether it is a program, which a command may start."""

    @property
    def is_told(self) -> bool:
        """Whether all of it is of its kind, whatever the manifest has in their place."""
        counted = type(self.size_bytes) is int and 0 <= self.size_bytes <= _MOST_FILE_BYTES
        hashed = isinstance(self.sha256, str) and digest_is_valid(self.sha256)
        return counted and hashed and type(self.executable) is bool


@dataclass(frozen=True)
class Manifest:
    """What a manifest says; `told` is all of it."""

    digest: str
    files: Mapping[str, BundleFile]
    told: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        """Read a manifest, and prove that it is the one of its digest.

        Raises:
            UsageError: it cannot be read, names what cannot be a file of the bundle, or was changed since it was written.
        """
        if len(text) > MOST_MANIFEST_BYTES:
            raise UsageError(
                f"This is larger than any manifest of a reference bundle, which has {MOST_MANIFEST_BYTES:,} bytes at most."
            )
        try:
            told = json.loads(text)
            digest, is_unchanged = told["digest"], digest_of(told) == told["digest"]
            files = {
                name: BundleFile(each["size"], each["sha256"], each.get("executable", False))
                for name, each in told["files"].items()
            }
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise UsageError(
                f"This is no manifest of a reference bundle ({error}): name a bundle of gas-reference."
            ) from error
        if not is_unchanged or not digest_is_valid(digest):
            raise UsageError(
                f"The manifest of bundle {str(digest)[:12]} was changed after it was written: build the bundle again."
            )
        if (strange := _first_strange(files)) is not None:
            raise UsageError(
                f"The manifest of bundle {digest[:12]} names {strange!r}, which cannot be a file of it."
            )
        return cls(digest, files, told)

    def entry(self, published: datetime) -> Entry:
        """How the catalogue lists the bundle.

        Raises:
            UsageError: it does not say what its sequences are called and how long they are, or has more than the catalogue takes.
        """
        told = self.told
        try:
            count = len(_list(told["contigs"]))
            if count > MOST_CONTIGS:
                raise UsageError(
                    f"Bundle {self.digest[:12]} has {count:,} sequences, and the catalogue, which every page reads, takes "
                    f"{MOST_CONTIGS:,} of one bundle: build it of a FASTA file without the scaffolds that have no genes."
                )
            name = _text(told["name"])
            sources = _sources(_list(told.get("sources", [])))
            genes = next((each.words for each in sources if each.what == "genes"), "")
            return Entry(
                name=name,
                digest=self.digest,
                title=_text(told.get("title") or name),
                assembly=_text(told.get("assembly") or name),
                gene_release=_text(told.get("gene_release") or genes or f"version {told['version']}"),
                sources=sources,
                contigs=tuple(
                    Contig(_text(each["name"]), _length(each["length"]), _texts(each["aliases"]))
                    for each in told["contigs"]
                ),
                size_bytes=self.size_bytes,
                published=published,
                by_command="command" in told,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UsageError(
                f"The manifest of bundle {self.digest[:12]} does not tell what the catalogue has to say ({error}): build the "
                "bundle again."
            ) from error

    @property
    def size_bytes(self) -> int:
        """The bytes of all files together."""
        return sum(each.size_bytes for each in self.files.values())

    def require(self, digest: str, sizes: Mapping[str, int]) -> None:
        """Make sure that these are the files of the bundle of that digest, going by their sizes.

        Raises:
            UsageError: they are not.
        """
        if digest != self.digest:
            raise UsageError(f"The manifest is that of bundle {self.digest[:12]}, not of {digest[:12]}.")
        for name in sorted(self.files.keys() | sizes.keys()):
            if name not in self.files:
                raise UsageError(f"The manifest of bundle {digest[:12]} does not name {name}.")
            if name not in sizes:
                raise UsageError(f"{name} of bundle {digest[:12]} is missing: build the bundle again.")
            if sizes[name] != self.files[name].size_bytes:
                raise UsageError(
                    f"{name} of bundle {digest[:12]} has {sizes[name]} bytes, where its manifest says "
                    f"{self.files[name].size_bytes}: build the bundle again."
                )


def _first_strange(files: Mapping[str, BundleFile]) -> str | None:
    """A name that no file of a bundle can have, one of which no size or digest is told, or one that is a folder as well."""
    for name, file in files.items():
        if not bundle_file_is_valid(name) or not file.is_told:
            return name
    folders = {str(folder) for name in files for folder in PurePosixPath(name).parents}
    return next((name for name in files if name in folders), None)


def _sources(rows: Sequence[Mapping[str, Any]]) -> tuple[Source, ...]:
    """What the bundle was made of, each once. A bare file is told only where nothing tells what it is."""
    named = {row["what"] for row in rows if row.get("name")}
    told = [
        Source(
            _text(row["what"]),
            _text(row.get("name") or row.get("file") or row.get("package") or ""),
            _text(row.get("release") or ""),
            _text(row.get("date") or ""),
            _text(row.get("licence") or ""),
        )
        for row in rows
        if row.get("name") or row["what"] not in named
    ]
    return tuple(dict.fromkeys(told))


# What stands in the catalogue, every part reads: nothing goes there that one of them could not.


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a {type(value).__name__} is no text")
    value.encode()  # A half of a character cannot be written.
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"a {type(value).__name__} is no list")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, _list(value)))


def _length(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("a sequence has no such length")
    return value


def digest_of(told: Mapping[str, Any]) -> str:
    """The digest that names a bundle: the SHA-256 of all else that its manifest says."""
    rest = {name: value for name, value in told.items() if name != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
