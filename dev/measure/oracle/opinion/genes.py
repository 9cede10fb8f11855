"""Transcripts and sequences, read straight from GFF3 and FASTA."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import unquote

from dev.measure.oracle.opinion.codes import THREE_LETTERS

_RECODED = re.compile(r"\(pos:(?:complement\()?(\d+)\.\.(\d+)\)?,aa:(\w+)\)")
_MEANS = {name: letter for letter, name in THREE_LETTERS.items()} | {"TERM": "*", "OTHER": "X", "Other": "X"}

COMPLEMENT = str.maketrans("ACGTNacgtn", "TGCANtgcan")


@dataclass(frozen=True)
class Transcript:
    """A transcript; intervals are 0-based, half-open, in genomic order."""

    name: str
    gene: str
    contig: str
    strand: int
    exons: tuple[tuple[int, int], ...]
    coding: tuple[tuple[int, int], ...]
    phase: int = 0
    recodings: tuple[tuple[int, str], ...] = ()
    """The first base, in genomic coordinates, of each codon that does not mean what the code says, and what it means."""
    attributes: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def start(self) -> int:
        """Genomic start."""
        return self.exons[0][0]

    @property
    def end(self) -> int:
        """Genomic end, exclusive."""
        return self.exons[-1][1]


def read_fasta(path: Path) -> dict[str, str]:
    """Every sequence of a FASTA file in upper case, by the first word of its name."""
    sequences: dict[str, list[str]] = {}
    name = ""
    with _opened(path) as lines:
        for line in lines:
            if line.startswith(">"):
                name = line[1:].split()[0]
                sequences[name] = []
            else:
                sequences[name].append(line.strip().upper())
    return {name: "".join(parts) for name, parts in sequences.items()}


def read_transcripts(path: Path) -> list[Transcript]:
    """Every feature of a GFF3 file that has exons, with its coding intervals."""
    parents: dict[str, tuple[str, dict[str, str]]] = {}
    exons: dict[str, list[tuple[int, int]]] = {}
    coding: dict[str, list[tuple[int, int, int]]] = {}
    recodings: dict[str, set[tuple[int, str]]] = {}
    for contig, kind, start, end, strand, phase, attributes in _features(path):
        if "ID" in attributes:
            parents.setdefault(attributes["ID"], (contig + "\t" + strand, attributes))
        for parent in attributes.get("Parent", "").split(","):
            if kind == "exon":
                exons.setdefault(parent, []).append((start, end))
            elif kind == "CDS":
                coding.setdefault(parent, []).append((start, end, phase))
                for begin, stop, name in _RECODED.findall(attributes.get("transl_except", "")):
                    codon = int(begin) - 1 if strand == "+" else int(stop) - 1
                    recodings.setdefault(parent, set()).add((codon, _MEANS[name]))
    found = []
    for identifier, intervals in exons.items():
        place, attributes = parents[identifier]
        contig, strand = place.split("\t")
        if strand not in "+-":
            continue
        parts = sorted(coding.get(identifier, []))
        first = parts[0 if strand == "+" else -1] if parts else (0, 0, 0)
        gene = parents.get(attributes.get("Parent", ""), ("", {}))[1]
        found.append(
            Transcript(
                name=attributes.get(
                    "transcript_id",
                    identifier.removeprefix("transcript:").removeprefix("rna-").removeprefix("gene-"),
                ),
                gene=gene.get("Name", gene.get("ID", "")),
                contig=contig,
                strand=1 if strand == "+" else -1,
                exons=tuple(sorted(intervals)),
                coding=tuple((start, end) for start, end, _ in parts),
                phase=first[2],
                recodings=tuple(sorted(recodings.get(identifier, ()))),
                attributes=attributes,
            )
        )
    return found


def reverse_complement(bases: str) -> str:
    """The other strand, read in its own direction."""
    return bases.translate(COMPLEMENT)[::-1]


def _features(path: Path) -> Iterator[tuple[str, str, int, int, str, int, dict[str, str]]]:
    with _opened(path) as lines:
        for line in lines:
            if line.startswith("##FASTA"):
                return
            if line.startswith("#") or not line.strip():
                continue
            contig, _, kind, start, end, _, strand, phase, rest = line.rstrip("\n").split("\t")
            pairs = (pair.split("=", 1) for pair in rest.split(";") if "=" in pair)
            attributes = {key.strip(): unquote(value) for key, value in pairs}
            yield (
                contig,
                kind,
                int(start) - 1,
                int(end),
                strand,
                int(phase) if phase.isdigit() else 0,
                attributes,
            )


def _opened(path: Path) -> IO[str]:
    return gzip.open(path, "rt") if path.suffix == ".gz" else path.open()
