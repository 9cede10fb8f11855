"""The table of a report: all figures, side by side, and no curves."""

import csv

from dev import ROOT
from dev.measure.load.table import table
from tests.support.load_runs import annotators_run


def test_figures_stand_side_by_side() -> None:
    """A line for each figure by its path; a run without it leaves its place empty, and curves are left out."""
    report = {"runs": {"a": annotators_run(), "b": {"failed": 0, "replicas": {"most": 6}, "none": None}}}

    head, *lines = csv.reader(table(report).splitlines())
    found = {name: values for name, *values in lines}

    assert head == ["figure", "a", "b"]
    assert found["checker.lost"] == ["0", ""]
    assert found["replicas.most"] == ["", "6"]
    assert found["machine.loadAverage"] == ["1.0", ""]
    assert {"none", "kills", "timeline.seconds"} & found.keys() == set()


def test_what_is_kept_can_be_read() -> None:
    """The table of the page's run is one that people read, and has each of its runs."""
    kept = (ROOT / "docs" / "scaling" / "figures.csv").read_text(encoding="utf-8")
    head, *lines = csv.reader(kept.splitlines())

    assert "web-home" in head
    assert len(lines) < 300
    assert {len(line) for line in lines} == {len(head)}
