"""Writes synthetic genomes for measurements: sequence and gene models that translate, the same ones for the same seed.

python -m dev.measure.bench.genomes FOLDER --size human
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from dev import ending

Bases = npt.NDArray[np.uint8]

_LETTERS = np.frombuffer(b"ACGT", dtype=np.uint8)
_CODONS = np.array(
    [
        list(codon.encode())
        for codon in (a + b + c for a in "ACGT" for b in "ACGT" for c in "ACGT")
        if codon not in {"TAA", "TAG", "TGA"}
    ],
    dtype=np.uint8,
)
_COMPLEMENT = np.zeros(256, dtype=np.uint8)
_COMPLEMENT[_LETTERS] = np.frombuffer(b"TGCA", dtype=np.uint8)
_LINE = 60
_UTR = 90
"""Bases before the start codon in the first exon, and behind the stop codon in the last one."""


@dataclass(frozen=True)
class Size:
    """How large a genome is, and how much is on it."""

    contigs: int
    contig_bases: int
    genes: int
    transcripts_a_gene: int


SIZES = {
    "small": Size(contigs=1, contig_bases=2_000_000, genes=100, transcripts_a_gene=3),
    # The human genome's figures of Ensembl 112: 3.1 Gb and about 250,000 transcripts.
    "human": Size(contigs=24, contig_bases=129_000_000, genes=25_000, transcripts_a_gene=10),
}


def write(folder: Path, size: Size, seed: int = 1) -> tuple[Path, Path]:
    """Write genome.fa and genes.gff3, and answer with their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    fasta, gff3 = folder / "genome.fa", folder / "genes.gff3"
    genes_here = size.genes // size.contigs
    with fasta.open("wb") as sequences, gff3.open("w", encoding="ascii") as models:
        models.write("##gff-version 3\n")
        for number in range(1, size.contigs + 1):
            dice = np.random.default_rng([seed, number])
            bases = _LETTERS[dice.integers(0, 4, size.contig_bases, dtype=np.uint8)]
            models.write(f"##sequence-region {number} 1 {size.contig_bases}\n")
            for line in _genes(dice, bases, str(number), genes_here, size.transcripts_a_gene):
                models.write(line)
            sequences.write(f">{number}\n".encode())
            _write_lines(sequences, bases)
    return fasta, gff3


def _write_lines(target: BinaryIO, bases: Bases) -> None:
    whole = len(bases) // _LINE * _LINE
    block = np.empty((whole // _LINE, _LINE + 1), dtype=np.uint8)
    block[:, :_LINE] = bases[:whole].reshape(-1, _LINE)
    block[:, _LINE] = ord("\n")
    target.write(block.tobytes())
    if whole < len(bases):
        target.write(bases[whole:].tobytes() + b"\n")


def _genes(
    dice: np.random.Generator, bases: Bases, contig: str, count: int, transcripts: int
) -> Iterator[str]:
    """Gene models in order; their coding bases, start, stop and splice sites are written into the sequence."""
    room = len(bases) // (count + 1)
    for number in range(count):
        exons = _exons(dice, room)
        start = number * room + int(dice.integers(1, max(2, room - exons[-1][1])))
        exons = [(start + begin, start + end) for begin, end in exons]
        strand = "+" if dice.integers(2) else "-"
        _make_coding(dice, bases, exons, strand)
        gene = f"G{contig}_{number}"
        yield _line(
            contig,
            "gene",
            (exons[0][0], exons[-1][1]),
            strand,
            f"ID=gene:{gene};Name={gene};biotype=protein_coding;gene_id={gene}",
        )
        for version in range(transcripts):
            kept = [
                exon
                for place, exon in enumerate(exons)
                if version == 0 or place in (0, len(exons) - 1) or (place * 7 + version) % 3
            ]
            yield from _transcript(
                contig, gene, f"{gene}.{version + 1}", kept, strand, canonical=version == 0
            )


def _exons(dice: np.random.Generator, room: int) -> list[tuple[int, int]]:
    """Two to twenty exons from 0 on, each a multiple of three long, so that any inner one may be left out."""
    count = int(dice.integers(2, 21))
    introns = dice.integers(80, max(81, min(4_000, room // (2 * count))), count)
    place, exons = 0, []
    for number in range(count):
        length = 3 * int(dice.integers(30, 90)) + (_UTR if number in (0, count - 1) else 0)
        exons.append((place, place + length))
        place += length + int(introns[number])
    return exons


def _make_coding(dice: np.random.Generator, bases: Bases, exons: list[tuple[int, int]], strand: str) -> None:
    ordered = exons if strand == "+" else exons[::-1]
    for number, (start, end) in enumerate(ordered):
        first, last = number == 0, number == len(ordered) - 1
        length = end - start - _UTR * (first + last)
        coding = _CODONS[dice.integers(0, len(_CODONS), length // 3)].reshape(-1)
        if first:
            coding[:3] = np.frombuffer(b"ATG", dtype=np.uint8)
        if last:
            coding[-3:] = np.frombuffer(b"TAA", dtype=np.uint8)
        if strand == "+":
            begin = start + (_UTR if first else 0)
            bases[begin : begin + length] = coding
        else:
            begin = start + (_UTR if last else 0)
            bases[begin : begin + length] = _COMPLEMENT[coding[::-1]]
    donor, acceptor = (b"GT", b"AG") if strand == "+" else (b"CT", b"AC")
    for (_, before), (after, _) in pairwise(exons):
        bases[before : before + 2] = np.frombuffer(donor, dtype=np.uint8)
        bases[after - 2 : after] = np.frombuffer(acceptor, dtype=np.uint8)


def _transcript(
    contig: str, gene: str, name: str, exons: list[tuple[int, int]], strand: str, *, canonical: bool
) -> Iterator[str]:
    tag = ";tag=Ensembl_canonical" if canonical else ""
    yield _line(
        contig,
        "mRNA",
        (exons[0][0], exons[-1][1]),
        strand,
        f"ID=transcript:{name};Parent=gene:{gene};biotype=protein_coding;transcript_id={name}{tag}",
    )
    for start, end in exons:
        yield _line(contig, "exon", (start, end), strand, f"Parent=transcript:{name}")
    for number, (start, end) in enumerate(exons):
        begin = start + (_UTR if number == 0 else 0)
        finish = end - (_UTR if number == len(exons) - 1 else 0)
        yield _line(
            contig,
            "CDS",
            (begin, finish),
            strand,
            f"ID=CDS:{name}p;Parent=transcript:{name};protein_id={name}p",
        )


def _line(contig: str, kind: str, place: tuple[int, int], strand: str, attributes: str) -> str:
    start, end = place
    phase = "0" if kind == "CDS" else "."
    return f"{contig}\tsynthetic\t{kind}\t{start + 1}\t{end}\t.\t{strand}\t{phase}\t{attributes}\n"


def main() -> None:
    """Write one of the sizes into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    wanted = parser.parse_args()
    for path in write(wanted.folder, SIZES[wanted.size]):
        print(path)


if __name__ == "__main__":
    ending.end(main)
