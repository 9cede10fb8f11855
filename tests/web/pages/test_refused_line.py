"""The page of a refused file shows its owner the line; nothing else of GAS quotes it."""

import gzip
from typing import Any

import pytest

from gas.domain.job import JobStatus
from gas.domain.reasons import Reason
from gas_web.pages.refused_line import LONGEST_QUOTE, START_BYTES, line_of
from tests.support.pages import PageSite, make_page_site

FILE = b"##fileformat=VCFv4.2\n#CHROM\tPOS\n<b>canary</b>\there\r\n"
DETAIL = "line 3: the column POS must be a whole number, and is none; correct it."


@pytest.fixture
def site() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


@pytest.mark.parametrize("content", [FILE, gzip.compress(FILE)], ids=["plain", "packed"])
def test_the_owner_sees_the_line(site: PageSite, content: bytes) -> None:
    """On the job's page, as text, of a packed file as well; the sentence and the API quote nothing."""
    ada = site.user("a")
    job = site.job(ada, JobStatus.FAILED, reason=Reason.INPUT_REFUSED, detail=DETAIL, accepted_input=None)
    site.put(job.input.bucket, job.input.key, content)

    page = site.browser(ada).get(f"/annotations/{job.job_id}").text

    assert "The line begins: <code" in page
    assert "&lt;b&gt;canary&lt;/b&gt;\there</code>" in page
    assert site.browser(site.user("b")).get(f"/annotations/{job.job_id}").status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"detail": "the compressed file is cut off"},
        {"detail": None},
        {"reason": Reason.LIMIT_EXCEEDED},
        {"submitted_etag": "of-another-file"},
    ],
    ids=str,
)
def test_no_line_to_show(site: PageSite, changes: dict[str, Any]) -> None:
    """Without a line, of another reason, and of a file that is not the submitted one, nothing is quoted."""
    ada = site.user("a")
    fields: dict[str, Any] = {
        "reason": Reason.INPUT_REFUSED,
        "detail": DETAIL,
        "accepted_input": None,
        **changes,
    }
    job = site.job(ada, JobStatus.FAILED, **fields)
    site.put(job.input.bucket, job.input.key, FILE)

    page = site.browser(ada).get(f"/annotations/{job.job_id}")

    assert page.status_code == 200
    assert "The line begins" not in page.text


def test_a_file_that_is_gone(site: PageSite) -> None:
    """The page is the same without the quote."""
    ada = site.user("a")
    job = site.job(ada, JobStatus.FAILED, reason=Reason.INPUT_REFUSED, detail=DETAIL, accepted_input=None)
    site.ports.objects.delete(job.input.bucket, (job.input.key,))

    page = site.browser(ada).get(f"/annotations/{job.job_id}")

    assert page.status_code == 200
    assert "The line begins" not in page.text


@pytest.mark.parametrize(
    ("start", "number", "shown"),
    [
        (b"a\nb\nc", 2, "b"),
        (b"a\nb", 3, None),
        (b"a\n\nc", 2, None),
        (b"", 1, None),
        (b"\xff\x00\x1b[31m", 1, "??[31m".replace("??", "\ufffd??")),
        (b"x" * START_BYTES, 1, "x" * LONGEST_QUOTE + "…"),
        (b"\x1f\x8bnot gzip", 1, None),
        (gzip.compress(b"\n" * 5_000_000), 4_999_999, None),
        (gzip.compress(b"BCF\x02\x02a\nb\nc"), 2, None),
    ],
    ids=["second", "none", "empty", "nothing", "signs", "long", "broken", "bomb", "BCF"],
)
def test_how_a_line_is_shown(start: bytes, number: int, shown: str | None) -> None:
    """Bounded, printable, and never more than was asked for."""
    assert line_of(start, number) == shown
