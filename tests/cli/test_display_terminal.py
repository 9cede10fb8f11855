"""Nothing that comes from elsewhere is obeyed by a terminal: sentences, names, tables and JSON alike."""

import json
from typing import Any

import pytest

from gas_cli import display
from gas_cli.errors import refused

CLEARS = "\x1b[2J"
EVIL = f"a{CLEARS}\x9b31m\x07\x7f\x08\u202e\u2066b.vcf"
"""Escape and C1 sequences, a bell, delete and backspace, and marks that turn the direction of writing."""

OBEYED = set("\x1b\x9b\x07\x7f\x08\u202e\u2066")
JOB: dict[str, Any] = {
    "id": EVIL,
    "file": EVIL,
    "state": EVIL,
    "sentence": EVIL,
    "remark": EVIL,
    "next": EVIL,
    "submitted": EVIL,
    "completed": EVIL,
    "retainUntil": EVIL,
    "restoreExpected": EVIL,
    "variants": EVIL,
    "annotatedVariants": EVIL,
    "reference": EVIL,
    "referenceDigest": EVIL,
    "referenceSources": [{"what": EVIL, "name": EVIL, "release": EVIL, "date": EVIL}],
}
REFERENCE = {
    **dict.fromkeys(("name", "assembly", "geneRelease", "digest", "title"), EVIL),
    "sources": JOB["referenceSources"],
}
PREVIEW = {
    "total_records": EVIL,
    "records": [{"chrom": EVIL, "symbol": EVIL, "consequences": [{"aa": EVIL}]}],
}


@pytest.mark.parametrize(
    "show",
    [
        lambda: display.say(f"gas: {refused(EVIL)}"),
        lambda: display.print_json([JOB]),
        lambda: display.print_json({EVIL: {"log": EVIL}}),
        lambda: display.print_job(JOB, EVIL),
        lambda: display.print_jobs([JOB]),
        lambda: display.print_preview(PREVIEW),
        lambda: display.print_references([REFERENCE]),
    ],
    ids=["a refusal", "jobs in JSON", "names in JSON", "a job", "a list", "a preview", "references"],
)
def test_nothing_is_obeyed(show: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is shown, and wherever it goes."""
    show()

    shown = capsys.readouterr()
    assert not OBEYED & set(shown.out + shown.err)
    assert "b.vcf" in shown.out + shown.err


@pytest.mark.parametrize("show", [display.print_line, display.print_text])
@pytest.mark.parametrize("terminal", [True, False])
def test_files_and_pipes_get_what_there_is(
    show: Any, *, terminal: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path that a script goes on with is the path; on a terminal it is harmless."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)

    show(EVIL)

    out = capsys.readouterr().out
    assert bool(OBEYED & set(out)) is not terminal
    assert (EVIL in out) is not terminal


def test_json_keeps_every_value(capsys: pytest.CaptureFixture[str]) -> None:
    """What is escaped reads back as it was, letters of all scripts and line ends among them."""
    value = {
        "text": EVIL,
        "line": "one\ntwo\tthree",
        "name": "Ångström 変異 \U0001f9ec",
        "n": [1, None, True],
    }

    display.print_json(value)

    out = capsys.readouterr().out
    assert json.loads(out) == value
    assert "Ångström 変異 \U0001f9ec" in out
