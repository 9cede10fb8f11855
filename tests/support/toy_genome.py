"""A genome of one short contig with one gene of two exons, built as people's genomes are."""

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gas.domain.catalogue import Contig, Entry, Source
from gas.ports.references import PublishedReferences
from gas_engine.reference.build import build
from gas_engine.reference.request import Request
from tests.support.references import publish

CONTIG, LENGTH = "chrI", 3_000
_ROWS = (
    "{0} toy gene 101 700 . + . ID=gene1;Name=TOY1",
    "{0} toy mRNA 101 700 . + . ID=rna1;Parent=gene1",
    "{0} toy exon 101 300 . + . ID=e1;Parent=rna1",
    "{0} toy exon 401 700 . + . ID=e2;Parent=rna1",
    "{0} toy CDS 101 300 . + 0 ID=c1;Parent=rna1",
    "{0} toy CDS 401 700 . + 1 ID=c1;Parent=rna1",
)


@dataclass(frozen=True)
class ToyBundle:
    """A bundle on the disk."""

    folder: Path
    name: str
    digest: str
    manifest: bytes

    @property
    def files(self) -> dict[str, Path]:
        """Its files, by name."""
        return {name: self.folder / name for name in json.loads(self.manifest)["files"]}

    @property
    def vcf(self) -> bytes:
        """A file of it, with one record."""
        bases = _bases(self.name)
        head = f"##fileformat=VCFv4.2\n##contig=<ID={CONTIG},length={LENGTH}>\n"
        record = f"{CONTIG}\t150\t.\t{bases[149]}\t{'A' if bases[149] != 'A' else 'C'}\t.\t.\t.\n"
        return f"{head}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n{record}".encode()

    @property
    def entry(self) -> Entry:
        """As the catalogue lists it."""
        return Entry(
            name=self.name,
            digest=self.digest,
            title="A toy",
            assembly="toy1",
            gene_release="1",
            sources=(Source("genes", "toys", "1"),),
            contigs=(Contig(CONTIG, LENGTH),),
            size_bytes=sum(path.stat().st_size for path in self.files.values()),
            published=datetime.now(UTC),
        )

    def publish(self, references: PublishedReferences) -> None:
        """Store it and list it."""
        references.upload(self.digest, self.files, self.manifest)
        publish(references, self.entry)


def toy_bundle(folder: Path, name: str = "toy") -> ToyBundle:
    """A bundle of that name, whose bases are its own."""
    fasta, gff3 = folder / f"{name}.fa", folder / f"{name}.gff3"
    fasta.write_text(f">{CONTIG}\n{_bases(name)}\n", encoding="ascii")
    rows = ("\t".join(row.format(CONTIG).split(" ", 8)) for row in _ROWS)
    gff3.write_text("##gff-version 3\n" + "\n".join(rows) + "\n", encoding="ascii")
    manifest = build(Request(name=name, fasta=fasta, gff3=gff3), folder / name, lambda _: None)
    text = (folder / name / "manifest.json").read_bytes()
    return ToyBundle(folder / name, name, manifest["digest"], text)


def _bases(name: str) -> str:
    return "".join(random.Random(name).choices("ACGT", k=LENGTH))
