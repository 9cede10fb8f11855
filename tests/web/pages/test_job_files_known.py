"""What the page of statistics and first records says of sources, and on a narrow screen."""

import json
import re

import pytest

from gas.domain.job import JobStatus
from gas.domain.outputs import Output
from tests.support.jobs import OWN_FILE
from tests.support.pages import STATISTICS, PageSite, make_page_site


@pytest.fixture
def site() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


def test_what_known_variants_and_an_own_file_gave_is_counted(site: PageSite) -> None:
    """Each source with its release; the own file by the name that its owner gave it. Without sources there is no table."""
    user = site.user()
    job = site.job(user, JobStatus.COMPLETED, "job-1", own_file=OWN_FILE, own_sha256="ab" * 32)
    site.job(user, JobStatus.COMPLETED, "job-2", own_file=OWN_FILE)
    assert job.result is not None
    known = [
        {"name": "ClinVar", "release": "<20261123>", "alleles": 1234, "records": 1200},
        {"name": "Own", "release": "file abababababab", "alleles": 3, "records": 2},
    ]
    place = job.result.outputs[Output.STATISTICS].key
    site.put(job.result.bucket, place, json.dumps({**STATISTICS, "known": known}).encode())

    page, without = (site.browser(user).get(f"/annotations/job-{number}/preview").text for number in (1, 2))

    rows = re.findall(r'<th scope="row">(.*?)</th><td.*?>(.*?)</td><td.*?>(.*?)</td>', page)
    assert [(re.sub("<.*?>", "", name), *counts) for name, *counts in rows] == [
        ("ClinVar &lt;20261123&gt;", "1,234", "1,200"),
        ("Your own file, mine.bed", "3", "2"),
    ]
    assert "Your own file mine.bed was looked up, too." in page
    assert "Known variants and regions" not in without
    assert "was looked up, too" not in without


def test_a_narrow_screen_is_told_that_the_table_goes_on(site: PageSite) -> None:
    """At 320 px the first column fills it, and nothing else says that there are more."""
    user = site.user()
    site.job(user, JobStatus.COMPLETED)

    page = site.browser(user).get("/annotations/job-1/preview").text

    assert re.search(r'<p class="[^"]*d-sm-none[^"]*">The table goes on to the right', page)
