"""Reads GFF3: features as rows, attributes decoded, nothing interpreted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from sys import intern
from urllib.parse import unquote

from gas_engine.errors import SourceError
from gas_engine.reference.fasta import opened

_COLUMNS = 9
_REGION = re.compile(r"##sequence-region\s+(\S+)\s+(\d+)\s+(\d+)")


@dataclass(frozen=True, slots=True)
class Feature:
    """One row. Coordinates are 0-based and half open."""

    contig: str
    kind: str
    start: int
    end: int
    strand: str
    phase: str
    attributes: dict[str, str]

    @property
    def identifier(self) -> str:
        """Its ID, or an empty text."""
        return self.attributes.get("ID", "")

    @property
    def parents(self) -> list[str]:
        """The IDs that it belongs to."""
        parent = self.attributes.get("Parent", "")
        return parent.split(",") if parent else []


@dataclass
class Regions:
    """Lengths of contigs as the file's pragmas give them."""

    lengths: dict[str, int]


def features(path: Path, regions: Regions) -> Iterator[Feature]:
    """The rows of a file in their order; its sequence, if it holds one, is left out.

    Raises:
        SourceError: the file is not GFF3.
    """
    with opened(path) as file:
        for number, raw in enumerate(file, 1):
            line = raw.decode("utf-8", errors="replace").rstrip("\r\n")
            if line.startswith(("##FASTA", ">")):
                return
            if line.startswith("#"):
                match = _REGION.match(line)
                if match:
                    regions.lengths[match.group(1)] = int(match.group(3))
            elif line.strip():
                yield _feature(path, number, line)


def _feature(path: Path, number: int, line: str) -> Feature:
    columns = line.split("\t")
    if len(columns) != _COLUMNS:
        raise SourceError(
            f"{path}, line {number}: a GFF3 row has 9 columns between tabs, this one has {len(columns)}"
        )
    if not columns[3].isdigit() or not columns[4].isdigit() or not 0 < int(columns[3]) <= int(columns[4]):
        raise SourceError(f"{path}, line {number}: start and end must be numbers, the start not the larger")
    return Feature(
        contig=intern(unquote(columns[0])),  # A genome has millions of rows, and few words in these columns.
        kind=intern(columns[2]),
        start=int(columns[3]) - 1,
        end=int(columns[4]),
        strand=intern(columns[6]),
        phase=intern(columns[7]),
        attributes=_attributes(path, number, columns[8]),
    )


def _attributes(path: Path, number: int, column: str) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for part in column.split(";"):
        key, equals, value = part.strip().partition("=")
        if equals:
            attributes[key] = unquote(value) if "%" in value else value
        elif key and " " in key:
            raise SourceError(
                f"{path}, line {number}: this is GTF, not GFF3; give the GFF3 file of the same release"
            )
    return attributes
