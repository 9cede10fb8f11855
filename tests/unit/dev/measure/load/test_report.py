"""The report of the load runs: a run stands in it once, with its aims."""

import json
from pathlib import Path

from dev.measure.load import report
from dev.measure.load.overrides import overrides
from tests.support.load_runs import annotators_run


def test_report_tells_sizes_aims_and_what_was_missed(tmp_path: Path) -> None:
    """A run replaces the older one of its name, and a missed aim is said with what was found."""
    path = tmp_path / "scaling.json"

    report.add("annotators-arrivals", annotators_run(), quick=True, path=path)
    found = report.add("annotators-arrivals", annotators_run(), quick=True, path=path)

    assert json.loads(path.read_text()) == found
    assert found["runs"]["annotators-arrivals"]["size"].startswith("quick")
    assert report.judged_anew(found) == found
    assert report.missed(found) == [
        "annotators-arrivals: first pod ready at most 15 s after the first message; found 20.0",
        "annotators-arrivals: nothing of a job that nobody sent; found 1.0",
    ]


def test_overrides_stand_in_the_report_once(tmp_path: Path) -> None:
    """The pace is each run's own, and what was given to the chart stays as it was."""
    path = tmp_path / "scaling.json"
    values = overrides(aws="http://aws", issuer="http://issuer", instance="x", host="h", tag="t", pace=40)

    report.set_overrides(values, path)

    assert "paceSeconds" not in report.read(path)["overrides"]["settings"]["annotator"]
    assert values["settings"]["annotator"]["paceSeconds"] == 40
