"""The list of jobs: order, pages and filters, all in the address."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from gas.domain.job import JobEvent, JobStatus
from gas.services.list_jobs import LONG_LOOK, MAX_LOOKS
from gas_web.pages.annotations import PAGE_SIZE
from tests.support.by_hand import make_unreadable
from tests.support.jobs import BEFORE
from tests.support.pages import PageSite, make_page_site


@pytest.fixture
def site() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


def names(page: str) -> list[str]:
    """The file names of a list, from top to bottom."""
    return [name.replace("<wbr>", "") for name in re.findall(r'<a class="file"[^>]*>(.*?)</a>', page)]


def link(page: str, text: str) -> str | None:
    """Where the link with this text leads."""
    found = re.search(rf'href="([^"]*)">{text}</a>', page)
    return None if found is None else found[1].replace("&amp;", "&")


def test_pages_go_back_in_time_and_lose_nothing(site: PageSite) -> None:
    """Following “Older jobs” shows every job once, newest first, and the filter stays."""
    user = site.user()
    for number in range(PAGE_SIZE + 3):
        site.new_job(user, number, f"n{number:02}.vcf")
    browser = site.browser(user)

    first = browser.get("/annotations?name=.VCF").text
    older = link(first, "Older jobs")
    assert older is not None
    second = browser.get(older).text

    assert names(first) + names(second) == [f"n{number:02}.vcf" for number in reversed(range(PAGE_SIZE + 3))]
    assert parse_qs(urlsplit(older).query)["name"] == [".VCF"]
    assert link(first, "Newest jobs") is None
    assert link(second, "Older jobs") is None
    assert link(second, "Newest jobs") == "/annotations?name=.VCF"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"Running.vcf", "Failed.vcf", "Completed.vcf"}),
        ("state=Failed", {"Failed.vcf"}),
        ("state=unfinished", {"Running.vcf"}),
        ("state=nonsense", {"Running.vcf", "Failed.vcf", "Completed.vcf"}),
        ("name=COMPL", {"Completed.vcf"}),
        ("name=compl&state=Failed", set()),
    ],
)
def test_lists_are_filtered(site: PageSite, query: str, shown: set[str]) -> None:
    """State and name narrow the list, and the form shows what is looked for."""
    user = site.user()
    for status in (JobStatus.RUNNING, JobStatus.FAILED, JobStatus.COMPLETED):
        site.job(user, status, f"job-{status.value.lower()}", f"{status.value}.vcf")

    page = site.browser(user).get(f"/annotations?{query}").text

    assert set(names(page)) == shown
    assert ("No job matches" in page) == (not shown)
    assert (" selected>" in page) is (
        query in {"state=Failed", "state=unfinished", "name=compl&state=Failed"}
    )


@pytest.mark.parametrize("query", ["", "?state=Completed"])
def test_deleted_jobs_do_not_hide_the_older_ones(site: PageSite, query: str) -> None:
    """Who deleted very many jobs is not told that there are none: the list says that it goes on further back."""
    user = site.user()
    for number in range(PAGE_SIZE + (MAX_LOOKS - 1) * LONG_LOOK):
        job = site.new_job(user, number, "gone.vcf")
        site.ports.jobs.commit(job, job.moved(JobEvent.DELETED, job.submit_time))
    site.job(user, JobStatus.COMPLETED, "a-job", "old.vcf", submit_time=BEFORE - timedelta(days=1))
    browser = site.browser(user)

    first = browser.get(f"/annotations{query}").text
    older = link(first, "Older jobs")
    assert older is not None
    second = browser.get(older).text

    assert names(first) == []
    assert "No jobs yet" not in first
    assert "Look further back" in first
    assert names(second) == ["old.vcf"]


def test_a_page_after_the_last_job_is_no_new_beginning(site: PageSite) -> None:
    """Nobody who has jobs is told that they have none."""
    user = site.user()
    job = site.job(user, JobStatus.COMPLETED)

    page = site.browser(user).get(f"/annotations?cursor={site.ports.jobs.cursor_after(job)}").text

    assert "There are no older jobs." in page
    assert "No jobs yet" not in page


def test_others_jobs_are_not_listed(site: PageSite) -> None:
    """A list holds its owner's jobs only; an empty one says how to begin."""
    site.job(site.user("a"), JobStatus.COMPLETED)

    page = site.browser(site.user("b")).get("/annotations").text

    assert names(page) == []
    assert "Annotate your first file" in page


def test_another_users_cursor_is_refused(site: PageSite) -> None:
    """A cursor that was changed, or is somebody else's, is an error in words and not a list."""
    ada, bob = site.user("a"), site.user("b")
    for number in range(PAGE_SIZE + 1):
        site.new_job(ada, number, "a.vcf")
    older = link(site.browser(ada).get("/annotations").text, "Older jobs")
    assert older is not None

    assert site.browser(bob).get(older).status_code == 400


def test_only_lists_that_move_refresh_themselves(site: PageSite) -> None:
    """A list of finished jobs stays as it is."""
    user = site.user()
    site.job(user, JobStatus.COMPLETED, "job-1")
    browser = site.browser(user)

    still = browser.get("/annotations").text
    site.job(user, JobStatus.RUNNING, "job-2")
    moving = browser.get("/annotations?name=a").text

    assert "data-live" not in still
    assert 'data-live hx-get="/annotations?name=a"' in moving


def test_the_list_tells_what_matters_now(site: PageSite) -> None:
    """How far a running job is, until when a result can be downloaded, and when it comes back."""
    user = site.user()
    now = site.ports.clock.now()
    site.job(user, JobStatus.RUNNING, "job-1", progress_percent=75)
    site.job(user, JobStatus.COMPLETED, "job-2", retain_until=now)
    site.job(user, JobStatus.RESTORING, "job-3")

    page = site.browser(user).get("/annotations").text

    assert '<span class="hint number">75 %</span>' in page
    assert '">until <time datetime="2026-11-23T12:00:00Z">' in page
    assert '">expected about <time datetime="2026-11-23T12:05:00Z">' in page


def test_a_narrowed_list_leads_back_to_all(site: PageSite) -> None:
    """Whether or not something was found."""
    user = site.user()
    site.job(user, JobStatus.FAILED)
    browser = site.browser(user)

    pages = [browser.get(f"/annotations{query}").text for query in ("", "?state=Failed", "?name=nothing")]

    assert [link(page, "Show all jobs") for page in pages] == [None, "/annotations", "/annotations"]


def test_a_job_that_cannot_be_read_is_named_beside_the_others(site: PageSite) -> None:
    """The page does not fail for it, and does not say that there is none."""
    user = site.user()
    for name in ("job-1", "job-2"):
        site.job(user, JobStatus.COMPLETED, name)
    make_unreadable(site.ports.jobs, "job-1")
    browser = site.browser(user)

    both = browser.get("/annotations").text
    make_unreadable(site.ports.jobs, "job-2")
    neither = browser.get("/annotations").text

    assert "job-2" in both
    assert "The job <code>job-1</code> cannot be shown, for its record cannot be read." in both
    assert "The job <code>job-2</code> cannot be shown" in neither
    assert "No jobs yet" not in neither
