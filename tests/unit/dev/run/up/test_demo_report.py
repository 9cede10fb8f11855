"""What `make demo` makes of the evidence: jobs, keys and sizes as they are found, told for people."""

import copy
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from dev.run.up.demo_report import Expectation, job_report, own_file_lines, print_job, problems_of

JOB = "970dc179-bb1a-50cf-bfb9-d7622dd63e59"
KEY = f"gas/{'f' * 26}/{JOB}~f1~free.annot.vcf.gz"


PHASES = ("Pending", "Running", "Completed", "Archived", "Restoring", "Restored")
EXPECTED = Expectation(JOB, "f" * 26, "free", "free.vcf", PHASES, "Fay Free")


HOT, COLD = {"key": KEY, "storageClass": "STANDARD"}, {"key": f"archive/{KEY}", "storageClass": "GLACIER"}


BYTES = {
    "Completed": (HOT, None),
    "Archived": (HOT, COLD),
    "Restoring": (None, COLD),
    "Restored": (HOT, None),
}


def look(second: str, hot: dict[str, str] | None, archive: dict[str, str] | None) -> dict[str, Any]:
    """What a recorder would have written of a short look at the bytes that began in this second."""
    at, ended = (f"2026-11-26T00:00:0{moment}+00:00" for moment in (second, f"{second[:-2]}99"))
    return {"at": at, "ended": ended, "job_id": JOB, "hot": hot, "archive": archive}


def write_evidence(folder: Path, *phases: str, **changes: Any) -> None:
    """What a recorder would have written of a job that went through these phases, a second each."""
    watch, records, objects = [], [], []
    for version, phase in enumerate(phases, 1):
        at = f"2026-11-26T00:00:0{version}.000+00:00"
        ready = {"type": "Ready", "reason": "Because", "message": f"It is {phase}."}
        status = {"phase": phase, "recordVersion": version, "conditions": [ready]}
        watch.append({"at": at, "type": "MODIFIED", "object": {"metadata": {"name": JOB}, "status": status}})
        archived = phase in {"Archived", "Restoring"}
        record = {"job_id": JOB, "version": version, "job_status": phase, "archived": archived}
        records.append({"at": at, "record": record | changes})
        if phase == "Restoring":
            # The hot copy goes after Archived, before anybody asks for it.
            objects.append(look(f"{version - 1}.500", *BYTES[phase]))
        objects.append(look(f"{version}.000", *BYTES.get(phase, (None, None))))
    for name, lines in (("watch", watch), ("records", records), ("objects", objects)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def report_of(folder: Path, before: str | None = "aa", after: str | None = "aa") -> dict[str, Any]:
    """The report on these hashes."""
    return job_report(EXPECTED, folder, {"before": {JOB: before}, "after": {JOB: after}})


def seen(folder: Path, looks: list[dict[str, Any]]) -> str:
    """What is told of a good life with these looks at its bytes."""
    write_evidence(folder, *PHASES)
    (folder / "objects.jsonl").write_text("".join(json.dumps(each) + "\n" for each in looks))
    return " ".join(problems_of(report_of(folder), EXPECTED))


def looks_of(folder: Path) -> list[dict[str, Any]]:
    """The looks of a good life."""
    write_evidence(folder, *PHASES)
    return [json.loads(line) for line in (folder / "objects.jsonl").read_text().splitlines()]


def test_looks_may_stand_in_any_order(tmp_path: Path) -> None:
    """Two threads look at the bytes, and write when they are done."""
    assert seen(tmp_path, looks_of(tmp_path)[::-1]) == ""


def test_a_look_that_was_under_way_is_none_of_the_next_state(tmp_path: Path) -> None:
    """What began before and ended after says nothing of either."""
    early = look("2.900", None, None) | {"ended": "2026-11-26T00:00:03.500+00:00"}
    late = look("4.900", HOT, COLD) | {"ended": "2026-11-26T00:00:05.500+00:00"}

    assert seen(tmp_path, [*looks_of(tmp_path), early, late]) == ""


def test_bytes_that_are_back_before_anybody_looks_were_gone_before(tmp_path: Path) -> None:
    """Restoring passes by itself: it is judged by the last look before it."""
    looks = [each if each["at"][17:19] != "05" else {**each, "hot": HOT} for each in looks_of(tmp_path)]
    unseen = [each for each in looks if each["at"][17:] != "04.500+00:00"]

    assert seen(tmp_path, looks) == ""
    assert "the hot bytes were still there" in seen(tmp_path, unseen)


def test_without_a_look_nothing_was_there(tmp_path: Path) -> None:
    """An earlier one says nothing of the state."""
    assert "at Restored the result was not in its bucket" in seen(tmp_path, looks_of(tmp_path)[:-1])


def test_a_good_life_is_told_and_has_no_problems(tmp_path: Path) -> None:
    """Every field of the report comes from the evidence."""
    write_evidence(tmp_path, *PHASES)

    report = report_of(tmp_path)

    assert problems_of(report, EXPECTED) == []
    assert [each["phase"] for each in report["transitions"]] == list(PHASES)
    assert {**report, "transitions": report["transitions"][3]} == {
        "id": JOB,
        "user": "f" * 26,
        "plan": "free",
        "file": "free.vcf",
        "expected": "Restored",
        "outcome": "Restored",
        "message": "It is Restored.",
        "resultSha256Before": "aa",
        "resultSha256After": "aa",
        "transitions": {
            "at": "2026-11-26T00:00:04.000+00:00",
            "phase": "Archived",
            "reason": "Because",
            "jobStatus": "Archived",
            "archived": True,
            "hot": HOT,
            "archive": COLD,
        },
    }


def test_short_phases_may_be_skipped(tmp_path: Path) -> None:
    """The watch shows what there was to see."""
    write_evidence(tmp_path, "Running", "Completed", "Archived", "Restored")

    assert problems_of(report_of(tmp_path), EXPECTED) == []


@pytest.mark.parametrize(
    ("phases", "hashes", "changes", "problem"),
    [
        (PHASES[:3], ("aa", "aa"), {}, "expected Pending"),
        (("Pending", "Completed", "Running", "Restored"), ("aa", "aa"), {}, "expected Pending"),
        (PHASES, ("aa", "bb"), {}, "not the same bytes"),
        (PHASES, (None, None), {}, "could not be downloaded"),
        (PHASES, ("aa", "aa"), {"archived": False}, "archived was False"),
        (PHASES, ("aa", "aa"), {"job_status": "Queued"}, "the record said Queued"),
        ((), (None, None), {}, "expected Pending"),
    ],
    ids=["ends-early", "other-order", "other-bytes", "no-bytes", "archived", "record", "nothing"],
)
def test_what_went_wrong_is_found(
    tmp_path: Path,
    phases: tuple[str, ...],
    hashes: tuple[str | None, str | None],
    changes: dict[str, Any],
    problem: str,
) -> None:
    """A demo that did not go as it should never says that it did."""
    write_evidence(tmp_path, *phases, **changes)

    found = problems_of(report_of(tmp_path, *hashes), EXPECTED)

    assert problem in " ".join(found)


def test_the_table_is_for_people(tmp_path: Path) -> None:
    """It is headed by a name and a file, the computed id stands once, and no line is wider than a terminal but that."""
    write_evidence(tmp_path, *PHASES)
    output = io.StringIO()

    print_job(Console(file=output, width=80), EXPECTED, report_of(tmp_path))

    lines = output.getvalue().splitlines()
    assert lines[0] == f"Fay's free.vcf, free plan, sent by the web's API: job {JOB}"
    assert output.getvalue().count(JOB) == 1
    assert [line.split()[1] for line in lines if line.strip().startswith("00:00:")] == list(PHASES)
    assert max(len(line) for line in lines[1:]) <= 80


@pytest.mark.parametrize(("phases", "told"), [(PHASES, True), (PHASES[:3], False)])
def test_hot_bytes_that_outlive_archiving_are_explained(
    tmp_path: Path,
    phases: tuple[str, ...],
    told: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """The row of Archived shows both copies, and the line below the table says when the hot one goes."""
    write_evidence(tmp_path, *phases)
    output = io.StringIO()

    print_job(Console(file=output, width=80), EXPECTED, report_of(tmp_path))

    assert (
        "the hot copy goes when the links to it have run out" in " ".join(output.getvalue().split())
    ) is told


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (
            {"variants": 7, "annotatedVariants": 5, "remark": "5 of 7 annotated; 2 lie elsewhere."},
            "mine.vcf: 5 of 7 annotated; 2 lie elsewhere.",
        ),
        ({"variants": 7, "annotatedVariants": 7, "remark": None}, "mine.vcf: 7 of 7 annotated."),
        ({}, "mine.vcf has no result."),
    ],
    ids=["some", "all", "none"],
)
def test_a_file_of_ones_own_is_told_of(counts: dict[str, Any], said: str) -> None:
    """How much of it was annotated and why not all, and where its result lies."""
    lines = own_file_lines("mine.vcf", counts, Path("build/demo/downloads/free-after.annot.vcf.gz"))

    where = ["Its result is build/demo/downloads/free-after.annot.vcf.gz."] if counts else []
    assert lines == [said, *where]


RESTORED_SLOWLY = ("Pending", "Queued", "Running", "Completed", "Archived", "Restoring", "Restored")
STORY = Expectation(
    "demo-free",
    "u" * 26,
    "free",
    "free.vcf",
    RESTORED_SLOWLY,
    "Fay Free",
    reasons={"Restoring": "RetrievalStandard"},
)


def transition(phase: str) -> dict[str, Any]:
    """A transition as it should be."""
    archived = phase in {"Archived", "Restoring"}
    return {
        "at": "2026-11-26T12:00:00.000+00:00",
        "phase": phase,
        "reason": "RetrievalStandard" if phase == "Restoring" else "Any",
        "jobStatus": phase,
        "archived": archived,
        "hot": {"storageClass": "STANDARD"} if phase in {"Completed", "Archived", "Restored"} else None,
        "archive": {"storageClass": "GLACIER"} if archived else None,
    }


def story_as_told() -> dict[str, Any]:
    """A report of the story as told."""
    return {
        "resultSha256Before": "0" * 64,
        "resultSha256After": "0" * 64,
        "transitions": [transition(phase) for phase in RESTORED_SLOWLY],
    }


def test_story_as_told() -> None:
    """Nothing is found where all is well, even if short phases passed unseen."""
    short = story_as_told()
    del short["transitions"][:2]

    assert problems_of(story_as_told(), STORY) == []
    assert problems_of(short, STORY) == []


def end_early(told: dict[str, Any]) -> None:
    """The job never came back."""
    told["transitions"].pop()


def go_astray(told: dict[str, Any]) -> None:
    """The job failed on its way."""
    told["transitions"].insert(3, transition("Failed"))


def change(number: int, **fields: Any) -> Callable[[dict[str, Any]], None]:
    """One transition told something else."""

    def told_otherwise(told: dict[str, Any]) -> None:
        told["transitions"][number] |= fields

    return told_otherwise


def lose_bytes(told: dict[str, Any]) -> None:
    """The result was another at the end."""
    told["resultSha256After"] = "f" * 64


def never_download(told: dict[str, Any]) -> None:
    """The result could not be downloaded."""
    told["resultSha256Before"] = told["resultSha256After"] = None


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (end_early, "went Pending → "),
        (go_astray, "went Pending → Queued → Running → Failed → "),
        (
            change(5, reason="RetrievalExpedited"),
            "the reason was RetrievalExpedited, expected RetrievalStandard",
        ),
        (change(4, jobStatus="Completed"), "at Archived the record said Completed"),
        (change(4, archived=False), "at Archived the record's archived was False"),
        (change(6, hot=None), "at Restored the result was not in its bucket"),
        (change(4, archive=None), "at Archived there was no copy in Glacier"),
        (change(5, hot={"storageClass": "STANDARD"}), "at Restoring the hot bytes were still there"),
        (lose_bytes, "the result is not the same bytes at the end"),
        (never_download, "the result could not be downloaded when it was completed"),
    ],
    ids=[
        "end",
        "order",
        "reason",
        "record",
        "archived",
        "not-hot",
        "not-archived",
        "still-hot",
        "other-bytes",
        "no-bytes",
    ],
)
def test_other_story(spoil: Callable[[dict[str, Any]], None], problem: str) -> None:
    """Whatever differs from the story is found, and told in words."""
    told = copy.deepcopy(story_as_told())

    spoil(told)
    (found,) = problems_of(told, STORY)

    assert problem in found
