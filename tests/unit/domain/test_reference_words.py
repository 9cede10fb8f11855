"""What is said of a bundle."""

from dataclasses import replace
from datetime import UTC, datetime

from gas.domain.built_in_references import RCRS
from gas.domain.catalogue import Contig, Entry, Source
from gas.domain.reference_words import (
    annotated_with,
    annotated_with_unlisted,
    made_of,
    named,
    outdated,
    withdrawn,
)

SEQUENCE = Source("sequence", "Ensembl", "116")
CLINVAR = Source("known variants", "ClinVar", "20260901", "2026-09-01")
OLD = Entry(
    name="GRCh38",
    digest="0123456789abcdef" * 4,
    title="Human genome",
    assembly="GRCh38.p14",
    gene_release="Ensembl 116",
    sources=(SEQUENCE, CLINVAR),
    contigs=(Contig("1", 248_956_422),),
    size_bytes=1,
    published=datetime(2026, 9, 2, tzinfo=UTC),
)
NEW = replace(
    OLD,
    digest="f" * 64,
    sources=(
        SEQUENCE,
        replace(CLINVAR, release="20261123", date="2026-11-23"),
        Source("scores", "CADD", "1.7"),
    ),
)


def test_a_reference_has_the_words_that_people_know() -> None:
    """Its title and its assembly, each once."""
    assert named(OLD) == "GRCh38 (Human genome, GRCh38.p14)"
    assert named(replace(OLD, title="Human genome GRCh38.p14")) == "GRCh38 (Human genome GRCh38.p14)"
    assert named(replace(OLD, title="GRCh38", assembly="")) == "GRCh38"
    assert named(RCRS) == "rCRS (Human mitochondrion, revised Cambridge Reference Sequence, NC_012920.1)"


def test_a_bundle_tells_its_sources() -> None:
    """Each with its release and date."""
    assert annotated_with(OLD) == (
        "Annotated with GRCh38, bundle 0123456789ab: gene release Ensembl 116; sequence: Ensembl 116; known variants: "
        "ClinVar 20260901 (2026-09-01)."
    )
    assert made_of(replace(OLD, gene_release="", sources=())) == "its sources are not told"


def test_an_older_result_says_what_is_new() -> None:
    """Only what differs is told, and what to do."""
    assert outdated(OLD, NEW) == (
        "This was annotated with ClinVar 20260901 (2026-09-01); this installation now has ClinVar 20261123 (2026-11-23) and "
        "CADD 1.7. Submit the file again for a result with it."
    )


def test_another_bundle_of_the_same_sources_is_told_by_its_digest() -> None:
    """Such as one that was built anew."""
    said = outdated(OLD, replace(OLD, digest="e" * 64))

    assert "with bundle 0123456789ab; this installation now has bundle eeeeeeeeeeee." in said


def test_a_source_that_is_gone_leaves_the_bundles() -> None:
    """What was dropped is no news of what there is."""
    said = outdated(OLD, replace(OLD, digest="e" * 64, gene_release="Ensembl 117", sources=()))

    assert "with gene release Ensembl 116; this installation now has gene release Ensembl 117." in said


def test_a_result_of_a_retired_release_says_so() -> None:
    """Whoever has published from it must learn that the release was wrong, and what there is instead."""
    retired = replace(NEW, retired=datetime(2026, 11, 28, tzinfo=UTC))

    assert annotated_with(retired).endswith("CADD 1.7. This release was withdrawn on 2026-11-28.")
    assert withdrawn(retired, OLD, newer=False) == (
        "This release of GRCh38, bundle ffffffffffff, was withdrawn on 2026-11-28. New jobs get an older one again, bundle "
        "0123456789ab: submit the file again for a result with it."
    )
    assert withdrawn(replace(OLD, retired=retired.retired), NEW, newer=True) == (
        "This release of GRCh38, bundle 0123456789ab, was withdrawn on 2026-11-28."
    )
    assert withdrawn(retired, None, newer=False) == (
        "This release of GRCh38, bundle ffffffffffff, was withdrawn on 2026-11-28. No new job can have GRCh38."
    )
    assert withdrawn(NEW, NEW, newer=False) is None


def test_a_bundle_that_is_not_listed_is_told_without_a_direction() -> None:
    """Nothing else is known of it: after a rollback it may even be the newer one."""
    assert annotated_with_unlisted("rCRS", "9" * 64, RCRS) == (
        "Annotated with rCRS, bundle 999999999999, which this installation does not list. New jobs get bundle 11739c497f8c."
    )
    assert annotated_with_unlisted("mouse", "9" * 64, None) == (
        "Annotated with mouse, bundle 999999999999, which this installation does not list."
    )
