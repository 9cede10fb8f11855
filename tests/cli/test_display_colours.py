"""What stands out on a terminal: that not all of a result is as it was hoped for."""

from typing import Any

import pytest

from gas_cli import display

SHORT = "1 of 2 annotated; 1 does not match the reference, see line 7."
WITHDRAWN = "This release of rCRS was withdrawn."
WHOLE: dict[str, Any] = {
    "id": "job-1",
    "file": "mine.vcf",
    "state": "Completed",
    "sentence": "The result can be downloaded.",
    "reference": "rCRS",
    "next": "Nothing.",
    "submitted": "2026-11-23T11:00:00Z",
    "completed": "2026-11-23T11:00:00Z",
    "retainUntil": None,
    "restoreExpected": None,
    "variants": 2,
    "annotatedVariants": 2,
}
PARTLY = {**WHOLE, "annotatedVariants": 1, "remark": SHORT, "referenceWithdrawn": {"sentence": WITHDRAWN}}


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stdout is one that shows colours."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.usefixtures("terminal")
def test_a_result_with_gaps_stands_out(capsys: pytest.CaptureFixture[str]) -> None:
    """In the list its count, and with the job what pages tell in amber; nothing else has a colour."""
    display.print_jobs([WHOLE, PARTLY])
    listed = capsys.readouterr().out
    display.print_job(PARTLY, "https://gas.example.org/annotations/job-1")
    shown = capsys.readouterr().out

    assert _in_amber(listed) == ["1 of 2"]
    assert "2 of 2" in listed
    assert _in_amber(shown) == [SHORT, WITHDRAWN]


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    ("more", "amber", "count"),
    [
        (
            {"variants": 0, "annotatedVariants": 0, "remark": "The file holds no variants."},
            ["no variants"],
            "",
        ),
        ({"remark": "The file of your own variants was not looked up."}, ["with a remark"], "2 of 2, "),
        ({"annotatedVariants": None, "remark": "Lost since: table."}, ["with a remark"], ""),
        ({"variants": None, "annotatedVariants": None}, [], ""),
    ],
    ids=["empty", "own", "older", "no-result"],
)
def test_the_list_says_what_the_page_does(
    capsys: pytest.CaptureFixture[str], more: dict[str, Any], amber: list[str], count: str
) -> None:
    """In its words and in its colour, also where the count alone would look well."""
    display.print_jobs([{**WHOLE, **more}])

    listed = capsys.readouterr().out
    assert _in_amber(listed) == amber
    assert count in listed
    assert "0 of 0" not in listed


def test_a_file_and_a_pipe_get_no_colours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only words: what reads them may be a script."""
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    display.print_jobs([PARTLY])
    display.print_job(PARTLY, "https://gas.example.org/annotations/job-1")

    out = capsys.readouterr().out
    assert SHORT in out
    assert "\x1b" not in out


def _in_amber(text: str) -> list[str]:
    """What stands in yellow, without the blanks that fill a column; fails where anything has another colour."""
    first, *rest = text.split("\x1b[33m")
    spans = [each.split("\x1b[0m", 1) for each in rest]

    assert "\x1b[3" not in "".join([first, *(after for _, after in spans)])
    return [inside.strip() for inside, _ in spans]
