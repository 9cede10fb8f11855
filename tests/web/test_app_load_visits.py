"""What the load generator asks of the web is what the web answers: the same requests, in this process."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from dev.measure.load import visits
from gas.domain.job import JobStatus
from gas.domain.plan import Plan, User
from tests.support.pages import PageSite, make_page_site

VCF = b"##fileformat=VCFv4.2\n"


@dataclass
class Answer:
    """An answer as visits look at it."""

    status_code: int
    text: str = ""

    def json(self) -> Any:
        """The JSON in it."""
        return json.loads(self.text)


class InProcess:
    """A client with the calls of Locust's, on an application and an object store in memory; `seen` are names and statuses."""

    def __init__(self, site: PageSite) -> None:
        self._site = site
        self._client = Client(site.app, use_cookies=False)
        self.seen: list[tuple[str, int]] = []

    def get(self, path: str, *, name: str, headers: dict[str, str] | None = None) -> Answer:
        """Ask for a page."""
        return self._noted(name, self._client.get(path, headers=headers or {}))

    def post(
        self,
        path: str,
        *,
        name: str,
        data: dict[str, str] | None = None,
        json: Any = None,
        files: Any = None,
        headers: dict[str, str] | None = None,
        allow_redirects: bool = True,
    ) -> Answer:
        """Send a form or JSON; a whole address is the object store's."""
        if path.startswith("https://objects.example"):
            assert data is not None
            self.seen.append((name, self._site.links.receive(path, data, files["file"][1])))
            return Answer(self.seen[-1][1])
        return self._noted(name, self._client.post(path, data=data, json=json, headers=headers or {}))

    def _noted(self, name: str, response: TestResponse) -> Answer:
        self.seen.append((name, response.status_code))
        return Answer(response.status_code, response.text)


@pytest.fixture
def site() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


@pytest.fixture
def user(site: PageSite) -> User:
    """A premium user, as in the load runs."""
    return site.user(plan=Plan.PREMIUM)


@pytest.fixture
def visitor(site: PageSite, user: User) -> visits.SignedIn:
    """Their browser."""
    return visits.SignedIn(f"{site.services.cookies.session}={site.session(user)}")


def test_first_page(site: PageSite) -> None:
    """It is there for everybody."""
    client = InProcess(site)

    visits.home(client)

    assert client.seen == [("home", 200)]


def test_submission_makes_a_job_and_is_noted_before_and_after(
    site: PageSite, user: User, visitor: visits.SignedIn
) -> None:
    """Form, upload and submission are good, and the id is known before the web is asked for the job."""
    client, noted = InProcess(site), list[visits.Sent]()

    visits.submit(client, visitor, VCF, noted.append)

    (job,) = site.ports.jobs.jobs_of_user(user.user_id).jobs
    assert client.seen == [("form", 201), ("upload to the local cloud", 201), ("submit", 303)]
    assert noted == [visits.Sent(job.job_id, acknowledged=False), visits.Sent(job.job_id, acknowledged=True)]
    assert job.status is JobStatus.PENDING
    assert visitor.jobs == [job.job_id]


def test_list_and_details_are_the_visitors_own(site: PageSite, visitor: visits.SignedIn) -> None:
    """They are signed in, and see the job that they sent."""
    client = InProcess(site)
    visits.submit(client, visitor, VCF, lambda sent: None)
    client.seen.clear()

    visits.list_jobs(client, visitor)
    visits.details(client, visitor, lambda jobs: jobs[0])

    assert client.seen == [("list", 200), ("details", 200)]


def test_details_without_a_job_are_the_list(site: PageSite, visitor: visits.SignedIn) -> None:
    """There is nothing else to look at yet."""
    client = InProcess(site)

    visits.details(client, visitor, lambda jobs: jobs[0])

    assert client.seen == [("list", 200)]


def test_refused_submission_is_attempted_and_not_acknowledged(
    site: PageSite, visitor: visits.SignedIn
) -> None:
    """Who was refused is not counted among those that were promised a result."""
    client, noted = InProcess(site), list[visits.Sent]()
    post = client.post

    def forged(path: str, **more: Any) -> Answer:
        return (
            post(path, **{**more, "headers": {"Cookie": visitor.cookie, "Sec-Fetch-Site": "cross-site"}})
            if path == "/annotations"
            else post(path, **more)
        )

    client.post = forged  # type: ignore[method-assign]
    visits.submit(client, visitor, VCF, noted.append)

    assert client.seen[-1] == ("submit", 403)
    assert [each.acknowledged for each in noted] == [False]
    assert visitor.jobs == []


def test_signed_out_visitor_submits_nothing(site: PageSite) -> None:
    """Without a session there is no form, so that nothing is attempted."""
    client, noted = InProcess(site), list[visits.Sent]()

    visits.submit(client, visits.SignedIn("gas=nobody"), VCF, noted.append)

    assert client.seen == [("form", 401)]
    assert noted == []
