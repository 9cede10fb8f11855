"""The files that the annotator and its rivals are measured with: made once with fixed seeds, and kept in the cache."""

import gzip
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dev.measure.bench import genomes, measured, variants
from dev.measure.oracle import snpeff
from dev.measure.oracle.genomes import Genome, genome

_MADE_BY = "1"
"""Raise it when what is written changes: older files are then made anew."""

_BUILD_SECONDS = 1800.0


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    sites: int
    samples_records: int
    exome: int
    human: str
    human_records: int


FULL = Scale(sites=1_000_000, samples_records=200_000, exome=60_000, human="human", human_records=200_000)
QUICK = Scale(sites=100_000, samples_records=10_000, exome=10_000, human="small", human_records=20_000)

SAMPLES = 100
FEW_RECORDS = 350


class Inputs:
    """All files; each is made when it is first asked for."""

    def __init__(self, scale: Scale, say: Callable[[str], None]) -> None:
        cache = Path(os.environ.get("GAS_CACHE_DIR", Path.home() / ".cache/gas"))
        self.folder = cache / f"bench-{_MADE_BY}-{scale.sites}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._scale, self._say = scale, say

    def _made(self, name: str, write: Callable[[Path], object]) -> Path:
        """A file or folder, which appears whole or not at all."""
        path = self.folder / name
        if not path.exists():
            self._say(f"making {name}")
            half = self.folder / f"half-{name}"
            shutil.rmtree(half, ignore_errors=True)
            half.unlink(missing_ok=True)
            write(half)
            half.rename(path)
        return path

    # ---- Arabidopsis 1 ----------------------------------------------------------------------------------------------

    @property
    def plant(self) -> Genome:
        """The chromosome with its genes."""
        return genome("arabidopsis")

    @property
    def fasta(self) -> Path:
        """Its sequence in capitals, plain."""
        plant = self.plant
        text = f">{plant.contig}\n{plant.bases}\n"
        return self._made("plant.fa", lambda half: half.write_text(text, encoding="ascii"))

    @property
    def bundle(self) -> Path:
        """Our bundle of it."""
        return self._made("plant.bundle", lambda half: _build(self.fasta, self._plain_genes, half))

    @property
    def _plain_genes(self) -> Path:
        return self._made(
            "plant.gff3", lambda half: half.write_bytes(gzip.decompress(self.plant.gff3.read_bytes()))
        )

    @property
    def ensembl_genes(self) -> Path:
        """Its genes in the dialect that bcftools csq reads."""
        return self._made("plant.ensembl.gff3", lambda half: _write_ensembl(self.plant, half))

    @property
    def snpeff_config(self) -> Path:
        """A database of snpEff's."""
        folder = self.folder / "snpeff"
        if not (folder / "snpEff.config").exists():
            self._say("building snpEff's database")
        return snpeff.database(self.plant, folder)

    @property
    def sites(self) -> Path:
        """Sites alone."""
        return self._made("sites.vcf.gz", lambda half: variants.write(self.fasta, half, self._scale.sites))

    @property
    def with_samples(self) -> Path:
        """Records with a hundred samples."""
        count = self._scale.samples_records
        return self._made(
            "samples.vcf.gz", lambda half: variants.write(self.fasta, half, count, samples=SAMPLES, seed=2)
        )

    @property
    def exome(self) -> Path:
        """Records on exons and close to them."""
        places = variants.exons(self.ensembl_genes)
        return self._made(
            "exome.vcf.gz",
            lambda half: variants.write(self.fasta, half, self._scale.exome, seed=3, places=places),
        )

    # ---- a genome of human size ---------------------------------------------------------------------------------------

    @property
    def human(self) -> Path:
        """Its sequence and genes."""
        size = genomes.SIZES[self._scale.human]
        return self._made("human", lambda half: genomes.write(half, size))

    @property
    def human_bundle(self) -> Path:
        """Its bundle; what building cost is in `build.json` beside it."""
        return self._made("human.bundle", self._build_human)

    @property
    def human_build(self) -> dict[str, float]:
        """What building the bundle cost."""
        told = json.loads((self.human_bundle / "build.json").read_text(encoding="ascii"))
        return {str(key): float(value) for key, value in told.items()}

    def _build_human(self, half: Path) -> None:
        cost = _build(self.human / "genome.fa", self.human / "genes.gff3", half)
        (half / "build.json").write_text(json.dumps(cost.to_json()), encoding="ascii")

    @property
    def human_bundle_of_one_line(self) -> Path:
        """The bundle of the same sequence, each contig on one line."""

        def write(half: Path) -> None:
            wide = self.folder / "wide.fa"
            with (self.human / "genome.fa").open("rb") as source, wide.open("wb") as target:
                for number, line in enumerate(source):
                    named = line.startswith(b">")
                    target.write(
                        (b"\n" if named and number else b"") + (line if named else line.rstrip(b"\n"))
                    )
                target.write(b"\n")
            _build(wide, self.human / "genes.gff3", half)
            wide.unlink()

        return self._made("wide.bundle", write)

    @property
    def human_sites(self) -> Path:
        """Sites all over it."""
        count = self._scale.human_records
        return self._made(
            "human.vcf.gz", lambda half: variants.write(self.human / "genome.fa", half, count, seed=4)
        )

    @property
    def few(self) -> Path:
        """A small file on it."""
        return self._made(
            "few.vcf.gz", lambda half: variants.write(self.human / "genome.fa", half, FEW_RECORDS, seed=5)
        )


def _build(fasta: Path, genes: Path, bundle: Path) -> measured.Cost:
    words = {
        "PROGRAM": Path(sys.executable).with_name("gas-reference"),
        "FASTA": fasta,
        "GENES": genes,
        "OUT": bundle,
    }
    script = 'exec "$PROGRAM" build bench --fasta "$FASTA" --gff3 "$GENES" -o "$OUT"'
    return measured.run(script, words, limit_seconds=_BUILD_SECONDS, memory=True)


def _write_ensembl(source: Genome, target: Path) -> None:
    """Transcripts as Ensembl's GFF3 has them: a gene for each, and only what csq looks at."""
    with target.open("w", encoding="ascii") as lines:
        lines.write("##gff-version 3\n")
        for number, transcript in enumerate(source.transcripts):
            strand = "+" if transcript.strand > 0 else "-"
            biotype = "protein_coding" if transcript.coding else "ncRNA"

            def write(
                kind: str, place: tuple[int, int], attributes: str, phase: str = ".", side: str = strand
            ) -> None:
                columns = (source.contig, "bench", kind, place[0] + 1, place[1], ".", side, phase, attributes)
                lines.write("\t".join(map(str, columns)) + "\n")

            whole = (transcript.start, transcript.end)
            write("gene", whole, f"ID=gene:G{number};Name=G{number};biotype={biotype};gene_id=G{number}")
            kind = "mRNA" if transcript.coding else "transcript"
            write(
                kind,
                whole,
                f"ID=transcript:T{number};Parent=gene:G{number};biotype={biotype};transcript_id=T{number}",
            )
            for place in transcript.exons:
                write("exon", place, f"Parent=transcript:T{number}")
            done = transcript.phase
            for first, last in transcript.coding[:: transcript.strand]:
                write(
                    "CDS",
                    (first, last),
                    f"ID=CDS:P{number};Parent=transcript:T{number}",
                    phase=str((3 - done) % 3),
                )
                done = (done + last - first) % 3
