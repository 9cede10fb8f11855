"""The demo's input files: always the same, and good for what the demo shows."""

from pathlib import Path

import pytest

from dev.run.up.inputs import FREE_RECORDS, KNOWN_VARIANTS, PREMIUM_RECORDS, write_inputs
from gas_annotator.engine import InputRefusedError
from tests.annotator.workbench import run_file


def test_same_bytes_each_time(tmp_path: Path) -> None:
    """Two runs write the same files."""
    first, second = write_inputs(tmp_path / "one"), write_inputs(tmp_path / "two")

    assert {name: path.read_bytes() for name, path in first.items()} == {
        name: path.read_bytes() for name, path in second.items()
    }


@pytest.mark.parametrize(("name", "records"), [("free", FREE_RECORDS), ("premium", PREMIUM_RECORDS)])
def test_sound_files_are_annotated_in_full(tmp_path: Path, name: str, records: int) -> None:
    """Each record of the sound files gets consequences, the known variants among them."""
    result = run_file(write_inputs(tmp_path / "inputs")[name], tmp_path)

    assert result.annotation.variants == records
    assert all(result.consequences)
    assert result.statistics["problems"] == {}
    assert {position for position, _, _ in KNOWN_VARIANTS} <= {int(record[1]) for record in result.records}


def test_broken_file_is_refused_at_its_line(tmp_path: Path) -> None:
    """The broken file is refused with the number of the line where the spreadsheet begins."""
    path = write_inputs(tmp_path / "inputs")["broken"]
    line = path.read_text().splitlines().index("Sample,Chromosome,Position,Reference,Alternative,Depth") + 1

    with pytest.raises(InputRefusedError, match=f"^line {line}: .*since no tab separates them"):
        run_file(path, tmp_path)
