"""What bundles are built from in four dialects: the proteins that the builder reads, beside NCBI's where there are any."""

import hashlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dev.measure.oracle.genomes import genome
from dev.measure.oracle.opinion.genes import read_fasta
from gas_engine.genetic_code import CODES
from gas_engine.reference.fasta import sequences
from gas_engine.reference.gff3 import Feature, Regions, features
from gas_engine.reference.layout import Layout, laid_out
from gas_engine.reference.transcripts import Left, Transcript, transcripts
from kube.shelf import default_cache_dir, filled

_DEBIAN = "gbrowse-data"
_FOLDER = Path("var/lib/gbrowse/databases")
_SGD_SHA256 = "ade047b4e4e72a29fd632b67f711a399b29bca6e3aff4dc49aedce12efef711c"
"""Of the sequences and genes that the package has had since 2017."""


class DialectError(Exception):
    """The files of a dialect could not be had; the text says why."""


@dataclass(frozen=True)
class Source:
    """Files in one dialect, and how many of their coding transcripts are promised to read right."""

    title: str
    dialect: str
    fasta: Path
    gff3: Path
    proteins: Path | None
    promised: int


@dataclass
class Build:
    """What was read of one source. A transcript is right that gives NCBI's protein; without those, one that is open."""

    source: Source
    transcripts: int = 0
    coding: int = 0
    right: int = 0
    others: dict[str, list[str]] = field(default_factory=dict)
    """Transcripts that are not right, by what the source itself says of them."""
    unexplained: list[str] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def failures(self) -> list[str]:
        """Why the page may not promise what it does."""
        found = [f"{self.source.title}: {name} differs, and nothing says why" for name in self.unexplained]
        if self.right < self.source.promised:
            found.append(
                f"{self.source.title}: {self.right:,} are right, {self.source.promised:,} are promised"
            )
        return found


def sources() -> list[Source]:
    """The four, fetched once into the cache.

    Raises:
        DialectError: Debian's package is not to be had.
    """
    found = [
        Source(title, "RefSeq", one.fasta, one.gff3, one.proteins, promised)
        for title, name, promised in (
            ("yeast I", "yeast", 94),
            ("fruit fly 4", "fly", 298),
            ("*Arabidopsis* 1", "arabidopsis", 12_640),
        )
        for one in (genome(name),)
    ]
    folder = filled(default_cache_dir() / "genomes" / _DEBIAN, f"fetching {_DEBIAN}", _fetch_sgd, print)
    return [*found, Source("yeast I and II", "SGD", folder / "sgd.fa", folder / "sgd.gff3", None, 583)]


def read_build(source: Source) -> Build:
    """Read one source as the builder does, and compare."""
    found, left = Build(source), Left()
    exceptions: dict[str, str] = {}
    contigs = {one.name: one.bases for one in sequences(source.fasta)}
    theirs = read_fasta(source.proteins) if source.proteins else None
    for one in transcripts(_overheard(source.gff3, exceptions), left):
        if one.contig not in contigs:
            continue
        found.transcripts += 1
        if one.cds:
            found.coding += 1
            layout = _laid_out(one, contigs[one.contig])
            if _right(one, layout, theirs):
                found.right += 1
            elif said := exceptions.get(one.protein):
                found.others.setdefault(said, []).append(one.name)
            else:
                found.unexplained.append(one.name)
    found.left_out = left.counts
    return found


def _overheard(gff3: Path, exceptions: dict[str, str]) -> Iterator[Feature]:
    """The rows that the builder reads; what they say of proteins that the sequence does not give is noted on the way."""
    for row in features(gff3, Regions({})):
        if row.kind == "CDS" and "exception" in row.attributes:
            exceptions[row.attributes.get("protein_id", "")] = row.attributes["exception"]
        yield row


def _laid_out(one: Transcript, bases: bytes) -> Layout:
    return laid_out(one, b"".join(bases[start:end] for start, end in one.exons), CODES[one.table or 1])


def _right(one: Transcript, layout: Layout, theirs: dict[str, str] | None) -> bool:
    if theirs is None:
        return not layout.remarks
    return layout.protein.removesuffix("*") == theirs.get(one.protein)


def _fetch_sgd(folder: Path) -> None:
    """The package's yeast, from apt: read, not installed."""
    for command in (["apt-get", "download", "--quiet", _DEBIAN], ["sh", "-c", "dpkg-deb --extract *.deb ."]):
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=300)
        except (OSError, subprocess.SubprocessError) as error:
            told = getattr(error, "stderr", "") or error
            raise DialectError(
                f"Debian's package {_DEBIAN} is not to be had, which the dialect of SGD is read from: {told}"
            ) from error
    chromosomes = [folder / _FOLDER / "yeast_scaffolds" / f"chr{number}.fa" for number in (1, 2)]
    fasta, gff3 = folder / "sgd.fa", folder / "sgd.gff3"
    fasta.write_bytes(b"".join(path.read_bytes() for path in chromosomes))
    gff3.write_bytes((folder / _FOLDER / "yeast_chr1+2/yeast_chr1+2.gff3").read_bytes())
    digest = hashlib.sha256(fasta.read_bytes() + gff3.read_bytes()).hexdigest()
    if digest != _SGD_SHA256:
        raise DialectError(
            f"{_DEBIAN} holds other genes than this page is about: their SHA-256 is {_SGD_SHA256}"
        )
