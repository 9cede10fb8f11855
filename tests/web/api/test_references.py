"""The API's operations on references: what there is, and what a header fits."""

from dataclasses import replace

import pytest

from gas.domain.built_in_references import NOTHING_PUBLISHED, RCRS
from gas.domain.catalogue import Catalogue, Contig, Source
from gas.domain.errors import TransientError
from gas.domain.file_header import MOST_CONTIGS
from gas.domain.job import JobStatus
from gas.domain.releases import Pruning
from tests.support.api import ApiSite, make_api_site
from tests.support.references import PUBLISHED, an_entry, publish

OLD = an_entry(digest="a" * 64, sources=(Source("known variants", "ClinVar", "20260901", "2026-09-01"),))
NEW = an_entry(digest="b" * 64, sources=(Source("known variants", "ClinVar", "20261123", "2026-11-23"),))
YEAST = an_entry(
    "yeastI", "c" * 64, assembly="R64", contigs=(Contig("chrI", 230_218, ("chrI", "I", "NC_001133.9")),)
)


@pytest.fixture
def site() -> ApiSite:
    """An application with two releases of one reference, and another."""
    made = make_api_site()
    publish(made.ports.references, OLD, NEW, YEAST)
    return made


def test_everybody_may_read_what_there_is(site: ApiSite) -> None:
    """Each reference once, in its newest release, the default first."""
    answer = site.anybody().get("/references")

    found = answer.get_json()["references"]
    assert answer.status_code == 200
    assert [each["name"] for each in found] == ["rCRS", "GRCh38", "yeastI"]
    assert found[1] == {
        "name": "GRCh38",
        "title": NEW.title,
        "assembly": "GRCh38.p14",
        "geneRelease": "Ensembl 116",
        "sources": [
            {
                "what": "known variants",
                "name": "ClinVar",
                "release": "20261123",
                "date": "2026-11-23",
                "licence": "",
            }
        ],
        "digest": "b" * 64,
        "sizeBytes": NEW.size_bytes,
        "default": False,
    }


def test_a_header_chooses(site: ApiSite) -> None:
    """The name to submit with, and why; every other reference is judged too."""
    answer = site.caller().post("/references/choose", {"contigs": {"I": 230_218}, "texts": ["x.fa"]})

    assert answer.status_code == 200
    assert answer.get_json() == {
        "verdict": "fits",
        "reference": "yeastI",
        "sentence": "1 of 1 contig of the file has the name and length of yeastI.",
        "fits": [
            {
                "name": "yeastI",
                "fit": "fits",
                "contigs": 1,
                "sentence": "1 of 1 contig of the file has the name and length of yeastI.",
            },
            {
                "name": "rCRS",
                "fit": "not",
                "contigs": 0,
                "sentence": "0 of 1 contig of the file have the names and lengths of rCRS.",
            },
            {
                "name": "GRCh38",
                "fit": "not",
                "contigs": 0,
                "sentence": "0 of 1 contig of the file have the names and lengths of GRCh38.",
            },
        ],
    }


def test_nothing_fits_is_an_answer(site: ApiSite) -> None:
    """Not an error: who asks is told what the file seems to be, and what there is."""
    told = site.caller().post("/references/choose", {"contigs": {"chr1": 249_250_621, "chrM": 16_571}})

    found = told.get_json()
    assert (told.status_code, found["verdict"], found["reference"]) == (200, "none", None)
    assert found["sentence"].startswith("The file seems to be made on GRCh37 (hg19), and no reference of")


def test_a_scrap_is_no_fit(site: ApiSite) -> None:
    """Whoever asks does not send a human exome for its mitochondrion's sake; the page asks them whether they mean it."""
    told = site.caller().post("/references/choose", {"contigs": {"chr1": 249_250_621, "chrM": 16_569}})

    found = told.get_json()
    assert (found["verdict"], found["reference"]) == ("none", None)
    assert {fit["fit"] for fit in found["fits"]} == {"not"}


@pytest.mark.parametrize("header", [{}, {"contigs": {}}, {"contigs": {"chrUn": None}, "texts": []}])
def test_little_can_be_said_of_a_header(site: ApiSite, header: dict[str, object]) -> None:
    """Whatever is left out is not known."""
    assert site.caller().post("/references/choose", header).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        {"contigs": {f"c{n}": None for n in range(MOST_CONTIGS + 1)}},
        {"contigs": {"": 5}},
        {"contigs": {"x" * 201: 5}},
        {"contigs": {"chr1": 0}},
        {"contigs": {"chr1": "5"}},
        {"contigs": ["chr1"]},
        {"texts": ["x" * 1_001]},
        {"texts": ["x"] * 21},
        {"records": 5},
    ],
)
def test_more_than_a_header_says_is_refused(site: ApiSite, header: dict[str, object]) -> None:
    """The bounds are the document's."""
    assert site.caller().post("/references/choose", header).status_code == 400


def test_a_whole_genome_with_all_decoys_is_no_more_than_is_taken(site: ApiSite) -> None:
    """Three thousand contigs are one request."""
    contigs = {f"chrUn_KN{707_000 + n:06}v1_decoy": 1_000 + n for n in range(3_000)}

    assert site.caller().post("/references/choose", {"contigs": contigs}).status_code == 200


def test_without_the_catalogue_nothing_is_chosen(site: ApiSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """A guess from what was known once would not be what a submission is checked against."""
    who = site.caller()

    def fail() -> None:
        raise TransientError("no answer")

    monkeypatch.setattr(site.ports.references, "catalogue", fail)

    assert who.post("/references/choose", {}).status_code == 503
    assert who.get("/references").status_code == 503
    assert who.user is not None
    site.job(who.user, JobStatus.COMPLETED)
    assert who.get("/jobs/job-1").status_code == 200


@pytest.fixture
def stale(site: ApiSite, monkeypatch: pytest.MonkeyPatch) -> ApiSite:
    """The application as it read the catalogue before anything was published, less than a minute ago."""
    catalogue = site.ports.references.catalogue

    def remembered(*, anew: bool = False) -> Catalogue:
        return catalogue() if anew else NOTHING_PUBLISHED

    monkeypatch.setattr(site.ports.references, "catalogue", remembered)
    return site


def test_a_name_that_was_published_just_now_is_known(stale: ApiSite) -> None:
    """Before anybody is told that there is no such reference, it is looked."""
    ada = stale.caller()

    found, unknown = ada.get("/references/yeastI"), ada.get("/references/mouse")

    assert (found.status_code, found.get_json()["digest"]) == (200, YEAST.digest)
    assert unknown.status_code == 404
    assert (
        "There is no reference mouse here. The references of this installation are: rCRS, GRCh38, yeastI."
        in (unknown.get_json()["detail"])
    )
    assert stale.anybody().get("/references/yeastI").status_code == 401


def test_a_header_chooses_what_was_published_just_now(stale: ApiSite) -> None:
    """Before anybody is told that nothing fits, it is looked."""
    answer = stale.caller().post("/references/choose", {"contigs": {"I": 230_218}})

    assert (answer.get_json()["reference"], answer.get_json()["verdict"]) == ("yeastI", "fits")


def test_a_result_of_an_older_bundle_says_so(site: ApiSite) -> None:
    """A job tells its bundle with its sources, and what there is now; one of the newest tells nothing more."""
    ada = site.caller()
    assert ada.user is not None
    site.job(ada.user, JobStatus.COMPLETED, "job-1", reference="GRCh38", reference_digest=OLD.digest)
    site.job(ada.user, JobStatus.ARCHIVED, "job-2", reference="GRCh38", reference_digest=NEW.digest)
    site.job(ada.user, JobStatus.QUEUED, "job-3", reference="GRCh38", reference_digest=OLD.digest)
    site.job(ada.user, JobStatus.COMPLETED, "job-4", reference="rCRS", reference_digest=None)

    old, new, waiting, unpinned = (ada.get(f"/jobs/job-{n}").get_json() for n in range(1, 5))

    assert (old["referenceDigest"], old["referenceRelease"]) == (OLD.digest, "Ensembl 116")
    assert [source["release"] for source in old["referenceSources"]] == ["20260901"]
    assert old["newerReference"]["digest"] == NEW.digest
    assert old["newerReference"]["sentence"] == (
        "This was annotated with ClinVar 20260901 (2026-09-01); this installation now has ClinVar 20261123 (2026-11-23). "
        "Submit the file again for a result with it."
    )
    assert new["newerReference"] is None
    assert waiting["newerReference"] is None
    assert (unpinned["referenceDigest"], unpinned["referenceRelease"], unpinned["referenceSources"]) == (
        None,
        None,
        [],
    )


def test_a_result_of_a_retired_release_says_so(site: ApiSite) -> None:
    """When it was retired, and what new jobs get: of an older release nobody says that it is newer."""
    ada = site.caller()
    assert ada.user is not None
    last = an_entry(digest="f" * 64, retired=PUBLISHED)
    publish(site.ports.references, last)
    site.job(ada.user, JobStatus.COMPLETED, "job-1", reference="GRCh38", reference_digest=last.digest)
    site.job(ada.user, JobStatus.QUEUED, "job-2", reference="GRCh38", reference_digest=last.digest)
    site.job(ada.user, JobStatus.COMPLETED, "job-3", reference="GRCh38", reference_digest=NEW.digest)

    result, waiting, newest = (ada.get(f"/jobs/job-{n}").get_json() for n in range(1, 4))

    assert result["referenceWithdrawn"] == {
        "time": "2026-11-23T12:00:00Z",
        "sentence": "This release of GRCh38, bundle ffffffffffff, was withdrawn on 2026-11-23. New jobs get an older one again, "
        "bundle bbbbbbbbbbbb: submit the file again for a result with it.",
    }
    assert result["newerReference"] is None
    assert (waiting["referenceWithdrawn"], newest["referenceWithdrawn"]) == (None, None)


def test_a_result_of_a_pruned_release_says_what_it_said(site: ApiSite) -> None:
    """Pruning takes the bundle, and no word from those who have published from its results."""
    ada = site.caller()
    assert ada.user is not None
    gone = an_entry(digest="f" * 64, retired=PUBLISHED)
    publish(site.ports.references, gone)
    site.job(ada.user, JobStatus.COMPLETED, "job-1", reference="GRCh38", reference_digest=gone.digest)
    before = ada.get("/jobs/job-1").get_json()
    listed = site.ports.references.catalogue()

    site.ports.references.replace(listed, Pruning((gone,), (), ()).without(listed, PUBLISHED))

    assert before["referenceWithdrawn"] is not None
    assert ada.get("/jobs/job-1").get_json() == before


def test_a_bundle_that_nobody_listed_is_named_by_its_digest(site: ApiSite) -> None:
    """What it was made of is not known."""
    ada = site.caller()
    assert ada.user is not None
    site.job(ada.user, JobStatus.COMPLETED, reference="GRCh38", reference_digest="9" * 64)

    told = ada.get("/jobs/job-1").get_json()

    assert (told["referenceDigest"], told["referenceRelease"], told["newerReference"]) == (
        "9" * 64,
        None,
        None,
    )
    assert told["referenceUnlisted"] == (
        "Annotated with GRCh38, bundle 999999999999, which this installation does not list. New jobs get bundle bbbbbbbbbbbb."
    )


def test_a_result_of_what_another_release_brought_is_not_called_older(site: ApiSite) -> None:
    """An upgrade or a rollback may bring another rCRS, of which no catalogue knows what it was made of, and which is newer."""
    ada = site.caller()
    assert ada.user is not None
    site.job(ada.user, JobStatus.COMPLETED, "job-1", reference="rCRS", reference_digest="9" * 64)
    site.job(ada.user, JobStatus.COMPLETED, "job-2", reference="rCRS", reference_digest=RCRS.digest)
    site.job(ada.user, JobStatus.QUEUED, "job-3", reference="rCRS", reference_digest="9" * 64)

    other, new, waiting = (ada.get(f"/jobs/job-{n}").get_json() for n in range(1, 4))

    assert other["referenceUnlisted"] == (
        "Annotated with rCRS, bundle 999999999999, which this installation does not list. New jobs get bundle 11739c497f8c."
    )
    assert other["newerReference"] is None
    assert (new["referenceUnlisted"], waiting["referenceUnlisted"]) == (None, None)


def test_what_is_not_known_of_the_catalogue_is_not_said(
    site: ApiSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pod that starts while the store is away knows no bundle, and says of none that it is not listed."""
    ada = site.caller()
    assert ada.user is not None
    site.job(ada.user, JobStatus.COMPLETED, reference="rCRS", reference_digest="9" * 64)
    catalogue = site.ports.references.catalogue

    def away() -> Catalogue:
        raise TransientError("no answer")

    monkeypatch.setattr(site.ports.references, "catalogue", away)
    before = ada.get("/jobs/job-1").get_json()
    monkeypatch.setattr(
        site.ports.references,
        "catalogue",
        lambda: replace(catalogue(), beyond="rCRS@9, which cannot be read"),
    )
    damaged = ada.get("/jobs/job-1").get_json()

    assert (before["referenceUnlisted"], before["newerReference"]) == (None, None)
    assert (damaged["referenceUnlisted"], damaged["newerReference"]) == (None, None)


def test_what_every_annotator_brings_is_pinned_too(site: ApiSite) -> None:
    """Its sources are told like those of any other."""
    ada = site.caller()
    assert ada.user is not None
    site.job(ada.user, JobStatus.COMPLETED, reference="rCRS", reference_digest=RCRS.digest)

    told = ada.get("/jobs/job-1").get_json()

    assert told["referenceSources"][0] == {
        "what": "sequence",
        "name": "GenBank",
        "release": "NC_012920.1",
        "date": "",
        "licence": "",
    }
    assert replace(RCRS, default=False).digest == told["referenceDigest"]
