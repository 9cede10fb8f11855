"""Everything that is kept about somebody, for them and for nobody else."""

import io
import json
import zipfile
from dataclasses import fields, replace
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from structlog.testing import capture_logs

from gas.domain.access_token import Scope
from gas.domain.errors import TransientError
from gas.domain.job import Job, JobStatus
from gas.domain.plan import EmailLetter, EmailWish, User
from gas.domain.session import handle_of
from gas.ports.stores import JobPage
from gas.services.export_account import PAGE, plain
from gas.services.issue_token import issue_token
from tests.support.api import ApiSite, make_api_site
from tests.support.by_hand import make_unreadable
from tests.support.jobs import FREE, NOW, job_in
from tests.support.pages import PageSite, make_page_site


@pytest.fixture
def site() -> ApiSite:
    """An application, its API and people."""
    return make_api_site()


@pytest.fixture
def pages() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


def test_every_field_of_records_is_told() -> None:
    """Nothing is chosen: whatever a record or a row gets in future is exported as well. Secrets' handles are not."""
    ada = User("a" * 26, "a@example.org", "Ada", FREE, asked_email=EmailWish("b@example.org", NOW))
    letter = EmailLetter("b@example.org", "h" * 32, NOW + timedelta(days=1), NOW)

    user = plain(replace(ada, email_letter=letter))
    job = plain(job_in(JobStatus.RESTORED))

    assert user.keys() == {each.name for each in fields(User)}
    assert job.keys() == {each.name for each in fields(Job)}
    assert user["email_letter"].keys() == {"address", "expires", "answers"}
    assert json.loads(json.dumps([user, job])) == [user, job]


def test_the_api_tells_page_by_page(site: ApiSite) -> None:
    """All of the caller's jobs, each once; no secret, and nothing of anybody else."""
    caller, other = site.caller(), site.caller()
    assert caller.user is not None
    assert other.user is not None
    for number in range(PAGE + 1):
        site.job(caller.user, JobStatus.COMPLETED, f"job-{number}")
    site.job(other.user, JobStatus.COMPLETED, "not-mine")

    first = caller.get("/me/export").get_json()
    second = caller.get(f"/me/export?cursor={first['cursor']}").get_json()

    told = [job["job_id"] for job in first["jobs"] + second["jobs"]]
    assert sorted(told) == sorted(f"job-{number}" for number in range(PAGE + 1))
    assert second["cursor"] is None
    assert first["account"]["user"]["email"] == caller.user.email
    assert [token["name"] for token in first["account"]["access_tokens"]] == ["test"]
    assert other.user.user_id not in json.dumps([first, second])
    assert handle_of(caller.headers["Authorization"].removeprefix("Bearer ")) not in json.dumps(first)
    assert other.get(f"/me/export?cursor={first['cursor']}").status_code == 400


def test_a_token_without_the_right_gets_nothing(site: ApiSite) -> None:
    """Neither does anybody who is unknown: name and address need one right, and jobs another."""
    for scopes in combinations(Scope, len(Scope) - 1):
        enough = {Scope.READ, Scope.PROFILE} <= set(scopes)
        assert site.caller(None, *scopes).get("/me/export").status_code == (200 if enough else 403)
    assert site.anybody().get("/me/export").status_code == 401


def test_tokens_are_told_to_who_may_list_them(site: ApiSite) -> None:
    """A token that may not learn of other tokens does not learn of them here."""
    caller = site.caller(None, Scope.READ, Scope.PROFILE)

    account = caller.get("/me/export").get_json()["account"]

    assert "access_tokens" not in account
    assert caller.get("/tokens").status_code == 403


def test_the_page_gives_one_file(pages: PageSite) -> None:
    """A zip file of one JSON file of account, tokens and jobs, whole however many jobs there are."""
    ada, bob = pages.user("a"), pages.user("b")
    for number in range(PAGE + 1):
        pages.new_job(ada, number, f"{number}.vcf")
    pages.new_job(bob, 9000, "bobs.vcf")
    now = pages.ports.clock.now()
    issue_token(
        pages.ports.tokens,
        ada,
        "laptop",
        hallmark=pages.services.hallmark,
        scopes=frozenset(Scope),
        days=9,
        now=now,
    )

    answer = pages.browser(ada).get("/profile/export")
    empty = unpacked(pages.browser(pages.user("c")).get("/profile/export").data)

    kept = unpacked(answer.data)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="gas-account.zip"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert len({job["job_id"] for job in kept["jobs"]}) == PAGE + 1
    assert kept["account"]["user"]["user_id"] == ada.user_id
    assert [token["name"] for token in kept["account"]["access_tokens"]] == ["laptop"]
    assert "bobs.vcf" not in json.dumps(kept)
    assert empty["jobs"] == []


def unpacked(file: bytes) -> dict[str, Any]:
    """What the file of the page holds."""
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        [name] = archive.namelist()
        assert name == "gas-account.json"
        kept: dict[str, Any] = json.loads(archive.read(name))
    return kept


def test_a_table_that_fails_half_way_gives_no_file(pages: PageSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer says that it failed, and so does its line: nobody keeps half of what is kept about them."""
    ada = pages.user("a")
    for number in range(PAGE + 1):
        pages.new_job(ada, number, f"{number}.vcf")
    ask = pages.ports.jobs.jobs_of_user

    def fails_at_the_second(user_id: str, cursor: str | None, limit: int) -> JobPage:
        if cursor is not None:
            raise TransientError("The table does not answer.")
        return ask(user_id, cursor, limit)

    monkeypatch.setattr(pages.ports.jobs, "jobs_of_user", fails_at_the_second)

    with capture_logs() as logs:
        answer = pages.browser(ada).get("/profile/export")

    assert answer.status_code == 503
    assert "Content-Disposition" not in answer.headers
    assert [line["status"] for line in logs if line["event"] == "request"] == [503]


def test_a_record_that_cannot_be_read_is_named(pages: PageSite) -> None:
    """The rest is exported, and nobody believes that it is all."""
    ada = pages.user("a")
    for name in ("job-1", "job-2"):
        pages.job(ada, JobStatus.COMPLETED, name)
    make_unreadable(pages.ports.jobs, "job-1")

    kept = unpacked(pages.browser(ada).get("/profile/export").data)["jobs"]

    assert [job["job_id"] for job in kept] == ["job-2", "job-1"]
    assert kept[1].keys() == {"job_id", "unread"}
    assert "cannot be read" in kept[1]["unread"]
