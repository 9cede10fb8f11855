"""Evidence that is read while it is written."""

from pathlib import Path

from dev.run.up.evidence import read_lines


def test_a_line_that_is_being_written_is_not_read_yet(tmp_path: Path) -> None:
    """What stands before it is."""
    path = tmp_path / "records.jsonl"
    path.write_text('{"at": "1"}\n{"at": "2", "record": {"job_', encoding="utf-8")

    assert read_lines(path) == [{"at": "1"}]
