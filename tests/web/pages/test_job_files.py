"""Files, log, statistics and preview."""

import gzip
import json
import re
from dataclasses import replace
from html import unescape
from xml.etree import ElementTree as ET

import pytest

from gas.domain.errors import FatalError, NotFoundError
from gas.domain.job import JobStatus
from gas.domain.outputs import Output
from gas.domain.plan import Plan
from gas.services.open_file import StoredFile
from gas.services.read_file import MAX_BYTES, read_file
from gas_web.pages.result_preview import Preview, bars, read_preview, read_statistics, segments
from tests.support.browser import Browser
from tests.support.crashes import Crashes
from tests.support.pages import PREVIEW, STATISTICS, PageSite, make_page_site


@pytest.fixture
def site() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


@pytest.mark.parametrize(
    ("path", "name", "content"),
    [
        ("input", "a.vcf", b"##fileformat=VCFv4.2\n"),
        ("result", "a.annot.vcf.gz", b"annotated"),
        ("download/index", "a.annot.vcf.gz.tbi", b"index"),
        ("download/provenance", "a.provenance.json", b"{}"),
    ],
)
def test_each_click_has_a_fresh_link(site: PageSite, path: str, name: str, content: bytes) -> None:
    """The page holds no link to the store: a click makes one."""
    user = site.user()
    site.job(user, JobStatus.COMPLETED)
    browser = site.browser(user)

    first, second = (browser.get(f"/annotations/job-1/{path}") for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] != second.headers["Location"]
    assert site.links.fetch(first.headers["Location"]) == (200, name, content)
    assert "objects.example" not in browser.get("/annotations/job-1").text


@pytest.mark.parametrize(
    ("status", "plan", "heading", "offered"),
    [
        (JobStatus.ARCHIVED, Plan.FREE, "The result is in the archive", True),
        (JobStatus.ARCHIVED, Plan.PREMIUM, "The result is in the archive", False),
        (JobStatus.RESTORING, Plan.FREE, "The result is being restored", False),
    ],
)
def test_an_archived_result_is_told_and_its_preview_stays(
    site: PageSite,
    status: JobStatus,
    plan: Plan,
    heading: str,
    offered: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """A link to the result that somebody kept leads to a page that says where it is, and what brings it back."""
    user = site.user(plan=plan)
    site.job(user, status)
    browser = site.browser(user)

    result, preview = browser.get("/annotations/job-1/result"), browser.get("/annotations/job-1/preview")

    assert result.status_code == 409
    assert f"<h1>{heading}</h1>" in result.text
    assert ("Become premium" in result.text) == offered
    assert preview.status_code == 200
    assert "What you see here stays." in preview.text


@pytest.mark.parametrize("path", ["download/nothing", "download/", "log", "preview"])
def test_there_is_no_page_of_what_is_not_there(site: PageSite, path: str) -> None:
    """A job without result has no log to show."""
    user = site.user()
    site.job(user, JobStatus.CANCELLED)

    assert site.browser(user).get(f"/annotations/job-1/{path}").status_code == 404


def test_an_unfinished_job_has_no_preview_yet(site: PageSite) -> None:
    """Asking too early is told, and is no error of ours."""
    user = site.user()
    site.job(user, JobStatus.RUNNING)

    answer = site.browser(user).get("/annotations/job-1/preview")

    assert answer.status_code == 409
    assert "not done yet" in answer.text


def test_the_log_is_only_text(site: PageSite) -> None:
    """The log is shown as it stands."""
    user = site.user()
    site.job(user, JobStatus.ARCHIVED)

    page = site.browser(user).get("/annotations/job-1/log").text

    assert "Total: 1200\n&lt;b&gt;not bold&lt;/b&gt;" in page


@pytest.mark.parametrize(
    ("page", "status", "reads"),
    [
        ("log", JobStatus.COMPLETED, 1),
        ("preview", JobStatus.COMPLETED, 3),
        ("preview", JobStatus.ARCHIVED, 2),
    ],
)
def test_a_page_reads_its_job_and_each_file_once(
    site: PageSite, page: str, status: JobStatus, reads: int
) -> None:
    """One read of the record and one of each file: no second look, and all of the page is about one moment."""
    user = site.user()
    site.job(user, status)
    of_jobs, of_objects = Crashes(), Crashes()
    cases = site.services.cases
    opening = replace(
        cases.open_file, jobs=of_jobs.proxy(cases.jobs), objects=of_objects.proxy(cases.objects)
    )
    counted = replace(cases, jobs=opening.jobs, objects=opening.objects, open_file=opening)
    replace(site.services, cases=counted).attach(site.app.extensions)

    answer = site.browser(user).get(f"/annotations/job-1/{page}")

    assert answer.status_code == 200
    assert (of_jobs.calls, of_objects.calls) == (1, reads)


def test_a_file_that_is_gone_is_told_by_its_name(site: PageSite) -> None:
    """People hear of the file that they know, and of no key."""
    file = StoredFile("results", "gas/some/key", "a.log.txt")

    with pytest.raises(NotFoundError, match=r"The file a\.log\.txt is no longer kept\."):
        read_file(site.ports.objects, file)


@pytest.mark.parametrize("more", [0, 1])
def test_what_is_too_large_is_not_shown(site: PageSite, more: int) -> None:
    """The largest file is read whole; a byte more, and it is none of the files beside a result."""
    site.put("results", "key", b"x" * (MAX_BYTES + more))

    if more:
        with pytest.raises(FatalError, match="more than"):
            read_file(site.ports.objects, StoredFile("results", "key", "a"))
    else:
        assert len(read_file(site.ports.objects, StoredFile("results", "key", "a"))) == MAX_BYTES


def test_charts_are_well_formed_and_tell_their_numbers(site: PageSite) -> None:
    """Every drawing parses, stays within its frame, and stands beside its numbers or has a description."""
    user = site.user()
    site.job(user, JobStatus.COMPLETED)

    page = site.browser(user).get("/annotations/job-1/preview").text

    drawings = [ET.fromstring(found) for found in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]
    strips = [drawing for drawing in drawings if drawing.get("role") == "img"]
    assert len(drawings) > 5
    for drawing in drawings:
        assert all(0 <= float(rect.get("width", "-1")) <= 100 for rect in drawing.iter("rect"))
        assert drawing.get("role") == "img" or drawing.get("aria-hidden") == "true"
    assert [strip.findtext("desc") for strip in strips] == ["high: 0, moderate: 30, low: 10, modifier: 0"]
    assert "30 <span>(75.0 %)</span>" in page
    assert "1,200" in page


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("", ["11778", "5904"]),
        ("q=nd4", ["11778"]),
        ("q=missense+variant", ["11778", "5904"]),
        ("q=590", ["5904"]),
        ("impact=LOW", ["5904"]),
        ("q=nd4&impact=LOW", []),
        ("impact=nonsense", []),
    ],
)
def test_records_are_filtered(site: PageSite, query: str, places: list[str]) -> None:
    """Text is looked for anywhere in a record; the impact is one of its alleles'."""
    user = site.user()
    site.job(user, JobStatus.COMPLETED)

    page = site.browser(user).get(f"/annotations/job-1/preview?{query}").text

    assert re.findall(r"MT:(\d+)</th>", page) == places


def test_entries_of_a_record_are_counted_right(site: PageSite) -> None:
    """Only the first of them are listed: the page counts all, and does not guess where an older preview tells no number."""
    user = site.user()
    job = site.job(user, JobStatus.COMPLETED)
    assert job.result is not None
    entries = [{"consequence": "missense_variant", "symbol": "MT-ND1", "impact": "MODERATE"}] * 20
    counts: list[dict[str, int | None]] = [{"consequence_count": 23}, {"consequence_count": None}, {}]
    told: list[dict[str, object]] = [
        {"chrom": "MT", "pos": "3306", "ref": "C", "alt": "T", "consequences": entries, **count}
        for count in counts
    ]
    told += [{**told[-1], "consequences": entries[:few]} for few in (3, 1)]
    content = {"tag": "CSQ", "fields": [], "total_records": 50, "records": told}
    site.put(job.result.bucket, job.result.outputs[Output.PREVIEW].key, json.dumps(content).encode())

    page = site.browser(user).get("/annotations/job-1/preview").text
    none_found = site.browser(user).get("/annotations/job-1/preview?q=23").text

    said = re.findall(r"missense variant(?: <span [^>]*>(.*?)</span>)?</td>", page)
    assert said == ["+22 more", "and more", "and more", "+2 more", ""]
    assert "MT:3306" not in none_found


def test_entries_that_lack_values_are_shown_all_the_same(site: PageSite) -> None:
    """A command of a bundle writes what it likes: an entry without gene, impact or protein breaks no page."""
    user = site.user()
    job = site.job(user, JobStatus.COMPLETED)
    assert job.result is not None
    one = {"chrom": "MT", "pos": "3306", "ref": "C", "alt": "T"}
    told = [
        one | {"consequences": [entry]} for entry in ({"consequence": "stop_gained"}, {"symbol": "MT-ND1"})
    ]
    content = {"tag": "CSQ", "fields": [], "total_records": 50, "records": told}
    site.put(job.result.bucket, job.result.outputs[Output.PREVIEW].key, json.dumps(content).encode())

    answer = site.browser(user).get("/annotations/job-1/preview")

    assert answer.status_code == 200
    assert "stop gained" in answer.text
    assert "MT-ND1" in answer.text


def test_shares_of_genes_name_what_they_are_of(site: PageSite) -> None:
    """An allele may touch two genes or none, so the counts by gene do not add up to the alleles."""
    user = site.user()
    site.job(user, JobStatus.COMPLETED)
    genes = read_statistics(str(STATISTICS).replace("'", '"').encode())

    page = site.browser(user).get("/annotations/job-1/preview").text

    assert f"of these counts together, {genes.gene_touches:,}:" in page


def test_segments_fill_the_strip() -> None:
    """Parts follow each other without gap or overlap; nothing is nothing."""
    parts = segments({"a": 1, "b": 1, "c": 1})

    assert [part.start for part in parts] == pytest.approx([0, 33.333, 66.666], abs=0.01)
    assert sum(part.width for part in parts) == pytest.approx(100, abs=0.01)
    assert [part.width for part in segments({"a": 0})] == [0.0]


def test_bars_are_the_largest_and_the_first_is_full() -> None:
    """At most ten bars, in order, without empty ones."""
    made = bars({f"g{number}": number for number in range(30)})

    assert [bar.count for bar in made] == list(range(29, 19, -1))
    assert made[0].width == 100
    assert bars({}) == bars({"none": 0}) == ()


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"{"])
@pytest.mark.parametrize("read", [read_statistics, read_preview])
def test_what_is_no_report_is_our_fault(read: object, content: bytes) -> None:
    """A broken file beside a result is an error of the installation, and not the reader's."""
    assert callable(read)
    with pytest.raises(FatalError):
        read(content)


def test_an_empty_report_can_be_shown() -> None:
    """A file without records has statistics."""
    assert read_statistics(b"{}").impacts[0].width == 0
    assert read_preview(b"{}").found("", "") == ()
    assert read_statistics(str(STATISTICS).replace("'", '"').encode()).ratio == PREVIEW["total_records"] / 480


HEADER = b'##fileformat=VCFv4.2\n##INFO=<ID=GAS_CSQ,Number=.,Type=String,Description="x">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n'


def with_records(site: PageSite, records: int, total: int) -> Browser:
    """A completed job whose result starts with so many records: the last tenth of them, and no other, is in MT-ND4."""
    user = site.user()
    job = site.job(user, JobStatus.COMPLETED)
    assert job.result is not None
    rows = [
        f"MT\t{n}\t.\tG\tA\t.\t.\tGAS_CSQ=A|missense_variant|{'MT-ND4' if n > records * 9 // 10 else 'MT-CO1'}|HIGH|1A>1B\n"
        for n in range(1, records + 1)
    ]
    told = {
        "tag": "GAS_CSQ",
        "fields": ["Allele", "Consequence", "SYMBOL", "IMPACT", "AA"],
        "total_records": total,
        "records": [],
    }
    site.put(job.result.bucket, job.result.key, gzip.compress(HEADER + "".join(rows).encode()))
    site.put(job.result.bucket, job.result.outputs[Output.PREVIEW].key, json.dumps(told).encode())
    return site.browser(user)


def searched(browser: Browser, query: str) -> str:
    """What the page says of the records."""
    page = browser.get(f"/annotations/job-1/preview?{query}").text
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", page[page.index('id="records"') :]).split()))


def test_all_of_a_small_file_is_searched(site: PageSite) -> None:
    """Not only the first hundred records, which is what the page shows without a search."""
    browser = with_records(site, 350, 350)

    found, all_of_it = searched(browser, "q=MT-ND4"), searched(browser, "")

    assert "35 of the file's 350 records match." in found
    assert "MT:316" in found
    assert "The first 100 records; the file has 350." in all_of_it
    assert "of the first 100 records" not in all_of_it
    assert "Position REF → ALT Gene Consequence Impact Protein" in all_of_it


def test_what_is_not_searched_is_told_with_what_was_counted(site: PageSite) -> None:
    """Of a large file the beginning is searched, and nobody is told that the rest holds nothing."""
    browser = with_records(site, 350, 50_000)

    found, nothing = searched(browser, "q=mt-nd4"), searched(browser, "q=MT-CYB")

    assert "35 of the first 350 records match." in found
    assert (
        "The file has 50,000; the others are not searched here. In the whole file: MT-ND4 25 alleles."
        in found
    )
    assert "Not among the first 350 records." in nothing
    assert "None of these records matches" not in nothing


@pytest.mark.parametrize("gene", ["Y_RNA", "Metazoa_SRP", "5S_rRNA"])
def test_a_name_with_an_underscore_is_found_as_it_stands_in_the_chart(gene: str) -> None:
    """Names of genes hold underscores, and consequences are shown with blanks: either is found by either, in any case."""
    told = STATISTICS | {"genes": {gene: 27, "MT-ND4": 25}, "consequences": {"missense_variant": 30}}
    statistics = read_statistics(json.dumps(told).encode())
    record = {"consequences": [{"symbol": gene, "consequence": "missense_variant"}]}
    records = Preview(1, (record,))

    for sought in (gene, gene.lower(), gene.replace("_", " ")):
        assert statistics.of_the_whole_file(sought, "") == ((gene, 27),)
        assert records.found(sought, "") == (record,)
    for sought in ("missense_variant", "missense variant"):
        assert statistics.of_the_whole_file(sought, "") == (("missense variant", 30),)
        assert records.found(sought, "") == (record,)


def test_an_impact_is_counted_in_the_whole_file(site: PageSite) -> None:
    """The choice of the list as well as the words of the field; of both together nothing was counted."""
    browser = with_records(site, 350, 50_000)

    assert "In the whole file: Moderate 30 alleles." in searched(browser, "impact=MODERATE")
    assert "In the whole file" not in searched(browser, "impact=MODERATE&q=MT-ND4")


def test_many_matches_are_cut_and_counted(site: PageSite) -> None:
    """The page stays as long as it is."""
    browser = with_records(site, 350, 350)

    assert "315 of the file's 350 records match, of which these are the first 100." in searched(
        browser, "q=CO1"
    )
