"""What the tests of the chart share: the table of values files, and how an object is found."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dev.run.helm.chart import Release, Rendered, render

VALUES = Path(__file__).resolve().parents[1] / "charts" / "values"
SNAPSHOTS = VALUES.parent / "snapshots"
UPDATE = "GAS_UPDATE_SNAPSHOTS"

TABLE = sorted(path.stem for path in VALUES.glob("*.yaml"))
"""Every values file that the chart is rendered with."""

Json = dict[str, Any]


def values(name: str, *more: Json) -> Json:
    """The values of a file, with more on top."""
    found: Json = yaml.safe_load((VALUES / f"{name}.yaml").read_text(encoding="utf-8"))
    for each in more:
        found = merged(found, each)
    return found


def merged(below: Json, above: Json) -> Json:
    """Two values files as Helm merges them: maps are joined, everything else is replaced."""
    joined = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(below.get(key), dict)
        joined[key] = merged(below[key], value) if both else value
    return joined


def chart(*more: Json, name: str = "minimal", release: Release | None = None) -> Rendered:
    """The chart with the values of a file, and more on top."""
    return _rendered(json.dumps(values(name, *more)), release or Release())


@cache
def _rendered(text: str, release: Release) -> Rendered:
    return render(json.loads(text), release)


def one(rendered: Rendered, kind: str, name: str) -> Json:
    """The object of that kind and name."""
    [found] = [each for each in rendered.objects if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


def snapshot(name: str, text: str) -> str:
    """What was last looked at under that name; with GAS_UPDATE_SNAPSHOTS=1 that is what there is now."""
    kept = SNAPSHOTS / f"{name}.yaml"
    if os.environ.get(UPDATE) == "1":
        SNAPSHOTS.mkdir(exist_ok=True)
        kept.write_text(text, encoding="utf-8")
    return kept.read_text(encoding="utf-8")
