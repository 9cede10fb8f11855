"""What the catalogue answers."""

from dataclasses import replace
from datetime import UTC, datetime

from gas.domain.built_in_references import BUILT_IN, NOTHING_READ, RCRS
from gas.domain.catalogue import Catalogue, Contig, Entry, Source, Unreadable, with_built_in

NOW = datetime(2026, 11, 29, tzinfo=UTC)
OLD = Entry(
    name="yeastI",
    digest="a" * 64,
    title="Yeast chromosome I",
    assembly="R64",
    gene_release="R64-3-1",
    sources=(Source("genes", "SGD", "R64-3-1", "2021-04-21"),),
    contigs=(Contig("chrI", 230_218),),
    size_bytes=1000,
    published=NOW,
)
NEW = replace(OLD, digest="b" * 64, gene_release="R64-4-1")


def test_a_new_job_gets_the_newest_release_and_an_old_one_keeps_its_own() -> None:
    """Publishing a release changes what new jobs get, and no job that has a digest."""
    catalogue = with_built_in([OLD, NEW], BUILT_IN)

    assert catalogue.current("yeastI") == NEW
    assert catalogue.pinned(OLD.digest) == OLD
    assert catalogue.newer_than(OLD.digest) == NEW
    assert catalogue.newer_than(NEW.digest) is None
    assert catalogue.names == ("rCRS", "yeastI")


def test_what_is_retired_is_not_offered_and_still_found() -> None:
    """Retiring a release leaves it to the jobs that have it."""
    retired = replace(NEW, retired=NOW)

    assert Catalogue((OLD, retired)).current("yeastI") == OLD
    assert Catalogue((retired,)).current("yeastI") is None
    assert Catalogue((retired,)).pinned(NEW.digest) == retired
    assert Catalogue((retired,)).newer_than(NEW.digest) is None


def test_nothing_that_is_retired_or_older_is_told_as_newer() -> None:
    """With the newest retired the one before it is offered again, which is no news for a result of the newest."""
    retired = replace(NEW, retired=NOW)

    assert Catalogue((OLD, retired)).newer_than(OLD.digest) is None
    assert Catalogue((OLD, retired)).newer_than(retired.digest) is None
    assert Catalogue((replace(OLD, retired=NOW), NEW)).newer_than(OLD.digest) == NEW


def test_a_bundle_is_surely_unlisted_where_all_of_the_catalogue_is_known() -> None:
    """What was passed over, or not read yet, may be that very bundle."""
    assert with_built_in([OLD], BUILT_IN).surely_unlisted("0" * 64)
    assert not with_built_in([OLD], BUILT_IN).surely_unlisted(OLD.digest)
    assert not with_built_in([OLD], BUILT_IN, "an entry, which cannot be read").surely_unlisted("0" * 64)
    assert not NOTHING_READ.surely_unlisted("0" * 64)
    assert not Catalogue(BUILT_IN, unreadable=(Unreadable(0, "x", None, "7"),)).surely_unlisted("0" * 64)


def test_an_installation_without_bundles_offers_the_built_in_reference() -> None:
    """Nothing was published: rCRS is there, and an unknown name is told so."""
    catalogue = with_built_in([], BUILT_IN)

    assert catalogue.offered == (RCRS,)
    assert catalogue.unknown("GRCh38") == (
        "There is no reference GRCh38 here. The references of this installation are: rCRS."
    )


def test_a_source_is_told_with_its_release_and_date() -> None:
    """A date that is the release already is not told twice."""
    assert OLD.sources[0].words == "SGD R64-3-1 (2021-04-21)"
    assert Source("sequence", "GenBank", "NC_012920.1").words == "GenBank NC_012920.1"
    assert Source("known variants", "ClinVar", "2026-11-23", "2026-11-23").words == "ClinVar 2026-11-23"
