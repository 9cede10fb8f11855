"""Every figure of a report in one table, a line for each figure and a column for each run: what of a report is kept. Pure."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

LEFT_OUT = {"aims", "timeline", "kills", "endedAt", "overrides"}
"""Aims stand in the page, curves in the plots, and what the chart was given in `overrides.py` and `plan.py`."""


def table(report: Mapping[str, Any]) -> str:
    """The table as CSV, its figures in the order in which the runs have them; empty where a run has none."""
    runs = {name: dict(_figures(run)) for name, run in report["runs"].items()}
    names = dict.fromkeys(figure for figures in runs.values() for figure in figures)
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["figure", *runs])
    lines.writerows([name, *(figures.get(name, "") for figures in runs.values())] for name in names)
    return text.getvalue()


def _figures(found: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Each figure with its path, a list as its members."""
    for name, value in found.items():
        if name in LEFT_OUT:
            continue
        if isinstance(value, Mapping):
            yield from _figures(value, f"{path}{name}.")
        elif isinstance(value, list):
            yield f"{path}{name}", " ".join(map(str, value))
        elif value is not None:
            yield f"{path}{name}", value
