"""What only a real browser shows: the upload, the refresh, and that nothing breaks the content policy."""

import base64
import gzip
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gas.domain.job import JobStatus
from gas.domain.overview import Overview
from kube.ports import free_ports
from tests.support.chromium import InPieces, Served, served, serving
from tests.support.jobs import RESULT
from tests.support.pages import OPERATOR

GOOD = b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
FIRST_PAGE_BYTES = 60 * 1024
REFUSED = {
    "notes.txt": (b"hello", "should end with .vcf, .vcf.gz, .vcf.bgz or .bcf"),
    "empty.vcf": (b"", "is empty"),
    "large.vcf": (GOOD + b"#" * 153_600, "your plan takes files of up to 150 KiB"),
    "table.vcf": (b"Chromosome,Position\n", "does not begin like a VCF file"),
    "wide.vcf": (GOOD.decode().encode("utf-16"), "is in UTF-16"),
    "headless.vcf": (b"##fileformat=VCFv4.2\n", "no line of column names"),
    "blanks.vcf": (GOOD.replace(b"\t", b" "), "separated by tabs"),
    "packed.vcf.gz": (gzip.compress(b"Chromosome,Position\n"), "does not begin like a VCF file"),
    "headless.bcf": (b"BCF\x02\x02" + bytes(40), "does not begin like a VCF file"),
    "broken.vcf.gz": (b"\x1f\x8b\x08\x00junk", "does not begin like a VCF file"),
}
_CONTIGS = b"".join(
    b"##contig=<ID=chrUn_KN%06dv1_decoy,length=%d,assembly=38>\n" % (707000 + n, 1000 + n)
    for n in range(3000)
)
_LONG = GOOD.replace(b"#CHROM", _CONTIGS + b"#CHROM")
_CUT = 1024 * 1024 - len(b"#CHROM\tP")
"""Where the line of column names is cut by the end of what the page looks at."""


def _bcf(header: bytes) -> bytes:
    """A BCF of that header, with something binary behind it."""
    return b"BCF\x02\x02" + (len(header) + 1).to_bytes(4, "little") + header + b"\0" + bytes(range(256))


SOUND = {
    "plain.bcf": _bcf(GOOD),
    "packed.bcf": gzip.compress(_bcf(_LONG)),
    "long header.vcf.gz": gzip.compress(_LONG),
    "long header in parts.vcf.gz": b"".join(
        gzip.compress(_LONG[start : start + 60_000]) for start in range(0, len(_LONG), 60_000)
    ),
    "cut in the column names.vcf.gz": gzip.compress(
        GOOD.replace(b"#CHROM", b"##x=".ljust(_CUT - 22, b"x") + b"\n#CHROM")
    ),
    "empty first line.vcf": b"\n" + GOOD,
    "byte order mark.vcf": b"\xef\xbb\xbf" + GOOD,
}


@pytest.fixture
def pages() -> Iterator[Served]:
    """A site that a browser can reach."""
    with served() as reachable:
        yield reachable


def test_a_file_is_checked_then_sent_then_a_job(pages: Served) -> None:
    """Nothing is sent of a file that is no VCF; a sound one may have any header, goes to the store and becomes a job."""
    user = pages.site.user()
    refused = [(name, base64.b64encode(content).decode()) for name, (content, _) in REFUSED.items()]

    sound = [(name, base64.b64encode(content).decode()) for name, content in SOUND.items()]

    seen = pages.play("upload", user, refused=refused, sound=sound)

    assert seen["faults"] == []
    for told, (_, expected) in zip(seen["refusals"], REFUSED.values(), strict=True):
        assert expected in told
    assert (seen["early"], seen["enabled"]) == (0, False)
    assert dict(zip(SOUND, seen["passed"], strict=True)) == dict.fromkeys(SOUND, "")
    assert seen["dropped"].endswith("mine.vcf")
    assert seen["notice"].startswith("Your job is received.")
    (job,) = pages.site.ports.jobs.jobs_of_user(user.user_id).jobs
    assert job.input.file_name == "mine.vcf"


def test_an_upload_can_be_stopped_lost_and_sent_after_all(pages: Served) -> None:
    """Stopping works before the first byte too, a lost network is told in words, and meanwhile no other file is taken."""
    user = pages.site.user()

    seen = pages.play("secondThoughts", user)

    assert seen["faults"] == []
    assert seen["locked"] is True
    assert seen["stopped"] == "You stopped the upload. Nothing was started."
    assert seen["alarmed"] is False
    assert "check your network" in seen["lost"]
    assert seen["notice"].startswith("Your job is received.")
    (job,) = pages.site.ports.jobs.jobs_of_user(user.user_id).jobs
    assert job.input.file_name == "other.vcf"


def test_it_works_without_scripts(pages: Served) -> None:
    """Three plain forms make a job, and the content policy lets the store send the browser back."""
    user = pages.site.user()

    seen = pages.play("plain", user)

    assert seen["notice"].startswith("Your job is received.")
    assert len(pages.site.ports.jobs.jobs_of_user(user.user_id).jobs) == 1


def test_the_page_follows_its_job_and_stops_at_the_end(pages: Served) -> None:
    """The state changes under the reader without a reload, keeps the focus and every button, is spoken, and then asks no more."""
    site, user = pages.site, pages.site.user()
    job = site.job(user, JobStatus.RUNNING)

    @site.app.get("/go-on")
    def go_on() -> str:
        now = site.ports.clock.now()
        site.ports.jobs.finish(job, replace(job.finished_with(RESULT, now), due=None))
        return "on it goes"

    seen = pages.play("watch", user, path="/annotations/job-1")

    assert seen["faults"] == []
    assert seen["focused"] == "cancel"
    assert seen["spoken"] == f"Completed. {seen['shown'].strip()}"
    assert seen["refocused"] == "content"
    assert seen["time"].startswith("Nov 23")
    assert (seen["copies"], seen["bare"]) == (2, 0)
    assert seen["before"] >= 2
    assert seen["after"] == seen["before"]


def test_the_operators_page_ages(pages: Served) -> None:
    """Figures that are not refreshed grow old under the reader's eyes, and what is being typed stays."""
    site = pages.site
    now = site.ports.clock.now()
    site.ports.overviews.write(Overview(now - timedelta(seconds=27), timedelta(seconds=10)))

    seen = pages.play("operations", site.user("o", subject=OPERATOR))

    assert seen["faults"] == []
    assert seen["first"] in {"27 s", "28 s"}
    assert not seen["early"]
    assert re.search(r"Every figure is 5\d s old", seen["stale"])
    assert seen["last"] in seen["stale"]
    assert seen["banner"] == "half a sent"


def test_the_page_asks_ever_more_seldom(pages: Served) -> None:
    """After 2 s at first, then with growing pauses, and never more seldom than every 15 s while something is to come."""
    user = pages.site.user()
    pages.site.job(user, JobStatus.QUEUED)

    seen = pages.play("patience", user, path="/annotations/job-1", watched=75)

    pauses = seen["pauses"]
    assert seen["faults"] == []
    assert 1.9 <= pauses[0] <= 3
    assert all(later >= earlier - 0.5 for earlier, later in itertools.pairwise(pauses))
    assert 14 <= pauses[-1] <= 16
    assert 7 <= len(pauses) <= 11


def test_the_first_page_is_small_and_stands_still(pages: Served) -> None:
    """At most 60 KiB over the wire, all of it compressed; what is the same on every page is fetched once."""
    seen = pages.play("first", None)

    texts = [answer for answer in seen["first"] if not answer["path"].startswith("data:")]
    static = [answer for answer in texts if answer["path"].startswith("/static/")]
    assert seen["faults"] == []
    assert {answer["path"].split("?")[0] for answer in texts} >= {
        "/",
        "/static/early.js",
        "/static/gas.css",
        "/static/mark.svg",
        "/static/page.js",
        "/static/vendor/bootstrap.min.css",
    }
    assert sum(answer["bytes"] for answer in texts) <= FIRST_PAGE_BYTES
    assert {answer["encoding"] for answer in texts} == {"gzip"}
    assert {answer["cache"] for answer in static} == {"public, max-age=31536000, immutable"}
    assert seen["shifted"] == 0
    assert [answer["path"] for answer in seen["second"]] == ["/login"]


@pytest.mark.parametrize("path", ["/annotations", "/annotations/job-1", "/annotations/nothing"])
def test_a_page_that_arrives_in_pieces_stands_still(pages: Served, path: str) -> None:
    """It is shown once it is whole: nothing jumps while the rest arrives, and no time changes under the eyes."""
    site, user = pages.site, pages.site.user()
    for number in range(3):
        site.job(user, JobStatus.COMPLETED, f"job-{number}", retain_until=datetime.now(UTC))
    (port,) = free_ports(1)

    with serving(port, InPieces(site.app)):
        seen = replace(pages, origin=f"http://127.0.0.1:{port}").play("first", user, path=path)

    assert seen["shifted"] == 0


def test_the_way_of_a_file_by_keyboard(pages: Served) -> None:
    """From the first page to deleting the job without a mouse; the focus is always seen, open to view and large enough."""
    user = pages.site.user()

    seen = pages.play("keyboard", user)

    assert seen["faults"] == []
    assert (seen["skip"]["name"], seen["skip"]["seen"], seen["skip"]["open"]) == (
        "Skip to the content",
        True,
        True,
    )
    assert (seen["skipped"], seen["ready"]) == ("content", "send")
    assert (seen["cancelled"], seen["deleted"]) == (
        "The job is being cancelled.",
        "The job's files are being deleted.",
    )
    assert len(seen["stops"]) > 30
    assert seen["bad"] == []
    (job,) = pages.site.ports.jobs.jobs_of_user(user.user_id).jobs
    assert job.intents.cancel_requested is not None
    assert job.intents.delete_requested is not None


@pytest.mark.parametrize(("motion", "moves"), [("no-preference", True), ("reduce", False)])
def test_nothing_moves_for_people_who_ask_for_that(pages: Served, motion: str, moves: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """The mark of a running job turns, unless motion is to be reduced."""
    user = pages.site.user()
    pages.site.job(user, JobStatus.RUNNING)

    seen = pages.play("motion", user, path="/annotations/job-1", motion=motion)

    assert (seen["moving"] > 0) == moves
