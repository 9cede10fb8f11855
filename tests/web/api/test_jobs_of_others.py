"""Whoever names another's job in a key of their own gets the very answer that naming no job gets, by the API and by the page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from gas.config import PlanSettings
from gas.domain.catalogue import Catalogue
from gas.domain.job import JobEvent, JobStatus
from gas.domain.quota import ActiveJobs
from gas.domain.tombstone import tombstone
from gas.domain.uploads import OpenUpload, UploadState
from tests.support.pages import PageSite, make_page_site
from tests.support.references import PUBLISHED, an_entry

ADA, BOB = "a" * 26, "b" * 26
BOBS, NOBODYS = "bobs-job", "none-job"
NAMED = "named-id"
"""Stands for either of them in what Ada asks for."""


def key(name: str = "a.vcf", job_id: str = NAMED, user_id: str = ADA) -> str:
    """A key as a form has it."""
    return f"gas/{user_id}/{job_id}~{name}"


@dataclass(frozen=True)
class Asked:
    """A submission of Ada's, and what there is of hers before."""

    key: str = key()
    reference: str = "rCRS"
    own_key: str | None = None
    headers: Mapping[str, str] | None = None
    before: Callable[[PageSite], None] = lambda _: None


def opened(job_id: str, name: str, content: bytes | None = b"x", **more: Any) -> Callable[[PageSite], None]:
    """An upload of Ada's that is not submitted, with its file or without."""

    def before(site: PageSite) -> None:
        held, now = site.ports.uploads.get(ADA), site.ports.clock.now()
        upload = OpenUpload(key(name, job_id), now, 10, now + timedelta(hours=20), **more)
        site.ports.uploads.commit(ADA, held, held.with_upload(job_id, upload))
        if content is not None:
            site.put("gas-inputs", upload.key, content)

    return before


def no_place(site: PageSite) -> None:
    """Ada's one place is taken by a job that runs."""
    job = site.new_job(site.user("a"), 1, "a.vcf")
    site.ports.quotas.commit(ADA, ActiveJobs(), ActiveJobs().with_job(job.job_id, job.submit_time))


ASKED = {
    "as it is": Asked(),
    "by its header": Asked(reference="auto"),
    "an unknown reference": Asked(reference="nope"),
    "a retired reference": Asked(reference="GRCh37"),
    "a reference of a command": Asked(reference="foreign"),
    "a name of no VCF": Asked(key("a.txt")),
    "a name that cannot be": Asked(key("a" * 201 + ".vcf")),
    "own file without an upload": Asked(own_key=key("mine.bed", "no-such")),
    "own file of that job": Asked(own_key=key("mine.bed")),
    "own file of another user": Asked(own_key=key("mine.bed", user_id=BOB)),
    "the same as own file": Asked(own_key=key()),
    "own file": Asked(own_key=key("mine.bed", "mine"), before=opened("mine", "mine.bed")),
    "own file by its header": Asked(
        reference="auto", own_key=key("mine.bed", "mine"), before=opened("mine", "mine.bed")
    ),
    "own file for a command": Asked(
        reference="foreign", own_key=key("mine.bed", "mine"), before=opened("mine", "mine.bed")
    ),
    "own file and an unknown reference": Asked(
        reference="nope", own_key=key("mine.bed", "mine"), before=opened("mine", "mine.bed")
    ),
    "own file that has not come": Asked(
        own_key=key("mine.bed", "mine"), before=opened("mine", "mine.bed", None)
    ),
    "own file of a wrong name": Asked(own_key=key("mine.txt", "mine"), before=opened("mine", "mine.txt")),
    "own file that is too large": Asked(
        own_key=key("mine.bed", "mine"), before=opened("mine", "mine.bed", b"x" * 200_000)
    ),
    "own file that is going": Asked(
        own_key=key("mine.bed", "mine"), before=opened("mine", "mine.bed", state=UploadState.GOING)
    ),
    "no place": Asked(before=no_place),
    "no place, by its header": Asked(reference="auto", before=no_place),
    "with an Idempotency-Key": Asked(headers={"Idempotency-Key": "1"}),
    "with one that cannot be": Asked(headers={"Idempotency-Key": "x" * 256}),
    "of another prefix": Asked(key().replace("gas/", "other/")),
}


def by_api(site: PageSite, asked: Asked, job_id: str) -> TestResponse:
    """Submit as a script does."""
    body = {"key": asked.key, "reference": asked.reference, "ownKey": asked.own_key}
    told = {name: value.replace(NAMED, job_id) for name, value in body.items() if value is not None}
    headers = {"Sec-Fetch-Site": "same-origin", **(asked.headers or {})}
    return site.browser(site.user("a")).open("/api/v1/jobs", "POST", json=told, headers=headers)


def by_page(site: PageSite, asked: Asked, job_id: str) -> TestResponse:
    """Press the button."""
    form = {"key": asked.key, "reference": asked.reference, "own": asked.own_key or ""}
    told = {name: value.replace(NAMED, job_id) for name, value in form.items()}
    return site.browser(site.user("a")).post("/annotations", told)


def told(answer: TestResponse, job_id: str) -> tuple[int, str, dict[str, str]]:
    """All of an answer, but which request it answers and which id that named."""
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
    return answer.status_code, answer.text.replace(job_id, NAMED), headers


@pytest.mark.parametrize("ask", [by_api, by_page])
@pytest.mark.parametrize("forgotten", [False, True], ids=["completed", "forgotten"])
@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_it_is_answered_as_nobodys(
    ask: Callable[[PageSite, Asked, str], TestResponse], asked: Asked, *, forgotten: bool
) -> None:
    """Status, sentence and headers are the same, whatever else is asked for, and it is a refusal."""
    site = make_page_site(plans=PlanSettings(free_max_active_jobs=1))
    listed = site.ports.references.catalogue()
    retired, foreign = (
        an_entry("GRCh37", retired=PUBLISHED),
        an_entry("foreign", "f" * 64, by_command=True),
    )
    site.ports.references.replace(listed, Catalogue((retired, foreign)))
    job = site.job(site.user("b"), JobStatus.COMPLETED, BOBS)
    if forgotten:
        site.ports.jobs.commit(job, tombstone(job.moved(JobEvent.DELETED, site.ports.clock.now())))
    asked.before(site)

    bobs, nobodys = (told(ask(site, asked, job_id), job_id) for job_id in (BOBS, NOBODYS))

    assert bobs == nobodys
    assert 400 <= nobodys[0] < 500
