"""Whole chromosomes with their genes, from packages of PyPI that carry them as data (NCBI RefSeq, public domain)."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dev import ROOT
from dev.measure.oracle.opinion.genes import Transcript, read_fasta, read_transcripts
from dev.measure.oracle.opinion.oriented import Oriented, Strands
from dev.run.genome_packages import ARABIDOPSIS, FLY, YEAST, genome_files


@dataclass(frozen=True)
class Genome:
    """One sequence with its genes and the code that they are read by."""

    name: str
    fasta: Path
    gff3: Path
    code: int = 1
    proteins: Path | None = None
    circular: bool = False

    @cached_property
    def contig(self) -> str:
        """Name of the one sequence."""
        (name,) = read_fasta(self.fasta)
        return name

    @cached_property
    def bases(self) -> str:
        """The sequence in upper case."""
        return read_fasta(self.fasta)[self.contig]

    @cached_property
    def strands(self) -> Strands:
        """Both of its strands."""
        return Strands.of(self.bases)

    @cached_property
    def transcripts(self) -> list[Transcript]:
        """All that has exons, as the file has them."""
        return read_transcripts(self.gff3)

    def oriented(self, transcript: Transcript) -> Oriented:
        """A transcript in its own direction."""
        return Oriented.of(transcript, self.strands, self.code, circular=self.circular)


_PACKAGES = {"yeast": YEAST, "fly": FLY, "arabidopsis": ARABIDOPSIS}
NAMES = ("MT", *_PACKAGES)


def genome(name: str) -> Genome:
    """A genome by its name; fetched once into the cache."""
    if name == "MT":
        folder = ROOT / "annotator/src/gas_annotator/references/rCRS"
        return Genome(name, folder / "rCRS.fa", folder / "genes.gff3", code=2, circular=True)
    files = genome_files(_PACKAGES[name], lambda text: print(text, flush=True))
    return Genome(name, files.fasta, files.gff3, proteins=files.proteins)
