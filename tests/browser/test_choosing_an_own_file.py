"""What a real browser makes of a file of one's own that comes with a VCF: told before anything is sent, and sent with it."""

import base64
import gzip

from tests.support.chromium import served

COLUMNS = b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
VCF = b"##fileformat=VCFv4.2\n" + COLUMNS
BED = b"# panel A\ntrack name=mine\n\nchrM\t100\t200\tD-loop\n"


def packed(name: str, content: bytes) -> tuple[str, str]:
    """A file as the story takes it."""
    return name, base64.b64encode(content).decode()


def test_a_file_of_ones_own_comes_along() -> None:
    """VCF and BED, packed or not, come along; what is neither is told in words, and the input is not touched by it."""
    sound = {
        "panel.bed": BED,
        "panel.bed.gz": gzip.compress(BED),
        "mine.vcf": VCF,
        "mine.vcf.gz": gzip.compress(VCF),
        "comments.bed": b"# nothing yet",
        "late.vcf": b"\xef\xbb\xbf\r\n \n" + VCF,
    }
    wrong = {
        "mine.tsv": BED,
        "blanks.bed": b"chrM 100 200\n",
        "no.vcf": b"Chromosome\tPosition\n",
        "panel.vcf": BED,
        "headless.bed": b"##source=x\n" + COLUMNS,
        "wide.vcf": VCF.decode().encode("utf-16"),
        "wide.bed": BED.decode().encode("utf-16"),
        "zeros.bed": BED.decode().encode("utf-16-le"),
        "empty.bed": b"",
        "large.bed": b"#" * 153_601,
    }

    with served() as pages:
        user = pages.site.user()
        files = [packed(name, content) for name, content in {**sound, **wrong}.items()]
        seen = pages.play("own", user, files=files, input=packed("sample.vcf", VCF))
        (job,) = pages.site.ports.jobs.jobs_of_user(user.user_id).jobs
        assert job.own_file is not None
        place = job.own_file.place
        start = pages.site.ports.objects.read_start(place.bucket, place.key, 1000)

    told = dict(zip([*sound, *wrong], seen["told"], strict=True))
    assert seen["faults"] == []
    for name in sound:
        assert (told[name]["chosen"].startswith(f"{name}, "), told[name]["problem"]) == (True, "")
    said = {name: told[name]["problem"] for name in wrong}
    assert {told[name]["chosen"] for name in wrong} == {""}
    assert said["mine.tsv"].startswith(
        "mine.tsv is not called like a VCF or BED file: its name should end with .vcf, "
    )
    assert said["blanks.bed"].startswith("blanks.bed is neither a VCF, which begins with")
    for name in ("no.vcf", "panel.vcf", "headless.bed"):
        assert said[name].startswith(f"{name} does not begin like a VCF file")
    for name in ("wide.vcf", "wide.bed"):
        assert said[name] == f"{name} is in UTF-16: save it as UTF-8 or plain text."
    assert said["zeros.bed"].startswith("zeros.bed is no text file")
    assert said["empty.bed"] == "empty.bed is empty."
    assert said["large.bed"].endswith("a file of your own variants may have up to 150 KiB.")
    assert seen["none"] == ""
    assert seen["input"].startswith("sample.vcf, ")
    assert [line for line in seen["early"] if line != "/api/v1/references/choose"] == []
    sent = [line for line in seen["posted"] if line != "/api/v1/references/choose"]
    assert [line for line in sent if line.startswith("/api") or line == "/annotations"] == [
        "/api/v1/uploads",
        "/api/v1/uploads",
        "/annotations",
    ]
    assert (job.input.file_name, place.file_name, start) == ("sample.vcf", "panel.bed", BED)
    assert "panel.bed" in seen["job"]


def test_nothing_is_sent_without_the_file_that_was_chosen() -> None:
    """One that is refused, or still looked at, holds the input back until another is chosen, or none."""
    with served() as pages:
        user = pages.site.user()
        bad, good = packed("bad.bed", b"chrM 100 200\n"), packed("good.bed", BED)
        seen = pages.play("ownHeld", user, input=packed("sample.vcf", VCF), bad=bad, good=good)
        (job,) = pages.site.ports.jobs.jobs_of_user(user.user_id).jobs

    assert seen["faults"] == []
    for held in (seen["refused"], seen["looked"]):
        assert (held["posted"], held["focus"], held["path"]) == ([], "own-file", "/annotate")
        assert held["problem"].startswith("bad.bed is neither a VCF")
        assert held["problem"].endswith("Nothing was sent: choose another file, or leave it out.")
    assert seen["left"] == {"problem": False, "none": False}
    assert seen["over"] == [["brought"], ["drop"]]
    assert job.own_file is not None
    assert job.own_file.place.file_name == "good.bed"


def test_a_second_try_takes_no_second_place() -> None:
    """What has arrived is not sent again, and what was permitted is not asked for again."""
    with served() as pages:
        user = pages.site.user()
        seen = pages.play("ownAgain", user, input=packed("sample.vcf", VCF), good=packed("good.bed", BED))
        (job,) = pages.site.ports.jobs.jobs_of_user(user.user_id).jobs

    assert "The connection broke while the file was sent" in seen["problem"]
    assert [line for line in seen["begun"] if line == "/api/v1/uploads"] == ["/api/v1/uploads"] * 2
    assert len([line for line in seen["begun"] if line == "/gas-inputs"]) == 3
    assert seen["begun"][-1] == "/annotations"
    assert job.own_file is not None
    assert (job.input.file_name, job.own_file.place.file_name) == ("sample.vcf", "good.bed")
