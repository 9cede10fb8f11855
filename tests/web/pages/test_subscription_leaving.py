"""Leaving the premium plan: what it does to how many results is said before it is asked."""

import re
from datetime import timedelta

import pytest

from gas.domain.job import JobStatus
from gas.domain.plan import Plan
from gas.domain.spec import ArchivePolicy, JobPolicy
from gas.services.leave_plan import MOST_LOOKED_AT, what_leaving_does
from tests.support.by_hand import make_unreadable
from tests.support.pages import PageSite, make_page_site

RETENTION = timedelta(minutes=5)


@pytest.fixture
def site() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


def said(html: str) -> str:
    """What the page says, without its marks."""
    main = html[html.index("<main") : html.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split()).replace(" .", ".")


def test_it_is_told_what_goes_and_only_then_asked(site: PageSite) -> None:
    """Results that can be downloaded, that are being restored, and that are to come; kept ones and archived ones do not go."""
    user = site.user(plan=Plan.PREMIUM)
    kept = JobPolicy(archive_policy=ArchivePolicy.NEVER)
    states = [JobStatus.COMPLETED] * 2 + [
        JobStatus.RESTORED,
        JobStatus.RESTORING,
        JobStatus.RUNNING,
        JobStatus.ARCHIVED,
    ]
    for number, status in enumerate(states):
        site.job(user, status, f"job-{number}")
    site.job(user, JobStatus.COMPLETED, "job-kept", policy=kept)
    browser = site.browser(user)

    plans, page = browser.get("/subscribe").text, browser.get("/unsubscribe").text

    assert 'action="/unsubscribe"' not in plans
    assert 'href="/unsubscribe"' in plans
    assert "3 results that you can download now are archived, the first 5 minutes after you leave" in said(
        page
    )
    assert "1 result that is being restored goes back to the archive" in said(page)
    assert "1 unfinished job goes on; its result is archived" in said(page)
    assert 'method="post" action="/unsubscribe"' in page
    current = site.ports.users.get(user.user_id)
    assert current is not None
    assert current.standing.plan == Plan.PREMIUM


def test_nothing_to_lose_is_said_too(site: PageSite) -> None:
    """One who has no results reads that."""
    page = site.browser(site.user(plan=Plan.PREMIUM)).get("/unsubscribe").text

    assert "You have no result that can be downloaded now" in said(page)


def test_free_users_have_nothing_to_leave(site: PageSite) -> None:
    """They are led to the plans."""
    answer = site.browser(site.user()).get("/unsubscribe")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/subscribe")


def test_the_shortest_retention_is_the_one_to_tell(site: PageSite) -> None:
    """A job may have one of its own."""
    user = site.user(plan=Plan.PREMIUM)
    site.job(user, JobStatus.COMPLETED, "job-1", policy=JobPolicy(retention=timedelta(seconds=30)))
    site.job(user, JobStatus.COMPLETED, "job-2")

    leaving = what_leaving_does(site.ports.jobs, user.user_id, RETENTION)

    assert (leaving.results, leaving.soonest, leaving.whole) == (2, timedelta(seconds=30), True)


def test_a_count_that_does_not_end_says_so(site: PageSite) -> None:
    """Only so many jobs are read for a page."""
    user = site.user(plan=Plan.PREMIUM)
    for number in range(MOST_LOOKED_AT + 1):
        site.new_job(user, number, "a.vcf")

    leaving = what_leaving_does(site.ports.jobs, user.user_id, RETENTION)

    assert (leaving.unfinished, leaving.whole) == (MOST_LOOKED_AT, False)


def test_a_job_that_cannot_be_counted_makes_the_count_the_least(site: PageSite) -> None:
    """The others are counted, and nobody is told that these are all."""
    user = site.user(plan=Plan.PREMIUM)
    for name in ("job-1", "job-2"):
        site.job(user, JobStatus.COMPLETED, name)
    make_unreadable(site.ports.jobs, "job-1")

    leaving = what_leaving_does(site.ports.jobs, user.user_id, RETENTION)

    assert (leaving.results, leaving.whole) == (1, False)
