"""Reads FASTA, plain or compressed, one contig at a time."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gas_engine.errors import SourceError

_GZIP = b"\x1f\x8b"
_LETTERS = b"ACGTMRWSYKVHDBN"
_TO_KNOWN = bytes.maketrans(b"UX", b"TN")


@dataclass(frozen=True)
class Sequence:
    """One contig of a FASTA file: its name, the rest of its title, and its bases in capitals."""

    name: str
    title: str
    bases: bytes


def opened(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked if it is gzipped or bgzipped."""
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]  # both read bytes


def sequences(path: Path) -> Iterator[Sequence]:
    """The contigs of a file in their order.

    Raises:
        SourceError: the file is not FASTA.
    """
    name, title, lines = "", "", list[bytes]()
    with opened(path) as file:
        for number, line in enumerate(file, 1):
            if line.startswith(b">"):
                if name:
                    yield _sequence(path, name, title, lines)
                name, _, title = line[1:].decode("utf-8", errors="replace").strip().partition(" ")
                lines = []
                if not name:
                    raise SourceError(f"{path}, line {number}: a contig has no name behind its >")
            elif name:
                lines.append(line.strip())
            elif line.strip():
                raise SourceError(
                    f"{path}, line {number}: this is no FASTA file: its first line must start with >"
                )
    if not name:
        raise SourceError(f"{path}: this file holds no contig")
    yield _sequence(path, name, title, lines)


def _sequence(path: Path, name: str, title: str, lines: list[bytes]) -> Sequence:
    bases = b"".join(lines).upper().translate(_TO_KNOWN)
    strange = bases.translate(None, _LETTERS)
    if strange:
        sign = chr(strange[0])
        raise SourceError(
            f"{path}: contig {name} holds {sign!r}, which is no base of DNA; give the genome's sequence"
        )
    if not bases:
        raise SourceError(f"{path}: contig {name} has no bases")
    return Sequence(name, title, bases)
