"""The references that the pictures show: two releases of a human genome, and a yeast's chromosome."""

from dataclasses import replace
from datetime import datetime, timedelta

from gas.bootstrap import Ports
from gas.domain.catalogue import Catalogue, Contig, Entry, Source

OLDER_DIGEST = "3f1c92d07a58" + "0" * 52


def references(now: datetime) -> tuple[Entry, ...]:
    """In the order in which they were published."""
    sequence = Source("sequence", "Ensembl", "GRCh38.p14")
    clinvar = Source("known variants", "ClinVar", "2026-09", "2026-09-01")
    older = Entry(
        name="GRCh38",
        digest=OLDER_DIGEST,
        title="Human genome",
        assembly="GRCh38.p14",
        gene_release="Ensembl 116",
        sources=(sequence, clinvar, Source("frequencies", "gnomAD", "4.1", "2024-04-19")),
        contigs=(Contig("1", 248_956_422, ("1", "chr1")), Contig("2", 242_193_529, ("2", "chr2"))),
        size_bytes=2_900_000_000,
        published=now - timedelta(days=80),
    )
    newer = replace(
        older,
        digest="b7e04a91c3d6" + "0" * 52,
        sources=(sequence, replace(clinvar, release="2026-11", date="2026-11-23"), older.sources[2]),
        published=now - timedelta(days=5),
    )
    yeast = Entry(
        name="yeastI",
        digest="52d8f3ab1e90" + "0" * 52,
        title="Saccharomyces cerevisiae, chromosome I",
        assembly="R64",
        gene_release="RefSeq R64-4-1",
        sources=(Source("sequence and genes", "RefSeq", "NC_001133.9"),),
        contigs=(Contig("chrI", 230_218, ("chrI", "I")),),
        size_bytes=310_000,
        published=now - timedelta(days=30),
    )
    return older, yeast, newer


def publish(ports: Ports, now: datetime) -> None:
    """List them in these ports."""
    before = ports.references.catalogue()
    ports.references.replace(before, Catalogue((*before.entries, *references(now))))
