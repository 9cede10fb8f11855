"""docs/releases.md as programs read it: an upgrade test builds the release before this one from its commit."""

import re
from dataclasses import dataclass

from dev import ROOT

PAGE = ROOT / "docs" / "releases.md"

_ROW = re.compile(
    r"\| (?P<version>\d+\.\d+\.\d+) \| (?P<date>\d{4}-\d{2}-\d{2}) \| (?P<commit>[0-9a-f]{40}) \|"
)
_HEAD = ["| version | date | commit |", "|---|---|---|"]


@dataclass(frozen=True)
class Release:
    """A version, the day it was released, and the commit that it is."""

    version: str
    date: str
    commit: str

    @property
    def order(self) -> tuple[int, ...]:
        """Sorts versions: 0.10.0 comes after 0.9.0."""
        return tuple(int(number) for number in self.version.split("."))


def releases(page: str | None = None) -> list[Release]:
    """All releases in the order of the page's table, the newest first.

    Raises:
        ValueError: the table is not there, or a row is no release; the text shows the row.
    """
    lines = (PAGE.read_text(encoding="utf-8") if page is None else page).splitlines()
    table = [line for line in lines if line.startswith("|")]
    if table[:2] != _HEAD:
        raise ValueError(f"docs/releases.md has no table that begins with {_HEAD[0]}")
    return [_release(row) for row in table[2:]]


def _release(row: str) -> Release:
    found = _ROW.fullmatch(row)
    if found is None:
        raise ValueError(
            f"docs/releases.md: {row!r} is not | version | yyyy-mm-dd | commit of 40 hex digits |"
        )
    return Release(**found.groupdict())
