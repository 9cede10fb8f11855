"""What a real browser does for people in the middle of something: whose session ends, who leaves, comes back, or misses."""

from collections.abc import Iterator

import pytest

from gas.domain.catalogue import Contig
from gas.domain.job import JobStatus
from tests.support.chromium import Served, served
from tests.support.references import an_entry, publish

HUMAN = an_entry(
    "GRCh37",
    "d" * 64,
    title="Human",
    assembly="GRCh37.p13",
    contigs=(Contig("1", 249_250_621, ("1", "chr1")),),
)


@pytest.fixture
def pages() -> Iterator[Served]:
    """A site that a browser can reach."""
    with served() as reachable:
        yield reachable


def test_a_session_that_ended_costs_no_choice(pages: Served) -> None:
    """Pressing “Upload” says so and where to sign in, beside the page; then the same press sends the file."""
    user = pages.site.user()

    seen = pages.play("signedOutUpload", user)

    assert seen["faults"] == []
    assert seen["told"].startswith("You were signed out. Sign in")
    assert "token" not in seen["told"]
    assert seen["link"] == "/login?next=/signed-in"
    assert seen["chosen"].endswith("mine.vcf")
    assert len(pages.site.ports.jobs.jobs_of_user(user.user_id).jobs) == 1


@pytest.mark.parametrize(
    ("contig", "by_hand", "told", "focus", "reference"),
    [
        ("chr1,length=249250621", None, "This looks like GRCh37", "send", "GRCh37"),
        ("chr1,length=248387328", None, "The file seems to be made on T2T-CHM13", "anyway", "rCRS"),
        ("chrM,length=16569", "GRCh37", "You chose GRCh37", "anyway", "GRCh37"),
        ("chrM,length=16569", None, None, None, "rCRS"),
    ],
    ids=["another reference", "no reference", "another by hand", "the usual reference"],
)
def test_a_file_chosen_after_the_session_ended_is_asked_about_before_it_goes(
    pages: Served, contig: str, *, by_hand: str | None, told: str | None, focus: str | None, reference: str
) -> None:
    """Pressing “Upload” asks once more; what nobody has seen yet of the answer is shown before anything is sent."""
    user = pages.site.user()
    publish(pages.site.ports.references, HUMAN)
    content = f"##fileformat=VCFv4.2\n##contig=<ID={contig}>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"

    seen = pages.play("signedOutChoice", user, content=content, byHand=by_hand)

    assert seen["faults"] == []
    assert [line.split(" (")[0] for line in seen["told"]] == ["You were signed out. Sign in"]
    assert seen["held"] is (told is not None)
    if told is not None:
        assert seen["looks"].startswith(told)
        assert (seen["focus"], seen["alarms"], seen["early"]) == (focus, 0, 0)
    (job,) = pages.site.ports.jobs.jobs_of_user(user.user_id).jobs
    assert job.reference == reference


def test_a_list_whose_session_ended_keeps_its_rows(pages: Served) -> None:
    """It says that it shows no news any more, and leads back to itself."""
    user = pages.site.user()
    pages.site.job(user, JobStatus.RUNNING)

    seen = pages.play("signedOutList", user)

    assert seen["rows"] == 1
    assert "You were signed out" in seen["told"]
    assert seen["link"] == "/login?next=/annotations"


def test_an_upload_tells_its_pace_and_does_not_die_in_silence(pages: Served) -> None:
    """How fast, how long still; leaving asks first, and stopping is no alarm. The focus is never lost."""
    user = pages.site.user()

    seen = pages.play("slowUpload", user)

    assert seen["faults"] == []
    assert "a second, about" in seen["pace"]
    assert seen["pace"].strip().endswith("left")
    assert seen["asked"] == "beforeunload"
    assert seen["stayed"] == "/annotate"
    assert (seen["focus"], seen["after"]) == ("stop", "send")
    assert (seen["stopped"], seen["alarm"]) == ("You stopped the upload. Nothing was started.", False)
    # The ear is told the quarters, and not every percent.
    assert 2 <= len(seen["heard"]) <= 6
    assert seen["left"] == "/annotations"


def test_back_and_forward_the_form_works(pages: Served) -> None:
    """A field that names a file has a button that sends it, and nothing is said of an upload that is over; forward is the job."""
    user = pages.site.user()

    seen = pages.play("back", user)

    assert seen["faults"] == []
    assert seen["forward"] is True
    assert len(seen["forms"]) == 2
    for form in seen["forms"]:
        assert form["named"].endswith("mine.vcf")
        assert form["enabled"] is True
        assert form["chosen"].startswith("mine.vcf")
        assert form["said"].strip() == ""


def test_the_whole_window_takes_a_file(pages: Served) -> None:
    """A file that misses the zone is chosen all the same; words that are dropped are left to the browser."""
    seen = pages.play("beside", pages.site.user())

    assert seen["faults"] == []
    assert seen["words"] == [False, False]
    assert seen["files"] == [True, True]
    assert seen["dropped"].endswith("mine.vcf")
    assert seen["path"] == "/annotate"
