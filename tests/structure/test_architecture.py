"""What docs/architecture.md says of common changes is so: the files are there, and they are few."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MOST = 5
"""More files for one thing, and the next person forgets one."""


def _changes() -> dict[str, list[str]]:
    """The rows of the table, and the paths of each."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    table = text.split("## Ten common changes")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (an? [^|]+) \| (.+) \|$", table, re.MULTILINE)
    return {
        what: [path for path in re.findall(r"`([^` ]+)`", touched) if "/" in path] for what, touched in rows
    }


CHANGES = _changes()


def test_there_are_ten() -> None:
    """The table is read whole."""
    assert len(CHANGES) == 10


@pytest.mark.parametrize("what", CHANGES)
def test_a_common_change_touches_few_files(what: str) -> None:
    """Each file exists, and there are five at most."""
    paths = CHANGES[what]

    assert 0 < len(paths) <= MOST
    assert [path for path in paths if not (ROOT / path).exists()] == []
