"""Reference bundles: a sequence, its genes, and the facts about both. Shipped inside the package."""

import hashlib
import json
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gas_annotator.engine.errors import EngineError, UnknownReferenceError
from gas_annotator.engine.versions import tools

REFERENCES = Path(__file__).parents[1] / "references"


@dataclass(frozen=True)
class Gene:
    """One gene with its one transcript: 1-based inclusive interval on the reference."""

    symbol: str
    identifier: str
    transcript: str
    biotype: str
    start: int
    end: int
    strand: str

    @property
    def coding(self) -> bool:
        """Whether the gene is translated."""
        return self.biotype == "protein_coding"

    @property
    def partial_codon(self) -> tuple[int, int] | None:
        """Interval of the bases after the last whole codon: a stop that is only completed in the transcript."""
        rest = (self.end - self.start + 1) % 3
        if not self.coding or rest == 0:
            return None
        return (self.end - rest + 1, self.end) if self.strand == "+" else (self.start, self.start + rest - 1)

    @property
    def first_codon(self) -> tuple[int, int] | None:
        """Interval of the start codon."""
        if not self.coding:
            return None
        return (self.start, self.start + 2) if self.strand == "+" else (self.end - 2, self.end)


@dataclass(frozen=True)
class Reference:
    """One contig with its genes, ready for use; made once and inherited by every child."""

    name: str
    contig: str
    aliases: frozenset[bytes]
    sequence: bytes = field(repr=False)
    circular: bool
    md5: str
    genetic_code: int
    genes: tuple[Gene, ...] = field(repr=False)
    fasta: Path
    gff: Path
    description: dict[str, Any] = field(repr=False)
    _starts: tuple[int, ...] = field(repr=False, default=())

    @property
    def length(self) -> int:
        """Number of bases."""
        return len(self.sequence)

    def bases(self, position: int, length: int) -> bytes:
        """Bases from a 1-based position on; across the origin if the contig is circular, else cut at the end."""
        found = self.sequence[position - 1 : position - 1 + length]
        missing = length - len(found)
        if missing > 0 and self.circular and missing <= self.length:
            found += self.sequence[:missing]
        return found

    def overlapping(self, first: int, last: int) -> list[Gene]:
        """Genes that share a base with an interval, in the order of their positions."""
        until = bisect_right(self._starts, last)
        return [gene for gene in self.genes[:until] if gene.end >= first]


def _attributes(column: str) -> dict[str, str]:
    """The last column of a GFF3 line."""
    return dict(part.split("=", 1) for part in column.split(";"))


def _genes(gff: str) -> list[Gene]:
    """Genes of a bundle's GFF3, in the order of their positions."""
    rows = [line.split("\t") for line in gff.splitlines() if not line.startswith("#")]
    transcripts: dict[str, str] = {}
    genes: list[tuple[list[str], dict[str, str]]] = []
    for row in rows:
        attributes = _attributes(row[8])
        if attributes.get("ID", "").startswith("gene:"):
            genes.append((row, attributes))
        elif attributes.get("ID", "").startswith("transcript:"):
            transcripts[attributes["Parent"]] = attributes["ID"].removeprefix("transcript:")
    return sorted(
        (
            Gene(
                symbol=attributes["Name"],
                identifier=attributes["ID"].removeprefix("gene:"),
                transcript=transcripts[attributes["ID"]],
                biotype=attributes["biotype"],
                start=int(row[3]),
                end=int(row[4]),
                strand=row[6],
            )
            for row, attributes in genes
        ),
        key=lambda gene: (gene.start, gene.end),
    )


def known_references() -> list[str]:
    """Names of the bundles that are shipped."""
    return sorted(path.parent.name for path in REFERENCES.glob("*/reference.json"))


def load_reference(name: str) -> Reference:
    """Load a bundle, check its sequence against its own description, and look up the versions of the tools.

    Raises:
        UnknownReferenceError: no bundle has this name.
        EngineError: the bundle is damaged.
    """
    if name not in known_references():
        raise UnknownReferenceError(
            f"reference {name!r} is not known; known are: {', '.join(known_references())}"
        )
    folder = REFERENCES / name
    description = json.loads((folder / "reference.json").read_text(encoding="utf-8"))
    fasta = folder / f"{name}.fa"
    sequence = b"".join(fasta.read_bytes().split(b"\n")[1:])
    if hashlib.md5(sequence, usedforsecurity=False).hexdigest() != description["md5"]:
        raise EngineError(
            f"{fasta} is damaged: its MD5 differs from reference.json; install the package again"
        )
    tools()
    genes = tuple(_genes((folder / "genes.gff3").read_text(encoding="ascii")))
    return Reference(
        name=name,
        contig=description["contig"],
        aliases=frozenset(alias.encode() for alias in description["aliases"]),
        sequence=sequence,
        circular=description["circular"],
        md5=description["md5"],
        genetic_code=description["genetic_code"],
        genes=genes,
        fasta=fasta,
        gff=folder / "genes.gff3",
        description=description,
        _starts=tuple(gene.start for gene in genes),
    )
