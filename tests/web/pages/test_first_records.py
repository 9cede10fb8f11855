"""The first records of a hot result are read from the result itself."""

import gzip
import json
from pathlib import Path

import pytest

from dev.run.up.inputs import write_inputs
from gas.domain.job import JobStatus
from gas.domain.outputs import Output
from gas_annotator.engine import Annotation, EngineLimits, Task, annotate, load_reference
from gas_engine.reports import FIRST_LINE_BYTES, preview_record
from gas_web.pages.first_records import MOST_RECORDS, with_first_records
from gas_web.pages.result_preview import Preview, read_preview
from tests.support.pages import PageSite, make_page_site

HEADER = b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
NOTHING = Preview(0, (), tag="GAS_CSQ", fields=("allele", "consequence"))


@pytest.fixture(scope="module")
def annotated(tmp_path_factory: pytest.TempPathFactory) -> Annotation:
    """What the engine writes for the demo's file of 350 records."""
    folder = tmp_path_factory.mktemp("first-records")
    path = write_inputs(folder / "in")["free"]
    out = folder / "out"
    out.mkdir()
    limits = EngineLimits(1_000_000, 1_000_000, 1_000_000_000)
    return annotate(Task(path, "free.vcf", out, limits), load_reference("rCRS"), lambda _: None)


def test_they_are_what_the_annotator_would_have_kept(annotated: Annotation) -> None:
    """Page and annotator read a record alike; the page shows more of them."""
    kept = read_preview(annotated.preview.read_bytes())

    shown = with_first_records(kept, annotated.result.read_bytes())

    assert len(kept.records) == kept.kept == 35
    assert len(shown.records) == MOST_RECORDS
    assert shown.records[:35] == kept.records
    assert shown.kept == 35


def test_a_result_may_be_cut_anywhere(annotated: Annotation) -> None:
    """However much of the result is there, what is shown is whole records from its beginning."""
    kept, result = read_preview(annotated.preview.read_bytes()), annotated.result.read_bytes()
    whole = with_first_records(kept, result).records

    for end in range(0, len(result), 499):
        shown = with_first_records(kept, result[:end]).records
        assert shown == whole[: len(shown)]
        assert len(shown) >= len(kept.records)


def test_a_small_file_is_shown_whole() -> None:
    """Where a tenth of the file is nothing, a hot result still shows every record; odd values cannot break it."""
    rows = b"MT\t1\t.\tG\tA\t.\t.\tX=1;GAS_CSQ=A|missense_variant\nMT\t2\t\xff\tG\tA\t.\t.\t.\tGT\t0/1\n"

    shown = with_first_records(NOTHING, gzip.compress(HEADER + rows))

    assert [record["pos"] for record in shown.records] == ["1", "2"]
    assert shown.records[0]["consequences"] == [{"allele": "A", "consequence": "missense_variant"}]
    assert shown.records[1]["consequences"] == []


def test_entries_that_are_not_listed_are_counted(tmp_path: Path) -> None:
    """Page and annotator list twenty entries of a record, and both tell how many it has."""
    path = tmp_path / "crowded.vcf"
    path.write_bytes(HEADER + b"MT\t3306\t.\tC\tT\t.\t.\t.\n" * 10)
    limits = EngineLimits(1_000_000, 1_000_000, 1_000_000_000)
    made = annotate(Task(path, "crowded.vcf", tmp_path, limits), load_reference("rCRS"), lambda _: None)
    kept = read_preview(made.preview.read_bytes())
    line = next(
        line for line in gzip.decompress(made.result.read_bytes()).split(b"\n") if line[:3] == b"MT\t"
    )

    shown = with_first_records(kept, made.result.read_bytes())

    [record] = kept.records
    assert record["consequence_count"] == line.count(b",") + 1 == 23
    assert len(record["consequences"]) == 20
    assert shown.records == (record,) * 10


def test_what_was_cut_is_not_counted() -> None:
    """Of a line that was cut within INFO nobody knows how many entries it had; behind INFO, a cut loses none."""
    row = b"MT\t1\t.\tG\tA\t.\t.\tCSQ=A|x,A|y"
    lines = (row, row + b",A|" + b"z" * FIRST_LINE_BYTES, row + b"\tGT" + b"\t0/1" * FIRST_LINE_BYTES)

    counts = [
        preview_record(line[:FIRST_LINE_BYTES], "CSQ", ("Allele", "Gene"))["consequence_count"]
        for line in lines
    ]

    assert counts == [2, None, 2]


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"annotated",
        gzip.compress(b"annotated\n"),
        gzip.compress(b"a" * 50_000_000),
        gzip.compress(HEADER),
    ],
    ids=["nothing", "no-gzip", "no-vcf", "bomb", "no-records"],
)
def test_what_is_no_result_changes_nothing(start: bytes) -> None:
    """The preview stays what it is, and the reader's memory is safe."""
    assert with_first_records(NOTHING, start) == NOTHING


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (
            JobStatus.COMPLETED,
            "All 2 records of the file. If the result is archived, none of them stays",
        ),
        (JobStatus.ARCHIVED, "too small for a preview while it is archived"),
    ],
)
def test_the_page_shows_them_only_while_the_result_is_hot(status: JobStatus, sentence: str) -> None:
    """Nobody reads an archived result by its preview."""
    site: PageSite = make_page_site()
    user = site.user()
    job = site.job(user, status)
    assert job.result is not None
    rows = b"MT\t1\t.\tG\tA\t.\t.\t.\nMT\t2\t.\tG\tA\t.\t.\t.\n"
    told = {"tag": "GAS_CSQ", "fields": ["Allele"], "total_records": 2, "records": []}
    site.put(job.result.bucket, job.result.key, gzip.compress(HEADER + rows))
    site.put(job.result.bucket, job.result.outputs[Output.PREVIEW].key, json.dumps(told).encode())

    page = " ".join(site.browser(user).get("/annotations/job-1/preview").text.split())

    assert sentence in page
