"""`build/scaling.json`: every run with its figures, aims and overrides; a run of the same name replaces the older one."""

import json
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dev.measure.load.bench import write_json
from dev.measure.load.plan import AIMS, judged
from dev.run.up.options import BUILD

REPORT = BUILD / "scaling.json"

NOT_COMPARABLE = (
    "The original booted virtual machines, one every 5 to 6 minutes by alarms of 1 to 10 minutes; these are pods on one "
    "warm node whose images are there. Its load came to its servers from outside, over AWS's balancer; here generator, "
    "node, platform and the local AWS share the cores of one machine."
)


def add(name: str, figures: dict[str, Any], *, quick: bool, path: Path = REPORT) -> dict[str, Any]:
    """Put a run into the report; the whole report."""
    report = read(path)
    run = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "size": "quick: smaller than the aims are about" if quick else "full",
        "aims": judged(AIMS[name], figures),
        **figures,
    }
    report["runs"][name] = run
    write_json(path, report)
    return report


def judged_anew(report: dict[str, Any]) -> dict[str, Any]:
    """The report by the aims as they are now."""
    runs = {name: {**run, "aims": judged(AIMS[name], run)} for name, run in report["runs"].items()}
    return {**report, "runs": runs}


def set_overrides(overrides: dict[str, Any], path: Path = REPORT) -> None:
    """Put what differs from the chart's default values into the report."""
    report = read(path)
    # The pace is each run's own.
    overrides = json.loads(json.dumps(overrides))
    del overrides["settings"]["annotator"]["paceSeconds"]
    report["overrides"] = overrides
    write_json(path, report)


def read(path: Path = REPORT) -> dict[str, Any]:
    """The report so far; an empty one before the first run."""
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    return {
        "machine": {"kernel": platform.release(), "python": platform.python_version()},
        "notComparable": NOT_COMPARABLE,
        "overrides": {},
        "runs": {},
    }


def missed(report: dict[str, Any]) -> list[str]:
    """A sentence for each aim that was missed, or whose figure is not there."""
    return [
        f"{name}: {aim['aim']}; found {aim['found']}"
        for name, run in report["runs"].items()
        for aim in run["aims"]
        if aim["met"] is not True
    ]
