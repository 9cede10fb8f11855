"""What pages say of references: which there are, what each is made of, and that a newer release has come."""

from dataclasses import replace
from html import unescape

import pytest

from gas.domain.catalogue import Catalogue, Source
from gas.domain.errors import TransientError
from gas.domain.job import JobStatus
from tests.support.pages import PageSite, make_page_site
from tests.support.references import PUBLISHED, an_entry, publish

OLD = an_entry(digest="a" * 64, sources=(Source("known variants", "ClinVar", "20260901", "2026-09-01"),))
NEW = an_entry(digest="b" * 64, sources=(Source("known variants", "ClinVar", "20261123", "2026-11-23"),))
NEWER = (
    "This was annotated with ClinVar 20260901 (2026-09-01); this installation now has ClinVar 20261123 (2026-11-23). Submit the "
    "file again for a result with it."
)
BUNDLE = "Annotated with GRCh38, bundle aaaaaaaaaaaa: gene release Ensembl 116; known variants: ClinVar 20260901 (2026-09-01)."


@pytest.fixture
def site() -> PageSite:
    """An application with two releases of one reference."""
    made = make_page_site()
    publish(made.ports.references, OLD, NEW)
    return made


def test_the_home_page_says_what_is_known_here(site: PageSite) -> None:
    """Every reference in its newest release, with its sources, to everybody; an older release is not offered."""
    page = unescape(site.browser(None).get("/").text)

    assert (
        "rCRS (Human mitochondrion, revised Cambridge Reference Sequence, NC_012920.1), gene release" in page
    )
    assert "GRCh38 (Human, é, GRCh38.p14), gene release Ensembl 116; known variants: ClinVar 20261123" in page
    assert "ClinVar 20260901" not in page


@pytest.mark.parametrize(
    "path", ["/annotate", "/annotate/uploaded?key=gas/aaaaaaaaaaaaaaaaaaaaaaaaaa/job-7~a.vcf"]
)
def test_all_references_can_be_chosen(site: PageSite, path: str) -> None:
    """With and without scripts; the default is chosen, and what each is made of stands below."""
    page = unescape(site.browser(site.user()).get(path).text)

    assert '<option value="rCRS" selected>' in page
    assert '<option value="GRCh38">GRCh38 (Human, é, GRCh38.p14)</option>' in page
    assert "known variants: ClinVar 20261123 (2026-11-23)" in page
    # A script shows what the chosen one is made of; where none runs, all of them stand there.
    assert ('data-named="GRCh38 (Human, é, GRCh38.p14)" hidden' in page) is (path == "/annotate")


def test_a_job_tells_its_bundle_and_that_there_is_a_newer_one(site: PageSite) -> None:
    """On its page, above its log and its preview; a page that is open learns it too."""
    user = site.user()
    job = site.job(user, JobStatus.COMPLETED, reference_digest=OLD.digest)
    browser = site.browser(user)

    page, log, preview = (
        unescape(browser.get(f"/annotations/{job.job_id}{part}").text) for part in ("", "/log", "/preview")
    )

    assert "bundle <code>aaaaaaaaaaaa</code>" in page
    assert "Known variants: ClinVar 20260901 (2026-09-01)" in page
    assert NEWER in page
    assert f"{BUNDLE} {NEWER}" in log
    assert f"{BUNDLE} {NEWER}" in preview
    before = browser.get(f"/annotations/{job.job_id}/status").headers["ETag"]
    publish(site.ports.references, an_entry(digest="e" * 64))
    assert browser.get(f"/annotations/{job.job_id}/status").headers["ETag"] != before


def test_a_result_of_a_retired_release_says_so(site: PageSite) -> None:
    """On its page, above its log and its preview; a page that is open learns it too."""
    user = site.user()
    job = site.job(user, JobStatus.COMPLETED, reference_digest=NEW.digest)
    browser = site.browser(user)
    before = browser.get(f"/annotations/{job.job_id}/status").headers["ETag"]
    listed = site.ports.references.catalogue()

    site.ports.references.replace(listed, Catalogue((OLD, replace(NEW, retired=PUBLISHED))))

    page, log, preview = (
        unescape(browser.get(f"/annotations/{job.job_id}{part}").text) for part in ("", "/log", "/preview")
    )
    assert (
        "This release of GRCh38, bundle bbbbbbbbbbbb, was withdrawn on 2026-11-23. New jobs get an older"
        in page
    )
    assert "this installation now has" not in page
    assert "This release was withdrawn on 2026-11-23." in log
    assert "This release was withdrawn on 2026-11-23." in preview
    assert browser.get(f"/annotations/{job.job_id}/status").headers["ETag"] != before


def test_a_result_of_what_is_not_listed_says_so(site: PageSite) -> None:
    """On its page, above its log and its preview, though nobody knows any more what that was made of."""
    user = site.user()
    job = site.job(user, JobStatus.COMPLETED, reference_digest="9" * 64)
    browser = site.browser(user)

    for part in ("", "/log", "/preview"):
        page = unescape(browser.get(f"/annotations/{job.job_id}{part}").text)
        assert "Annotated with rCRS, bundle 999999999999, which this installation does not list." in page
        assert "Submit the file again" not in page


def test_a_job_of_the_newest_bundle_tells_nothing_more(site: PageSite) -> None:
    """No news is no sentence."""
    user = site.user()
    job = site.job(user, JobStatus.COMPLETED, reference_digest=NEW.digest)

    page = site.browser(user).get(f"/annotations/{job.job_id}").text

    assert "bundle <code>bbbbbbbbbbbb</code>" in page
    assert "this installation now has" not in page


def test_no_page_fails_for_the_catalogue(site: PageSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it cannot be read, what was read last is told."""
    user = site.user()
    job = site.job(user, JobStatus.COMPLETED, reference_digest=OLD.digest)
    browser = site.browser(user)
    browser.get("/")

    def fail() -> None:
        raise TransientError("no answer")

    monkeypatch.setattr(site.ports.references, "catalogue", fail)

    assert "ClinVar 20261123" in browser.get("/").text
    assert browser.get("/annotate").status_code == 200
    assert NEWER in browser.get(f"/annotations/{job.job_id}").text
